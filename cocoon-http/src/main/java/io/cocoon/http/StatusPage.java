package io.cocoon.http;

import io.cocoon.keymanager.KeyManagerServer;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.worker.WorkerRuntime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;

/**
 * A page in a browser that shows how a worker, a proxy or a key manager is doing: requests, tokens, times, money, peers with every check of their
 * attestation, load and memory, with plots of the last hour. Also {@code /jsonstats} for the reference's tools, and its orders
 * ({@code POST /request/…}) for whoever has the token.
 *
 * <pre>{@code
 * try (StatusPage page = StatusPage.ofWorker(worker).controlToken(token).listen("127.0.0.1", 8081)) {
 *     System.out.println(page.uri());
 *     ...
 * }
 * }</pre>
 *
 * <p>Speaks HTTP without TLS, loads nothing from elsewhere, and takes what peers are called for hostile. Thread-safe. Does not close what
 * it shows; a client's page is served by {@link LocalPort}.
 */
public final class StatusPage implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final int CONNECTIONS = 64;
    private static final int LARGEST_BODY = 1024;

    private final HttpServer server;
    private final StatusBoard.Watching watching;

    private StatusPage(HttpServer server, StatusBoard.Watching watching) {
        this.server = server;
        this.watching = watching;
    }

    /** Begins the page of a worker. */
    public static Setup ofWorker(WorkerRuntime worker) {
        return new Setup(new WorkerView(worker));
    }

    /** Begins the page of a proxy. */
    public static Setup ofProxy(ProxyServer proxy) {
        return new Setup(new ProxyView(proxy));
    }

    /** Begins the page of a key manager. It takes no orders. */
    public static Setup ofKeyManager(KeyManagerServer keyManager) {
        return new Setup(new KeyManagerView(keyManager, Clock.systemUTC()));
    }

    /** Returns where it listens, with the port that it got. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** Returns what to open in a browser. */
    public URI uri() {
        String host = address().getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : address().getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + address().getPort() + "/");
    }

    /** Stops serving and leaves no thread. */
    @Override
    public void close() {
        server.close();
        watching.close();
    }

    /** What a page needs to know before it listens. Not thread-safe. */
    public static final class Setup {

        private final RoleView<?> view;
        private final Callers callers = new Callers();
        private boolean takesOrders;
        private Duration every = StatusBoard.EVERY;

        Setup(RoleView<?> view) {
            this.view = view;
        }

        /**
         * Sets the token for orders; without one they are switched off.
         *
         * @param token at least 16 visible ASCII characters
         */
        public Setup controlToken(String token) {
            callers.setToken(token);
            takesOrders = true;
            return this;
        }

        /**
         * Makes readers show a key too: in a browser as the password, in tools as {@code Authorization: Bearer KEY}. Wanted
         * where others than this machine's users reach the page.
         *
         * @param key at least 16 visible ASCII characters
         */
        public Setup readKey(String key) {
            callers.addKey("reader", key);
            return this;
        }

        /** For tests: more points in less time. */
        Setup every(Duration value) {
            every = value;
            return this;
        }

        /**
         * Begins to listen, and to collect points for the plots.
         *
         * @param host an address of this machine; {@code 127.0.0.1} unless there is a key for readers
         * @param port 0 for any free one
         * @throws IllegalStateException if everybody on the network could read it
         * @throws IOException if the address is unknown or can not be listened on
         */
        public StatusPage listen(String host, int port) throws IOException {
            InetAddress address = InetAddress.getByName(host);
            if (!address.isLoopbackAddress() && !callers.hasKeys()) {
                throw new IllegalStateException("listening on " + host
                        + " shows everybody on the network who the peers are and what is earned: listen on 127.0.0.1,"
                        + " or set readKey");
            }
            return open(new StatusBoard<>(view, Clock.systemUTC(), every), new InetSocketAddress(address, port));
        }

        private StatusPage open(StatusBoard<?> board, InetSocketAddress address) throws IOException {
            HostGate pages = new HostGate(Set.of(), !address.getAddress().isLoopbackAddress());
            HttpServer server = new HttpServer(
                    address,
                    ServerLimits.DEFAULT.withBody(LARGEST_BODY).withConnections(CONNECTIONS),
                    head -> pages.refuse(head).or(() -> callers.refuse(head)),
                    StatusRoutes.addTools(StatusRoutes.add(new Routes(), board, takesOrders), board),
                    GRACE);
            return new StatusPage(server, board.watch());
        }
    }
}
