package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The client over real sockets and attested TLS, against a scripted proxy. */
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
}
