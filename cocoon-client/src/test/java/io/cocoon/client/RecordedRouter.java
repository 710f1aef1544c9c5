package io.cocoon.client;

import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A router and the proxy behind it, on a real socket, that write what was recorded. Changed are only what the client
 * chooses: the numbers of queries and the ids of requests, and the numbers of frames, since recordings begin anywhere.
 */
final class RecordedRouter implements AutoCloseable {

    /** As recorded most often; probes were made without SOCKS5. */
    private static final Bytes SOCKS_REPLIES = Bytes.fromHex("0500050000017f00000118be");

    private final Recording recording;
    private final ServerSocket server;
    private final BlockingDeque<Recording.Asked> left;
    final List<Bytes> handshakes = new CopyOnWriteArrayList<>();
    final Queue<ClientToProxy.Message> runs = new LinkedBlockingQueue<>();
    final List<String> problems = new CopyOnWriteArrayList<>();
    final AtomicInteger framesSent = new AtomicInteger();
    private volatile @Nullable Socket open;

    RecordedRouter(Recording recording) throws IOException {
        this.recording = recording;
        this.left = new LinkedBlockingDeque<>(recording.asked());
        this.server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "recorded-router");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    /** The client refused by itself to send the next run query of the recording. */
    void skipRun() {
        while (left.poll() instanceof Recording.Query) {}
    }

    boolean isConnected() {
        Socket now = open;
        return now != null;
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                open = socket;
                socket.setTcpNoDelay(true);
                new Session(socket).run();
                open = null;
            } catch (IOException e) {
                open = null; // the client or the test has closed the connection
            } catch (TlException e) {
                problems.add("the client sent what does not decode: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        Socket now = open;
        if (now != null) {
            now.close();
        }
    }

    private final class Session {
        private final DataInputStream in;
        private final OutputStream out;
        private int sent;
        private int seen;

        Session(Socket socket) throws IOException {
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        void run() throws IOException, TlException {
            Bytes replies = recording.socksReplies().isEmpty() ? SOCKS_REPLIES : recording.socksReplies();
            in.readFully(new byte[3]);
            out.write(replies.slice(0, 2).toByteArray());
            in.readFully(new byte[10]);
            out.write(replies.sliceFrom(2).toByteArray());
            out.write(recording.peerInfo().toByteArray());
            while (true) {
                byte[] head = new byte[8];
                in.readFully(head);
                ByteBuffer fields = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
                byte[] payload = new byte[fields.getInt()];
                if (fields.getInt() != seen++) {
                    problems.add("frame " + seen + " has another number");
                }
                in.readFully(payload);
                if (!answer(TlReader.readWhole(Bytes.wrapUnshared(payload), TcpPacket::readBoxed))) {
                    return;
                }
            }
        }

        private boolean answer(TcpPacket packet) throws IOException, TlException {
            if (packet instanceof TcpPacket.Connect connect) {
                send(new TcpPacket.Connected(connect.id()));
            } else if (packet instanceof TcpPacket.Ping ping) {
                send(new TcpPacket.Pong(ping.id()));
            } else if (packet instanceof TcpPacket.Query query) {
                return answer(query);
            } else if (packet instanceof TcpPacket.Packet message) {
                return answer(TlReader.readWhole(message.data(), ClientToProxy::readMessage));
            }
            return true;
        }

        private boolean answer(TcpPacket.Query query) throws IOException, TlException {
            ClientToProxy.Query asked = TlReader.readWhole(query.data(), ClientToProxy::readQuery);
            Recording.@Nullable Asked recorded;
            if (asked instanceof ClientToProxy.ConnectToProxy) {
                handshakes.add(query.data());
                recorded = recording.connect().orElse(null);
            } else if (asked instanceof ClientToProxy.AuthorizeWithProxyShort
                    || asked instanceof ClientToProxy.AuthorizeWithProxyLong) {
                handshakes.add(query.data());
                recorded = recording.authorise().orElse(null);
            } else {
                // What the recorded client asked and this one has no use for is skipped.
                while (left.peek() instanceof Recording.Query next
                        && next.query().getClass() != asked.getClass()) {
                    left.remove();
                }
                recorded = left.poll();
                if (!(recorded instanceof Recording.Query)) {
                    problems.add("the client asked " + asked + ", recorded is " + recorded);
                    return false;
                }
            }
            if (recorded == null) {
                return false; // the recorded client was gone by then
            }
            @Nullable TcpPacket answer = ((Recording.Query) recorded).answer().orElse(null);
            if (answer instanceof TcpPacket.QueryAnswer good) {
                send(new TcpPacket.QueryAnswer(query.id(), good.data()));
            } else if (answer instanceof TcpPacket.QueryError bad) {
                send(new TcpPacket.QueryError(query.id(), bad.code(), bad.message()));
                // The reference closes after an error in the handshake, and only then.
                return !(asked instanceof ClientToProxy.ConnectToProxy);
            }
            return answer != null;
        }

        private boolean answer(ClientToProxy.Message message) throws IOException {
            Int256 id;
            if (message instanceof ClientToProxy.RunQueryEx run) {
                id = run.requestId();
            } else if (message instanceof ClientToProxy.RunQuery run) {
                id = run.requestId();
            } else {
                return true;
            }
            runs.add(message);
            while (left.peek() instanceof Recording.Query) {
                left.remove();
            }
            if (!(left.poll() instanceof Recording.Run recorded)) {
                problems.add("the client sent one run query more than was recorded");
                return false;
            }
            for (Bytes each : recorded.answers()) {
                String hex = each.toHex();
                send(new TcpPacket.Packet(
                        Bytes.fromHex(hex.replace(recorded.id().toHex(), id.toHex()))));
            }
            return RecordedSessionsTest.isFinished(recorded);
        }

        private void send(TlObject packet) throws IOException {
            byte[] payload = packet.toBytes().toByteArray();
            ByteBuffer frame = ByteBuffer.allocate(8 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt(payload.length).putInt(sent++).put(payload);
            out.write(frame.array());
            framesSent.incrementAndGet();
        }
    }
}
