package io.cocoon.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and accepts connections. Owns its event loops, and its pool for proof of work unless one is given. Thread-safe.
 */
public final class Transport implements AutoCloseable {

    static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    private static final int POOL_THREADS = 2;
    private static final int POOL_QUEUE = 1024;
    private static final long POOL_IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 5;

    private final TransportLimits limits;
    private final EventLoopGroup group;
    private final Executor verification;
    private final @Nullable ExecutorService ownPool;
    private final NameLookup names;
    private final SecureRandom random;
    private final SplittableRandom ids;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Set<BoundListener> listeners = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private Transport(Builder builder) {
        this.limits = builder.limits;
        this.random = builder.random == null ? new SecureRandom() : builder.random;
        this.ids = new SplittableRandom(random.nextLong());
        this.group = new MultiThreadIoEventLoopGroup(
                builder.threads, new DefaultThreadFactory("cocoon-io", true), NioIoHandler.newFactory());
        this.names = new NameLookup(builder.resolver);
        this.ownPool = builder.verification == null ? newPool() : null;
        this.verification =
                builder.verification == null ? java.util.Objects.requireNonNull(ownPool) : builder.verification;
    }

    private static ExecutorService newPool() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                POOL_THREADS,
                POOL_THREADS,
                POOL_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(POOL_QUEUE),
                new DefaultThreadFactory("cocoon-verify", true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Returns a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Transport}. Not thread-safe. */
    public static final class Builder {
        private TransportLimits limits = TransportLimits.DEFAULT;
        private int threads = Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), 16));
        private @Nullable Executor verification;
        private @Nullable SecureRandom random;
        private NameLookup.Resolver resolver = java.net.InetAddress::getAllByName;

        private Builder() {}

        /** Sets the bounds of connections; the default is {@link TransportLimits#DEFAULT}. */
        public Builder limits(TransportLimits value) {
            limits = value;
            return this;
        }

        /** Sets how many event loops run; the default is one per processor, 16 at most. */
        public Builder eventLoopThreads(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("at least one event loop, not " + value);
            }
            threads = value;
            return this;
        }

        /** For tests: sets who looks up names. */
        Builder resolver(NameLookup.Resolver value) {
            resolver = value;
            return this;
        }

        /** Sets who solves proof of work; it stays the caller's. The default is a pool of two. */
        public Builder verificationExecutor(Executor value) {
            verification = value;
            return this;
        }

        /** Sets where salts and ids come from. */
        public Builder random(SecureRandom value) {
            random = value;
            return this;
        }

        /** Starts the transport. */
        public Transport build() {
            return new Transport(this);
        }
    }

    // ---- Dialling ----

    /**
     * Opens a connection.
     *
     * @param handler told of everything on the connection; {@link ConnectionHandler#connected} runs before the result
     *     completes
     * @return completes after the hello; fails with {@link ConnectionClosedException}, whose reason says how far it came.
     *     Cancelling it stops the dial
     */
    public CompletableFuture<Connection> dial(DialTarget target, ConnectionHandler handler) {
        CompletableFuture<Connection> result = new CompletableFuture<>();
        if (closed) {
            result.completeExceptionally(closedTransport());
        } else if (target instanceof DialTarget.Direct direct) {
            PowDialer first = new PowDialer(direct.tls(), verification, limits.maxProofOfWorkDifficulty());
            lookUp(
                    direct.host(),
                    result,
                    address -> open(
                            new InetSocketAddress(address, direct.port()),
                            "proof of work and TLS",
                            first,
                            handler,
                            result));
        } else if (target instanceof DialTarget.ViaRouter router) {
            lookUp(router.host(), result, peer -> {
                if (!(peer instanceof Inet4Address ipv4)) {
                    result.completeExceptionally(Failures.closed(
                            CloseReason.Cause.NETWORK, "routers take IPv4 addresses only, not " + router.host()));
                    return;
                }
                Socks5Dialer first = new Socks5Dialer(ipv4, router.port());
                lookUp(
                        router.socksHost(),
                        result,
                        address -> open(
                                new InetSocketAddress(address, router.socksPort()),
                                "SOCKS5 (the router's own proof of work and TLS included)",
                                first,
                                handler,
                                result));
            });
        }
        return result;
    }

    private void lookUp(
            String host, CompletableFuture<Connection> result, java.util.function.Consumer<InetAddress> next) {
        names.find(host, limits.setup(), group.next()).whenComplete((address, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (!result.isDone()) {
                next.accept(address);
            }
        });
    }

    private void open(
            InetSocketAddress address,
            String step,
            ChannelHandler first,
            ConnectionHandler handler,
            CompletableFuture<Connection> result) {
        Bootstrap bootstrap = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        Math.min(limits.setup().toMillis(), 1 << 30))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        Link link =
                                new Link(Transport.this, Link.Side.DIALER, channel, address, step, identity -> handler);
                        follow(link, result);
                        begin(link, channel, first);
                    }
                });
        try {
            bootstrap.connect(address).addListener(done -> {
                if (!done.isSuccess()) {
                    result.completeExceptionally(Failures.closed(
                            CloseReason.Cause.NETWORK,
                            "could not connect to " + address + ": "
                                    + java.util.Objects.requireNonNull(done.cause())
                                            .getMessage()));
                }
            });
        } catch (RejectedExecutionException | IllegalStateException e) {
            result.completeExceptionally(closedTransport());
        }
    }

    private static void follow(Link link, CompletableFuture<Connection> result) {
        link.opened().whenComplete((connection, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (!result.complete(connection)) {
                connection.close("the dial was cancelled");
            }
        });
        result.whenComplete((connection, failure) -> {
            if (failure != null) {
                link.end(new CloseReason(CloseReason.Cause.LOCAL, "the dial was cancelled"));
            }
        });
    }

    private void begin(Link link, SocketChannel channel, ChannelHandler first) {
        links.add(link);
        channel.closeFuture().addListener(done -> links.remove(link));
        channel.pipeline().addLast(first, link);
        if (closed) {
            link.end(closedTransport().reason());
        }
    }

    // ---- Listening ----

    /**
     * Listens with {@link ListenLimits#DEFAULT}.
     *
     * @see #listen(InetSocketAddress, ListenMode, ListenLimits, Function)
     */
    public Listener listen(
            InetSocketAddress bind, ListenMode mode, Function<PeerIdentity, ConnectionHandler> handlers) {
        return listen(bind, mode, ListenLimits.DEFAULT, handlers);
    }

    /**
     * Listens. Blocks until the port is bound.
     *
     * @param bind where; port 0 lets the system choose
     * @param handlers makes the handler of a connection whose hello is done; runs on its event loop
     * @throws UncheckedIOException if the port could not be bound
     * @throws IllegalStateException if the transport is closed
     * @throws IllegalArgumentException if a port behind a router would be open to other hosts (hazard H23)
     */
    public Listener listen(
            InetSocketAddress bind,
            ListenMode mode,
            ListenLimits listenLimits,
            Function<PeerIdentity, ConnectionHandler> handlers) {
        if (closed) {
            throw new IllegalStateException("the transport is closed");
        }
        boolean loopbackOnly =
                mode instanceof ListenMode.BehindRouter router && !router.anyAddressMayClaimToBeARouter();
        if (loopbackOnly && (bind.isUnresolved() || !bind.getAddress().isLoopbackAddress())) {
            throw new IllegalArgumentException("behind a router only loopback may be bound, not " + bind
                    + ": whoever reaches the port can claim to be any peer");
        }
        BoundListener listener = new BoundListener(this, mode, listenLimits, handlers);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(listener.initializer());
        ChannelFuture bound = bootstrap.bind(bind).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new UncheckedIOException(new IOException("could not listen on " + bind, bound.cause()));
        }
        listener.bound(bound.channel());
        listeners.add(listener);
        if (closed) {
            listener.close();
            throw new IllegalStateException("the transport is closed");
        }
        return listener;
    }

    void accept(BoundListener listener, SocketChannel channel) {
        InetSocketAddress remote = channel.remoteAddress();
        if (!listener.admit(channel, remote)) {
            channel.close();
            return;
        }
        ListenMode mode = listener.mode();
        ChannelHandler first = mode instanceof ListenMode.Direct direct
                ? new PowAcceptor(direct.powDifficulty(), direct.tls(), random)
                : new PeerRecordHandler();
        String step = mode instanceof ListenMode.Direct ? "proof of work and TLS" : "peer record";
        Link link = new Link(this, Link.Side.ACCEPTOR, channel, remote, step, listener.handlers());
        link.opened().whenComplete((connection, failure) -> listener.handshakeOver());
        begin(link, channel, first);
    }

    void forget(BoundListener listener) {
        listeners.remove(listener);
    }

    // ---- What links need ----

    private static final AtomicLong NUMBERS = new AtomicLong();

    long nextNumber() {
        return NUMBERS.incrementAndGet();
    }

    TransportLimits limits() {
        return limits;
    }

    SplittableRandom newIds() {
        synchronized (ids) {
            return ids.split();
        }
    }

    /** Returns how many connections are open, those in setup included. */
    public int connections() {
        return links.size();
    }

    /** Returns an executor for timers; it runs on an event loop, so its tasks must not block. */
    public ScheduledExecutorService scheduler() {
        return group.next();
    }

    // ---- The end ----

    /**
     * Closes listeners and connections, in an orderly way where the peer takes part, and ends all threads. Waits for that
     * unless it is called on an event loop. Does nothing on a closed transport.
     */
    @Override
    public void close() {
        closed = true;
        listeners.forEach(BoundListener::close);
        List<Link> open = List.copyOf(links);
        open.forEach(link -> link.end(closedTransport().reason()));
        boolean onEventLoop = false;
        for (EventExecutor executor : group) {
            onEventLoop |= executor.inEventLoop();
        }
        if (!onEventLoop) {
            CompletableFuture.allOf(open.stream().map(Link::socketClosed).toArray(CompletableFuture[]::new))
                    .completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS)
                    .join();
        }
        names.close();
        group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
        if (ownPool != null) {
            ownPool.shutdownNow();
        }
        if (!onEventLoop) {
            group.terminationFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
            awaitPool();
        }
    }

    private void awaitPool() {
        try {
            if (ownPool != null && !ownPool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a verification did not end within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ConnectionClosedException closedTransport() {
        return Failures.closed(CloseReason.Cause.LOCAL, "the transport is closed");
    }
}
