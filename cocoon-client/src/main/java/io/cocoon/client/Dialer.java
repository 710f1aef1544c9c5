package io.cocoon.client;

import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import java.util.concurrent.CompletableFuture;

/** Opens connections to proxies: the one place where sockets come in. */
interface Dialer {

    /** Opens one; the handler is told of everything on it. Must not block. */
    CompletableFuture<Connection> dial(HostPort proxy, ConnectionHandler handler);
}
