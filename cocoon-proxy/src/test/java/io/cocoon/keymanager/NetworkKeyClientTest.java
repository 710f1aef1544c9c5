package io.cocoon.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.ManualTime;
import io.cocoon.protocol.PrivateKey;
import io.cocoon.protocol.PrivateKeys;
import io.cocoon.proxy.Identities;
import io.cocoon.proxy.TestHashes;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.PeerIdentity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NetworkKeyClientTest {

    private static final HostPort PLACE = new HostPort("127.0.0.1", 13_001);
    private static final HostPort OTHER = new HostPort("127.0.0.1", 13_002);
    private static final PeerIdentity KEY_MANAGER =
            FakeConnection.peer(PeerIdentity.Kind.TDX, TestHashes.of("key manager image"));

    private record Dial(HostPort address, ConnectionHandler handler) {}

    private final ManualTime time = new ManualTime();
    private final FakeChain chain = new FakeChain(true, true);
    private final List<Dial> dials = new ArrayList<>();

    private NetworkKeyClient client(boolean checkHashes) {
        return new NetworkKeyClient(
                chain,
                (address, handler) -> dials.add(new Dial(address, handler)),
                checkHashes,
                time.clock(),
                new SplittableRandom(7),
                time);
    }

    private void keyManagerAt(Optional<HostPort> address) {
        chain.change(root -> new RootState(
                root.root(),
                root.owner(),
                root.version() + 1,
                root.params(),
                root.proxies(),
                root.lastProxySeqno(),
                root.proxyHashes(),
                root.workerHashes(),
                root.modelHashes(),
                root.networkKeys(),
                address.map(at -> new RootState.KeyManager(Int256.ZERO, TestHashes.of("key manager image"), at))));
    }

    private FakeConnection connect(PeerIdentity peer) {
        return new FakeConnection(dials.get(dials.size() - 1).handler(), peer).open();
    }

    private static void answer(FakeConnection connection, int validUntil) {
        connection
                .asked
                .get(connection.asked.size() - 1)
                .complete(
                        new PrivateKeys(List.of(new PrivateKey(validUntil, Identities.NETWORK_KEY.seed()))).toBytes());
    }

    private static Optional<Int256> look(NetworkKeyClient client) {
        return client.privateHalf(Identities.NETWORK_KEY.publicKey());
    }

    @Test
    void n15_should_dial_nobody_while_the_root_contract_names_nobody() {
        try (NetworkKeyClient client = client(true)) {
            client.step();
            assertThat(dials).isEmpty();
            assertThat(look(client)).isEmpty();
        }
    }

    @Test
    void n1_should_know_a_key_until_it_expires_even_when_the_key_manager_is_gone() {
        keyManagerAt(Optional.of(PLACE));
        try (NetworkKeyClient client = client(true)) {
            client.step();
            FakeConnection connection = connect(KEY_MANAGER);
            answer(connection, 1_800_000_100);
            assertThat(look(client)).contains(Identities.NETWORK_KEY.seed());
            connection.drop();
            time.advance(Duration.ofSeconds(99));
            assertThat(look(client)).isPresent();
            time.advance(Duration.ofSeconds(1));
            assertThat(look(client)).isEmpty();
        }
    }

    @Test
    void should_close_a_key_manager_that_sends_more_keys_than_it_takes() {
        keyManagerAt(Optional.of(PLACE));
        try (NetworkKeyClient client = client(true)) {
            client.step();
            FakeConnection connection = connect(KEY_MANAGER);
            PrivateKey one = new PrivateKey(1_800_000_100, Identities.NETWORK_KEY.seed());
            connection
                    .asked
                    .get(0)
                    .complete(new PrivateKeys(java.util.Collections.nCopies(NetworkKeyClient.MAX_KEYS + 1, one))
                            .toBytes());
            assertThat(connection.isClosed()).isTrue();
            assertThat(client.held()).isZero();
        }
    }

    @Test
    void n1_should_keep_no_key_that_comes_after_it_was_closed() {
        keyManagerAt(Optional.of(PLACE));
        NetworkKeyClient client = client(true);
        client.step();
        var handler = dials.get(0).handler();
        FakeConnection connection = new FakeConnection(handler, KEY_MANAGER) {
            @Override
            public void close(String reason) {
                // The answer was on its way already.
                answer(this, 1_800_000_100);
            }
        }.open();
        client.close();
        assertThat(connection.asked.get(0)).isCompleted();
        assertThat(client.held()).isZero();
    }

    @Test
    void should_close_a_key_manager_that_proves_another_image() {
        keyManagerAt(Optional.of(PLACE));
        try (NetworkKeyClient client = client(true)) {
            client.step();
            FakeConnection wrong = connect(FakeConnection.peer(PeerIdentity.Kind.TDX, TestHashes.of("another")));
            assertThat(wrong.isClosed()).isTrue();
            client.step();
            assertThat(connect(FakeConnection.NOBODY).isClosed()).isTrue();
            client.step();
            assertThat(dials).hasSize(3);
            assertThat(connect(KEY_MANAGER).isClosed()).isFalse();
        }
    }

    @Test
    void should_follow_the_root_contract_to_another_address() {
        keyManagerAt(Optional.of(PLACE));
        try (NetworkKeyClient client = client(false)) {
            client.step();
            FakeConnection first = connect(FakeConnection.NOBODY);
            answer(first, 1_900_000_000);
            keyManagerAt(Optional.of(OTHER));
            client.step();
            assertThat(first.isClosed()).isTrue();
            assertThat(dials.get(1).address()).isEqualTo(OTHER);
            keyManagerAt(Optional.empty());
            client.step();
            assertThat(look(client)).isPresent();
        }
    }

    @Test
    void should_ask_at_once_when_the_root_contract_changes_and_not_again_before_its_time() {
        NetworkKeyClient client = client(true);
        client.begin();
        time.run();
        assertThat(dials).isEmpty();
        keyManagerAt(Optional.of(PLACE));
        time.run();
        assertThat(dials).hasSize(1);
        FakeConnection connection = connect(KEY_MANAGER);
        assertThat(connection.asked).hasSize(1);

        keyManagerAt(Optional.of(PLACE));
        time.run();
        assertThat(connection.asked).hasSize(2);
        time.advance(Duration.ofMillis(4_999));
        assertThat(connection.asked).hasSize(2);
        time.advance(Duration.ofMillis(5_001));
        assertThat(connection.asked).hasSize(3);

        client.close();
        keyManagerAt(Optional.of(OTHER));
        assertThat(time.waiting()).isZero();
    }

    @Test
    void should_dial_again_after_a_failure_and_only_one_at_a_time() {
        keyManagerAt(Optional.of(PLACE));
        try (NetworkKeyClient client = client(false)) {
            client.step();
            client.step();
            assertThat(dials).hasSize(1);
            client.lost(PLACE, null);
            client.step();
            assertThat(dials).hasSize(2);
        }
    }

    @Test
    void should_close_a_key_manager_that_answers_nonsense() {
        keyManagerAt(Optional.of(PLACE));
        try (NetworkKeyClient client = client(false)) {
            client.step();
            FakeConnection connection = connect(FakeConnection.NOBODY);
            connection.asked.get(0).complete(Bytes.fromHex("0011"));
            assertThat(connection.isClosed()).isTrue();
        }
    }

    @Test
    void should_not_run_without_hash_checks_on_a_real_network() {
        assertThatThrownBy(() -> new NetworkKeyClient(
                        new FakeChain(false, false),
                        (address, handler) -> {},
                        false,
                        time.clock(),
                        new SplittableRandom(1),
                        time))
                .isInstanceOf(IllegalStateException.class);
    }
}
