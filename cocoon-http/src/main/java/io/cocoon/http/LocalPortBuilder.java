package io.cocoon.http;

import io.cocoon.client.CocoonClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Builds a {@link LocalPort}. Not thread-safe. */
public final class LocalPortBuilder {

    /** Where the reference's client listens too. */
    private static final int USUAL_PORT = 10_000;

    private static final Duration GRACE = Duration.ofSeconds(2);

    private final CocoonClient client;
    private final Callers callers = new Callers();
    private final Set<String> names = new HashSet<>();
    private String host = "127.0.0.1";
    private int port = USUAL_PORT;
    private boolean toEverybody;
    private boolean takesOrders;
    private Duration sampleEvery = StatusBoard.EVERY;
    private int concurrent = 128;
    private int concurrentPerCaller = 64;
    private ServerLimits limits = ServerLimits.DEFAULT;

    LocalPortBuilder(CocoonClient client) {
        this.client = client;
    }

    /**
     * Sets where to listen; the default is port 10000 of 127.0.0.1.
     *
     * @param host an address of this machine, or a name of one
     * @param port 0 for any free one
     */
    public LocalPortBuilder listen(String host, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is 0 to 65535, got " + port);
        }
        this.host = host;
        this.port = port;
        return this;
    }

    /**
     * Adds a key for callers. With at least one, every request has to show one ({@code Authorization: Bearer KEY}, as all
     * OpenAI SDKs do); with none, every program of this machine may ask.
     *
     * @param name of the caller, for limits and messages
     * @param key at least 16 visible ASCII characters
     */
    public LocalPortBuilder callerKey(String name, String key) {
        callers.addKey(name, key);
        return this;
    }

    /**
     * Sets the token for what moves money ({@code POST /request/…}). Without one that is switched off.
     *
     * @param token at least 16 visible ASCII characters, and no caller's key
     */
    public LocalPortBuilder controlToken(String token) {
        callers.setToken(token);
        takesOrders = true;
        return this;
    }

    /** Adds a name under which callers reach the port; localhost and loopback addresses always are. */
    public LocalPortBuilder allowHost(String name) {
        names.add(name.toLowerCase(Locale.ROOT));
        return this;
    }

    /** Lets everybody who reaches an address that is no loopback spend the client's money, without any key. */
    public LocalPortBuilder openToEverybodyOnTheNetwork() {
        toEverybody = true;
        return this;
    }

    /** Sets how many requests may run at one time; the default is 128. One more is answered with status 503. */
    public LocalPortBuilder maxConcurrentRequests(int count) {
        concurrent = positive(count);
        return this;
    }

    /** Sets how many of them one caller may have; the default is 64. One more is answered with status 429. */
    public LocalPortBuilder maxConcurrentRequestsPerCaller(int count) {
        concurrentPerCaller = positive(count);
        return this;
    }

    /** Sets the longest body; the default, 16 MiB, is also the most that the network carries. */
    public LocalPortBuilder maxBodyBytes(int bytes) {
        limits = limits.withBody(positive(bytes));
        return this;
    }

    /** For tests: more points of the status page in less time. */
    LocalPortBuilder sampleEvery(Duration value) {
        sampleEvery = value;
        return this;
    }

    /** For tests: deadlines that a test can wait for. */
    LocalPortBuilder limits(ServerLimits value) {
        limits = value;
        return this;
    }

    private static int positive(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("a limit is at least 1, got " + value);
        }
        return value;
    }

    /**
     * Begins to listen.
     *
     * @throws IllegalStateException if it would listen to the network without a key
     * @throws IOException if the address is unknown or can not be listened on
     */
    public LocalPort start() throws IOException {
        InetAddress address = InetAddress.getByName(host);
        if (!address.isLoopbackAddress() && !callers.hasKeys() && !toEverybody) {
            throw new IllegalStateException("listening on " + host
                    + " lets everybody on the network spend this client's money: add callerKey(name, key), listen on"
                    + " 127.0.0.1, or call openToEverybodyOnTheNetwork()");
        }
        ServerLimits fitting = limits.withConnections(Math.max(limits.connections(), 2 * concurrent));
        HostGate pages = new HostGate(names, !address.isLoopbackAddress());
        Admission admission = new Admission(concurrent, concurrentPerCaller);
        PortCounters counters = new PortCounters();
        Inference inference = new Inference(client, callers, admission, counters, new SecureRandom());
        Models models = new Models(client);
        Control control = new Control(client);
        Routes routes = new Routes()
                .add("GET", "/v1/models", models::all)
                .addBelow("GET", "/v1/models/", models::one)
                .add("POST", "/v1/chat/completions", inference)
                .add("POST", "/v1/completions", inference)
                .add("POST", "/v1/audio/transcriptions", inference);
        StatusBoard<?> board = new StatusBoard<>(
                new ClientView(client, counters, control, Clock.systemUTC()), Clock.systemUTC(), sampleEvery);
        StatusRoutes.addTools(StatusRoutes.add(routes, board, takesOrders), board);
        HttpServer server = new HttpServer(
                new InetSocketAddress(address, port),
                fitting,
                head -> pages.refuse(head).or(() -> callers.refuse(head)),
                routes,
                GRACE);
        return new LocalPort(server, board.watch());
    }
}
