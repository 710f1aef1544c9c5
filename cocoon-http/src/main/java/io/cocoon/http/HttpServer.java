package io.cocoon.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP/1.1 server for callers that nobody vouches for: every length and time is limited, a request is judged by its head
 * before its body is kept, and what could be read in two ways is refused. Thread-safe.
 */
final class HttpServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    private static final int LARGEST_PIECE = 64 << 10;
    private static final long IDLE_THREAD_SECONDS = 10;
    private static final long END_SECONDS = 5;

    private final ServerLimits limits;
    private final Gate gate;
    private final Routes routes;
    private final Duration grace;
    private final MultiThreadIoEventLoopGroup loop;
    private final ThreadPoolExecutor threads;
    private final Channel listening;
    private final Map<Connection, Channel> connections = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong held = new AtomicLong();
    private volatile boolean closing;

    /**
     * @param grace how long running requests may go on when the server closes
     * @throws IOException if the address can not be listened on
     */
    HttpServer(InetSocketAddress address, ServerLimits limits, Gate gate, Routes routes, Duration grace)
            throws IOException {
        this.limits = limits;
        this.gate = gate;
        this.routes = routes;
        this.grace = grace;
        loop = new MultiThreadIoEventLoopGroup(1, named("cocoon-http-io-"), NioIoHandler.newFactory());
        // A connection has one request at a time, so this is never more than there are connections and those that just
        // ended.
        threads = new ThreadPoolExecutor(
                0,
                limits.connections() * 2,
                IDLE_THREAD_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                named("cocoon-http-"));
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        Connection connection = new Connection(HttpServer.this, limits);
                        connections.put(connection, socket);
                        socket.pipeline().addLast(new Decoder(limits), new HttpResponseEncoder(), connection);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        listening = bound.channel();
        if (!bound.isSuccess()) {
            endThreads();
            throw new IOException(
                    "can not listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
    }

    /** Leaves both lengths in the head, so that {@link Connection} sees and refuses it. */
    private static final class Decoder extends HttpRequestDecoder {
        Decoder(ServerLimits limits) {
            super(new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.line())
                    .setMaxHeaderSize(limits.head())
                    .setMaxChunkSize(LARGEST_PIECE)
                    .setAllowDuplicateContentLengths(false)
                    .setStrictLineParsing(true));
        }

        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {}
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger numbers = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + numbers.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Returns where the server listens, with the port that it got. */
    InetSocketAddress address() {
        return (InetSocketAddress) listening.localAddress();
    }

    Gate gate() {
        return gate;
    }

    Routes routes() {
        return routes;
    }

    boolean isClosing() {
        return closing;
    }

    /** Counts a connection; returns whether it may stay. */
    boolean opened(Channel channel) {
        int count = open.incrementAndGet();
        if (closing || count > 2 * limits.connections()) {
            channel.close();
        }
        return count <= limits.connections();
    }

    void closed(Connection connection) {
        open.decrementAndGet();
        connections.remove(connection);
    }

    /** Takes room for bytes of bodies; returns whether there was enough. */
    boolean hold(long bytes) {
        if (held.addAndGet(bytes) <= limits.bodies()) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    void release(long bytes) {
        held.addAndGet(-bytes);
    }

    /** Runs a route on a thread of its own; cancelling what is returned interrupts it. */
    Future<?> run(Route route, Request request, Exchange exchange) {
        return threads.submit(() -> {
            try {
                route.serve(request, exchange);
            } catch (IOException | InterruptedException e) {
                LOG.debug("{}: {}", request.method(), e.getMessage());
            } catch (RuntimeException e) {
                // Its message may quote the request: only its kind and place are told.
                LOG.warn("a request failed: {} at {}", e.getClass().getName(), place(e));
            } finally {
                exchange.end();
            }
        });
    }

    private static String place(RuntimeException e) {
        return e.getStackTrace().length == 0 ? "an unknown place" : e.getStackTrace()[0].toString();
    }

    /** Takes no more requests, lets running ones go on for a while, interrupts the rest, and leaves no thread. */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        listening.close().awaitUninterruptibly();
        connections.forEach(Connection::closeWhenIdle);
        threads.shutdown();
        try {
            if (!threads.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        endThreads();
    }

    private void endThreads() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a request did not end within {} s of closing", END_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
