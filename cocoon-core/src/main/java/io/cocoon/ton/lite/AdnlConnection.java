package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One ADNL connection to one server: handshake, frames, pings, queries and their answers. Its state belongs to its event
 * loop; the public methods are thread-safe. A connection that ended stays ended.
 */
final class AdnlConnection {

    private static final int QUERY = 0xb48bf97a;
    private static final int ANSWER = 0x0fac8416;
    private static final int PING = 0x4d082b9a;
    private static final int PONG = 0xdc69fb03;
    private static final int MAX_OPEN_QUERIES = 256;

    private record Open(CompletableFuture<Bytes> answer, Future<?> timer) {}

    private final EventLoop loop;
    private final InetSocketAddress address;
    private final LiteClientSettings.Connections limits;
    private final SecureRandom random;
    private final AdnlHandshake.Begun keys;
    private final AdnlFrames frames;
    private final CompletableFuture<AdnlConnection> opened = new CompletableFuture<>();
    private final CompletableFuture<AdnlException> closed = new CompletableFuture<>();
    private final Map<Int256, Open> open = new HashMap<>();
    private @Nullable Channel channel;
    private boolean heard;
    private int silentPings;

    private AdnlConnection(
            EventLoop loop,
            InetSocketAddress address,
            Int256 serverKey,
            LiteClientSettings.Connections limits,
            SecureRandom random) {
        this.loop = loop;
        this.address = address;
        this.limits = limits;
        this.random = random;
        this.keys = AdnlHandshake.begin(serverKey, random);
        this.frames = new AdnlFrames(limits.frameBytes());
    }

    /** Connects. @return fails with {@link AdnlException} */
    static CompletableFuture<AdnlConnection> open(
            EventLoop loop,
            InetSocketAddress address,
            Int256 serverKey,
            LiteClientSettings.Connections limits,
            SecureRandom random) {
        AdnlConnection connection = new AdnlConnection(loop, address, serverKey, limits, random);
        connection.connect();
        return connection.opened;
    }

    /** Completes with the reason when it ended. */
    CompletableFuture<AdnlException> closed() {
        return closed;
    }

    /** Sends a query. @return its answer; fails with {@link AdnlException}. Cancelling it forgets the query */
    CompletableFuture<Bytes> query(Bytes data, Duration timeout) {
        CompletableFuture<Bytes> answer = new CompletableFuture<>();
        try {
            loop.execute(() -> ask(data, timeout, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(AdnlException.gone("the event loop has ended"));
        }
        return answer;
    }

    /** Ends it; open queries fail. */
    void close(String why) {
        loop.execute(() -> end(AdnlException.gone(why)));
    }

    private void connect() {
        Future<?> late = loop.schedule(
                () -> end(AdnlException.gone("no handshake within " + limits.setup())),
                limits.setup().toNanos(),
                TimeUnit.NANOSECONDS);
        opened.whenComplete((connection, failure) -> late.cancel(false));
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        Math.min(limits.setup().toMillis(), 1 << 30))
                .handler(new Handler())
                .connect(address)
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        end(AdnlException.gone("no connection: " + done.cause().getMessage()));
                    }
                });
    }

    private final class Handler extends ChannelInboundHandlerAdapter {

        @Override
        public void channelActive(ChannelHandlerContext context) {
            channel = context.channel();
            if (closed.isDone()) {
                context.close();
                return;
            }
            context.writeAndFlush(Unpooled.wrappedBuffer(keys.packet()));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf in = (ByteBuf) message;
            byte[] piece = new byte[in.readableBytes()];
            in.readBytes(piece);
            in.release();
            if (closed.isDone() || piece.length == 0) {
                return;
            }
            heard = true;
            try {
                frames.feed(keys.in().update(piece), AdnlConnection.this::payload);
            } catch (AdnlException e) {
                end(e);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end(AdnlException.gone(
                    opened.isDone() ? "the server closed the connection" : "the server closed during the handshake"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end(AdnlException.gone("the connection broke: " + cause.getMessage()));
        }
    }

    private void payload(Bytes payload) throws AdnlException {
        if (!opened.isDone()) {
            if (!payload.isEmpty()) {
                throw AdnlException.broken(
                        "a handshake is answered with an empty frame, not " + payload.length() + " bytes");
            }
            schedulePing();
            opened.complete(this);
            return;
        }
        try {
            receive(payload);
        } catch (TlException e) {
            throw AdnlException.broken("a frame holds no message of ADNL: " + e.getMessage());
        }
    }

    private void receive(Bytes payload) throws TlException {
        TlReader in = new TlReader(payload);
        int id = in.readInt();
        if (id == PING || id == PONG) {
            long random = in.readLong();
            in.expectEnd();
            if (id == PING) {
                send(new TlWriter(16).writeInt(PONG).writeLong(random).seal());
            }
        } else if (id == ANSWER) {
            Int256 query = in.readInt256();
            Bytes answer = in.readBytes();
            in.expectEnd();
            Open waiting = open.remove(query);
            // One that nobody waits for is late.
            if (waiting != null) {
                waiting.timer().cancel(false);
                waiting.answer().complete(answer);
            }
        } else {
            throw in.unknownConstructor(id);
        }
    }

    private void ask(Bytes data, Duration timeout, CompletableFuture<Bytes> answer) {
        if (answer.isDone()) {
            return;
        }
        if (closed.isDone()) {
            answer.completeExceptionally(closed.join());
            return;
        }
        if (open.size() == MAX_OPEN_QUERIES) {
            answer.completeExceptionally(
                    AdnlException.gone(MAX_OPEN_QUERIES + " queries wait for an answer already; not sent"));
            return;
        }
        byte[] id = new byte[Int256.BYTES];
        random.nextBytes(id);
        Int256 query = Int256.of(id);
        Future<?> timer = loop.schedule(
                () -> {
                    open.remove(query);
                    answer.completeExceptionally(AdnlException.gone("no answer within " + timeout));
                },
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
        open.put(query, new Open(answer, timer));
        answer.whenComplete((ignored, failure) -> {
            if (answer.isCancelled()) {
                loop.execute(() -> {
                    open.remove(query);
                    timer.cancel(false);
                });
            }
        });
        send(new TlWriter(data.length() + 64)
                .writeInt(QUERY)
                .writeInt256(query)
                .writeBytes(data)
                .seal());
    }

    private void send(Bytes payload) {
        byte[] nonce = new byte[AdnlFrames.NONCE_BYTES];
        random.nextBytes(nonce);
        if (channel != null) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(keys.out().update(AdnlFrames.frame(payload, nonce))));
        }
    }

    private void schedulePing() {
        Future<?> pings = loop.scheduleWithFixedDelay(
                this::ping, limits.ping().toNanos(), limits.ping().toNanos(), TimeUnit.NANOSECONDS);
        closed.whenComplete((reason, failure) -> pings.cancel(false));
    }

    private void ping() {
        silentPings = heard ? 0 : silentPings + 1;
        heard = false;
        if (silentPings == 3) {
            end(AdnlException.gone("nothing was heard for " + limits.ping().multipliedBy(3)));
            return;
        }
        send(new TlWriter(16).writeInt(PING).writeLong(random.nextLong()).seal());
    }

    private void end(AdnlException reason) {
        if (!closed.complete(reason)) {
            return;
        }
        if (channel != null) {
            channel.close();
        }
        opened.completeExceptionally(reason);
        List<Open> waiting = List.copyOf(open.values());
        open.clear();
        for (Open query : waiting) {
            query.timer().cancel(false);
            query.answer().completeExceptionally(reason);
        }
    }
}
