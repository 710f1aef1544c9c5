package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both ends of a connection, through proof of work and a pretended TLS. */
class TransportTest {

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final ListenLimits WIDE = new ListenLimits(4096, 4096, 4096, 4096);

    private final PlainChannels tls = new PlainChannels();
    private Transport transport = Transport.builder().eventLoopThreads(2).build();

    @AfterEach
    void close() {
        transport.close();
    }

    private Listener listen(RecordingHandler handler) {
        return transport.listen(loopback(), ListenMode.direct(tls, 6), WIDE, peer -> handler);
    }

    private Connection dial(Listener listener) throws Exception {
        return dial(listener, new RecordingHandler());
    }

    private Connection dial(Listener listener, ConnectionHandler handler) throws Exception {
        return transport.dial(target(listener), handler).get(30, TimeUnit.SECONDS);
    }

    private DialTarget target(Listener listener) {
        return DialTarget.direct("127.0.0.1", listener.address().getPort(), tls);
    }

    private static CloseReason reasonOf(CompletableFuture<?> failing) throws Exception {
        try {
            failing.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConnectionClosedException closed) {
                return closed.reason();
            }
            throw e;
        }
        throw new AssertionError("it did not fail");
    }

    @Test
    void should_ask_and_answer_in_both_directions() throws Exception {
        RecordingHandler acceptor = RecordingHandler.echoing();
        Listener listener = listen(acceptor);
        Connection dialled = dial(listener, RecordingHandler.echoing());
        Connection accepted = acceptor.connected.get(30, TimeUnit.SECONDS);

        for (Connection side : List.of(dialled, accepted)) {
            assertThat(side.ask(new TcpPacket.Ping(7), LONG).get(30, TimeUnit.SECONDS))
                    .isEqualTo(new TcpPacket.Ping(7).toBytes());
        }
        assertThat(dialled.number()).isNotEqualTo(accepted.number());
        assertThat(dialled.peer()).isEqualTo(PlainChannels.PEER);
    }

    @Test
    void should_carry_large_messages_unchanged() throws Exception {
        RecordingHandler acceptor = new RecordingHandler();
        Connection dialled = dial(listen(acceptor));
        long seed = System.nanoTime();
        byte[] body = new byte[5_000_000];
        new Random(seed).nextBytes(body);

        dialled.send(RecordingHandler.boxed(Bytes.wrapUnshared(body)));

        assertThat(acceptor.messages.poll(30, TimeUnit.SECONDS))
                .as("seed " + seed)
                .isEqualTo(Bytes.wrapUnshared(body));
    }

    @Test
    void should_dial_by_name() throws Exception {
        Listener listener = listen(new RecordingHandler());
        DialTarget target = DialTarget.direct("localhost", listener.address().getPort(), tls);

        assertThat(transport.dial(target, new RecordingHandler()).get(30, TimeUnit.SECONDS))
                .isNotNull();
    }

    @Test
    void should_say_that_nobody_listens() throws Exception {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }
        DialTarget target = DialTarget.direct("127.0.0.1", port, tls);

        CloseReason reason = reasonOf(transport.dial(target, new RecordingHandler()));

        assertThat(reason.cause()).isEqualTo(CloseReason.Cause.NETWORK);
        assertThat(reason.detail()).contains(String.valueOf(port));
    }

    @Test
    void should_refuse_a_proof_of_work_above_the_limit() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            DialTarget target = DialTarget.direct("127.0.0.1", server.getLocalPort(), tls);
            CompletableFuture<Connection> dial = transport.dial(target, new RecordingHandler());
            try (RawPeer peer = new RawPeer(server.accept())) {
                peer.write(new ProofOfWork.Challenge(29, Bytes.wrapUnshared(new byte[16])).toByteArray());

                CloseReason reason = reasonOf(dial);

                assertThat(reason.cause()).isEqualTo(CloseReason.Cause.PROTOCOL);
                assertThat(reason.detail()).contains("29", "28");
            }
        }
    }

    @Test
    void should_stop_the_proof_of_work_when_the_dial_is_cancelled() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            DialTarget target = DialTarget.direct("127.0.0.1", server.getLocalPort(), tls);
            for (int i = 0; i < 4; i++) {
                CompletableFuture<Connection> dial = transport.dial(target, new RecordingHandler());
                try (RawPeer peer = new RawPeer(server.accept())) {
                    peer.write(new ProofOfWork.Challenge(28, Bytes.wrapUnshared(new byte[16])).toByteArray());
                    await().atMost(Duration.ofSeconds(30)).until(() -> solving() > 0);

                    dial.cancel(true);

                    assertThat(peer.readToEnd()).isEmpty();
                    await().atMost(Duration.ofSeconds(30)).until(() -> solving() == 0);
                }
            }
            assertThat(transport.connections()).isZero();
        }
    }

    private static long solving() {
        return Thread.getAllStackTraces().values().stream()
                .filter(stack -> java.util.Arrays.stream(stack)
                        .anyMatch(frame -> frame.getClassName().equals(ProofOfWork.class.getName())
                                && frame.getMethodName().equals("solve")))
                .count();
    }

    @Test
    void should_refuse_a_wrong_nonce_without_a_byte_of_tls() throws Exception {
        Listener listener = transport.listen(loopback(), ListenMode.direct(tls, 40), id -> new RecordingHandler());
        try (RawPeer peer = RawPeer.dial(listener.address())) {
            ProofOfWork.Challenge challenge =
                    ProofOfWork.Challenge.parse(Bytes.wrapUnshared(peer.read(ProofOfWork.CHALLENGE_BYTES)));
            assertThat(challenge.difficulty()).isEqualTo(40);
            peer.write(ProofOfWork.response(1));

            assertThat(peer.read(1)).isEmpty();
        }
    }

    @Test
    void should_take_exactly_twelve_bytes_however_they_come() throws Exception {
        RecordingHandler acceptor = new RecordingHandler();
        Listener listener = transport.listen(loopback(), ListenMode.direct(tls, 0), id -> acceptor);
        try (RawPeer peer = RawPeer.dial(listener.address())) {
            peer.read(ProofOfWork.CHALLENGE_BYTES);
            byte[] response = ProofOfWork.response(77);
            peer.write(java.util.Arrays.copyOf(response, 5));
            peer.write(Bytes.wrapUnshared(response)
                    .sliceFrom(5)
                    .concat(Bytes.utf8("H"))
                    .concat(RawPeer.frame(new TcpPacket.Connect(5), 0))
                    .toByteArray());

            assertThat(peer.read(1)).isEqualTo(new byte[] {'H'});
            assertThat(peer.readPacket()).isEqualTo(new TcpPacket.Connected(5));
        }
    }

    @Test
    void should_wait_for_a_verdict_that_comes_later() throws Exception {
        CompletableFuture<PeerIdentity> verdict = new CompletableFuture<>();
        RecordingHandler acceptor = new RecordingHandler();
        Listener listener =
                transport.listen(loopback(), ListenMode.direct(new PlainChannels(verdict), 4), id -> acceptor);
        CompletableFuture<Connection> dial = transport.dial(target(listener), new RecordingHandler());
        await().atMost(Duration.ofSeconds(30)).until(() -> listener.connections() == 1);
        assertThat(acceptor.connected).isNotDone();

        verdict.complete(PlainChannels.PEER);

        assertThat(dial.get(30, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void should_let_a_peer_that_is_still_sending_read_why_it_is_refused() throws Exception {
        Listener listener = transport.listen(loopback(), ListenMode.direct(tls, 0), id -> new RecordingHandler());
        try (RawPeer peer = RawPeer.dial(listener.address())) {
            peer.read(ProofOfWork.CHALLENGE_BYTES);
            peer.write(ProofOfWork.response(1));
            peer.write(Bytes.utf8("no greeting").toByteArray());
            for (int i = 0; i < 16; i++) {
                peer.write(new byte[1 << 14]);
            }

            assertThat(peer.read(3)).isEqualTo(new byte[] {'H', 'A'});
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> transport.connections() == 0);
    }

    @Test
    void should_dial_addresses_and_solve_proofs_of_work_while_every_look_up_hangs() throws Exception {
        CountDownLatch resolves = new CountDownLatch(1);
        transport.close();
        transport = Transport.builder()
                .resolver(host -> {
                    awaitForever(resolves);
                    throw new UnknownHostException(host);
                })
                .build();
        Listener listener = listen(new RecordingHandler());
        DialTarget named = DialTarget.direct("slow.example", listener.address().getPort(), tls);
        List<CompletableFuture<Connection>> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            waiting.add(transport.dial(named, new RecordingHandler()));
        }

        assertThat(dial(listener)).isNotNull();

        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        resolves.countDown();
        for (CompletableFuture<Connection> each : waiting) {
            assertThat(reasonOf(each).detail()).isEqualTo("no address is known for slow.example");
        }
    }

    @Test
    void should_end_a_look_up_that_takes_longer_than_the_setup_may() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        transport.close();
        transport = Transport.builder()
                .limits(withSetup(Duration.ofMillis(50)))
                .resolver(host -> {
                    awaitForever(never);
                    throw new UnknownHostException(host);
                })
                .build();

        CloseReason reason =
                reasonOf(transport.dial(DialTarget.direct("slow.example", 1, tls), new RecordingHandler()));

        assertThat(reason.cause()).isEqualTo(CloseReason.Cause.TIMEOUT);
        assertThat(reason.detail()).contains("slow.example", "PT0.05S");
        never.countDown();
    }

    private static TransportLimits withSetup(Duration setup) {
        TransportLimits usual = TransportLimits.DEFAULT;
        return new TransportLimits(
                usual.maxFrameBytes(),
                setup,
                usual.pingAfter(),
                usual.dialerSilence(),
                usual.acceptorSilence(),
                usual.answerWithin(),
                usual.maxOpenQueries(),
                usual.highWaterBytes(),
                usual.maxPendingBytes(),
                usual.maxProofOfWorkDifficulty());
    }

    /** As the system's resolver: it does not care for interrupts. */
    private static void awaitForever(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                assertThat(e).isNotNull();
            }
        }
    }

    @Test
    void should_say_why_evidence_was_refused() throws Exception {
        Listener listener = listen(new RecordingHandler());
        PlainChannels refusing =
                new PlainChannels(CompletableFuture.failedFuture(new IOException("the image hash is not in the list")));
        DialTarget target = DialTarget.direct("127.0.0.1", listener.address().getPort(), refusing);

        CloseReason reason = reasonOf(transport.dial(target, new RecordingHandler()));

        assertThat(reason.cause()).isEqualTo(CloseReason.Cause.ATTESTATION);
        assertThat(reason.detail()).contains("image hash");
    }

    @Test
    void should_ping_as_the_dialling_side_and_close_after_silence() throws Exception {
        transport.close();
        transport = Transport.builder()
                .limits(ConnectionTest.limits(Duration.ofMillis(300), Duration.ofSeconds(3), LONG, LONG, 9, 64L << 20))
                .build();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Connection> dial =
                    transport.dial(DialTarget.direct("127.0.0.1", server.getLocalPort(), tls), new RecordingHandler());
            try (RawPeer peer = new RawPeer(server.accept())) {
                peer.write(new ProofOfWork.Challenge(0, Bytes.wrapUnshared(new byte[16])).toByteArray());
                peer.read(ProofOfWork.RESPONSE_BYTES + 1);
                peer.write(new byte[] {'H'});
                TcpPacket.Connect connect = (TcpPacket.Connect) peer.readPacket();
                peer.packet(new TcpPacket.Connected(connect.id() + 1));

                TcpPacket.Ping ping = (TcpPacket.Ping) peer.readPacket();
                peer.packet(new TcpPacket.Pong(ping.id()));
                assertThat(peer.readPacket()).isInstanceOf(TcpPacket.Ping.class);

                assertThat(peer.readToEnd()).as("one ping for one silence").isEmpty();
                assertThat(dial.get(30, TimeUnit.SECONDS)
                                .closed()
                                .get(30, TimeUnit.SECONDS)
                                .cause())
                        .isEqualTo(CloseReason.Cause.TIMEOUT);
            }
        }
    }

    @Test
    void should_dial_through_a_router_that_answers_early_or_late() throws Exception {
        RecordingHandler acceptor = RecordingHandler.echoing();
        Listener behind = transport.listen(loopback(), ListenMode.behindRouter(), id -> acceptor);
        for (List<Bytes> answers : List.of(
                List.of(SocksRelay.POSITIVE.concat(RawPeer.RECORD)),
                List.of(SocksRelay.POSITIVE, RawPeer.RECORD),
                List.of(SocksRelay.POSITIVE.slice(0, 3), SocksRelay.POSITIVE.sliceFrom(3), RawPeer.RECORD))) {
            try (SocksRelay relay = new SocksRelay(Bytes.fromHex("0500"), answers, RawPeer.RECORD)) {
                DialTarget target = DialTarget.viaRouter(
                        "127.0.0.1", relay.port(), "127.0.0.1", behind.address().getPort());

                Connection connection =
                        transport.dial(target, new RecordingHandler()).get(30, TimeUnit.SECONDS);

                assertThat(connection
                                .ask(new TcpPacket.Ping(1), LONG)
                                .get(30, TimeUnit.SECONDS)
                                .length())
                        .isEqualTo(12);
                assertThat(relay.seen.get(0).toHex()).isEqualTo("050100");
                assertThat(relay.seen.get(1).toHex()).startsWith("050100017f000001");
                connection.close("done");
            }
        }
    }

    @Test
    void should_say_what_a_router_refused() throws Exception {
        assertThat(socksReason("05ff", List.of()).detail()).contains("method 255");
        assertThat(socksReason("0500", List.of(Bytes.fromHex("05050001000000000000")))
                        .detail())
                .contains("refused");
        assertThat(socksReason("0500", List.of()).detail()).contains("SOCKS5");
    }

    private CloseReason socksReason(String method, List<Bytes> answers) throws Exception {
        try (SocksRelay relay = new SocksRelay(Bytes.fromHex(method), answers, Bytes.empty())) {
            return reasonOf(transport.dial(
                    DialTarget.viaRouter("127.0.0.1", relay.port(), "127.0.0.1", 1), new RecordingHandler()));
        }
    }

    @Test
    void socks5_messages_should_be_those_of_the_vectors() throws Exception {
        var steps =
                io.cocoon.testdata.TestData.json("vectors/wire-vectors.json").get("socks5");
        java.net.Inet4Address target = (java.net.Inet4Address) InetAddress.getByName("203.0.113.5");

        assertThat(Bytes.wrapUnshared(Socks5Dialer.greeting()).toHex())
                .isEqualTo(steps.get(0).get("hex").asText());
        assertThat(Bytes.wrapUnshared(Socks5Dialer.request(target, 11_001)).toHex())
                .isEqualTo(steps.get(2).get("hex").asText());
        assertThat(SocksRelay.POSITIVE.toHex())
                .isEqualTo(steps.get(3).get("hex").asText());
    }

    @Test
    void h25_should_bound_connections_and_handshakes() throws Exception {
        Listener listener = transport.listen(
                loopback(), ListenMode.direct(tls, 0), new ListenLimits(2, 9, 9, 99), id -> new RecordingHandler());
        Connection first = dial(listener);
        dial(listener);
        try (RawPeer third = RawPeer.dial(listener.address())) {
            assertThat(third.read(1)).isEmpty();
        }
        first.close("room for another");
        await().atMost(Duration.ofSeconds(30)).until(() -> listener.connections() == 1);

        assertThat(dial(listener)).isNotNull();
    }

    @Test
    void should_serve_a_thousand_connections_at_once() throws Exception {
        RecordingHandler acceptor = RecordingHandler.echoing();
        Listener listener = transport.listen(loopback(), ListenMode.direct(tls, 0), WIDE, id -> acceptor);
        List<CompletableFuture<Connection>> dials = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            dials.add(transport.dial(target(listener), new RecordingHandler()));
        }
        List<CompletableFuture<Bytes>> answers = new ArrayList<>();
        for (CompletableFuture<Connection> dial : dials) {
            answers.add(dial.get(30, TimeUnit.SECONDS).ask(new TcpPacket.Ping(3), LONG));
        }
        for (CompletableFuture<Bytes> answer : answers) {
            assertThat(answer.get(30, TimeUnit.SECONDS).length()).isEqualTo(12);
        }
        assertThat(listener.connections()).isEqualTo(1_000);
    }

    @Test
    void should_leave_nothing_after_thousands_of_random_ends() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Listener listener = transport.listen(loopback(), ListenMode.direct(tls, 0), WIDE, id -> new RecordingHandler());
        for (int round = 0; round < 40; round++) {
            List<CompletableFuture<Connection>> dials = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                CompletableFuture<Connection> dial = transport.dial(target(listener), new RecordingHandler());
                // A dial that was faster than its cancelling is a connection, and ours to close.
                if (random.nextInt(3) != 0 || !dial.cancel(false)) {
                    dials.add(dial.thenApply(connection -> {
                        connection.ask(new TcpPacket.Ping(1), Duration.ofMillis(20));
                        connection.close("the end");
                        return connection;
                    }));
                }
            }
            for (CompletableFuture<Connection> dial : dials) {
                dial.get(30, TimeUnit.SECONDS);
            }
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> transport.connections() == 0);
        await().atMost(Duration.ofSeconds(30)).until(() -> listener.connections() == 0);

        transport.close();
        transport.close();
        assertThat(transport.scheduler().isTerminated()).isTrue();
    }

    @Test
    void should_fail_what_is_asked_of_a_closed_transport() throws Exception {
        // A transport of its own at the other ends: with one for both, who hears of the end first is by chance.
        try (Transport far = Transport.builder().build()) {
            Listener there = far.listen(loopback(), ListenMode.direct(tls, 6), WIDE, peer -> new RecordingHandler());
            RecordingHandler dialler = new RecordingHandler();
            Connection connection = dial(there, dialler);
            RecordingHandler acceptor = new RecordingHandler();
            far.dial(target(listen(acceptor)), new RecordingHandler()).get(30, TimeUnit.SECONDS);
            CompletableFuture<Bytes> open = connection.ask(new TcpPacket.Ping(1), Duration.ofHours(1));

            transport.close();

            assertThat(reasonOf(open).detail()).contains("transport is closed");
            assertThat(reasonOf(connection.ask(new TcpPacket.Ping(1), LONG)).cause())
                    .isEqualTo(CloseReason.Cause.LOCAL);
            connection.send(new TcpPacket.Ping(1));
            assertThat(reasonOf(transport.dial(target(there), new RecordingHandler()))
                            .cause())
                    .isEqualTo(CloseReason.Cause.LOCAL);
            assertThatThrownBy(() -> listen(acceptor)).isInstanceOf(IllegalStateException.class);
            assertThat(dialler.closed).isDone();
            assertThat(acceptor.closed).isDone();
        }
    }

    static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
