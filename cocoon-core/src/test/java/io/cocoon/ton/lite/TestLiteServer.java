package io.cocoon.ton.lite;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.crypto.Cipher;

/** A liteserver on a real socket, with plain blocking threads: the other side of ADNL, written on its own. */
final class TestLiteServer implements AutoCloseable {

    /** What it does with a query besides answering. */
    enum Fault {
        NONE,
        /** Never answers the handshake. */
        NO_HANDSHAKE,
        /** Answers the handshake with something. */
        TALKATIVE_HANDSHAKE,
        /** Answers no query. */
        SILENT,
        /** Sends half of the answer and closes. */
        CUT,
        /** Sends bytes that are no frame. */
        GARBAGE,
        /** Announces a frame that is too long. */
        OVERSIZED,
        /** Spoils the checksum. */
        BAD_CHECKSUM,
        /** Sends a frame with no message of ADNL in it. */
        NO_MESSAGE
    }

    final Ed25519Key key;
    final AtomicInteger queries = new AtomicInteger();
    final AtomicInteger connections = new AtomicInteger();
    volatile Fault fault = Fault.NONE;
    private final ServerSocket socket;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Function<Bytes, Bytes> answers;

    TestLiteServer(int number, Function<Bytes, Bytes> answers) {
        this(number, 0, answers);
    }

    TestLiteServer(int number, int port, Function<Bytes, Bytes> answers) {
        this.key = Ed25519Key.fromSeed(TestChain.hash("%02x".formatted(number)));
        this.answers = answers;
        try {
            socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    LiteServerAddress address() {
        return new LiteServerAddress((InetSocketAddress) socket.getLocalSocketAddress(), key.publicKey());
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "test-liteserver");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket peer = socket.accept();
                open.add(peer);
                connections.incrementAndGet();
                start(() -> serve(peer));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket peer) {
        try (peer) {
            DataInputStream in = new DataInputStream(peer.getInputStream());
            byte[] hello = in.readNBytes(AdnlHandshake.PACKET_BYTES);
            if (!Arrays.equals(
                    Arrays.copyOf(hello, 32), AdnlKeys.shortId(key.publicKey()).toByteArray())) {
                return;
            }
            byte[] hash = Arrays.copyOfRange(hello, 64, 96);
            byte[] secret = AdnlKeys.secret(key, Int256.of(Arrays.copyOfRange(hello, 32, 64)));
            byte[] parameters = AdnlHandshake.parameterCipher(secret, hash).update(hello, 96, 160);
            if (!Arrays.equals(AdnlKeys.sha256().digest(parameters), hash)) {
                return;
            }
            Cipher out = AdnlHandshake.direction(parameters, 0);
            Cipher decrypt = AdnlHandshake.direction(parameters, 1);
            if (fault != Fault.NO_HANDSHAKE) {
                boolean talks = fault == Fault.TALKATIVE_HANDSHAKE;
                write(peer, out, AdnlFrames.frame(talks ? Bytes.utf8("hello") : Bytes.empty(), new byte[32]));
            }
            while (true) {
                byte[] head = decrypt.update(in.readNBytes(4));
                if (head == null || head.length < 4) {
                    return;
                }
                int length = Bytes.wrapUnshared(head).intLeAt(0);
                byte[] frame = decrypt.update(in.readNBytes(length));
                message(peer, out, Bytes.wrapUnshared(frame, 32, length - 64));
            }
        } catch (IOException | TlException e) {
            // the client went away
        } finally {
            open.remove(peer);
        }
    }

    private void message(Socket peer, Cipher out, Bytes message) throws IOException, TlException {
        TlReader in = new TlReader(message);
        int id = in.readInt();
        if (id == 0x4d082b9a) {
            if (fault != Fault.SILENT) {
                write(
                        peer,
                        out,
                        AdnlFrames.frame(
                                new TlWriter()
                                        .writeInt(0xdc69fb03)
                                        .writeLong(in.readLong())
                                        .seal(),
                                new byte[32]));
            }
            return;
        }
        Int256 query = in.readInt256();
        TlReader inner = new TlReader(in.readBytes());
        inner.expectId(0x798c06df);
        Bytes function = inner.readBytes();
        queries.incrementAndGet();
        Bytes answer = answers.apply(function);
        byte[] frame = AdnlFrames.frame(
                new TlWriter()
                        .writeInt(0x0fac8416)
                        .writeInt256(query)
                        .writeBytes(answer)
                        .seal(),
                new byte[32]);
        switch (fault) {
            case SILENT -> {}
            case CUT -> {
                write(peer, out, Arrays.copyOf(frame, frame.length / 2));
                peer.close();
            }
            case GARBAGE -> {
                byte[] noise = new byte[frame.length];
                new java.util.Random(7).nextBytes(noise);
                noise[3] = 0x7f;
                write(peer, out, noise);
            }
            case OVERSIZED -> write(peer, out, new byte[] {0, 0, 0, 2});
            case BAD_CHECKSUM -> {
                frame[frame.length - 1] ^= 1;
                write(peer, out, frame);
            }
            case NO_MESSAGE -> write(peer, out, AdnlFrames.frame(Bytes.utf8("what is this"), new byte[32]));
            default -> write(peer, out, frame);
        }
    }

    private static synchronized void write(Socket peer, Cipher out, byte[] bytes) throws IOException {
        OutputStream stream = peer.getOutputStream();
        stream.write(out.update(bytes));
        stream.flush();
    }

    /** Ends all connections, keeps listening. */
    void drop() throws IOException {
        for (Socket peer : open) {
            peer.close();
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
            drop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
