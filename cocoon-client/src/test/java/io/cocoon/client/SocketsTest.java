package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The client over real sockets and attested TLS, against a scripted proxy. */
@Isolated("looks at the threads of the whole process")
class SocketsTest {

    private static final Clock CLOCK = Clock.systemUTC();
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Runs one chat over real sockets and returns its answer. */
    private static String chat(CertificateIdentity shown, UnaryOperator<ClientBuilder> settings) {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), Setup.ROOT, false);
        FakeProxy proxy = new FakeProxy(new HostPort("127.0.0.1", 1), chain);
        RaTls tls = RaTls.builder()
                .identity(shown)
                .policy(anyPeer())
                .clock(CLOCK)
                .random(RANDOM)
                .verificationExecutor(Runnable::run)
                .build();
        try (Transport transport = Transport.builder().build();
                Listener listener = transport.listen(any, ListenMode.direct(tls, 0), peer -> proxy)) {
            HostPort at = new HostPort("127.0.0.1", listener.address().getPort());
            chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(0, at, at))));
            try (CocoonClient cocoon = settings.apply(CocoonClient.builder()
                            .network(Network.of(chain))
                            .wallet(Wallet.ofAddress(Setup.CLIENT))
                            .emptySecretSoThatAnyoneCanSpend()
                            .deadlines(Setup.QUICK))
                    .build()) {
                return cocoon.chat("m").user("x").send().text();
            }
        }
    }

    private static PeerPolicy anyPeer() {
        return SimulatedEvidence.policy();
    }

    @Test
    void should_chat_over_attested_tls() {
        assertThat(chat(CertificateIdentity.simulatedTdx(CLOCK, RANDOM), ClientBuilder::simulatedAttestation))
                .isEqualTo("Hello from the fake model.");
    }

    @Test
    void should_refuse_a_proxy_without_evidence_and_name_the_check() {
        CocoonException.Attestation refusal = catchThrowableOfType(
                CocoonException.Attestation.class,
                () -> chat(CertificateIdentity.unattested(CLOCK, RANDOM), ClientBuilder::simulatedAttestation));

        assertThat(refusal).isNotNull().hasMessageContaining("evidence");
    }

    @Test
    void t14_should_refuse_a_simulated_proxy_where_the_root_contracts_images_are_demanded() {
        CocoonException.Attestation refusal = catchThrowableOfType(
                CocoonException.Attestation.class,
                () -> chat(
                        CertificateIdentity.simulatedTdx(CLOCK, RANDOM),
                        builder -> builder.attestation(
                                        MemoryCollateral.builder().build())
                                .identity(IdentitySource.fixed(CertificateIdentity.simulatedTdx(CLOCK, RANDOM)))));

        assertThat(refusal).isNotNull().hasMessageContaining("EVIDENCE_SIMULATED");
    }

    @Test
    void should_refuse_a_proxy_whose_certificate_has_expired() {
        refusesACertificateMadeAt(Clock.offset(CLOCK, Duration.ofDays(-3)));
    }

    @Test
    void should_refuse_a_proxy_whose_certificate_is_not_valid_yet() {
        refusesACertificateMadeAt(Clock.offset(CLOCK, Duration.ofDays(3)));
    }

    private static void refusesACertificateMadeAt(Clock time) {
        CertificateIdentity shown = CertificateIdentity.simulatedTdx(time, RANDOM);

        CocoonException.Attestation refusal = catchThrowableOfType(
                CocoonException.Attestation.class, () -> chat(shown, ClientBuilder::simulatedAttestation));

        assertThat(refusal)
                .isNotNull()
                .hasMessageContaining("127.0.0.1")
                .hasMessageContaining(
                        "certificate that " + (time.instant().isBefore(CLOCK.instant()) ? "ended" : "begins") + " at");
        assertThat(refusal.nextStep()).isNotBlank();
    }

    @Test
    void should_reach_a_proxy_through_a_router_and_leave_no_socket_and_no_thread() throws Exception {
        Recording recording = Objects.requireNonNull(
                Recording.all().get("captures-2026/session-any/query.frames.jsonl client-socks.001"));
        try (RecordedRouter router = new RecordedRouter(recording.withHandshake())) {
            CocoonClient cocoon = RecordedSessionsTest.client(recording.withHandshake(), router);
            await().atMost(Duration.ofSeconds(30)).until(() -> !cocoon.links().isEmpty());
            assertThat(router.isConnected()).isTrue();

            cocoon.close();

            await().atMost(Duration.ofSeconds(30)).until(() -> !router.isConnected());
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("cocoon-")));
        }
    }

    @Test
    void should_say_that_the_router_is_not_there() throws Exception {
        int nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = free.getLocalPort();
        }
        try (Setup setup = Setup.withProxies(1);
                CocoonClient cocoon = CocoonClient.builder()
                        .network(Network.of(setup.chain))
                        .wallet(Wallet.ofAddress(Setup.CLIENT))
                        .router("127.0.0.1", nobody)
                        .deadlines(Setup.QUICK.withConnect(Duration.ofSeconds(1)))
                        .build()) {
            assertThatThrownBy(cocoon::models)
                    .isInstanceOf(CocoonException.Capacity.class)
                    .hasMessageContaining("no proxy was ready")
                    .hasMessageContaining("doctor()");
        }
    }
}
