package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A tiny router: SOCKS5 in front, then what a test says, then bytes both ways. */
final class SocksRelay implements AutoCloseable {

    static final Bytes POSITIVE = Bytes.fromHex("050000010a000002c350");

    final ServerSocket server;
    final List<Bytes> seen = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Bytes method;
    private final List<Bytes> answers;
    private final Bytes writeFirst;

    /** Answers the request with {@code answers}, in separate segments, and tells the target {@code writeFirst}. */
    SocksRelay(Bytes method, List<Bytes> answers, Bytes writeFirst) throws IOException {
        this.method = method;
        this.answers = answers;
        this.writeFirst = writeFirst;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void run(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // The other end has gone; so do we.
            }
        });
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private interface Task {
        void run() throws IOException;
    }

    private void accept() throws IOException {
        Socket client = server.accept();
        client.setTcpNoDelay(true);
        sockets.add(client);
        seen.add(Bytes.wrapUnshared(client.getInputStream().readNBytes(3)));
        client.getOutputStream().write(method.toByteArray());
        byte[] request = client.getInputStream().readNBytes(10);
        seen.add(Bytes.wrapUnshared(request));
        if (request.length < 10) {
            return;
        }
        for (Bytes answer : answers) {
            client.getOutputStream().write(answer.toByteArray());
            client.getOutputStream().flush();
        }
        int port = (request[8] & 0xff) << 8 | request[9] & 0xff;
        if (answers.isEmpty() || port == 1) {
            client.close();
            return;
        }
        Socket target = new Socket();
        sockets.add(target);
        target.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
        target.getOutputStream().write(writeFirst.toByteArray());
        run(() -> client.getInputStream().transferTo(target.getOutputStream()));
        target.getInputStream().transferTo(client.getOutputStream());
        client.close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
