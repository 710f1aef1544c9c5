package io.cocoon.worker;

import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import java.util.concurrent.CompletableFuture;

/** Opens attested connections to proxies. */
@FunctionalInterface
interface ProxyDialer {

    /** Dials; completes when {@link ConnectionHandler#connected} has run, or with the reason why there is no connection. */
    CompletableFuture<Connection> dial(HostPort proxy, ConnectionHandler handler);
}
