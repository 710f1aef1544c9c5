package io.cocoon.http;

import io.cocoon.client.CocoonClient;
import java.net.InetSocketAddress;
import java.net.URI;

/**
 * OpenAI's API on a port of this machine, served by a client: programs that speak that API use the network without knowing it.
 *
 * <pre>{@code
 * try (LocalPort port = LocalPort.builder(cocoon).listen("127.0.0.1", 10000).start()) {
 *     System.out.println("export OPENAI_BASE_URL=" + port.baseUrl());
 *     ...
 * }
 * }</pre>
 *
 * <p>Also shows how the client is doing ({@code /stats}, {@code /jsonstats}), and moves money if it has a token for that
 * ({@code POST /request/topup} and its like). Whoever reaches the port and shows a key that it wants spends the client's money.
 * Speaks HTTP without TLS. Thread-safe. Does not close the client.
 */
public final class LocalPort implements AutoCloseable {

    private final HttpServer server;
    private final StatusBoard.Watching watching;

    LocalPort(HttpServer server, StatusBoard.Watching watching) {
        this.server = server;
        this.watching = watching;
    }

    /**
     * Returns a builder.
     *
     * @param client answers the requests; has to be open as long as the port is
     */
    public static LocalPortBuilder builder(CocoonClient client) {
        return new LocalPortBuilder(client);
    }

    /** Returns where it listens, with the port that it got. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** Returns what an OpenAI SDK takes as its base URL, such as {@code http://127.0.0.1:10000/v1}. */
    public URI baseUrl() {
        String host = address().getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : address().getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + address().getPort() + "/v1");
    }

    /** Takes no more requests, gives running ones two seconds, cancels the rest, and leaves no thread. */
    @Override
    public void close() {
        server.close();
        watching.close();
    }
}
