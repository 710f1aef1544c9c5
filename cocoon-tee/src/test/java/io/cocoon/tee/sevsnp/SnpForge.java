package io.cocoon.tee.sevsnp;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerOut;
import io.cocoon.tee.internal.EcTestKey;
import io.cocoon.tee.internal.RsaTestKey;
import io.cocoon.tee.internal.TestCertificate;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Makes reports, endorsement certificates, chains and lists below a test root of its own, deterministic, healthy unless a field says
 * otherwise. A test changes one thing and names the code that it wants.
 */
final class SnpForge {

    static final Instant TIME = Instant.parse("2026-11-01T12:00:00Z");
    static final RsaTestKey ROOT = new RsaTestKey("ARK");
    static final RsaTestKey INTERMEDIATE = new RsaTestKey("ASK");
    static final RsaTestKey STRANGER = new RsaTestKey("stranger");
    static final EcTestKey CHIP = new EcTestKey(Curve.P384, "chip");
    static final EcTestKey OTHER_CHIP = new EcTestKey(Curve.P384, "other chip");
    static final String AMD = "1.3.6.1.4.1.3704.1.";

    private static final String SHA384 = "2.16.840.1.101.3.4.2.2";
    private static final String SHA256 = "2.16.840.1.101.3.4.2.1";

    /** RSASSA-PSS as AMD writes it: SHA-384, MGF1 with SHA-384, salt 48, trailer field written out. */
    static final byte[] PSS = pss(SHA384, SHA384, 48, 1);

    /** One certificate to be made. */
    static final class Cert {
        String subject;
        String issuer;
        byte[] keyInfo;
        RsaTestKey signer;
        byte[] serial;
        Instant notBefore = Instant.parse("2026-01-01T00:00:00Z");
        Instant notAfter = Instant.parse("2027-01-01T00:00:00Z");
        /** -1 is no CA. */
        int pathLength = -1;

        boolean isCa;
        int keyUsage;
        List<byte[]> extensions = new ArrayList<>();
        byte[] inner = PSS;
        byte[] outer = PSS;
        boolean sha256;
        int salt = 48;
        boolean flipSignature;

        Cert(String subject, byte[] keyInfo, String issuer, RsaTestKey signer, int serial) {
            this.subject = subject;
            this.keyInfo = keyInfo;
            this.issuer = issuer;
            this.signer = signer;
            this.serial = BigInteger.valueOf(serial).toByteArray();
        }

        Cert ca(int limit, int usage) {
            isCa = true;
            pathLength = limit;
            keyUsage = usage;
            return this;
        }

        /** States and uses other parameters of the signature. */
        Cert parameters(byte[] algorithm, boolean useSha256, int saltBytes) {
            inner = algorithm;
            outer = algorithm;
            sha256 = useSha256;
            salt = saltBytes;
            return this;
        }

        byte[] encode() {
            List<byte[]> all = new ArrayList<>(extensions);
            if (keyUsage != 0) {
                all.add(DerOut.extension(
                        "2.5.29.15", true, DerOut.value(Der.BIT_STRING, new byte[] {1, (byte) keyUsage})));
            }
            if (isCa) {
                all.add(DerOut.extension(
                        "2.5.29.19",
                        true,
                        DerOut.sequence(
                                DerOut.bool(true), pathLength >= 0 ? DerOut.integer(pathLength) : new byte[0])));
            }
            byte[] tbs = DerOut.sequence(
                    DerOut.value(0xa0, DerOut.integer(2)),
                    DerOut.value(Der.INTEGER, serial),
                    inner,
                    DerOut.name(issuer),
                    DerOut.sequence(DerOut.time(notBefore), DerOut.time(notAfter)),
                    DerOut.name(subject),
                    keyInfo,
                    all.isEmpty() ? new byte[0] : DerOut.value(0xa3, DerOut.sequence(all.toArray(byte[][]::new))));
            byte[] signature = signer.sign(tbs, sha256, salt);
            if (flipSignature) {
                signature[100] ^= 1;
            }
            return DerOut.sequence(tbs, outer, DerOut.bits(signature));
        }
    }

    SnpProduct product;
    boolean isVlek;
    Instant time = TIME;
    boolean allowVlek;
    boolean revocationRequired = true;

    // Chain and list.
    final Cert root;
    final Cert intermediate;
    final Cert leaf;
    UnaryOperator<List<byte[]>> chain = all -> all;
    String listIssuer;
    RsaTestKey listSigner = ROOT;
    Instant thisUpdate = Instant.parse("2026-10-15T00:00:00Z");
    Instant nextUpdate = Instant.parse("2026-12-15T00:00:00Z");
    List<Integer> revoked = new ArrayList<>();
    UnaryOperator<Optional<Bytes>> list = made -> made;
    byte[] listAlgorithm = PSS;

    /** AMD's extensions: the tail of the identifier, and what stands in the OCTET STRING. */
    final Map<String, byte[]> amd = new LinkedHashMap<>();

    UnaryOperator<List<byte[]>> extensions = all -> all;

    // Report, in the layout of the product.
    int version;
    long policy = 0x3001f;
    int vmpl;
    int algorithm = 1;
    int keyInfo;
    byte[] cpuid;
    byte[] chipId = new byte[64];
    byte[] reportedTcb;
    byte[] currentTcb;
    byte[] committedTcb;
    byte[] launchTcb;
    byte[] reportData = new byte[64];
    EcTestKey reportSigner = CHIP;
    UnaryOperator<byte[]> reportBefore = report -> report;
    UnaryOperator<BigInteger[]> signature = pair -> pair;
    UnaryOperator<byte[]> reportAfter = report -> report;

    SnpForge(SnpProduct product, boolean isVlek) {
        this.product = product;
        this.isVlek = isVlek;
        boolean isTurin = product == SnpProduct.TURIN;
        String word = product.word();
        String above = isVlek ? "SEV-VLEK-" + word : "SEV-" + word;
        root = new Cert("ARK-" + word, ROOT.info(), "ARK-" + word, ROOT, 0x10000).ca(-1, 0x06);
        intermediate = new Cert(above, INTERMEDIATE.info(), "ARK-" + word, ROOT, 0x10001).ca(0, 0x04);
        leaf = new Cert(isVlek ? "SEV-VLEK" : "SEV-VCEK", CHIP.info(), above, INTERMEDIATE, 0);
        listIssuer = "ARK-" + word;
        allowVlek = isVlek;
        for (int i = 0; i < (isTurin ? 8 : 64); i++) {
            chipId[i] = (byte) (0x40 + i);
        }
        version = isTurin ? 5 : 3;
        keyInfo = isVlek ? 1 << 2 : 0;
        cpuid = switch (product) {
            case MILAN -> new byte[] {0x19, 0x01, 1};
            case GENOA -> new byte[] {0x19, 0x11, 1};
            case TURIN -> new byte[] {0x1a, 0x02, 1};
        };
        reportedTcb = isTurin ? new byte[] {1, 2, 3, 4, 0, 0, 0, 81} : new byte[] {4, 1, 0, 0, 0, 0, 24, (byte) 219};
        currentTcb = reportedTcb.clone();
        committedTcb = reportedTcb.clone();
        launchTcb = reportedTcb.clone();
        amd.put("1", number(isTurin ? 1 : 0));
        amd.put("2", ia5(isVlek || product != SnpProduct.MILAN ? word : word + "-B0"));
        if (isTurin) {
            amd.put("3.9", number(1));
        }
        amd.put("3.1", number(isTurin ? 2 : 4));
        amd.put("3.2", number(isTurin ? 3 : 1));
        amd.put("3.3", number(isTurin ? 4 : 24));
        amd.put("3.8", number(isTurin ? 81 : 219));
        if (isVlek) {
            amd.put("5", ia5("Test Cloud"));
        } else {
            amd.put("4", Arrays.copyOf(chipId, product.chipIdBytes()));
        }
    }

    static SnpForge with(Consumer<SnpForge> change) {
        return of(SnpProduct.GENOA, change);
    }

    static SnpForge of(SnpProduct product, Consumer<SnpForge> change) {
        SnpForge forge = new SnpForge(product, false);
        change.accept(forge);
        return forge;
    }

    static SnpForge vlek(Consumer<SnpForge> change) {
        SnpForge forge = new SnpForge(SnpProduct.GENOA, true);
        change.accept(forge);
        return forge;
    }

    static byte[] number(long value) {
        return DerOut.integer(value);
    }

    static byte[] ia5(String text) {
        return DerOut.value(0x16, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] hash(String identifier) {
        return DerOut.sequence(DerOut.oid(identifier), DerOut.value(Der.NULL));
    }

    /** Returns an AlgorithmIdentifier of RSASSA-PSS; a trailer of 0 is left out. */
    static byte[] pss(String hash, String mask, int salt, int trailer) {
        return DerOut.sequence(
                DerOut.oid("1.2.840.113549.1.1.10"),
                DerOut.sequence(
                        DerOut.value(0xa0, hash(hash)),
                        DerOut.value(0xa1, DerOut.sequence(DerOut.oid("1.2.840.113549.1.1.8"), hash(mask))),
                        DerOut.value(0xa2, DerOut.integer(salt)),
                        trailer == 0 ? new byte[0] : DerOut.value(0xa3, DerOut.integer(trailer))));
    }

    static byte[] pssOfSha256() {
        return pss(SHA256, SHA256, 48, 1);
    }

    static byte[] pssWithMaskOfSha256() {
        return pss(SHA384, SHA256, 48, 1);
    }

    static byte[] pssWithSalt(int salt) {
        return pss(SHA384, SHA384, salt, 1);
    }

    static byte[] pssWithTrailer(int trailer) {
        return pss(SHA384, SHA384, 48, trailer);
    }

    SnpTrust trust() {
        return SnpTrust.of(product, SnpTrust.keyHash(Bytes.wrapUnshared(root.encode())))
                .withVlek(allowVlek)
                .withRevocationRequired(revocationRequired);
    }

    private Bytes revocationList() {
        List<byte[]> entries = new ArrayList<>();
        for (int serial : revoked) {
            entries.add(DerOut.sequence(DerOut.integer(serial), DerOut.time(thisUpdate)));
        }
        byte[] tbs = DerOut.sequence(
                DerOut.integer(1),
                listAlgorithm,
                DerOut.name(listIssuer),
                DerOut.time(thisUpdate),
                DerOut.time(nextUpdate),
                entries.isEmpty() ? new byte[0] : DerOut.sequence(entries.toArray(byte[][]::new)),
                DerOut.value(0xa0, DerOut.sequence(DerOut.extension("2.5.29.20", false, DerOut.integer(7)))));
        return Bytes.wrapUnshared(DerOut.sequence(tbs, listAlgorithm, DerOut.bits(listSigner.sign(tbs, false, 48))));
    }

    SnpCollateral collateral() {
        List<byte[]> certificates = chain.apply(new ArrayList<>(List.of(intermediate.encode(), root.encode())));
        return new SnpCollateral(
                product,
                Bytes.utf8(TestCertificate.pem(certificates.toArray(byte[][]::new))),
                list.apply(Optional.of(revocationList())));
    }

    Bytes endorsement() {
        List<byte[]> all = new ArrayList<>();
        amd.forEach((tail, content) -> all.add(DerOut.extension(AMD + tail, false, content)));
        leaf.extensions = extensions.apply(all);
        return Bytes.utf8(TestCertificate.pem(leaf.encode()));
    }

    Bytes report() {
        ByteBuffer out = ByteBuffer.allocate(SnpReport.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(version).putInt(2).putLong(policy);
        out.position(0x030);
        out.putInt(vmpl)
                .putInt(algorithm)
                .put(currentTcb)
                .putLong(0x25)
                .putInt(keyInfo)
                .putInt(0);
        out.put(reportData);
        for (int i = 0; i < SnpReport.DIGEST_BYTES; i++) {
            out.put((byte) (0xa0 + i));
        }
        out.position(0x160);
        for (int i = 0; i < 32; i++) {
            out.put((byte) 0xff);
        }
        out.put(reportedTcb);
        if (version > 2) {
            out.put(cpuid);
        }
        out.position(0x1a0);
        out.put(chipId)
                .put(committedTcb)
                .put(new byte[] {29, 55, 1, 0, 29, 55, 1, 0})
                .put(launchTcb);
        byte[] report = reportBefore.apply(out.array());
        BigInteger[] pair = signature.apply(reportSigner.signHash(reportSigner.hash(Arrays.copyOf(report, 0x2a0))));
        putLittleEndian(report, 0x2a0, pair[0]);
        putLittleEndian(report, 0x2e8, pair[1]);
        return Bytes.wrapUnshared(reportAfter.apply(report));
    }

    private static void putLittleEndian(byte[] target, int at, BigInteger value) {
        byte[] bytes = value.toByteArray();
        for (int i = 0; i < bytes.length; i++) {
            target[at + i] = bytes[bytes.length - 1 - i];
        }
    }

    Verification<SnpAppraisal> verify() {
        return SnpVerifier.verify(report(), endorsement(), collateral(), trust(), time);
    }

    Verification<VerifiedSnpCollateral> verifiedCollateral() {
        return VerifiedSnpCollateral.verify(collateral(), trust(), time);
    }

    SnpAppraisal appraisal() {
        return verify().result().orElseThrow(() -> new AssertionError(code()));
    }

    /** Returns the code of the first failure, nothing if there is none. */
    String code() {
        return verify().firstFailure().map(AttestationCheck::code).orElse("");
    }
}
