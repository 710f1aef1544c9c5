package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TransportTest {

    private final Transport transport = Transport.builder().eventLoopThreads(2).build();

    @AfterEach
    void close() {
        transport.close();
    }

    @Test
    void a_query_gets_its_answer() throws Exception {
        RecordingHandler acceptor = RecordingHandler.echoing();
        try (Listener listener =
                transport.listen(loopback(), ListenMode.direct(new PlainChannels(), 8), id -> acceptor)) {
            Connection connection = transport
                    .dial(
                            DialTarget.direct("127.0.0.1", listener.address().getPort(), new PlainChannels()),
                            new RecordingHandler())
                    .get(10, TimeUnit.SECONDS);

            Bytes answer =
                    connection.ask(new TcpPacket.Ping(7), Duration.ofSeconds(5)).get(10, TimeUnit.SECONDS);

            assertThat(answer).isEqualTo(new TcpPacket.Ping(7).toBytes());
        }
    }

    static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
