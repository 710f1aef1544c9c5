package io.cocoon.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.GpuBundle;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tool's exit codes, which scripts rely on: 0 trusted, 1 not trusted, 2 could not tell. */
@Timeout(120)
class VerifyEvidenceTest {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String TIME = "2026-11-01T12:00:00Z";

    @TempDir
    private Path folder;

    private String file(String name) throws IOException {
        Path copy = folder.resolve(Path.of(name).getFileName().toString());
        Files.write(copy, TestData.bytes(name));
        return copy.toString();
    }

    private static int run(String... args) {
        return Running.run(new VerifyEvidence(), args);
    }

    private int quote(String name, String... more) throws IOException {
        String[] args = new String[5 + more.length];
        args[0] = file("tdx/quotes/synthetic/" + name + ".bin");
        args[1] = "--collateral";
        args[2] = file("tdx/collateral/synthetic/base.json");
        args[3] = "--time";
        args[4] = TIME;
        System.arraycopy(more, 0, args, 5, more.length);
        return run(args);
    }

    private String testRoot() throws IOException {
        return file("tdx/roots/synthetic-a-root.der");
    }

    @Test
    void should_trust_our_synthetic_quote_by_its_test_root_only() throws IOException {
        assertThat(quote("base", "--test-root", testRoot())).isEqualTo(VerifyEvidence.TRUSTED);
        assertThat(quote("base")).isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    @Test
    void should_not_trust_a_debug_domain_nor_an_outdated_platform() throws IOException {
        assertThat(quote("td-policy-debug-v5", "--test-root", testRoot())).isEqualTo(VerifyEvidence.NOT_TRUSTED);
        assertThat(quote("status-out-of-date", "--test-root", testRoot())).isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    @Test
    void should_verify_a_bundle_that_it_saved_without_anything_else() throws IOException {
        String bundle = folder.resolve("bundle.json").toString();
        assertThat(quote("base", "--test-root", testRoot(), "--save-bundle", bundle))
                .isEqualTo(VerifyEvidence.TRUSTED);

        assertThat(run(bundle, "--test-root", testRoot())).isEqualTo(VerifyEvidence.TRUSTED);
        assertThat(run(bundle)).isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    @Test
    void should_not_be_able_to_tell_without_collateral() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));

        assertThat(run(
                        file("tdx/quotes/synthetic/base.bin"),
                        "--collateral",
                        empty.toString(),
                        "--time",
                        TIME,
                        "--test-root",
                        testRoot()))
                .isEqualTo(VerifyEvidence.COULD_NOT_TELL);
    }

    @Test
    void should_not_be_able_to_tell_from_what_is_no_evidence_and_where_nobody_answers() throws IOException {
        Path text = Files.writeString(folder.resolve("readme.txt"), "no evidence");
        int nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = free.getLocalPort();
        }

        assertThat(run(text.toString())).isEqualTo(VerifyEvidence.COULD_NOT_TELL);
        assertThat(run(folder.resolve("absent.bin").toString())).isEqualTo(VerifyEvidence.COULD_NOT_TELL);
        assertThat(run("127.0.0.1:" + nobody)).isEqualTo(VerifyEvidence.COULD_NOT_TELL);
        assertThat(run("--no-such-option")).isEqualTo(VerifyEvidence.COULD_NOT_TELL);
    }

    @Test
    void should_not_trust_a_peer_whose_certificate_breaks_a_rule() throws IOException {
        CertificateIdentity broken = CertificateIdentity.withSnpReport(
                Ed25519Key.generate(RANDOM),
                Bytes.wrapUnshared(new byte[1184]),
                Bytes.utf8("no certificate"),
                Clock.systemUTC(),
                RANDOM);

        assertThat(runAgainst(broken)).isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    @Test
    void should_not_trust_a_peer_without_evidence() throws IOException {
        assertThat(runAgainst(CertificateIdentity.unattested(Clock.systemUTC(), RANDOM)))
                .isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    private int runAgainst(CertificateIdentity shown) throws IOException {
        Path empty = Files.createDirectory(folder.resolve("nothing"));
        RaTls tls = RaTls.builder()
                .identity(shown)
                .policy(AcceptUnattestedPeers.because("the test is about what we show"))
                .build();
        try (Transport transport = Transport.builder().build();
                Listener listener = transport.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ListenMode.direct(tls, 0),
                        peer -> new Silent())) {
            return run("127.0.0.1:" + listener.address().getPort(), "--collateral", empty.toString());
        }
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

    /** A reply of a service about one GPU, made by the vectors' own keys, as a file of GPU evidence. */
    private String gpus(String reply, String time) throws IOException {
        String folderOfReplies = "nvidia/nras/synthetic/";
        Bytes nonce = Bytes.fromHex("7c60029713f2150f81482229c01ed8cf2348ace9b0c95c292cb3c3a3b28d7ef0");
        GpuBundle bundle = new GpuBundle(
                Instant.parse(time),
                new GpuBundle.Asked.Nonce(nonce),
                new GpuBundle.Shown.Tokens(
                        Bytes.wrapUnshared(TestData.bytes(folderOfReplies + reply)),
                        Bytes.wrapUnshared(TestData.bytes(folderOfReplies + "jwks.json"))));
        Path file = folder.resolve("gpus-" + reply);
        Files.write(file, bundle.toJson().toByteArray());
        return file.toString();
    }

    @Test
    void should_judge_gpus_alone_at_their_own_time() throws Exception {
        assertThat(run(gpus("ok-v3-1gpu.json", "2026-04-15T00:10:00Z"), "--test-nras-keys"))
                .isEqualTo(VerifyEvidence.TRUSTED);
        assertThat(run(gpus("ok-v3-8gpu.json", "2026-04-15T00:10:00Z"), "--test-nras-keys"))
                .isEqualTo(VerifyEvidence.TRUSTED);
    }

    @Test
    void should_not_trust_gpus_whose_tokens_are_false_old_or_not_nvidias() throws Exception {
        assertThat(run(gpus("claim-false.json", "2026-04-15T00:10:00Z"), "--test-nras-keys"))
                .isEqualTo(VerifyEvidence.NOT_TRUSTED);
        assertThat(run(gpus("ok-v3-1gpu.json", "2026-04-16T00:10:00Z"), "--test-nras-keys"))
                .isEqualTo(VerifyEvidence.NOT_TRUSTED);
        assertThat(run(gpus("ok-v3-1gpu.json", "2026-04-15T00:10:00Z"))).isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    @Test
    void should_judge_a_machine_together_with_its_gpus() throws Exception {
        // The quote is judged half a year after the tokens, so that they have expired: the machine alone would be
        // trusted.
        String[] more = {"--test-root", file("tdx/roots/synthetic-a-root.der"), "--test-nras-keys"};
        assertThat(quote("base", more)).isEqualTo(VerifyEvidence.TRUSTED);
        String[] withGpus = {more[0], more[1], more[2], "--gpus", gpus("ok-v3-1gpu.json", "2026-04-15T00:10:00Z")};
        assertThat(quote("base", withGpus)).isEqualTo(VerifyEvidence.NOT_TRUSTED);
    }

    @Test
    void should_not_pass_over_gpus_that_the_policy_does_not_ask_for() throws Exception {
        Path policy = folder.resolve("no-gpus.json");
        Files.write(
                policy,
                AttestationPolicy.builder("no-gpus")
                        .allowTdx()
                        .anyImage()
                        .build()
                        .toJson()
                        .toByteArray());
        String evidence = gpus("ok-v3-1gpu.json", "2026-04-15T00:10:00Z");
        assertThat(run(evidence, "--policy", policy.toString(), "--test-nras-keys"))
                .isEqualTo(VerifyEvidence.COULD_NOT_TELL);
        assertThat(quote("base", "--policy", policy.toString(), "--gpus", evidence))
                .isEqualTo(VerifyEvidence.COULD_NOT_TELL);
    }
}
