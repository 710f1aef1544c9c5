package io.cocoon.tee.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CertificateFormTest {

    private static final EcTestKey CA = new EcTestKey(Curve.P256, "ca");
    private static final EcTestKey LEAF = new EcTestKey(Curve.P384, "leaf");
    private static final byte[] CERTIFICATE = certificate(certificate -> {});
    private static final byte[] LIST = list(list -> {
        list.serials.add(new byte[] {5});
        list.serials.add(new byte[] {0, (byte) 0x80, 1});
    });

    private static byte[] certificate(Consumer<TestCertificate> change) {
        TestCertificate certificate = new TestCertificate("leaf", LEAF, "ca", CA);
        change.accept(certificate);
        return certificate.encode();
    }

    private static byte[] list(Consumer<TestList> change) {
        TestList list = new TestList("ca", CA);
        change.accept(list);
        return list.encode();
    }

    private static Certificate parse(byte[] encoded) throws DerException {
        return Certificate.parse(Bytes.wrapUnshared(encoded));
    }

    private static void refused(byte[] encoded, String words) {
        assertThatThrownBy(() -> parse(encoded))
                .isInstanceOf(DerException.class)
                .hasMessageContaining(words);
    }

    @Test
    void should_read_what_the_jdk_reads() throws Exception {
        Certificate ours = parse(CERTIFICATE);
        X509Certificate jdk = (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(CERTIFICATE));

        assertThat(ours.version()).isEqualTo(3);
        assertThat(ours.serial().toHex()).isEqualTo(jdk.getSerialNumber().toString(16));
        assertThat(ours.signedBytes().toByteArray()).isEqualTo(jdk.getTBSCertificate());
        assertThat(ours.subjectCommonName()).isEqualTo("leaf");
        assertThat(ours.issuerCommonName()).isEqualTo("ca");
        assertThat(ours.notAfter()).isEqualTo(jdk.getNotAfter().toInstant());
        assertThat(ours.key()).isEqualTo(LEAF.publicKey());
        assertThat(ours.isSignedBy(CA.publicKey())).isTrue();
        assertThat(ours.isSignedBy(LEAF.publicKey())).isFalse();
        assertThat(ours.isCa()).isFalse();
        assertThat(ours.mayIssue()).isFalse();
        assertThat(parse(certificate(c -> c.ca(0))).mayIssue()).isTrue();
    }

    @Test
    void should_be_valid_from_the_first_to_the_last_second() throws Exception {
        Certificate certificate = parse(CERTIFICATE);

        assertThat(certificate.isValidAt(certificate.notBefore())).isTrue();
        assertThat(certificate.isValidAt(certificate.notAfter())).isTrue();
        assertThat(certificate.isValidAt(certificate.notBefore().minusSeconds(1)))
                .isFalse();
        assertThat(certificate.isValidAt(certificate.notAfter().plusSeconds(1))).isFalse();
    }

    @Test
    void should_refuse_a_certificate_that_says_something_twice_or_more_than_it_should() {
        byte[] again = DerOut.extension("2.5.29.19", false, DerOut.sequence());
        refused(certificate(c -> c.extensions.add(again)), "twice");
        refused(DerOut.concat(CERTIFICATE, new byte[1]), "bytes after the certificate");
        refused(new byte[Certificate.MAX_BYTES + 1], "at most");
        refused(new byte[0], "tag -1");
        refused(certificate(c -> c.serial = new byte[0]), "serial number of 0 bytes");
        refused(certificate(c -> c.serial = new byte[22]), "serial number of 22 bytes");
        refused(certificate(c -> c.serial = new byte[] {0, 1}), "leading zero");
        refused(
                certificate(c ->
                        c.keyInfo = DerOut.sequence(DerOut.sequence(DerOut.oid("1.2.3")), DerOut.bits(new byte[3]))),
                "a key of algorithm 1.2.3");
        for (int i = 0; i <= Extensions.MAX_EXTENSIONS; i++) {
            int count = i;
            if (i == Extensions.MAX_EXTENSIONS) {
                refused(
                        certificate(c -> {
                            for (int k = 0; k < count; k++) {
                                c.extensions.add(DerOut.extension("1.2.3." + k, false, new byte[0]));
                            }
                        }),
                        "more than");
            }
        }
    }

    @Test
    void should_name_critical_extensions_that_nobody_knows() throws Exception {
        Certificate certificate =
                parse(certificate(c -> c.extensions.add(DerOut.extension("1.2.3.4", true, new byte[2]))));

        assertThat(certificate.unknownCritical(Set.of())).containsExactly("1.2.3.4");
        assertThat(certificate.unknownCritical(Set.of("1.2.3.4"))).isEmpty();
        assertThat(certificate.extensions().find("1.2.3.4").orElseThrow().length())
                .isEqualTo(2);
    }

    @Test
    void should_read_a_list_as_the_jdk_does() throws Exception {
        RevocationList ours = RevocationList.parse(Bytes.wrapUnshared(LIST));
        X509CRL jdk = (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(LIST));

        assertThat(ours.size()).isEqualTo(jdk.getRevokedCertificates().size());
        assertThat(ours.thisUpdate()).isEqualTo(jdk.getThisUpdate().toInstant());
        assertThat(ours.nextUpdate()).isEqualTo(jdk.getNextUpdate().toInstant());
        assertThat(ours.revokes(Bytes.fromHex("05"))).isTrue();
        assertThat(ours.revokes(Bytes.fromHex("8001"))).isTrue();
        assertThat(ours.revokes(Bytes.fromHex("01"))).isFalse();
        assertThat(ours.revokes(Bytes.fromHex("80"))).isFalse();
        assertThat(ours.number()).contains(Bytes.fromHex("01"));
        assertThat(ours.isSignedBy(CA.publicKey())).isTrue();
        assertThat(ours.isSignedBy(new EcTestKey(Curve.P256, "x").publicKey())).isFalse();
    }

    @Test
    void should_refuse_a_list_of_changes_only() {
        byte[] delta = list(list -> list.moreExtensions.add(DerOut.extension("2.5.29.27", true, DerOut.integer(1))));

        assertThatThrownBy(() -> RevocationList.parse(Bytes.wrapUnshared(delta)))
                .isInstanceOf(DerException.class)
                .hasMessageContaining("2.5.29.27");
    }

    @Test
    void should_read_pem_blocks_and_nothing_between_them() throws Exception {
        String two = TestCertificate.pem(CERTIFICATE, CERTIFICATE);

        assertThat(PemBlocks.certificates(Bytes.utf8(two + "\0"), 2)).hasSize(2);
        assertThat(PemBlocks.certificates(Bytes.utf8(two.replace("\n", "\r\n")), 2))
                .hasSize(2);
        assertThat(PemBlocks.certificates(Bytes.empty(), 2)).isEmpty();
        for (String bad : List.of(
                two + TestCertificate.pem(CERTIFICATE),
                "x" + two,
                two + "x",
                two.substring(0, two.length() - 2),
                two.replace("BEGIN CERTIFICATE", "BEGIN X509 CRL"),
                two.replaceFirst("M", "*"))) {
            assertThatThrownBy(() -> PemBlocks.certificates(Bytes.utf8(bad), 2)).isInstanceOf(DerException.class);
        }
    }

    @Test
    void should_read_rsassa_pss_parameters_as_amd_writes_them_and_no_others() throws DerException {
        String sha384 = "a00f300d06096086480165030402020500";
        String mask = "a11c301a06092a864886f70d010108300d06096086480165030402020500";
        String rest = "a203020130a303020101";
        assertThat(pss(sha384 + mask + rest)).isEqualTo(SignatureAlgorithm.RSA_PSS_SHA384);
        assertThat(pss(sha384 + mask + "a203020130")).isEqualTo(SignatureAlgorithm.RSA_PSS_SHA384);
        assertThat(pss(sha384 + mask + "a203020120")).isEqualTo(SignatureAlgorithm.UNSUPPORTED);
        assertThat(pss(sha384 + rest)).isEqualTo(SignatureAlgorithm.UNSUPPORTED);
        assertThat(pss("")).isEqualTo(SignatureAlgorithm.UNSUPPORTED);
    }

    private static SignatureAlgorithm pss(String parameters) throws DerException {
        byte[] algorithm = DerOut.sequence(
                DerOut.oid("1.2.840.113549.1.1.10"),
                DerOut.sequence(Bytes.fromHex(parameters).toByteArray()));
        return SignatureAlgorithm.read(new Der(algorithm), "algorithm");
    }

    @Property
    void a_changed_byte_is_refused_or_breaks_the_signature(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = CERTIFICATE.clone();
        changed[where % changed.length] ^= (byte) change;
        try {
            assertThat(parse(changed).isSignedBy(CA.publicKey())).isFalse();
        } catch (DerException e) {
            assertThat(e.wanted()).isNotEmpty();
        }
    }

    @Property
    void a_changed_byte_of_a_list_is_refused_or_breaks_the_signature(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = LIST.clone();
        changed[where % changed.length] ^= (byte) change;
        try {
            assertThat(RevocationList.parse(Bytes.wrapUnshared(changed)).isSignedBy(CA.publicKey()))
                    .isFalse();
        } catch (DerException e) {
            assertThat(e.wanted()).isNotEmpty();
        }
    }

    @Property
    void bytes_that_are_cut_off_are_refused(@ForAll @IntRange(max = 100_000) int length) {
        for (byte[] whole : List.of(CERTIFICATE, LIST)) {
            byte[] cut = Arrays.copyOf(whole, length % whole.length);
            assertThatThrownBy(() -> parse(cut)).isInstanceOf(DerException.class);
            assertThatThrownBy(() -> RevocationList.parse(Bytes.wrapUnshared(cut)))
                    .isInstanceOf(DerException.class);
        }
    }

    @Property
    void any_bytes_are_read_or_refused(@ForAll @Size(max = 200) byte[] bytes) {
        try {
            PemBlocks.certificates(Bytes.copyOf(bytes), 3);
            RevocationList.parse(Bytes.copyOf(bytes));
        } catch (DerException e) {
            assertThat(e.seen()).isNotEmpty();
        }
    }

    @Test
    void should_read_times_to_the_second_and_refuse_what_no_calendar_has() throws DerException {
        assertThat(time(0x17, "491231235959Z")).isEqualTo(Instant.parse("2049-12-31T23:59:59Z"));
        assertThat(time(0x17, "500101000000Z")).isEqualTo(Instant.parse("1950-01-01T00:00:00Z"));
        assertThat(time(0x18, "20501231235959Z")).isEqualTo(Instant.parse("2050-12-31T23:59:59Z"));
        for (String bad :
                List.of("20260230000000Z", "20260101240000Z", "20260101000000+", "2026010100000Z", "+0260101000000Z")) {
            assertThatThrownBy(() -> time(0x18, bad)).isInstanceOf(DerException.class);
        }
    }

    private static Instant time(int tag, String text) throws DerException {
        return new Der(DerOut.value(tag, Bytes.utf8(text).toByteArray())).time("time");
    }
}
