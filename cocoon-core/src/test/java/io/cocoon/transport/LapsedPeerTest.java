package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A peer that was accepted and no longer is. */
class LapsedPeerTest {

    /** Plain channels of which the accepting ones lapse and say when they are let go. */
    private static final class Lapsing implements SecureChannelProvider {
        private final PlainChannels plain = new PlainChannels();
        private final CompletableFuture<IOException> lapsed = new CompletableFuture<>();
        private final CompletableFuture<Void> released = new CompletableFuture<>();

        @Override
        public SecureChannel newClientChannel() {
            return plain.newClientChannel();
        }

        @Override
        public SecureChannel newServerChannel() {
            SecureChannel inner = plain.newServerChannel();
            return new SecureChannel() {
                @Override
                public void start() throws IOException {
                    inner.start();
                }

                @Override
                public void receive(byte[] source, int offset, int length) throws IOException {
                    inner.receive(source, offset, length);
                }

                @Override
                public byte @org.jspecify.annotations.Nullable [] nextOutput() {
                    return inner.nextOutput();
                }

                @Override
                public byte @org.jspecify.annotations.Nullable [] nextPlaintext() throws IOException {
                    return inner.nextPlaintext();
                }

                @Override
                public void send(byte[] source, int offset, int length) throws IOException {
                    inner.send(source, offset, length);
                }

                @Override
                public boolean isReady() {
                    return inner.isReady();
                }

                @Override
                public CompletionStage<PeerIdentity> peer() {
                    return inner.peer();
                }

                @Override
                public void close() {
                    inner.close();
                }

                @Override
                public CompletionStage<IOException> lapsed() {
                    return lapsed;
                }

                @Override
                public void released() {
                    released.complete(null);
                }
            };
        }
    }

    @Test
    void t3_should_close_an_open_connection_with_the_reason_when_its_peer_lapses() throws Exception {
        Lapsing channels = new Lapsing();
        BlockingQueue<RecordingHandler> handlers = new LinkedBlockingQueue<>();
        try (Transport transport = Transport.builder().eventLoopThreads(1).build()) {
            Listener listener = transport.listen(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    ListenMode.direct(channels, 0),
                    peer -> {
                        RecordingHandler handler = new RecordingHandler();
                        handlers.add(handler);
                        return handler;
                    });
            Connection dialled = transport
                    .dial(
                            DialTarget.direct("127.0.0.1", listener.address().getPort(), channels),
                            new RecordingHandler())
                    .get(30, TimeUnit.SECONDS);
            RecordingHandler accepting = handlers.poll(30, TimeUnit.SECONDS);
            assertThat(accepting).isNotNull();
            assertThat(dialled.closed()).isNotDone();
            assertThat(channels.released).isNotDone();

            channels.lapsed.complete(new IOException("its platform was revoked"));

            CloseReason reason = accepting.closed.get(30, TimeUnit.SECONDS);
            assertThat(reason.cause()).isEqualTo(CloseReason.Cause.ATTESTATION);
            assertThat(reason.detail()).contains("no longer accepted", "its platform was revoked");
            dialled.closed().get(30, TimeUnit.SECONDS);
            channels.released.get(30, TimeUnit.SECONDS);
        }
    }
}
