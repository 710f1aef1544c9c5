package io.cocoon.client;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.RemoteErrorException;
import io.cocoon.transport.Responder;
import io.cocoon.transport.TransportLimits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Connections without sockets, with the promises of the real ones: order, one event loop, failure on close. */
final class MemoryNetwork implements Dialer, AutoCloseable {

    private static final AtomicLong NUMBERS = new AtomicLong();

    static final PeerIdentity UNATTESTED = new PeerIdentity(
            PeerIdentity.Kind.UNATTESTED,
            PeerIdentity.Source.OWN_HANDSHAKE,
            Bytes.empty(),
            Int256.ZERO,
            Optional.empty());

    private final ExecutorService loop = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "memory-loop");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<HostPort, ConnectionHandler> listeners = new ConcurrentHashMap<>();
    private final Set<Pair> open = ConcurrentHashMap.newKeySet();
    final AtomicInteger dials = new AtomicInteger();
    volatile PeerIdentity identity = UNATTESTED;

    void listen(HostPort address, ConnectionHandler handler) {
        listeners.put(address, handler);
    }

    void stopListening(HostPort address) {
        listeners.remove(address);
    }

    /** Breaks all connections, as if the network failed. */
    void breakAll() {
        open.forEach(Pair::cut);
    }

    /** Breaks the connections to one proxy; those to others go on. */
    void breakAllTo(HostPort address) {
        open.stream().filter(pair -> pair.address.equals(address)).forEach(Pair::cut);
    }

    int openConnections() {
        return open.size();
    }

    @Override
    public CompletableFuture<Connection> dial(HostPort proxy, ConnectionHandler handler) {
        dials.incrementAndGet();
        ConnectionHandler listener = listeners.get(proxy);
        if (listener == null) {
            return CompletableFuture.failedFuture(new ConnectionClosedException(
                    new CloseReason(CloseReason.Cause.NETWORK, "connection refused: " + proxy)));
        }
        Pair pair = new Pair(proxy, handler, listener);
        open.add(pair);
        CompletableFuture<Connection> result = new CompletableFuture<>();
        loop.execute(() -> {
            listener.connected(pair.proxy);
            handler.connected(pair.client);
            result.complete(pair.client);
        });
        return result;
    }

    @Override
    public void close() {
        breakAll();
        loop.shutdown();
        try {
            loop.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The network is closed.
            return;
        }
    }

    private final class Pair {
        private final HostPort address;
        private final End client;
        private final End proxy;
        private final CompletableFuture<CloseReason> closed = new CompletableFuture<>();

        Pair(HostPort address, ConnectionHandler clientHandler, ConnectionHandler proxyHandler) {
            this.address = address;
            client = new End(this, clientHandler);
            proxy = new End(this, proxyHandler);
            client.other = proxy;
            proxy.other = client;
        }

        void cut() {
            close(new CloseReason(CloseReason.Cause.NETWORK, "the cable was cut"));
        }

        void close(CloseReason reason) {
            if (closed.complete(reason)) {
                open.remove(this);
                onLoop(() -> {
                    client.handler.closed(client, reason);
                    proxy.handler.closed(proxy, reason);
                });
            }
        }
    }

    private final class End implements Connection {
        private final Pair pair;
        private final ConnectionHandler handler;
        private final long number = NUMBERS.incrementAndGet();
        private End other;

        End(Pair pair, ConnectionHandler handler) {
            this.pair = pair;
            this.handler = handler;
            this.other = this;
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public PeerIdentity peer() {
            return identity;
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return InetSocketAddress.createUnresolved("memory", 1);
        }

        @Override
        public CompletableFuture<Bytes> ask(TlObject query, Duration timeout) {
            CompletableFuture<Bytes> answer = new CompletableFuture<>();
            Bytes bytes = query.toBytes();
            pair.closed.thenAccept(reason -> answer.completeExceptionally(new ConnectionClosedException(reason)));
            onLoop(() -> other.handler.query(other, bytes, new Responder() {
                @Override
                public void answer(TlObject object) {
                    Bytes result = object.toBytes();
                    onLoop(() -> answer.complete(result));
                }

                @Override
                public void fail(int code, String message) {
                    onLoop(() -> answer.completeExceptionally(new RemoteErrorException(code, message)));
                }
            }));
            return answer.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void send(TlObject message) throws FrameTooLargeException {
            Bytes bytes = message.toBytes();
            if (bytes.length() > TransportLimits.REFERENCE_FRAME_BYTES - 16) {
                throw new FrameTooLargeException(bytes.length(), TransportLimits.REFERENCE_FRAME_BYTES);
            }
            if (!pair.closed.isDone()) {
                onLoop(() -> {
                    if (!pair.closed.isDone()) {
                        deliver(bytes);
                    }
                });
            }
        }

        private void deliver(Bytes bytes) {
            try {
                other.handler.message(other, bytes);
            } catch (RuntimeException e) {
                pair.close(new CloseReason(CloseReason.Cause.INTERNAL, "code " + ErrorCodes.UNSPECIFIED + " " + e));
            }
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void setReading(boolean on) {}

        @Override
        public void close(String reason) {
            pair.close(new CloseReason(CloseReason.Cause.REMOTE, reason));
        }

        @Override
        public CompletableFuture<CloseReason> closed() {
            return pair.closed;
        }

        @Override
        public Executor eventLoop() {
            return loop;
        }
    }
}
