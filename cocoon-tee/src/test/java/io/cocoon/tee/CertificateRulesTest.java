package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules that every certificate has to keep, and the files of our own ones. */
class CertificateRulesTest {

    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    private static PeerCertificate made(Clock clock) throws CertificateRefusal {
        return CertificateParser.parse(CertificateIdentity.simulatedTdx(clock, Handshakes.RANDOM)
                .certificate()
                .toByteArray());
    }

    private static List<String> failures(PeerCertificate certificate, Instant now, CertificateRules rules) {
        return certificate.checks(PeerCertificate.Role.CLIENT, now, rules).stream()
                .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                .map(AttestationCheck::code)
                .toList();
    }

    private static byte[] withExtensions(List<Extension> evidence) {
        return CertificateIdentity.make(Ed25519Key.generate(Handshakes.RANDOM), evidence, CLOCK, Handshakes.RANDOM)
                .certificate()
                .toByteArray();
    }

    private static Extension extension(String identifier, boolean critical, int bytes) {
        return new Extension(new ASN1ObjectIdentifier(identifier), critical, new byte[bytes]);
    }

    @Test
    void should_list_each_rule_in_a_line_of_its_own() throws Exception {
        assertThat(made(CLOCK).checks(PeerCertificate.Role.CLIENT, NOW, CertificateRules.DEFAULT))
                .allMatch(check -> check.outcome() == AttestationCheck.Outcome.PASSED)
                .extracting(AttestationCheck::name)
                .containsExactly(
                        "ratls.certificate.version",
                        "ratls.certificate.key",
                        "ratls.certificate.extensions",
                        "ratls.certificate.validity",
                        "ratls.certificate.lifetime",
                        "ratls.certificate.self-signed",
                        "ratls.certificate.usage");
    }

    @Test
    void should_list_everything_that_is_wrong_and_not_only_the_first() throws Exception {
        CertificateRules strict = CertificateRules.DEFAULT.withMaxLifetime(Duration.ofHours(1));

        assertThat(failures(made(CLOCK), NOW.plus(Duration.ofDays(2)), strict))
                .containsExactly("TLS_CERT_EXPIRED", "TLS_CERT_LIFETIME");
    }

    @Test
    void t7_should_refuse_a_certificate_that_lives_longer_than_a_day_unless_the_rules_allow_it() throws Exception {
        int longer = 0;
        for (String file : TestData.list("ratls", ".pem")) {
            if (!TestData.text(file).contains("BEGIN CERTIFICATE")) {
                continue;
            }
            PeerCertificate parsed;
            try {
                parsed = CertificateParser.parse(Pem.decode("CERTIFICATE", TestData.text(file)));
            } catch (CertificateRefusal e) {
                continue; // broken in form; judged in CertificateTest
            }
            Duration life = Duration.between(parsed.notBefore(), parsed.notAfter());
            boolean tooLong = life.compareTo(Duration.ofDays(1)) > 0;
            assertThat(failures(parsed, parsed.notBefore(), CertificateRules.DEFAULT)
                            .contains("TLS_CERT_LIFETIME"))
                    .as(file)
                    .isEqualTo(tooLong);
            assertThat(failures(
                            parsed,
                            parsed.notBefore(),
                            CertificateRules.DEFAULT.withMaxLifetime(Duration.ofDays(36_525))))
                    .doesNotContain("TLS_CERT_LIFETIME");
            longer += tooLong ? 1 : 0;
        }
        assertThat(longer).isPositive();
        assertThat(failures(made(CLOCK), NOW, CertificateRules.DEFAULT)).isEmpty();
    }

    @Test
    void t25_should_tolerate_a_clock_that_is_a_minute_apart_at_the_begin_and_not_at_the_end() throws Exception {
        PeerCertificate parsed = made(CLOCK);
        CertificateRules rules = CertificateRules.DEFAULT;

        assertThat(failures(parsed, parsed.notBefore().minusSeconds(60), rules)).isEmpty();
        assertThat(failures(parsed, parsed.notBefore().minusSeconds(61), rules))
                .containsExactly("TLS_CERT_NOT_YET_VALID");
        assertThat(failures(parsed, parsed.notBefore().minusSeconds(1), rules.withClockTolerance(Duration.ZERO)))
                .containsExactly("TLS_CERT_NOT_YET_VALID");
        assertThat(failures(parsed, parsed.notAfter(), rules)).isEmpty();
        assertThat(failures(parsed, parsed.notAfter().plusSeconds(1), rules)).containsExactly("TLS_CERT_EXPIRED");
    }

    @Test
    void should_refuse_rules_that_make_no_sense() {
        assertThatThrownBy(() -> CertificateRules.DEFAULT.withClockTolerance(Duration.ofHours(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT2H");
        assertThatThrownBy(() -> CertificateRules.DEFAULT.withMaxLifetime(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void t15_should_refuse_a_self_signature_that_the_reference_does_not_look_at() throws Exception {
        byte[] damaged = CertificateIdentity.simulatedTdx(CLOCK, Handshakes.RANDOM)
                .certificate()
                .toByteArray();
        damaged[damaged.length - 10] ^= 1;

        assertThat(failures(CertificateParser.parse(damaged), NOW, CertificateRules.DEFAULT))
                .containsExactly("TLS_CERT_SIGNATURE");
    }

    @Test
    void t15_should_refuse_a_second_quote_although_the_first_is_good() {
        for (String order : List.of("good-bad")) {
            byte[] der = Pem.decode("CERTIFICATE", TestData.text("ratls/duplicate-quote-" + order + ".pem"));
            assertThatThrownBy(() -> CertificateParser.parse(der)).hasMessageContaining("EXTENSION_DUPLICATE");
        }
    }

    @Test
    void t16_should_read_version_1_with_extensions_and_write_version_3() throws Exception {
        PeerCertificate recorded =
                CertificateParser.parse(Pem.decode("CERTIFICATE", TestData.text("captures/certs/fake-tdx-cert.pem")));

        assertThat(recorded.version3()).isFalse();
        assertThat(recorded.checks(PeerCertificate.Role.SERVER, recorded.notBefore(), CertificateRules.DEFAULT))
                .allMatch(check -> check.outcome() == AttestationCheck.Outcome.PASSED)
                .first()
                .satisfies(check -> assertThat(check.seen()).contains("version 1 with"));
        assertThat(made(CLOCK).version3()).isTrue();
    }

    @Test
    void t24_should_keep_the_identifiers_under_the_number_of_somebody_else() {
        assertThat(Handshakes.simulated().certificate().toHex())
                .contains(CertificateParser.TDX_QUOTE, CertificateParser.TDX_CLAIMS);
    }

    @Test
    void t8_should_take_a_quote_without_claims_only_where_the_rules_say_so() throws Exception {
        byte[] older = withExtensions(List.of(extension("1.3.6.1.4.1.12345.1", true, 64)));

        assertThatThrownBy(() -> CertificateParser.parse(older)).hasMessageContaining("EVIDENCE_INCOMPLETE");
        PeerCertificate parsed = CertificateParser.parse(older, CertificateRules.DEFAULT.toleratingMissingClaims());
        assertThat(parsed.evidence())
                .isInstanceOfSatisfying(
                        Evidence.Tdx.class, tdx -> assertThat(tdx.claims()).isEqualTo(Bytes.empty()));
        // Claims without a quote say nothing under any rules.
        byte[] alone = withExtensions(List.of(extension("1.3.6.1.4.1.12345.2", true, 32)));
        assertThatThrownBy(() -> CertificateParser.parse(alone, CertificateRules.DEFAULT.toleratingMissingClaims()))
                .hasMessageContaining("EVIDENCE_INCOMPLETE");
    }

    @Test
    void d1_should_call_no_evidence_what_it_is_and_refuse_it_under_the_simulated_policy() throws Exception {
        PeerCertificate none = CertificateParser.parse(withExtensions(List.of()));

        PolicyDecision decision = SimulatedEvidence.policy()
                .judge(PeerEvidence.of(none, NOW))
                .toCompletableFuture()
                .join();

        assertThat(none.evidence()).isInstanceOf(Evidence.None.class);
        assertThat(decision.accepted()).isEmpty();
        assertThat(decision.checks()).anyMatch(check -> check.code().equals("EVIDENCE_MISSING"));
    }

    @Test
    void d15_should_refuse_evidence_that_is_not_critical_instead_of_seeing_none() {
        for (String identifier : List.of("1", "2", "100", "101", "102")) {
            byte[] hidden = withExtensions(List.of(extension("1.3.6.1.4.1.12345." + identifier, false, 64)));
            assertThatThrownBy(() -> CertificateParser.parse(hidden)).hasMessageContaining("EVIDENCE_NOT_CRITICAL");
        }
    }

    @Test
    void t26_should_not_repeat_a_peer_s_bytes_in_a_refusal() {
        Extension unknown = new Extension(
                new ASN1ObjectIdentifier("1.3.6.1.4.1.12345." + "4294967295.".repeat(40) + "7"), true, new byte[9_000]);

        assertThatThrownBy(() -> CertificateParser.parse(withExtensions(List.of(unknown))))
                .isInstanceOfSatisfying(CertificateRefusal.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo("TLS_CERT_UNKNOWN_CRITICAL");
                    assertThat(refusal.getMessage()).hasSizeLessThan(300);
                });
    }

    @Test
    void d16_should_refuse_a_quote_that_no_certificate_could_carry_instead_of_making_another_kind() {
        assertThatThrownBy(() -> CertificateIdentity.withTdxQuote(
                        Ed25519Key.generate(Handshakes.RANDOM),
                        Bytes.wrapUnshared(new byte[32_769]),
                        CLOCK,
                        Handshakes.RANDOM))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("32769");
    }

    @Test
    void should_bound_every_extension_of_evidence() {
        byte[] report = withExtensions(List.of(
                extension("1.3.6.1.4.1.12345.100", true, 64),
                extension("1.3.6.1.4.1.12345.101", true, 1_183),
                extension("1.3.6.1.4.1.12345.102", true, 10)));
        assertThatThrownBy(() -> CertificateParser.parse(report)).hasMessageContaining("REPORT_LENGTH");
        byte[] endorsement = withExtensions(List.of(
                extension("1.3.6.1.4.1.12345.100", true, 64),
                extension("1.3.6.1.4.1.12345.101", true, 1_184),
                extension("1.3.6.1.4.1.12345.102", true, 16_385)));
        assertThatThrownBy(() -> CertificateParser.parse(endorsement)).hasMessageContaining("EVIDENCE_TOO_LARGE");
        byte[] quote = withExtensions(
                List.of(extension("1.3.6.1.4.1.12345.1", true, 32_769), extension("1.3.6.1.4.1.12345.2", true, 32)));
        assertThatThrownBy(() -> CertificateParser.parse(quote)).hasMessageContaining("EVIDENCE_TOO_LARGE");
    }

    @Test
    void attack_trailing_der_is_refused() {
        byte[] good = Handshakes.simulated().certificate().toByteArray();

        assertThatThrownBy(() -> CertificateParser.parse(Arrays.copyOf(good, good.length + 1)))
                .isInstanceOf(CertificateRefusal.class);
    }

    // ---- files ----

    @Test
    void t21_should_load_a_complete_pair_after_a_crash_between_the_two_files(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        CertificateIdentity older = Handshakes.simulated();
        CertificateIdentity newer = Handshakes.simulated();
        older.store(certificate, key);

        newer.storeKeyFile(key);

        assertThat(CertificateIdentity.load(certificate, key).certificate()).isEqualTo(newer.certificate());
        newer.store(certificate, key);
        assertThat(CertificateIdentity.load(certificate, key).publicKey()).isEqualTo(newer.publicKey());
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void t21_should_never_show_a_mixed_pair_to_a_concurrent_reader(@TempDir Path folder) throws Exception {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        List<CertificateIdentity> identities = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            identities.add(Handshakes.simulated());
        }
        identities.get(0).store(certificate, key);
        ExecutorService writer = Executors.newSingleThreadExecutor();
        try {
            Future<?> writing = writer.submit(() -> {
                for (int i = 0; i < 100; i++) {
                    identities.get(i % identities.size()).store(certificate, key);
                }
                return null;
            });
            int loads = 0;
            while (!writing.isDone() || loads == 0) {
                CertificateIdentity loaded = CertificateIdentity.load(certificate, key);
                assertThat(CertificateParser.parse(loaded.certificate().toByteArray())
                                .key())
                        .isEqualTo(loaded.publicKey());
                loads++;
            }
            writing.get();
        } finally {
            writer.shutdownNow();
        }
    }

    @Test
    void t21_should_write_a_key_file_that_openssl_reads_as_a_key(@TempDir Path folder) throws Exception {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        Handshakes.simulated().store(certificate, key);

        try (OpenSsl reader = new OpenSsl(List.of("pkey", "-in", key.toString(), "-noout", "-text"))) {
            assertThat(reader.exitCode()).as(reader.printed()).isZero();
            assertThat(reader.printed()).contains("ED25519 Private-Key");
        }
    }

    @Test
    void should_refuse_a_key_of_48_bytes_that_is_not_ed25519(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        Handshakes.simulated().store(certificate, key);
        byte[] pkcs8 = Pem.decode("PRIVATE KEY", Files.readString(key));
        pkcs8[11] = 0x6e; // the identifier of X25519
        Files.writeString(key, Pem.encode("PRIVATE KEY", pkcs8));

        assertThatThrownBy(() -> CertificateIdentity.load(certificate, key))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Ed25519");
    }

    @Test
    void should_refuse_a_file_that_is_too_large(@TempDir Path folder) throws IOException {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        Handshakes.simulated().store(certificate, key);
        Files.writeString(key, "x".repeat(300_000), StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> CertificateIdentity.load(certificate, key))
                .hasMessageContaining("more than 262144 bytes");
    }
}
