package io.cocoon.proxy;

import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.ListenLimits;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.Transport;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The two ports of a proxy. Peers are told apart by the port on which they arrive (wire dossier 3.2). */
final class Ports implements AutoCloseable {

    private record Place(InetSocketAddress bind, ListenMode mode) {}

    private @Nullable Transport transport;
    private @Nullable Place forWorkers;
    private @Nullable Place forClients;
    private ListenLimits limits = ListenLimits.DEFAULT;
    private volatile @Nullable Listener workers;
    private volatile @Nullable Listener clients;

    void transport(Transport value) {
        transport = value;
    }

    void workers(InetSocketAddress bind, ListenMode mode) {
        forWorkers = new Place(bind, mode);
    }

    void clients(InetSocketAddress bind, ListenMode mode) {
        forClients = new Place(bind, mode);
    }

    void limits(ListenLimits value) {
        limits = value;
    }

    void open(
            Function<PeerIdentity, ConnectionHandler> workerHandlers,
            Function<PeerIdentity, ConnectionHandler> clientHandlers) {
        workers = listen(forWorkers, workerHandlers);
        clients = listen(forClients, clientHandlers);
    }

    private @Nullable Listener listen(@Nullable Place place, Function<PeerIdentity, ConnectionHandler> handlers) {
        if (place == null) {
            return null;
        }
        Transport through = transport;
        if (through == null) {
            throw new IllegalStateException("a proxy needs its transport to listen on " + place.bind());
        }
        return through.listen(place.bind(), place.mode(), limits, handlers);
    }

    InetSocketAddress workerAddress() {
        return address(workers, "workers");
    }

    InetSocketAddress clientAddress() {
        return address(clients, "clients");
    }

    private static InetSocketAddress address(@Nullable Listener listener, String whom) {
        if (listener == null) {
            throw new IllegalStateException("the proxy does not listen for " + whom);
        }
        return listener.address();
    }

    @Override
    public void close() {
        for (Listener listener : new Listener[] {workers, clients}) {
            if (listener != null) {
                listener.close();
            }
        }
    }
}
