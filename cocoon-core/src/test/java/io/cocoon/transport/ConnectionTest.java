package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One listener behind a pretended router, and raw peers that dial it. */
class ConnectionTest {

    private static final Duration LONG = Duration.ofSeconds(10);

    private final BlockingQueue<RecordingHandler> handlers = new LinkedBlockingQueue<>();
    private Transport transport = Transport.builder().build();
    private Listener listener = start(TransportLimits.DEFAULT);

    private Listener start(TransportLimits limits) {
        transport.close();
        transport = Transport.builder().eventLoopThreads(2).limits(limits).build();
        listener = transport.listen(loopback(), ListenMode.behindRouter(), peer -> {
            RecordingHandler handler = new RecordingHandler();
            handlers.add(handler);
            return handler;
        });
        return listener;
    }

    @BeforeEach
    void listening() {
        assertThat(listener.address().getPort()).isPositive();
    }

    @AfterEach
    void close() {
        transport.close();
    }

    private RecordingHandler handler() throws InterruptedException {
        RecordingHandler handler = handlers.poll(30, TimeUnit.SECONDS);
        assertThat(handler).isNotNull();
        return handler;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "len-too-big",
                "len-too-small",
                "trailing-bytes-in-packet",
                "unknown-tcp-magic",
                "ping-before-connect",
                "ping-after-connected",
                "split-writes",
                "garbage-peerinfo",
                "no-peerinfo",
                "peerinfo-trailing"
            })
    void should_behave_towards_a_probe_as_the_reference_did(String name) throws Exception {
        StringBuilder expected = new StringBuilder();
        boolean closes = false;
        try (RawPeer peer = RawPeer.dial(listener.address())) {
            for (JsonNode line : TestData.jsonLines("captures/proxy-probes/" + name + ".jsonl")) {
                if (line.path("dir").asText().equals("c2s")) {
                    peer.writeHex(line.get("hex").asText());
                } else if (line.path("ev").asText().equals("data")) {
                    expected.append(line.get("hex").asText());
                }
                closes |= line.path("ev").asText().equals("eof");
            }
            byte[] got = peer.read(expected.length() / 2);
            assertThat(Bytes.wrapUnshared(got).toHex()).isEqualTo(expected.toString());
            if (closes) {
                assertThat(peer.readToEnd()).isEmpty();
            }
        }
    }

    @Test
    void should_refuse_the_bad_frames_of_the_vectors() throws Exception {
        for (JsonNode bad :
                TestData.json("vectors/wire-vectors.json").get("framing").get("bad")) {
            try (RawPeer peer = RawPeer.dial(listener.address())) {
                peer.write(RawPeer.RECORD.toByteArray());
                peer.writeHex(bad.get("hex").asText());
                assertThat(peer.readToEnd()).as(bad.get("why").asText()).isEmpty();
            }
        }
    }

    @Test
    void h20_should_lose_nothing_that_comes_right_behind_the_hello() throws Exception {
        try (RawPeer peer = RawPeer.dial(listener.address())) {
            Bytes all = RawPeer.RECORD
                    .concat(RawPeer.frame(new TcpPacket.Connect(1), 0))
                    .concat(RawPeer.frame(new TcpPacket.Packet(new TcpPacket.Ping(1).toBytes()), 1))
                    .concat(RawPeer.frame(new TcpPacket.Packet(new TcpPacket.Ping(2).toBytes()), 2));
            peer.write(all.toByteArray());

            RecordingHandler handler = handler();

            assertThat(handler.messages.poll(30, TimeUnit.SECONDS)).isEqualTo(new TcpPacket.Ping(1).toBytes());
            assertThat(handler.messages.poll(30, TimeUnit.SECONDS)).isEqualTo(new TcpPacket.Ping(2).toBytes());
            assertThat(handler.connected).isDone();
        }
    }

    @Test
    void h26_should_fail_open_queries_at_once_when_the_connection_closes() throws Exception {
        RawPeer peer = RawPeer.connected(listener.address());
        Connection connection = handler().connected.get(30, TimeUnit.SECONDS);
        CompletableFuture<Bytes> answer = connection.ask(new TcpPacket.Ping(1), Duration.ofHours(1));
        peer.readPacket();

        peer.close();

        assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        ConnectionClosedException.class,
                        e -> assertThat(e.reason().cause()).isIn(CloseReason.Cause.REMOTE, CloseReason.Cause.NETWORK));
        assertThatThrownBy(() -> connection.ask(new TcpPacket.Ping(2), LONG).get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ConnectionClosedException.class);
    }

    @Test
    void h26_should_drop_answers_that_nobody_waits_for_and_take_the_right_one() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            Connection connection = handler().connected.get(30, TimeUnit.SECONDS);
            CompletableFuture<Bytes> answer = connection.ask(new TcpPacket.Ping(1), LONG);
            TcpPacket.Query query = (TcpPacket.Query) peer.readPacket();

            peer.packet(new TcpPacket.QueryAnswer(query.id() + 1, Bytes.fromHex("00000000")));
            peer.packet(new TcpPacket.QueryAnswer(query.id(), Bytes.fromHex("01020304")));

            assertThat(answer.get(30, TimeUnit.SECONDS).toHex()).isEqualTo("01020304");
        }
    }

    @Test
    void should_hand_on_the_code_and_text_of_a_remote_error() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            Connection connection = handler().connected.get(30, TimeUnit.SECONDS);
            CompletableFuture<Bytes> answer = connection.ask(new TcpPacket.Ping(1), LONG);
            TcpPacket.Query query = (TcpPacket.Query) peer.readPacket();

            peer.packet(new TcpPacket.QueryError(query.id(), 602, "low balance"));

            assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            RemoteErrorException.class,
                            e -> assertThat(e.code()).isEqualTo(602))
                    .hasMessageContaining("low balance");
        }
    }

    @Test
    void should_time_out_a_query_and_keep_the_connection() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            Connection connection = handler().connected.get(30, TimeUnit.SECONDS);

            assertThatThrownBy(() -> connection
                            .ask(new TcpPacket.Ping(1), Duration.ofMillis(30))
                            .get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(TimeoutException.class);
            assertThat(connection.closed()).isNotDone();
        }
    }

    @Test
    void should_answer_a_query_that_the_handler_never_answers() throws Exception {
        start(limits(LONG, LONG, LONG, Duration.ofMillis(50), 1024, 64L << 20));
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            peer.packet(new TcpPacket.Query(5, new TcpPacket.Ping(1).toBytes()));

            assertThat(peer.readPacket()).isInstanceOfSatisfying(TcpPacket.QueryError.class, error -> {
                assertThat(error.id()).isEqualTo(5);
                assertThat(error.code()).isEqualTo(ErrorCodes.TIMEOUT);
            });
        }
    }

    @Test
    void should_refuse_queries_above_the_limit_of_open_ones() throws Exception {
        start(limits(LONG, LONG, LONG, LONG, 2, 64L << 20));
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            for (int id = 1; id <= 3; id++) {
                peer.packet(new TcpPacket.Query(id, new TcpPacket.Ping(1).toBytes()));
            }

            assertThat(peer.readPacket())
                    .isInstanceOfSatisfying(
                            TcpPacket.QueryError.class,
                            error -> assertThat(error.id()).isEqualTo(3));
        }
    }

    @Test
    void should_close_only_the_connection_whose_callback_fails() throws Exception {
        try (Listener failing = transport.listen(loopback(), ListenMode.behindRouter(), peer -> new RecordingHandler() {
                    @Override
                    public void message(Connection connection, Bytes message) {
                        throw new IllegalStateException("a defect");
                    }
                });
                RawPeer bystander = RawPeer.connected(failing.address());
                RawPeer peer = RawPeer.connected(failing.address())) {
            peer.message(new TcpPacket.Ping(1));

            assertThat(peer.readToEnd()).isEmpty();
            bystander.packet(new TcpPacket.Ping(9));
            assertThat(bystander.readPacket()).isEqualTo(new TcpPacket.Pong(9));
        }
    }

    @Test
    void should_keep_the_order_of_what_each_thread_sends() throws Exception {
        int threads = 4;
        int each = 2_000;
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            Connection connection = handler().connected.get(30, TimeUnit.SECONDS);
            List<Thread> senders = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                long base = (long) t << 32;
                Thread sender = new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        sendQuietly(connection, new TcpPacket.Ping(base + i));
                    }
                });
                sender.start();
                senders.add(sender);
            }
            long[] next = new long[threads];
            for (int i = 0; i < threads * each; i++) {
                TcpPacket.Packet packet = (TcpPacket.Packet) peer.readPacket();
                int thread = packet.data().intLeAt(8);
                assertThat((long) packet.data().intLeAt(4)).isEqualTo(next[thread]++);
            }
            for (Thread sender : senders) {
                sender.join();
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> connection.pendingBytes() == 0);
        }
    }

    private static void sendQuietly(Connection connection, TlObject object) {
        try {
            connection.send(object);
        } catch (FrameTooLargeException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void h14_should_refuse_a_message_that_is_too_large_and_stay_usable() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            Connection connection = handler().connected.get(30, TimeUnit.SECONDS);
            TlObject big = RecordingHandler.boxed(Bytes.wrapUnshared(new byte[1 << 24]));

            assertThatThrownBy(() -> connection.send(big)).isInstanceOf(FrameTooLargeException.class);
            assertThatThrownBy(() -> connection.ask(big, LONG).get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(FrameTooLargeException.class);
            connection.send(new TcpPacket.Ping(3));
            assertThat(peer.readPacket()).isEqualTo(new TcpPacket.Packet(new TcpPacket.Ping(3).toBytes()));
        }
    }

    /** While the system still takes what is sent, the state may have changed back before a handler looks at it. */
    private static void awaitTold(RecordingHandler handler, boolean writable) throws InterruptedException {
        Boolean told;
        do {
            told = handler.writability.poll(30, TimeUnit.SECONDS);
            assertThat(told).as("told within 30 s").isNotNull();
        } while (!Boolean.valueOf(writable).equals(told));
    }

    @Test
    void should_close_a_peer_that_does_not_read_and_serve_the_others() throws Exception {
        start(limits(LONG, LONG, LONG, LONG, 1024, 24L << 20));
        try (RawPeer slow = RawPeer.connected(listener.address())) {
            RecordingHandler slowHandler = handler();
            Connection connection = slowHandler.connected.get(30, TimeUnit.SECONDS);
            TlObject part = RecordingHandler.boxed(Bytes.wrapUnshared(new byte[1 << 20]));
            for (int i = 0; i < 40; i++) {
                connection.send(part);
            }

            CloseReason reason = slowHandler.closed.get(30, TimeUnit.SECONDS);
            assertThat(reason.detail()).contains("does not read");
            awaitTold(slowHandler, false);
            try (RawPeer other = RawPeer.connected(listener.address())) {
                other.packet(new TcpPacket.Ping(4));
                assertThat(other.readPacket()).isEqualTo(new TcpPacket.Pong(4));
            }
        }
    }

    @Test
    void should_tell_when_a_slow_peer_has_caught_up() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            RecordingHandler handler = handler();
            Connection connection = handler.connected.get(30, TimeUnit.SECONDS);
            TlObject part = RecordingHandler.boxed(Bytes.wrapUnshared(new byte[1 << 20]));
            for (int i = 0; i < 24; i++) {
                connection.send(part);
            }
            awaitTold(handler, false);
            for (int i = 0; i < 24; i++) {
                peer.readPacket();
            }

            awaitTold(handler, true);
            await().atMost(Duration.ofSeconds(30)).until(() -> connection.pendingBytes() == 0);
        }
    }

    @Test
    void should_read_nothing_while_reading_is_off() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            RecordingHandler handler = handler();
            Connection connection = handler.connected.get(30, TimeUnit.SECONDS);
            connection.setReading(false);
            CompletableFuture<Boolean> off = new CompletableFuture<>();
            connection.eventLoop().execute(() -> off.complete(true));
            off.get(30, TimeUnit.SECONDS);

            peer.message(new TcpPacket.Ping(1));
            assertThat(handler.messages.poll(100, TimeUnit.MILLISECONDS)).isNull();

            connection.setReading(true);
            assertThat(handler.messages.poll(30, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void should_send_what_was_sent_before_closing() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            RecordingHandler handler = handler();
            Connection connection = handler.connected.get(30, TimeUnit.SECONDS);
            for (int i = 0; i < 100; i++) {
                connection.send(new TcpPacket.Ping(i));
            }
            connection.close("enough");
            connection.close("twice");

            assertThat(peer.readToEnd()).hasSize(100);
            assertThat(handler.closed.get(30, TimeUnit.SECONDS).cause()).isEqualTo(CloseReason.Cause.LOCAL);
            assertThat(connection.closed().get(30, TimeUnit.SECONDS).detail()).isEqualTo("enough");
            assertThat(handler.closedCalls).hasValue(1);
        }
    }

    @Test
    void should_close_an_accepted_peer_after_its_silence() throws Exception {
        start(limits(Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(2), LONG, 9, 64L << 20));
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            assertThat(peer.readToEnd()).as("an acceptor never pings").isEmpty();
            assertThat(handler().closed.get(30, TimeUnit.SECONDS).cause()).isEqualTo(CloseReason.Cause.TIMEOUT);
        }
    }

    @Test
    void h25_should_close_a_peer_that_never_completes_its_setup() throws Exception {
        TransportLimits d = TransportLimits.DEFAULT;
        start(new TransportLimits(
                d.maxFrameBytes(), Duration.ofMillis(100), LONG, LONG, LONG, LONG, 9, 1 << 20, 64L << 20, 28));
        try (RawPeer silent = RawPeer.dial(listener.address())) {
            assertThat(silent.readToEnd()).isEmpty();
            await().atMost(Duration.ofSeconds(30)).until(() -> listener.connections() == 0);
        }
    }

    @Test
    void h23_should_bind_only_loopback_behind_a_router() {
        InetSocketAddress any = new InetSocketAddress(0);

        assertThatThrownBy(() -> transport.listen(any, ListenMode.behindRouter(), id -> new RecordingHandler()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loopback");
        transport
                .listen(any, ListenMode.behindRouterTrustingEveryoneWhoCanConnect(), id -> new RecordingHandler())
                .close();
    }

    @Test
    void should_tell_the_peer_and_its_address_as_the_router_says() throws Exception {
        try (RawPeer peer = RawPeer.connected(listener.address())) {
            Connection connection = handler().connected.get(30, TimeUnit.SECONDS);

            assertThat(connection.remoteAddress()).isEqualTo(new InetSocketAddress("198.51.100.7", 40_000));
            assertThat(connection.peer().source()).isEqualTo(PeerIdentity.Source.ROUTER);
            assertThat(peer.socket.isConnected()).isTrue();
        }
    }

    static TransportLimits limits(
            Duration ping, Duration dialer, Duration acceptor, Duration answer, int open, long pending) {
        return new TransportLimits(
                TransportLimits.REFERENCE_FRAME_BYTES,
                Duration.ofSeconds(10),
                ping,
                dialer,
                acceptor,
                answer,
                open,
                1 << 20,
                pending,
                28);
    }

    static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
