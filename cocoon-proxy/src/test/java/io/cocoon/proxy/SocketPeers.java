package io.cocoon.proxy;

import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tee.RaTls;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BiConsumer;

/** Clients and workers of a proxy over real sockets; the test says what a client does, and a worker answers at once. */
final class SocketPeers {

    private final Transport transport;
    private final RaTls tls;

    SocketPeers(Transport transport, RaTls tls) {
        this.transport = transport;
        this.tls = tls;
    }

    /** A worker that is ready, and what the proxy said of its balance. */
    record Worker(Connection connection, ProxyToWorker.CompareBalanceWithProxyResult compared) {}

    /** A client that is ready, and what the proxy said of its balance. */
    record Client(Connection connection, ProxyToClient.AuthorizationWithProxySuccess welcome) {}

    /** A peer of the proxy: every message goes to a function. */
    private record Peer(BiConsumer<Connection, Bytes> messages) implements ConnectionHandler {

        @Override
        public void connected(Connection connection) {}

        @Override
        public void message(Connection connection, Bytes message) {
            messages.accept(connection, message);
        }

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {
            responder.fail(0, "no");
        }

        @Override
        public void closed(Connection connection, CloseReason reason) {}
    }

    Connection dial(InetSocketAddress to, BiConsumer<Connection, Bytes> messages) {
        return transport
                .dial(DialTarget.direct("127.0.0.1", to.getPort(), tls), new Peer(messages))
                .join();
    }

    static Bytes ask(Connection connection, TlObject query) {
        return connection.ask(query, Duration.ofSeconds(10)).join();
    }

    private static <T> T read(Bytes bytes, TlReader.Element<T> element) {
        try {
            return TlReader.readWhole(bytes, element);
        } catch (TlException e) {
            throw new AssertionError(e);
        }
    }

    /** A worker that bills two tokens for each query, and claims to know these totals. */
    Worker worker(ProxyServer server, String owner, int limit, WorkerToProxy.CompareBalanceWithProxy claim) {
        Connection worker = dial(server.workerAddress(), (from, message) -> {
            if (message.intLeAt(0) == ProxyToWorker.RunQueryEx.ID) {
                try {
                    ProxyToWorker.RunQueryEx query =
                            (ProxyToWorker.RunQueryEx) TlReader.readWhole(message, ProxyToWorker::readMessage);
                    from.send(new WorkerToProxy.QueryAnswerEx(
                            query.requestId(), TestProxy.head("{}"), 1, TestProxy.info(TestProxy.tokens(1, 1))));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        ask(worker, new WorkerToProxy.ConnectToProxy(TestProxy.workerParams(owner, "m", 1000, limit, 4)));
        Bytes compared = ask(worker, claim);
        ask(worker, new WorkerToProxy.ProxyHandshakeComplete(false));
        return new Worker(worker, read(compared, ProxyToWorker::readCompareBalanceWithProxyResult));
    }

    Worker worker(ProxyServer server, String owner, int limit) {
        return worker(server, owner, limit, new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
    }

    Client client(ProxyServer server, String owner, BiConsumer<Connection, Bytes> messages) {
        Connection client = dial(server.clientAddress(), messages);
        ask(client, new ClientToProxy.ConnectToProxy(TestProxy.clientParams(owner, 4), 0));
        Bytes welcome = ask(client, new ClientToProxy.AuthorizeWithProxyShort(Bytes.empty()));
        return new Client(client, (ProxyToClient.AuthorizationWithProxySuccess)
                read(welcome, ProxyToClient::readAuthorizationWithProxy));
    }
}
