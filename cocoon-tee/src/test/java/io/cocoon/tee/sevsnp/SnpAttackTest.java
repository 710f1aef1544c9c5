package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerOut;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Evidence that is healthy but for one thing, and the rule that refuses it; next to each kind what is accepted. Everything is made
 * here, below a root of our own. 2026 part of the TEE dossier, 8 and 12.
 */
class SnpAttackTest {

    private static final List<String> NUMBERS = List.of("3.1", "3.2", "3.3", "3.8");
    private static final BigInteger ORDER = SnpForge.CHIP.order();

    /** Cases of one table. */
    private static final class Table {
        private final List<DynamicTest> tests = new ArrayList<>();

        void add(String name, String code, SnpForge forge) {
            tests.add(DynamicTest.dynamicTest(
                    name + (code.isEmpty() ? ": accepted" : ": " + code),
                    () -> assertThat(forge.code()).isEqualTo(code)));
        }

        void genoa(String name, String code, Consumer<SnpForge> change) {
            add(name, code, SnpForge.with(change));
        }

        void turin(String name, String code, Consumer<SnpForge> change) {
            add(name, code, SnpForge.of(SnpProduct.TURIN, change));
        }

        void vlek(String name, String code, Consumer<SnpForge> change) {
            add(name, code, SnpForge.vlek(change));
        }

        Stream<DynamicTest> tests() {
            return tests.stream();
        }
    }

    @TestFactory
    Stream<DynamicTest> should_accept_healthy_evidence_of_every_product_and_kind_of_key() {
        Table table = new Table();
        for (SnpProduct product : SnpProduct.values()) {
            table.add(product.word(), "", SnpForge.of(product, forge -> {}));
        }
        table.vlek("VLEK", "", forge -> {});
        table.vlek("VLEK that trust does not name", "SIGNER_VLEK", forge -> forge.allowVlek = false);
        table.genoa("version 2", "", forge -> forge.version = 2);
        table.genoa("version 4", "", forge -> forge.version = 4);
        table.genoa("version 5", "", forge -> forge.version = 5);
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_a_certificate_without_or_with_two_or_critical_extensions_of_amd() {
        Table table = new Table();
        BiConsumer<SnpProduct, String> each = (product, tail) -> {
            String name = product.word() + " " + tail;
            table.add(
                    name + " missing", "CERT_EXTENSION_MISSING", SnpForge.of(product, forge -> forge.amd.remove(tail)));
            table.add(
                    name + " twice",
                    "CERT_EXTENSION_DUPLICATE",
                    SnpForge.of(
                            product,
                            forge -> forge.extensions = all -> {
                                all.add(extension(forge, tail, false));
                                return all;
                            }));
            table.add(
                    name + " critical",
                    "CERT_UNKNOWN_CRITICAL",
                    SnpForge.of(
                            product,
                            forge -> forge.extensions = all -> {
                                all.removeIf(one -> Arrays.equals(one, extension(forge, tail, false)));
                                all.add(extension(forge, tail, true));
                                return all;
                            }));
        };
        for (String tail : List.of("1", "2", "3.1", "3.2", "3.3", "3.8", "4")) {
            each.accept(SnpProduct.GENOA, tail);
            each.accept(SnpProduct.TURIN, tail);
        }
        each.accept(SnpProduct.TURIN, "3.9");
        table.vlek("VLEK without provider", "CERT_EXTENSION_MISSING", forge -> forge.amd.remove("5"));
        table.genoa("an unknown extension", "", forge -> forge.amd.put("99", DerOut.octets(new byte[3])));
        return table.tests();
    }

    private static byte[] extension(SnpForge forge, String tail, boolean critical) {
        byte[] content = forge.amd.get(tail);
        if (content == null) {
            throw new AssertionError("no extension " + tail);
        }
        return DerOut.extension(SnpForge.AMD + tail, critical, content);
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_numbers_that_are_out_of_range_or_not_der() {
        Table table = new Table();
        for (String tail : NUMBERS) {
            table.genoa(tail + " of 256", "CERT_EXTENSION_VALUE", forge -> forge.amd.put(tail, SnpForge.number(256)));
            table.genoa(tail + " negative", "CERT_EXTENSION_VALUE", forge -> forge.amd.put(tail, SnpForge.number(-1)));
            table.genoa(
                    tail + " with a byte behind it",
                    "CERT_EXTENSION_VALUE",
                    forge -> forge.amd.put(tail, DerOut.concat(SnpForge.number(4), new byte[1])));
            table.genoa(
                    tail + " not minimal",
                    "CERT_EXTENSION_VALUE",
                    forge -> forge.amd.put(tail, DerOut.value(Der.INTEGER, new byte[] {0, 4})));
            table.genoa(
                    tail + " of another type",
                    "CERT_EXTENSION_VALUE",
                    forge -> forge.amd.put(tail, DerOut.octets(new byte[] {4})));
            table.genoa(tail + " empty", "CERT_EXTENSION_VALUE", forge -> forge.amd.put(tail, new byte[0]));
        }
        table.genoa("255 in all", "", forge -> {
            NUMBERS.forEach(tail -> forge.amd.put(tail, SnpForge.number(255)));
            forge.reportedTcb = new byte[] {-1, -1, 0, 0, 0, 0, -1, -1};
        });
        table.genoa("structure 1 of Genoa", "CERT_STRUCT_VERSION", forge -> forge.amd.put("1", SnpForge.number(1)));
        table.turin("structure 0 of Turin", "CERT_STRUCT_VERSION", forge -> forge.amd.put("1", SnpForge.number(0)));
        table.turin("structure 2 of Turin", "CERT_STRUCT_VERSION", forge -> forge.amd.put("1", SnpForge.number(2)));
        table.genoa("FMC of Genoa", "CERT_STRUCT_VERSION", forge -> forge.amd.put("3.9", SnpForge.number(0)));
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> d11_should_know_products_by_the_word_before_the_dash_and_nothing_else() {
        Table table = new Table();
        for (String name : List.of("Genoa", "Genoa-B0", "Genoa-B2")) {
            table.genoa("name " + name, "", forge -> forge.amd.put("2", SnpForge.ia5(name)));
        }
        for (String name : List.of("genoa", "Genoa B0", "GenoaX", "Venice", "", "-Genoa", "SEV-Genoa")) {
            table.genoa("name '" + name + "'", "PRODUCT_UNKNOWN", forge -> forge.amd.put("2", SnpForge.ia5(name)));
        }
        table.genoa("name of another product", "PRODUCT_MISMATCH", forge -> forge.amd.put("2", SnpForge.ia5("Milan")));
        table.genoa(
                "name as UTF8String",
                "CERT_EXTENSION_VALUE",
                forge -> forge.amd.put(
                        "2", DerOut.value(0x0c, Bytes.utf8("Genoa").toByteArray())));
        table.genoa("name with NUL", "CERT_EXTENSION_VALUE", forge -> forge.amd.put("2", SnpForge.ia5("Genoa\0")));
        int[][] known = {
            {0x19, 0x00, 0},
            {0x19, 0x0f, 0},
            {0x19, 0x10, 1},
            {0x19, 0x1f, 1},
            {0x19, 0xa0, 1},
            {0x19, 0xaf, 1},
            {0x1a, 0x00, 2},
            {0x1a, 0x1f, 2}
        };
        for (int[] each : known) {
            SnpProduct product = SnpProduct.values()[each[2]];
            table.add(
                    "family " + each[0] + ", model " + each[1],
                    "",
                    SnpForge.of(product, forge -> forge.cpuid = new byte[] {(byte) each[0], (byte) each[1], 15}));
        }
        int[][] unknown = {
            {0x19, 0x20}, {0x19, 0x9f}, {0x19, 0xb0}, {0x19, 0xff}, {0x1a, 0x20}, {0x1a, 0x50}, {0x18, 1}, {0, 0}
        };
        for (int[] each : unknown) {
            table.genoa(
                    "family " + each[0] + ", model " + each[1],
                    "PRODUCT_UNKNOWN",
                    forge -> forge.cpuid = new byte[] {(byte) each[0], (byte) each[1], 1});
        }
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_compare_the_chip_byte_by_byte() {
        Table table = new Table();
        table.genoa("another chip", "CHIP_ID_MISMATCH", forge -> forge.chipId[63] ^= 1);
        table.genoa("first byte", "CHIP_ID_MISMATCH", forge -> forge.chipId[0] ^= 1);
        table.turin("Turin, byte 7", "CHIP_ID_MISMATCH", forge -> forge.chipId[7] ^= 1);
        table.turin("Turin, byte 8 not zero", "CHIP_ID_MISMATCH", forge -> forge.chipId[8] = 1);
        table.turin("Turin, byte 63 not zero", "CHIP_ID_MISMATCH", forge -> forge.chipId[63] = 1);
        table.vlek("VLEK, any chip", "", forge -> forge.chipId[0] ^= 1);
        table.genoa("wrapped", "", forge -> forge.amd.put("4", DerOut.octets(forge.chipId)));
        table.turin("Turin, wrapped", "", forge -> forge.amd.put("4", DerOut.octets(Arrays.copyOf(forge.chipId, 8))));
        table.genoa(
                "wrapped twice",
                "CERT_HWID_LENGTH",
                forge -> forge.amd.put("4", DerOut.octets(DerOut.octets(forge.chipId))));
        for (int length : new int[] {0, 1, 8, 63, 65, 128}) {
            table.genoa(
                    "hwID of " + length + " bytes",
                    "CERT_HWID_LENGTH",
                    forge -> forge.amd.put("4", Arrays.copyOf(forge.chipId, length)));
        }
        table.turin("Turin, 64 bytes", "CERT_HWID_LENGTH", forge -> forge.amd.put("4", forge.chipId));
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_other_kinds_of_keys_and_names() {
        Table table = new Table();
        table.genoa("VLEK bit, VCEK certificate", "SIGNER_CERT_KIND", forge -> forge.keyInfo = 1 << 2);
        table.vlek("VCEK bit, VLEK certificate", "SIGNER_CERT_KIND", forge -> forge.keyInfo = 0);
        table.genoa("chip and provider", "SIGNER_CERT_KIND", forge -> forge.amd.put("5", SnpForge.ia5("Cloud")));
        table.genoa("subject SEV-VLEK", "SIGNER_CERT_KIND", forge -> forge.leaf.subject = "SEV-VLEK");
        table.vlek("VLEK of the chips' issuer", "SIGNER_CERT_KIND", forge -> {
            forge.leaf.issuer = "SEV-Genoa";
            forge.intermediate.subject = "SEV-Genoa";
        });
        table.genoa("signer 2", "SIGNER_RESERVED", forge -> forge.keyInfo = 2 << 2);
        table.genoa("signer 6", "SIGNER_RESERVED", forge -> forge.keyInfo = 6 << 2);
        table.genoa("signer 7", "SIGNER_NONE", forge -> forge.keyInfo = 7 << 2);
        table.genoa("key info bit 5", "RESERVED_NOT_ZERO", forge -> forge.keyInfo = 1 << 5);
        table.genoa("key info bit 31", "RESERVED_NOT_ZERO", forge -> forge.keyInfo = 1 << 31);
        table.genoa("RSA key", "CERT_KEY_TYPE", forge -> forge.leaf.keyInfo = SnpForge.STRANGER.info());
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_other_parameters_of_the_signature() {
        Table table = new Table();
        String code = "CERT_SIGNATURE_ALGORITHM";
        table.genoa("SHA-256", code, forge -> forge.leaf.parameters(SnpForge.pssOfSha256(), true, 48));
        table.genoa("MGF1 of SHA-256", code, forge -> forge.leaf.parameters(SnpForge.pssWithMaskOfSha256(), false, 48));
        table.genoa("salt 32", code, forge -> forge.leaf.parameters(SnpForge.pssWithSalt(32), false, 32));
        table.genoa("salt 20", code, forge -> forge.leaf.parameters(SnpForge.pssWithSalt(20), false, 20));
        table.genoa("trailer 2", code, forge -> forge.leaf.parameters(SnpForge.pssWithTrailer(2), false, 48));
        table.genoa("trailer left out", "", forge -> forge.leaf.parameters(SnpForge.pssWithTrailer(0), false, 48));
        table.genoa("PKCS #1 version 1.5", code, forge -> {
            byte[] algorithm = DerOut.sequence(DerOut.oid("1.2.840.113549.1.1.12"), DerOut.value(Der.NULL));
            forge.leaf.parameters(algorithm, false, 48);
        });
        table.genoa("inside and outside differ", code, forge -> forge.leaf.outer = SnpForge.pssWithTrailer(0));
        table.genoa("salt 32 under salt 48", "CHAIN_SIGNATURE", forge -> forge.leaf.salt = 32);
        table.genoa("SHA-256 under SHA-384", "CHAIN_SIGNATURE", forge -> forge.leaf.sha256 = true);
        table.genoa(
                "intermediate with SHA-256",
                "ROOT_NOT_TRUSTED",
                forge -> forge.intermediate.parameters(SnpForge.pssOfSha256(), true, 48));
        table.genoa(
                "list with other parameters", "CRL_SIGNATURE", forge -> forge.listAlgorithm = SnpForge.pssWithSalt(32));
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_a_chain_that_does_not_hold() {
        Table table = new Table();
        table.genoa("leaf of a stranger", "CHAIN_SIGNATURE", forge -> forge.leaf.signer = SnpForge.STRANGER);
        table.genoa("leaf of the root", "CHAIN_SIGNATURE", forge -> {
            forge.leaf.signer = SnpForge.ROOT;
            forge.leaf.issuer = "ARK-Genoa";
        });
        table.genoa("flipped bit", "CHAIN_SIGNATURE", forge -> forge.leaf.flipSignature = true);
        table.genoa("other issuer's name", "CHAIN_SIGNATURE", forge -> forge.leaf.issuer = "SEV-Milan");
        table.genoa("no CA", "CHAIN_SIGNATURE", forge -> {
            forge.intermediate.isCa = false;
        });
        table.genoa("path length 1", "CHAIN_SIGNATURE", forge -> forge.intermediate.pathLength = 1);
        table.genoa("no path length", "CHAIN_SIGNATURE", forge -> forge.intermediate.pathLength = -1);
        table.genoa("no key usage", "CHAIN_SIGNATURE", forge -> forge.intermediate.keyUsage = 0);
        table.genoa("may sign lists only", "CHAIN_SIGNATURE", forge -> forge.intermediate.keyUsage = 0x02);
        table.genoa(
                "unknown critical extension above",
                "CHAIN_SIGNATURE",
                forge -> forge.intermediate.extensions.add(DerOut.extension("1.2.3.4", true, new byte[2])));
        table.genoa(
                "intermediate of a stranger",
                "ROOT_NOT_TRUSTED",
                forge -> forge.intermediate.signer = SnpForge.STRANGER);
        table.genoa("root not self-signed", "ROOT_NOT_TRUSTED", forge -> forge.root.signer = SnpForge.STRANGER);
        table.genoa("root may not sign lists", "ROOT_NOT_TRUSTED", forge -> forge.root.keyUsage = 0x04);
        table.genoa("one certificate", "ROOT_NOT_TRUSTED", forge -> forge.chain = all -> all.subList(0, 1));
        table.genoa(
                "three certificates",
                "ROOT_NOT_TRUSTED",
                forge -> forge.chain = all -> List.of(all.get(0), all.get(1), all.get(1)));
        table.genoa("root first", "ROOT_NOT_TRUSTED", forge -> forge.chain = all -> List.of(all.get(1), all.get(0)));
        table.genoa("root for both", "CHAIN_SIGNATURE", forge -> forge.chain = all -> List.of(all.get(1), all.get(1)));
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_what_a_list_revokes_and_lists_of_others() {
        Table table = new Table();
        table.genoa("intermediate", "INTERMEDIATE_REVOKED", forge -> forge.revoked.add(0x10001));
        table.genoa("serial 0", "INTERMEDIATE_REVOKED", forge -> forge.revoked.add(0));
        table.genoa("another", "", forge -> forge.revoked.add(0x10002));
        table.genoa("many others", "", forge -> {
            for (int i = 1; i < 200; i++) {
                forge.revoked.add(i);
            }
        });
        table.genoa("list of another key", "CRL_SIGNATURE", forge -> forge.listSigner = SnpForge.STRANGER);
        table.genoa(
                "list of the intermediate's key", "CRL_SIGNATURE", forge -> forge.listSigner = SnpForge.INTERMEDIATE);
        table.genoa("list of another name", "CRL_ISSUER", forge -> forge.listIssuer = "ARK-Milan");
        table.genoa("no list", "CRL_MISSING", forge -> forge.list = made -> Optional.empty());
        table.genoa("no list, none required", "", forge -> {
            forge.list = made -> Optional.empty();
            forge.revocationRequired = false;
        });
        table.genoa("revoked although no list is required", "INTERMEDIATE_REVOKED", forge -> {
            forge.revoked.add(0x10001);
            forge.revocationRequired = false;
        });
        table.genoa(
                "an HTML page",
                "CRL_SIGNATURE",
                forge -> forge.list = made -> Optional.of(Bytes.utf8("<html>busy</html>")));
        table.genoa("an empty list file", "CRL_SIGNATURE", forge -> forge.list = made -> Optional.of(Bytes.empty()));
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> should_hold_every_date_to_the_second() {
        Table table = new Table();
        Instant early = Instant.parse("2026-11-01T00:00:00Z");
        Instant late = Instant.parse("2026-11-02T00:00:00Z");
        List<Consumer<SnpForge>> certificates = List.of(
                forge -> dates(forge.leaf, early, late),
                forge -> dates(forge.intermediate, early, late),
                forge -> dates(forge.root, early, late));
        for (int i = 0; i < 3; i++) {
            String name = List.of("endorsement", "intermediate", "root").get(i);
            Consumer<SnpForge> set = certificates.get(i);
            boundaries(table, name, set, early, late, "CERT_NOT_YET_VALID", "CERT_EXPIRED");
        }
        Consumer<SnpForge> set = forge -> {
            forge.thisUpdate = early;
            forge.nextUpdate = late;
        };
        boundaries(table, "list", set, early, late, "CRL_NOT_YET_VALID", "CRL_EXPIRED");
        return table.tests();
    }

    private static void dates(SnpForge.Cert certificate, Instant from, Instant to) {
        certificate.notBefore = from;
        certificate.notAfter = to;
    }

    private static void boundaries(
            Table table, String name, Consumer<SnpForge> set, Instant from, Instant to, String early, String late) {
        table.genoa(name + ", a second before", early, set.andThen(forge -> forge.time = from.minusSeconds(1)));
        table.genoa(name + ", first second", "", set.andThen(forge -> forge.time = from));
        table.genoa(name + ", last second", "", set.andThen(forge -> forge.time = to));
        table.genoa(name + ", a second after", late, set.andThen(forge -> forge.time = to.plusSeconds(1)));
        table.genoa(name + ", a month after", late, set.andThen(forge -> forge.time = to.plusSeconds(2_592_000)));
    }

    @Test
    void should_name_certificates_before_lists_when_both_are_broken() {
        SnpForge both = SnpForge.with(forge -> {
            forge.leaf.notAfter = SnpForge.TIME.minusSeconds(1);
            forge.listSigner = SnpForge.STRANGER;
        });
        assertThat(both.code()).isEqualTo("CERT_EXPIRED");
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_signatures_out_of_range_or_in_another_order() {
        Table table = new Table();
        table.genoa(
                "r and s exchanged",
                "REPORT_SIGNATURE",
                forge -> forge.signature = pair -> new BigInteger[] {pair[1], pair[0]});
        table.genoa("of another chip", "REPORT_SIGNATURE", forge -> forge.reportSigner = SnpForge.OTHER_CHIP);
        table.genoa(
                "r zero",
                "SIGNATURE_RANGE",
                forge -> forge.signature = pair -> new BigInteger[] {BigInteger.ZERO, pair[1]});
        table.genoa(
                "s zero",
                "SIGNATURE_RANGE",
                forge -> forge.signature = pair -> new BigInteger[] {pair[0], BigInteger.ZERO});
        table.genoa("r = n", "SIGNATURE_RANGE", forge -> forge.signature = pair -> new BigInteger[] {ORDER, pair[1]});
        table.genoa("s = n", "SIGNATURE_RANGE", forge -> forge.signature = pair -> new BigInteger[] {pair[0], ORDER});
        table.genoa(
                "r + n",
                "SIGNATURE_RANGE",
                forge -> forge.signature = pair -> new BigInteger[] {pair[0].add(ORDER), pair[1]});
        table.genoa(
                "s + n",
                "SIGNATURE_RANGE",
                forge -> forge.signature = pair -> new BigInteger[] {pair[0], pair[1].add(ORDER)});
        table.genoa(
                "r = 1, s = 1",
                "REPORT_SIGNATURE",
                forge -> forge.signature = pair -> new BigInteger[] {BigInteger.ONE, BigInteger.ONE});
        table.genoa(
                "r = n - 1",
                "REPORT_SIGNATURE",
                forge -> forge.signature = pair -> new BigInteger[] {ORDER.subtract(BigInteger.ONE), pair[1]});
        table.genoa(
                "a bit of the 72nd byte of r",
                "SIGNATURE_RANGE",
                forge -> forge.reportAfter = report -> flip(report, 0x2a0 + 71));
        table.genoa(
                "big-endian",
                "SIGNATURE_RANGE",
                forge -> forge.reportAfter = report -> {
                    reverse(report, 0x2a0, 72);
                    reverse(report, 0x2e8, 72);
                    return report;
                });
        table.genoa("48 bytes big-endian", "REPORT_SIGNATURE", forge -> {
            // Small enough to stay below the order in either direction.
            forge.reportAfter = report -> {
                reverse(report, 0x2a0, 48);
                reverse(report, 0x2e8, 48);
                report[0x2a0 + 47] &= 0x7f;
                report[0x2e8 + 47] &= 0x7f;
                return report;
            };
        });
        table.genoa("algorithm 2", "SIGNATURE_ALGORITHM", forge -> forge.algorithm = 2);
        table.genoa("algorithm 0", "SIGNATURE_ALGORITHM", forge -> forge.algorithm = 0);
        return table.tests();
    }

    private static void reverse(byte[] bytes, int from, int length) {
        for (int i = 0; i < length / 2; i++) {
            byte kept = bytes[from + i];
            bytes[from + i] = bytes[from + length - 1 - i];
            bytes[from + length - 1 - i] = kept;
        }
    }

    private static byte[] flip(byte[] bytes, int at) {
        bytes[at] ^= 1;
        return bytes;
    }

    @Test
    void d13_should_find_the_same_in_a_report_with_negated_s() {
        SnpForge one = SnpForge.with(forge -> {});
        SnpForge other =
                SnpForge.with(forge -> forge.signature = pair -> new BigInteger[] {pair[0], ORDER.subtract(pair[1])});
        SnpAppraisal first = one.appraisal();
        SnpAppraisal second = other.appraisal();
        assertThat(other.report()).isNotEqualTo(one.report());
        assertThat(second.imageHash()).isEqualTo(first.imageHash());
        assertThat(second.endorsement()).isEqualTo(first.endorsement());
        assertThat(second.findings()).isEqualTo(first.findings());
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_unknown_versions_and_every_reserved_byte() {
        Table table = new Table();
        for (int version : new int[] {0, 1, 6, -1, 0x0300_0000}) {
            table.genoa("version " + version, "REPORT_VERSION", forge -> forge.version = version);
        }
        table.genoa("version 2 with CPUID", "RESERVED_NOT_ZERO", forge -> {
            forge.version = 2;
            forge.reportBefore = report -> flip(report, 0x188);
        });
        table.genoa(
                "version 3 with mitigations",
                "RESERVED_NOT_ZERO",
                forge -> forge.reportBefore = report -> flip(report, 0x1f8));
        table.turin("version 5 with mitigations", "", forge -> forge.reportBefore = report -> flip(report, 0x1f8));
        table.genoa("platform bits that nobody knows", "", forge -> forge.reportBefore = report -> flip(report, 0x47));
        return table.tests();
    }

    @Test
    void should_refuse_a_bit_in_any_reserved_byte() {
        byte[] good = SnpForge.with(forge -> {}).report().toByteArray();
        int[][] ranges = {{0x4c, 0x50}, {0x18b, 0x1a0}, {0x1eb, 0x1ec}, {0x1ef, 0x1f0}, {0x1f8, 0x2a0}, {0x330, 0x4a0}};
        for (int[] range : ranges) {
            for (int at = range[0]; at < range[1]; at++) {
                byte[] bad = flip(good.clone(), at);
                assertThat(structure(bad)).as("byte 0x%x", at).isEqualTo("RESERVED_NOT_ZERO");
            }
        }
        assertThat(structure(good)).isEmpty();
    }

    private static String structure(byte[] report) {
        try {
            SnpReport.parse(Bytes.copyOf(report));
            return "";
        } catch (SnpException e) {
            return e.code();
        }
    }

    @TestFactory
    Stream<DynamicTest> d12_should_compare_every_component_of_the_tcb_in_the_product_s_layout() {
        Table table = new Table();
        for (int at : new int[] {0, 1, 6, 7}) {
            table.genoa("byte " + at + " higher", "TCB_CERT_MISMATCH", forge -> forge.reportedTcb[at]++);
            table.genoa("byte " + at + " lower", "TCB_CERT_MISMATCH", forge -> forge.reportedTcb[at]--);
        }
        for (int at : new int[] {0, 1, 2, 3, 7}) {
            table.turin("Turin, byte " + at + " higher", "TCB_CERT_MISMATCH", forge -> forge.reportedTcb[at]++);
        }
        for (int at = 2; at < 6; at++) {
            int index = at;
            table.genoa("unused byte " + at, "RESERVED_NOT_ZERO", forge -> forge.reportedTcb[index] = 1);
            table.genoa("unused byte " + at + ", current", "RESERVED_NOT_ZERO", forge -> forge.currentTcb[index] = 1);
            table.genoa(
                    "unused byte " + at + ", committed", "RESERVED_NOT_ZERO", forge -> forge.committedTcb[index] = 1);
            table.genoa("unused byte " + at + ", launch", "RESERVED_NOT_ZERO", forge -> forge.launchTcb[index] = 1);
        }
        for (int at = 4; at < 7; at++) {
            int index = at;
            table.turin("Turin, unused byte " + at, "RESERVED_NOT_ZERO", forge -> forge.reportedTcb[index] = 1);
        }
        table.genoa("the other byte order", "TCB_CERT_MISMATCH", forge -> reverse(forge.reportedTcb, 0, 8));
        table.genoa("reported below current", "", forge -> forge.currentTcb[7]++);
        return table.tests();
    }

    @TestFactory
    Stream<DynamicTest> d10_should_refuse_every_reserved_bit_of_the_guest_policy() {
        Table table = new Table();
        table.genoa("bit 17 clear", "POLICY_RESERVED_BIT17", forge -> forge.policy &= ~(1L << 17));
        for (int bit = 26; bit < 64; bit++) {
            long mask = 1L << bit;
            table.genoa("bit " + bit, "POLICY_RESERVED_BITS", forge -> forge.policy |= mask);
        }
        table.genoa("bits 20 to 25", "", forge -> forge.policy |= 0x3f0_0000L);
        return table.tests();
    }

    private static String judged(SnpRequirements requirements, Consumer<SnpForge> change) {
        SnpForge forge = SnpForge.with(change);
        return SnpEvidence.judged(
                forge.appraisal(),
                requirements,
                Optional.of(Bytes.wrapUnshared(new byte[SnpReport.REPORT_DATA_BYTES])));
    }

    @Test
    void d10_should_refuse_by_default_what_the_host_can_use_against_the_guest() {
        SnpRequirements standard = SnpRequirements.builder().build();
        assertThat(judged(standard, forge -> {})).isEmpty();
        assertThat(judged(standard, forge -> forge.policy |= 1L << 19)).isEqualTo("POLICY_DEBUG");
        assertThat(judged(standard, forge -> forge.policy |= 1L << 18)).isEqualTo("POLICY_MIGRATE_MA");
        assertThat(judged(standard, forge -> forge.policy |= 1L << 21)).isEqualTo("POLICY_CXL");
        assertThat(judged(standard, forge -> forge.vmpl = 1)).isEqualTo("VMPL");
        assertThat(judged(standard, forge -> forge.vmpl = 3)).isEqualTo("VMPL");
        assertThat(judged(standard, forge -> forge.vmpl = -1)).isEqualTo("VMPL");
        assertThat(judged(standard, forge -> forge.keyInfo = 2)).isEqualTo("MASK_CHIP_KEY");
        assertThat(judged(standard, forge -> forge.chipId = new byte[64])).isEqualTo("CHIP_ID_MASKED");
        assertThat(judged(standard, forge -> forge.reportData[63] = 1)).isEqualTo("REPORT_DATA");
    }

    @Test
    void d10_should_accept_by_name_only_what_was_named() {
        SnpRequirements debug =
                SnpRequirements.builder().accept(SnpFinding.DEBUG, true).build();
        assertThat(judged(debug, forge -> forge.policy |= 1L << 19)).isEmpty();
        assertThat(judged(debug, forge -> forge.policy |= 3L << 18)).isEqualTo("POLICY_MIGRATE_MA");
        SnpRequirements masked = SnpRequirements.builder()
                .accept(SnpFinding.CHIP_ID_MASKED, true)
                .build();
        assertThat(judged(masked, forge -> forge.chipId = new byte[64])).isEmpty();
        SnpRequirements paravisor =
                SnpRequirements.builder().vmpls(Set.of(0L, 1L)).build();
        assertThat(judged(paravisor, forge -> forge.vmpl = 1)).isEmpty();
        assertThat(judged(paravisor, forge -> forge.vmpl = 2)).isEqualTo("VMPL");
        SnpRequirements committed = SnpRequirements.builder()
                .accept(SnpFinding.PROVISIONAL_FIRMWARE, false)
                .build();
        assertThat(judged(committed, forge -> {})).isEmpty();
        assertThat(judged(committed, forge -> forge.currentTcb[7]++)).isEqualTo("PROVISIONAL_FIRMWARE");
    }

    @Test
    void should_refuse_a_foreign_author_key_and_host_data_that_changed() {
        Bytes author = Bytes.wrapUnshared(new byte[48]);
        SnpRequirements byAuthor =
                SnpRequirements.builder().authorKeyDigests(Set.of(author)).build();
        assertThat(judged(byAuthor, forge -> forge.keyInfo = 1)).isEmpty();
        assertThat(judged(byAuthor, forge -> {})).isEqualTo("AUTHOR_KEY_DIGEST");
        assertThat(judged(byAuthor, forge -> {
                    forge.keyInfo = 1;
                    forge.reportBefore = report -> flip(report, 0x110);
                }))
                .isEqualTo("AUTHOR_KEY_DIGEST");
        SnpRequirements byHost = SnpRequirements.builder()
                .hostData(Set.of(Bytes.wrapUnshared(new byte[32])))
                .build();
        assertThat(judged(byHost, forge -> {})).isEmpty();
        assertThat(judged(byHost, forge -> forge.reportBefore = report -> flip(report, 0xc0)))
                .isEqualTo("HOST_DATA");
    }

    @Test
    void should_compare_the_least_tcb_by_components_of_the_product() {
        SnpRequirements minimum = SnpRequirements.builder()
                .minimumTcb(SnpProduct.TURIN, new SnpTcb(2, 0, 0, 0, 0))
                .minimumLaunchTcb(SnpProduct.GENOA, new SnpTcb(0, 4, 1, 24, 219))
                .build();
        assertThat(judged(minimum, forge -> {})).isEmpty();
        assertThat(judged(minimum, forge -> forge.launchTcb[6]--)).isEqualTo("TCB_LAUNCH_BELOW_MINIMUM");
        SnpAppraisal turin = SnpForge.of(SnpProduct.TURIN, forge -> {}).appraisal();
        assertThat(turin.reportedTcb()).isEqualTo(new SnpTcb(1, 2, 3, 4, 81));
        assertThat(SnpEvidence.judged(turin, minimum, Optional.empty())).isEqualTo("TCB_BELOW_MINIMUM");
    }
}
