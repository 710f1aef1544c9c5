package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.CertificateRules;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.SnpRules;
import io.cocoon.tee.policy.TrustAnchors;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** SEV-SNP evidence, signed under roots of our own, in a real handshake over real sockets. */
@Timeout(120)
class AttestedRolesSnpTest {

    private static final String FOLDER = "sev-snp/2026/synthetic/";
    private static final Clock CLOCK = SyntheticTdx.startingAt("2026-04-15T00:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Bytes ARK = Bytes.wrapUnshared(TestData.bytes(FOLDER + "ark-genoa.der"));
    private static final TrustAnchors ANCHORS = TrustAnchors.forTestsOnly(
            "our own roots", TdxTrust.intel(), SnpTrust.of(SnpProduct.GENOA, SnpTrust.keyHash(ARK)));
    private static final CollateralSource COLLATERAL = MemoryCollateral.builder()
            .snp(
                    false,
                    new SnpCollateral(
                            SnpProduct.GENOA,
                            Bytes.utf8(pem("ask-genoa.der") + pem("ark-genoa.der")),
                            Optional.of(Bytes.wrapUnshared(TestData.bytes(FOLDER + "crl-genoa.der")))))
            .build();

    private static String pem(String name) {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(TestData.bytes(FOLDER + name))
                + "\n-----END CERTIFICATE-----\n";
    }

    private static byte[] fromPem(String name, String label) {
        String text = new String(TestData.bytes("sev-snp/2026/ratls/" + name), StandardCharsets.ISO_8859_1);
        String begin = "-----BEGIN " + label + "-----";
        int at = text.indexOf(begin) + begin.length();
        return Base64.getMimeDecoder().decode(text.substring(at, text.indexOf("-----END", at)));
    }

    /** Puts the report and its endorsement, which are for this key, into a certificate of today. */
    private static CertificateIdentity identity() throws IOException {
        byte[] pkcs8 = fromPem("ed25519-seed-00.key.pem", "PRIVATE KEY");
        byte[] seed = Arrays.copyOfRange(pkcs8, pkcs8.length - Int256.BYTES, pkcs8.length);
        PeerEvidence shown = PeerEvidence.read(
                Bytes.wrapUnshared(fromPem("sev-good-v3.cert.pem", "CERTIFICATE")),
                false,
                Instant.now(CLOCK),
                CertificateRules.DEFAULT.withMaxLifetime(Duration.ofDays(3650)));
        Evidence.SevSnp evidence = (Evidence.SevSnp) shown.evidence();
        return CertificateIdentity.withSnpReport(
                Ed25519Key.fromSeed(Int256.of(seed)), evidence.report(), evidence.endorsement(), CLOCK, RANDOM);
    }

    private static RaTls tls(CertificateIdentity shown, PeerPolicy demanded) {
        return RaTls.builder().identity(shown).policy(demanded).clock(CLOCK).build();
    }

    /** Dials a peer that shows the evidence, under a policy. */
    private static PeerIdentity dial(AttestationPolicy policy) throws Exception {
        try (AttestedPeers demanded = AttestedPeers.builder()
                        .policy(policy)
                        .collateral(COLLATERAL)
                        .trust(ANCHORS)
                        .clock(CLOCK)
                        .build();
                Transport transport = Transport.builder().build();
                Listener listener = transport.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ListenMode.direct(tls(identity(), AcceptUnattestedPeers.because("a test of the dialler")), 0),
                        peer -> new Silent())) {
            return transport
                    .dial(
                            DialTarget.direct(
                                    "127.0.0.1",
                                    listener.address().getPort(),
                                    tls(CertificateIdentity.unattested(CLOCK, RANDOM), demanded)),
                            new Silent())
                    .get(60, TimeUnit.SECONDS)
                    .peer();
        }
    }

    private static AttestationPolicy snp(SnpRules.Software software) {
        return AttestationPolicy.builder("snp").allowSevSnp(software).anyImage().build();
    }

    @Test
    void should_accept_snp_evidence_under_a_policy_that_allows_it_by_name() throws Exception {
        PeerIdentity peer = dial(snp(SnpRules.Software.FIRMWARE_ONLY));

        assertThat(peer.kind()).isEqualTo(PeerIdentity.Kind.SEV_SNP);
        assertThat(peer.report().orElseThrow().toText())
                .contains("AMD SEV-SNP evidence verified, by TEST ROOTS", "SOFTWARE IS NOT PROVEN");
    }

    @Test
    void should_refuse_snp_evidence_under_a_policy_for_tdx() {
        AttestationPolicy tdxOnly =
                AttestationPolicy.builder("tdx-only").allowTdx().anyImage().build();

        assertThatThrownBy(() -> dial(tdxOnly))
                .hasMessageContaining("ATTESTATION")
                .hasMessageContaining("policy.tee");
    }

    @Test
    void should_refuse_snp_evidence_of_an_image_that_is_not_listed() {
        AttestationPolicy other = AttestationPolicy.builder("snp")
                .allowSevSnp(SnpRules.Software.MEASURED_BOOT)
                .imageHashes(List.of(Int256.fromHex("ab".repeat(32))))
                .build();

        assertThatThrownBy(() -> dial(other))
                .hasMessageContaining("ATTESTATION")
                .hasMessageContaining("IMAGE_HASH");
    }

    /** Neither says nor hears anything. */
    private static final class Silent implements ConnectionHandler {
        @Override
        public void connected(Connection connection) {}

        @Override
        public void message(Connection connection, Bytes message) {}

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {}

        @Override
        public void closed(Connection connection, CloseReason reason) {}
    }
}
