package io.cocoon.client;

import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.Transport;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Dials over sockets: directly with attested TLS, or through a router. */
final class TransportDialer implements Dialer {

    private final Transport transport;
    private final Function<HostPort, DialTarget> route;

    TransportDialer(Transport transport, Function<HostPort, DialTarget> route) {
        this.transport = transport;
        this.route = route;
    }

    @Override
    public CompletableFuture<Connection> dial(HostPort proxy, ConnectionHandler handler) {
        return transport.dial(route.apply(proxy), handler);
    }
}
