package io.cocoon.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.FakeChain;
import io.cocoon.TestTls;
import io.cocoon.proxy.Identities;
import io.cocoon.tee.RaTls;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

class KeyManagerSocketTest {

    private static FakeTonConfig at(FakeTonConfig config, HostPort address) {
        return config.withKeys(
                        config.networkKeys(), Optional.of(new RootState.KeyManager(Int256.ZERO, Int256.ZERO, address)))
                .withVersions(config.version() + 1, config.paramsVersion());
    }

    @Test
    void n16_should_bring_a_key_from_the_key_manager_to_a_proxy() throws Exception {
        RaTls tls = TestTls.create();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (Transport transport = Transport.builder().eventLoopThreads(1).build();
                FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), FakeChain.ROOT, false);
                KeyManagerServer server = KeyManagerServer.builder()
                        .chain(chain)
                        .withoutHashChecks()
                        .withPublicTestKey()
                        .listen(
                                transport,
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                ListenMode.direct(tls, 0))
                        .build()) {
            HostPort address = new HostPort("127.0.0.1", server.address().getPort());
            chain.change(config -> at(config, address));
            try (NetworkKeyClient client = NetworkKeyClient.start(
                    chain,
                    transport,
                    place -> DialTarget.direct(place.host(), place.port(), tls),
                    false,
                    Clock.systemUTC(),
                    new SplittableRandom(),
                    timer)) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> client.privateHalf(Identities.NETWORK_KEY.publicKey())
                                .isPresent());
                assertThat(client.privateHalf(Identities.NETWORK_KEY.publicKey()))
                        .contains(Identities.NETWORK_KEY.seed());
                assertThat(server.publicKeys())
                        .hasSize(2)
                        .allSatisfy(key ->
                                assertThat(client.privateHalf(key.publicKey())).isPresent());
            }
        } finally {
            timer.shutdownNow();
        }
    }
}
