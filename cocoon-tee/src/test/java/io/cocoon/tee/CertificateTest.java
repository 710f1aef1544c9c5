package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateTest {

    /**
     * What the reference accepts and we refuse, on purpose. Each breaks a rule of the 2026 part of the TEE dossier, 2.7, that
     * every live peer keeps.
     */
    private static final Map<String, String> STRICTER = Map.of(
            "no-quote", "EVIDENCE_INCOMPLETE",
            "quote-not-critical", "EVIDENCE_NOT_CRITICAL",
            "duplicate-quote-good-bad", "EXTENSION_DUPLICATE");

    /** The measured certificates live twenty years, which the default rules refuse: see t7 in {@link CertificateRulesTest}. */
    private static final CertificateRules MEASURED = CertificateRules.DEFAULT.withMaxLifetime(Duration.ofDays(36_525));

    /** Refused by the reference as a TLS dialler only because of names, which a dialler of ours does not look at. */
    private static final Set<String> NAMES = Set.of(
            "san-dns-127",
            "san-ip-only",
            "san-dns-wildcard",
            "no-san-cn-127",
            "only-private-extensions",
            "no-extensions",
            "v1-no-extensions");

    @Test
    void should_read_every_recorded_certificate_of_both_generations() throws IOException {
        int count = 0;
        for (String folder : List.of("captures/certs", "captures-2026/certs")) {
            for (String file : TestData.list(folder, ".info.json")) {
                JsonNode info = TestData.json(file);
                if (!info.has("der_hex")) {
                    continue; // a description without the bytes
                }
                byte[] der = Bytes.fromHex(info.path("der_hex").asText()).toByteArray();
                if (file.contains("v3s-both")) {
                    assertThatThrownBy(() -> CertificateParser.parse(der)).hasMessageContaining("EVIDENCE_AMBIGUOUS");
                    continue;
                }
                PeerCertificate parsed = CertificateParser.parse(der);
                assertThat(parsed.key().toHex())
                        .as(file)
                        .isEqualTo(info.path("public_key_hex").asText());
                count++;
            }
        }
        System.out.println("recorded certificates read: " + count);
        assertThat(count).isGreaterThanOrEqualTo(13);
    }

    @Test
    void should_judge_the_measured_certificates_as_the_reference_or_stricter_on_purpose() {
        JsonNode cases = TestData.json("ratls/cases.json");
        Instant time = Instant.parse(cases.path("time").asText());
        List<String> different = new ArrayList<>();
        int count = 0;
        for (JsonNode each : cases.path("cases")) {
            String name = each.path("name").asText();
            JsonNode reference = each.path("reference");
            String any = verdict(each, PeerCertificate.Role.CLIENT, false, time);
            String simulated = verdict(each, PeerCertificate.Role.CLIENT, true, time);
            String anyServer = verdict(each, PeerCertificate.Role.SERVER, false, time);
            String simulatedServer = verdict(each, PeerCertificate.Role.SERVER, true, time);
            compare(name, "asClientToAny", reference, any, different);
            compare(name, "asClientToFakeTdx", reference, simulated, different);
            if (!NAMES.contains(name)) {
                compare(name, "asServerToAny", reference, anyServer, different);
                compare(name, "asServerToFakeTdx", reference, simulatedServer, different);
            }
            count++;
        }
        System.out.println("measured certificates judged: " + count);
        assertThat(different).isEmpty();
        assertThat(count).isGreaterThan(20);
    }

    private static void compare(String name, String role, JsonNode reference, String verdict, List<String> different) {
        boolean accepted = verdict.isEmpty();
        if (reference.has(role) && reference.path(role).asBoolean() != accepted) {
            if (!accepted && verdict.equals(STRICTER.get(name))) {
                return;
            }
            different.add(name + " " + role + ": ours '" + verdict + "', reference " + reference.path(role));
        }
    }

    /** Returns the code of the refusal, or nothing if the certificate is accepted. */
    private static String verdict(JsonNode each, PeerCertificate.Role role, boolean simulated, Instant time) {
        byte[] der =
                Pem.decode("CERTIFICATE", TestData.text(each.path("certificate").asText()));
        try {
            PeerCertificate parsed = CertificateParser.parse(der);
            parsed.check(role, time, MEASURED);
            if (!simulated) {
                return "";
            }
            PolicyDecision decision = SimulatedEvidence.policy()
                    .judge(PeerEvidence.of(parsed, time))
                    .toCompletableFuture()
                    .join();
            return decision.accepted().isPresent()
                    ? ""
                    : decision.checks().get(0).code();
        } catch (CertificateRefusal e) {
            return e.code();
        }
    }

    @Test
    void should_make_certificates_that_the_jdk_and_our_own_parser_read() throws Exception {
        CertificateIdentity identity = Handshakes.simulated();

        X509Certificate jdk = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(
                        new java.io.ByteArrayInputStream(identity.certificate().toByteArray()));
        PeerCertificate ours = CertificateParser.parse(identity.certificate().toByteArray());

        assertThat(jdk.getVersion()).isEqualTo(3);
        jdk.verify(jdk.getPublicKey());
        assertThat(jdk.getSubjectX500Principal().getName())
                .isEqualTo("CN=localhost,OU=Security,O=TDLib Development,ST=DUBAI,C=AE");
        assertThat(jdk.getSubjectAlternativeNames()).contains(List.of(2, "127.0.0.1"), List.of(2, "localhost"));
        assertThat(jdk.getCriticalExtensionOIDs()).contains("1.3.6.1.4.1.12345.1", "1.3.6.1.4.1.12345.2");
        assertThat(ours.evidence()).isInstanceOf(Evidence.Tdx.class);
        ours.check(PeerCertificate.Role.SERVER, Instant.now());
        ours.check(PeerCertificate.Role.CLIENT, Instant.now());
    }

    @Test
    void should_have_the_reference_s_extensions_byte_for_byte() {
        // From the key usage on, but for the key's own hash; the reference's certificate has no version field in front.
        JsonNode info = TestData.json("captures/certs/none.info.json");
        String reference = info.path("der_hex").asText();
        String ours = Handshakes.unattested().certificate().toHex();
        String tail =
                "300e0603551d0f0101ff04040302078030200603551d250101ff0416301406082b0601050507030106082b06010505070302301d0603551d0e04160414";
        String names =
                "30310603551d11042a302882096c6f63616c686f737482093132372e302e302e31871000000000000000000000000000000001";

        assertThat(reference).contains(tail, names);
        assertThat(ours).contains(tail, names);
    }

    @Test
    void should_store_and_load_a_pair_of_files_that_only_the_owner_reads(@TempDir Path folder) throws IOException {
        CertificateIdentity identity = Handshakes.simulated();
        Path certificate = folder.resolve("a_cert.pem");
        Path key = folder.resolve("a_key.pem");

        identity.store(certificate, key);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        CertificateIdentity loaded = CertificateIdentity.load(certificate, key);
        assertThat(loaded.certificate()).isEqualTo(identity.certificate());
        assertThat(loaded.publicKey()).isEqualTo(identity.publicKey());
        assertThat(loaded.toString()).doesNotContain(identity.key().seed().toHex());
    }

    @Test
    void should_load_what_the_reference_s_tool_wrote(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("c.pem"), TestData.bytes("captures/certs/fake-tdx-cert.pem"));
        Files.write(folder.resolve("k.pem"), TestData.bytes("captures/certs/fake-tdx-key.pem"));

        CertificateIdentity loaded = CertificateIdentity.load(folder.resolve("c.pem"), folder.resolve("k.pem"));

        assertThat(loaded.publicKey().toHex())
                .isEqualTo(TestData.json("captures/certs/fake-tdx.info.json")
                        .path("public_key_hex")
                        .asText());
    }

    @Test
    void should_refuse_to_load_a_certificate_with_the_key_of_another(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("c.pem"), TestData.bytes("captures/certs/fake-tdx-cert.pem"));
        Files.write(folder.resolve("k.pem"), TestData.bytes("captures/certs/none-key.pem"));

        assertThatThrownBy(() -> CertificateIdentity.load(folder.resolve("c.pem"), folder.resolve("k.pem")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is for key");
    }

    @Test
    void should_renew_when_half_of_the_life_is_over() {
        Clock[] now = {Clock.systemUTC()};
        Clock clock = new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return java.time.ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now[0].instant();
            }
        };
        IdentitySource source =
                IdentitySource.renewing(() -> CertificateIdentity.simulatedTdx(clock, Handshakes.RANDOM), clock);
        Int256 first = source.current().publicKey();

        now[0] = Clock.offset(Clock.systemUTC(), Duration.ofHours(11));
        assertThat(source.current().publicKey()).isEqualTo(first);

        now[0] = Clock.offset(Clock.systemUTC(), Duration.ofHours(13));
        assertThat(source.current().publicKey()).isNotEqualTo(first);
        assertThat(source.current().notAfter()).isAfter(clock.instant().plus(Duration.ofHours(23)));
    }

    @Test
    void n17_should_take_recorded_simulated_sev_evidence_as_simulated_only() throws IOException {
        int count = 0;
        for (String file : TestData.list("captures-2026/certs", "-sev.info.json")) {
            PeerCertificate parsed = CertificateParser.parse(
                    Bytes.fromHex(TestData.json(file).path("der_hex").asText()).toByteArray());
            PolicyDecision decision = SimulatedEvidence.policy()
                    .judge(PeerEvidence.of(parsed, Instant.now()))
                    .toCompletableFuture()
                    .join();

            assertThat(decision.accepted()).as(file).contains(io.cocoon.transport.PeerIdentity.Kind.SIMULATED);
            assertThat(decision.imageHash().toHex())
                    .isEqualTo("b5fdab78d8947eacc864bfeecb4d2100780e5afe1cd8efafb124887913ac49fa");
            count++;
        }
        assertThat(count).isGreaterThanOrEqualTo(2);
    }
}
