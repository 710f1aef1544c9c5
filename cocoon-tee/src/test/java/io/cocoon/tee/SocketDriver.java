package io.cocoon.tee;

import io.cocoon.transport.SecureChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/** Runs one of our channels over a blocking socket, for peers that are other programs. */
final class SocketDriver implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 20_000;

    final SecureChannel channel;
    private final Socket socket;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private boolean ended;
    private int reads;

    SocketDriver(SecureChannel channel, Socket socket) throws IOException {
        this.channel = channel;
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        channel.start();
        flush();
    }

    private void flush() throws IOException {
        socket.getOutputStream().write(Handshakes.output(channel));
    }

    /** Reads until the condition holds or the peer has ended the connection. */
    void readUntil(BooleanSupplier condition) throws IOException {
        byte[] buffer = new byte[8192];
        while (!condition.getAsBoolean() && !ended) {
            int count = socket.getInputStream().read(buffer);
            if (count < 0) {
                ended = true;
                return;
            }
            reads++;
            try {
                channel.receive(buffer, 0, count);
            } finally {
                flush();
            }
            received.writeBytes(Handshakes.plaintext(channel));
        }
    }

    void shakeHands() throws IOException {
        readUntil(channel::isReady);
    }

    void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        channel.send(bytes, 0, bytes.length);
        flush();
    }

    String received() {
        return received.toString(StandardCharsets.US_ASCII);
    }

    void awaitReceived(String text) throws IOException {
        readUntil(() -> received().contains(text));
    }

    int reads() {
        return reads;
    }

    boolean ended() {
        return ended;
    }

    void sayGoodbye() throws IOException {
        channel.close();
        flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
