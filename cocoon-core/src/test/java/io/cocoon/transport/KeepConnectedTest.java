package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeepConnectedTest {

    private static final Backoff FAST = new Backoff(Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofSeconds(9));

    private final Transport transport = Transport.builder().eventLoopThreads(1).build();
    private final PlainChannels tls = new PlainChannels();
    private final BlockingQueue<Connection> ups = new LinkedBlockingQueue<>();
    private final BlockingQueue<CloseReason> downs = new LinkedBlockingQueue<>();
    private final AtomicInteger failures = new AtomicInteger();

    @AfterEach
    void close() {
        transport.close();
    }

    private KeepConnected keep(int port, Backoff backoff) {
        return KeepConnected.start(
                transport,
                () -> DialTarget.direct("127.0.0.1", port, tls),
                RecordingHandler::new,
                backoff,
                new Random(1),
                new KeepConnected.Listener() {
                    @Override
                    public void up(Connection connection) {
                        ups.add(connection);
                    }

                    @Override
                    public void down(CloseReason reason, Duration retryIn) {
                        downs.add(reason);
                    }

                    @Override
                    public void dialFailed(CloseReason reason, Duration retryIn) {
                        failures.incrementAndGet();
                    }
                });
    }

    @Test
    void should_come_back_after_every_end_and_stop_when_closed() throws Exception {
        Listener listener = transport.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ListenMode.direct(tls, 0),
                peer -> new RecordingHandler());
        KeepConnected kept = keep(listener.address().getPort(), FAST);
        for (int i = 0; i < 3; i++) {
            Connection connection = ups.poll(30, TimeUnit.SECONDS);
            assertThat(connection).isNotNull();
            assertThat(kept.connection()).contains(connection);
            connection.close("try again");
            assertThat(downs.poll(30, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(ups.poll(30, TimeUnit.SECONDS)).isNotNull();

        kept.close();

        assertThat(downs.poll(30, TimeUnit.SECONDS)).isNotNull();
        await().atMost(Duration.ofSeconds(30)).until(() -> transport.connections() == 0);
        assertThat(kept.connection()).isEmpty();
        assertThat(ups).isEmpty();
    }

    @Test
    void should_go_on_while_nobody_listens() throws Exception {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }
        KeepConnected kept = keep(port, FAST);
        await().atMost(Duration.ofSeconds(30)).until(() -> failures.get() >= 4);

        kept.close();

        assertThat(ups).isEmpty();
    }

    @Test
    void should_dial_at_once_when_told_to() throws Exception {
        Backoff slow = new Backoff(Duration.ofHours(1), Duration.ofHours(1), Duration.ZERO);
        Listener listener = transport.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ListenMode.direct(tls, 0),
                peer -> new RecordingHandler());
        KeepConnected kept = keep(listener.address().getPort(), slow);
        Connection first = ups.poll(30, TimeUnit.SECONDS);
        assertThat(first).isNotNull();
        first.close("gone");
        assertThat(downs.poll(30, TimeUnit.SECONDS)).isNotNull();

        kept.dialNow();

        assertThat(ups.poll(30, TimeUnit.SECONDS)).isNotNull();
        kept.close();
    }

    @Test
    void should_double_the_bound_up_to_the_most() {
        Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ZERO);

        assertThat(backoff.bound(1)).isEqualTo(Duration.ofMillis(100));
        assertThat(backoff.bound(3)).isEqualTo(Duration.ofMillis(400));
        assertThat(backoff.bound(5)).isEqualTo(Duration.ofSeconds(1));
        assertThat(backoff.bound(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(1));
        assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void should_spread_waits_over_the_whole_bound() {
        Random random = new Random(7);
        long bound = Backoff.DEFAULT.bound(4).toNanos();
        long low = Long.MAX_VALUE;
        long high = 0;
        for (int i = 0; i < 1_000; i++) {
            long wait = Backoff.DEFAULT.wait(4, random).toNanos();
            low = Math.min(low, wait);
            high = Math.max(high, wait);
        }
        assertThat(low).isLessThan(bound / 50);
        assertThat(high).isBetween(bound - bound / 50, bound);
    }
}
