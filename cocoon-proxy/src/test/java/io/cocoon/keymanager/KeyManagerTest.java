package io.cocoon.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.ManualTime;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.PrivateKeys;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.protocol.ToKeyManager;
import io.cocoon.proxy.Identities;
import io.cocoon.proxy.TestHashes;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.PeerIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class KeyManagerTest {

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final FakeChain chain = new FakeChain(true, true);
    private final List<RootState.NetworkKey> published = new ArrayList<>();

    private KeyManagerServer.Builder builder() {
        return KeyManagerServer.builder()
                .chain(chain)
                .clock(time.clock())
                .timer(time)
                .withoutHashChecks()
                .publisher(key -> {
                    published.add(key);
                    return CompletableFuture.completedFuture(null);
                });
    }

    private static FakeConnection dial(KeyManagerServer server, PeerIdentity peer) {
        return new FakeConnection(server.accept(), peer).open();
    }

    private static FakeConnection dial(KeyManagerServer server) {
        return dial(server, FakeConnection.NOBODY);
    }

    private static PrivateKeys keys(FakeConnection.Reply reply) {
        TlObject answer = reply.answer;
        assertThat(answer).isInstanceOf(PrivateKeys.class);
        return (PrivateKeys) answer;
    }

    private static PrivateKeys keys(KeyManagerServer server) {
        return keys(dial(server).ask(new ToKeyManager.GetProxyPrivateKeys(0)));
    }

    @Test
    void h24_should_make_a_key_each_hour_and_keep_it_a_day() throws Exception {
        try (KeyManagerServer server = builder().build()) {
            assertThat(keys(server).keys()).hasSize(1);
            assertThat(keys(server).keys().get(0).validUntilUtime()).isEqualTo(1_800_086_400);
            time.advance(Duration.ofMinutes(59));
            assertThat(keys(server).keys()).hasSize(1);
            time.advance(Duration.ofMinutes(2));
            assertThat(keys(server).keys()).hasSize(2);
            time.advance(Duration.ofHours(47));
            assertThat(keys(server).keys()).hasSizeBetween(24, 25);
            assertThat(published).hasSizeBetween(48, 49);
        }
    }

    @Test
    void should_publish_the_public_half_of_what_it_hands_out() throws Exception {
        try (KeyManagerServer server = builder().build()) {
            Int256 seed = keys(server).keys().get(0).privateKey();
            assertThat(published.get(0).publicKey())
                    .isEqualTo(Ed25519Key.fromSeed(seed).publicKey());
            assertThat(server.publicKeys()).isEqualTo(published);
            time.advance(Duration.ofMinutes(10));
            assertThat(published).hasSize(1);
        }
    }

    @Test
    void should_publish_again_what_could_not_be_published() throws Exception {
        int[] calls = new int[1];
        try (KeyManagerServer server = builder()
                .publisher(key -> calls[0]++ < 2
                        ? CompletableFuture.failedFuture(new IOException("the chain is away"))
                        : CompletableFuture.completedFuture(null))
                .build()) {
            time.advance(Duration.ofSeconds(30));
            assertThat(calls[0]).isEqualTo(3);
            assertThat(server.publicKeys()).hasSize(1);
        }
    }

    @Test
    void should_publish_again_what_a_publisher_threw_at() throws Exception {
        int[] calls = new int[1];
        try (KeyManagerServer server = builder()
                .publisher(key -> {
                    if (calls[0]++ < 2) {
                        throw new IllegalStateException("not ready");
                    }
                    return CompletableFuture.completedFuture(null);
                })
                .build()) {
            time.advance(Duration.ofSeconds(30));
            assertThat(calls[0]).isEqualTo(3);
            assertThat(server.publicKeys()).hasSize(1);
        }
    }

    @Test
    void should_hand_out_no_key_after_its_end_even_if_a_round_runs_on() throws Exception {
        KeyManagerServer server = builder().build();
        FakeConnection open = dial(server);
        server.close();
        server.tick();
        assertThat(keys(open.ask(new ToKeyManager.GetProxyPrivateKeys(0))).keys())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "TDX, proxy image, true, true",
        "TDX, worker image, true, false",
        "TDX, worker image, false, true",
        "SIMULATED, proxy image, true, true",
        "UNATTESTED, '', true, false"
    })
    void should_hand_keys_only_to_listed_images(PeerIdentity.Kind kind, String image, boolean proxy, boolean welcome)
            throws Exception {
        try (KeyManagerServer server = KeyManagerServer.builder()
                .chain(chain)
                .clock(time.clock())
                .timer(time)
                .build()) {
            Int256 hash = image.isEmpty() ? Int256.ZERO : TestHashes.of(image);
            FakeConnection peer = dial(server, FakeConnection.peer(kind, hash));
            FakeConnection.Reply reply = peer.ask(
                    proxy ? new ToKeyManager.GetProxyPrivateKeys(0) : new ToKeyManager.GetWorkerPrivateKeys(0));
            if (welcome) {
                assertThat(keys(reply).keys()).hasSize(1);
            } else {
                assertThat(reply.code).isEqualTo(602);
                assertThat(reply.text).isEqualTo(proxy ? "unknown proxy hash" : "unknown worker hash");
            }
        }
    }

    @Test
    void should_never_believe_simulated_evidence_on_a_real_network() throws Exception {
        try (KeyManagerServer server = KeyManagerServer.builder()
                .chain(new FakeChain(false, false))
                .clock(time.clock())
                .timer(time)
                .build()) {
            FakeConnection peer =
                    dial(server, FakeConnection.peer(PeerIdentity.Kind.SIMULATED, TestHashes.of("proxy image")));
            assertThat(peer.ask(new ToKeyManager.GetProxyPrivateKeys(0)).code).isEqualTo(602);
        }
    }

    @Test
    void should_not_start_without_hash_checks_on_a_real_network() {
        assertThatThrownBy(() -> builder().chain(new FakeChain(false, false)).build())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> KeyManagerServer.builder()
                        .chain(chain)
                        .withPublicTestKey()
                        .build())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void n20_should_answer_both_roles_with_all_keys_and_old_ids_with_601() throws Exception {
        try (KeyManagerServer server = builder().build()) {
            FakeConnection peer = dial(server);
            assertThat(keys(peer.ask(new ToKeyManager.GetWorkerPrivateKeys(0))))
                    .isEqualTo(keys(peer.ask(new ToKeyManager.GetProxyPrivateKeys(7))));
            for (String id : List.of("f5ef262a00000000", "dec2a94700000000", "")) {
                FakeConnection.Reply reply = peer.ask(Bytes.fromHex(id));
                assertThat(reply.code).isEqualTo(601);
                assertThat(reply.text).isEqualTo("unknown query magic");
            }
            assertThat(peer.isClosed()).isFalse();
        }
    }

    static Stream<String> probes() {
        return TestData.list("captures-2026/key-manager", ".jsonl").stream().filter(name -> name.contains("/probe-"));
    }

    @ParameterizedTest
    @MethodSource("probes")
    void should_answer_recorded_probes_as_the_reference_did(String name) throws Exception {
        try (KeyManagerServer server = builder().withPublicTestKey().build()) {
            FakeConnection peer = dial(server);
            FakeConnection.Reply reply = new FakeConnection.Reply();
            for (JsonNode line : TestData.jsonLines(name)) {
                if (!line.has("tl")) {
                    continue;
                }
                TcpPacket packet = TlReader.readWhole(
                        Bytes.fromHex(line.path("hex").asText()).sliceFrom(8), TcpPacket::readBoxed);
                if (packet instanceof TcpPacket.Query query) {
                    reply = peer.ask(query.data());
                } else if (packet instanceof TcpPacket.QueryError error) {
                    assertThat(reply.code).isEqualTo(error.code());
                    assertThat(reply.text).isEqualTo(error.message());
                } else if (packet instanceof TcpPacket.QueryAnswer answer) {
                    // The reference in test mode has the public key only; ours makes one of its own besides.
                    assertThat(keys(reply).keys())
                            .containsAll(TlReader.readWhole(answer.data(), PrivateKeys::readBoxed)
                                    .keys());
                } else if (packet instanceof TcpPacket.Packet message) {
                    peer.tell(message.data());
                }
            }
            assertThat(peer.sent).isEmpty();
            assertThat(peer.isClosed()).isFalse();
        }
    }

    // ---- The store ----

    @Test
    void should_go_on_with_its_keys_after_a_restart() throws Exception {
        PrivateKeys before;
        try (KeyManagerServer server = builder().store(store()).build()) {
            before = keys(server);
        }
        try (KeyManagerServer server = builder().store(store()).build()) {
            assertThat(keys(server)).isEqualTo(before);
        }
        time.advance(Duration.ofDays(2));
        try (KeyManagerServer server = builder().store(store()).build()) {
            assertThat(keys(server).keys()).hasSize(1).doesNotContainAnyElementsOf(before.keys());
        }
    }

    private DirectoryKeyStore store() throws IOException {
        return new DirectoryKeyStore(directory, Identities.KEY_MANAGER_KEY);
    }

    @Test
    void should_write_the_references_records() throws Exception {
        for (JsonNode vector : TestData.json("vectors/wire-vectors-2026.json").path("key_manager_db")) {
            DirectoryKeyStore store = new DirectoryKeyStore(
                    directory,
                    Ed25519Key.fromSeed(Int256.fromHex(
                            vector.path("machine_specific_private_key").asText())));
            JsonNode object = vector.path("object");
            if (object.has("private_key")) {
                store.add(new NetworkKeyPair(
                        Ed25519Key.fromSeed(
                                Int256.fromHex(object.path("private_key").asText())),
                        object.path("key_type").asInt(),
                        object.path("valid_since_config_version").asInt(),
                        Instant.ofEpochSecond(object.path("valid_since_utime").asLong()),
                        Instant.ofEpochSecond(object.path("valid_until_utime").asLong())));
            } else {
                store.rootVersion(object.path("root_contract_version").asInt());
            }
            Path file = directory.resolve(vector.path("key").asText());
            assertThat(Bytes.wrapUnshared(Files.readAllBytes(file)).toHex())
                    .isEqualTo(vector.path("value_hex").asText());
        }
        assertThat(store().load(3)).hasSize(1);
        assertThatThrownBy(() -> store().load(2))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 3");
    }

    @Test
    void should_not_start_with_a_record_that_was_changed() throws Exception {
        try (KeyManagerServer server = builder().store(store()).build()) {
            assertThat(server.publicKeys()).hasSize(1);
        }
        Path file;
        try (Stream<Path> files = Files.list(directory)) {
            file = files.filter(each -> each.getFileName().toString().startsWith("key_"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] record = Files.readAllBytes(file);
        record[10] ^= 1;
        Files.write(file, record);
        assertThatThrownBy(() -> builder().store(store()).build())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not signed");
        Files.write(file, new byte[3]);
        assertThatThrownBy(() -> builder().store(store()).build()).isInstanceOf(IOException.class);
    }

    @Test
    void should_not_use_a_record_under_another_name() throws Exception {
        NetworkKeyPair key = new NetworkKeyPair(Identities.NETWORK_KEY, 1, 3, Instant.EPOCH, Instant.ofEpochSecond(9));
        store().add(key);
        Path file = directory.resolve("key_" + key.publicKey().toHex().toUpperCase(java.util.Locale.ROOT));
        Files.move(file, directory.resolve("key_AB"));
        assertThatThrownBy(() -> store().load(3))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another name");
    }

    @Test
    void should_forget_what_a_crash_left_half_written() throws Exception {
        Files.write(directory.resolve("key_AB.new"), new byte[5]);
        assertThat(store().load(3)).isEmpty();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void n1_should_never_print_a_private_half() {
        NetworkKeyPair key = new NetworkKeyPair(Identities.NETWORK_KEY, 1, 3, Instant.EPOCH, Instant.ofEpochSecond(9));
        assertThat(key.toString())
                .doesNotContain(Identities.NETWORK_KEY.seed().toHex().substring(0, 8));
    }
}
