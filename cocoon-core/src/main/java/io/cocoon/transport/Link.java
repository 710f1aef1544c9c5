package io.cocoon.transport;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection, as the last handler of its pipeline: hello, keepalive, packets, and the callbacks of its role.
 *
 * <p>Everything but {@link #ask}, {@link #send} and the plain getters runs on the event loop.
 */
final class Link extends ChannelInboundHandlerAdapter implements Connection {

    /** What an end of the connection does differently. */
    enum Side {
        DIALER,
        ACCEPTOR
    }

    private enum State {
        SETUP,
        HELLO,
        OPEN,
        CLOSED
    }

    private final long number;
    private final Side side;
    private final TransportLimits limits;
    private final Channel channel;
    private final Function<PeerIdentity, ConnectionHandler> handlers;
    private final FrameDecoder decoder;
    private final SendQueue out;
    private final OpenQueries queries;
    private final Set<PeerQuery> peerQueries = Collections.newSetFromMap(new IdentityHashMap<>());
    private final CompletableFuture<CloseReason> closed = new CompletableFuture<>();
    private final CompletableFuture<Connection> opened = new CompletableFuture<>();
    private final Executor eventLoop;
    private volatile InetSocketAddress remoteAddress;
    private volatile @Nullable PeerIdentity peer;
    private volatile @Nullable CloseReason endReason;
    private @Nullable ConnectionHandler handler;
    private State state = State.SETUP;
    private String step;
    private @Nullable Future<?> setupTimer;
    private @Nullable Future<?> silenceTimer;
    private long lastReceived;
    private boolean pinged;
    private boolean connectedCalled;
    private boolean reading = true;
    private boolean inRead;

    Link(
            Transport transport,
            Side side,
            Channel channel,
            InetSocketAddress remoteAddress,
            String firstStep,
            Function<PeerIdentity, ConnectionHandler> handlers) {
        this.number = transport.nextNumber();
        this.side = side;
        this.limits = transport.limits();
        this.channel = channel;
        this.remoteAddress = remoteAddress;
        this.step = firstStep;
        this.handlers = handlers;
        this.decoder = new FrameDecoder(limits.maxFrameBytes());
        this.queries = new OpenQueries(transport.newIds());
        this.eventLoop = channel.eventLoop();
        this.out = new SendQueue(channel, limits, this);
    }

    // ---- What roles call, from any thread ----

    @Override
    public long number() {
        return number;
    }

    @Override
    public PeerIdentity peer() {
        PeerIdentity known = peer;
        if (known == null) {
            throw new IllegalStateException("the handshake is not done");
        }
        return known;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public CompletableFuture<Bytes> ask(TlObject query, Duration timeout) {
        OpenQuery open = new OpenQuery(timeout);
        try {
            out.add(OutFrame.query(query, open, limits.maxFrameBytes()));
        } catch (FrameTooLargeException e) {
            open.answer.completeExceptionally(e);
        }
        open.answer.whenComplete((answer, failure) -> {
            if (open.answer.isCancelled()) {
                onEventLoop(() -> queries.forget(open));
            }
        });
        return open.answer;
    }

    @Override
    public void send(TlObject message) throws FrameTooLargeException {
        out.add(OutFrame.message(message, limits.maxFrameBytes()));
    }

    @Override
    public boolean isWritable() {
        return out.isWritable();
    }

    @Override
    public long pendingBytes() {
        return out.pendingBytes();
    }

    @Override
    public void setReading(boolean on) {
        onEventLoop(() -> {
            reading = on;
            lastReceived = System.nanoTime();
            channel.config().setAutoRead(on);
        });
    }

    @Override
    public void close(String reason) {
        end(new CloseReason(CloseReason.Cause.LOCAL, reason));
    }

    /** Ends the connection from any thread, after what was sent before. */
    void end(CloseReason reason) {
        onEventLoop(() -> finish(reason));
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        return closed;
    }

    @Override
    public Executor eventLoop() {
        return eventLoop;
    }

    /** Completes when the socket has closed, which in an orderly end is later than {@link #closed}. */
    CompletableFuture<Boolean> socketClosed() {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        channel.closeFuture().addListener(done -> result.complete(true));
        return result;
    }

    /** Completes when the hello is done and the handler knows. */
    CompletableFuture<Connection> opened() {
        return opened;
    }

    /** Runs later on the event loop; if that has ended, everything has been closed. */
    void onEventLoop(Runnable task) {
        try {
            eventLoop.execute(task);
        } catch (RejectedExecutionException e) {
            out.dropAll();
        }
    }

    /** Fails the query of a frame that will not leave any more. */
    void dropped(OutFrame frame) {
        OpenQuery query = frame.query;
        if (query != null) {
            CloseReason reason = endReason;
            query.answer.completeExceptionally(
                    new ConnectionClosedException(reason == null ? transportClosed() : reason));
        }
    }

    private static CloseReason transportClosed() {
        return new CloseReason(CloseReason.Cause.LOCAL, "the transport is closed");
    }

    // ---- Setup ----

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        setupTimer = channel.eventLoop()
                .schedule(
                        () -> finish(new CloseReason(
                                CloseReason.Cause.TIMEOUT, step + " was not done within " + limits.setup())),
                        limits.setup().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** Names what the setup waits for, for the reason if it fails. */
    void step(String name) {
        step = name;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof PeerRecord record) {
            boolean dialer = side == Side.DIALER;
            remoteAddress = claimed(
                    dialer ? record.destinationIp() : record.sourceIp(),
                    dialer ? record.destinationPort() : record.sourcePort());
            usable(record.identity());
        } else if (event instanceof PeerIdentity identity) {
            usable(identity);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** The address that a router tells, if it is one; names are not looked up. */
    private InetSocketAddress claimed(String ip, int port) {
        byte @Nullable [] address = ip.length() > 64 ? null : NetUtil.createByteArrayFromIpAddressString(ip);
        if (address == null || port < 0 || port > 65_535) {
            return remoteAddress;
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (UnknownHostException e) {
            return remoteAddress;
        }
    }

    private void usable(PeerIdentity identity) {
        if (state != State.SETUP) {
            return;
        }
        peer = identity;
        state = State.HELLO;
        step = "hello";
        out.start();
        received();
        checkSilence();
        if (side == Side.DIALER) {
            control(new TcpPacket.Connect(
                    java.util.concurrent.ThreadLocalRandom.current().nextLong()));
        }
    }

    // ---- Receiving ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        byte[] bytes;
        if (message instanceof byte[] plain) {
            bytes = plain;
        } else {
            ByteBuf buffer = (ByteBuf) message;
            bytes = new byte[buffer.readableBytes()];
            buffer.readBytes(bytes).release();
        }
        if (state == State.CLOSED) {
            return;
        }
        inRead = true;
        try {
            decoder.feed(bytes, 0, bytes.length, this::frame);
        } catch (ConnectionClosedException e) {
            finish(e.reason());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        inRead = false;
        out.drain();
    }

    /** Whether what is sent now will be flushed at the end of this turn anyway. */
    boolean flushesSoon() {
        return inRead;
    }

    private boolean frame(Bytes payload) throws ConnectionClosedException {
        TcpPacket packet;
        try {
            packet = TlReader.readWhole(payload, TcpPacket::readBoxed);
        } catch (TlException e) {
            throw Failures.closed(CloseReason.Cause.PROTOCOL, "not a packet: " + e.getMessage());
        }
        received();
        if (state == State.HELLO) {
            hello(packet);
        } else {
            packet(packet);
        }
        return state != State.CLOSED;
    }

    private void hello(TcpPacket packet) throws ConnectionClosedException {
        if (side == Side.ACCEPTOR && packet instanceof TcpPacket.Connect connect) {
            control(new TcpPacket.Connected(connect.id()));
        } else if (side == Side.ACCEPTOR || !(packet instanceof TcpPacket.Connected)) {
            throw Failures.closed(
                    CloseReason.Cause.PROTOCOL,
                    "the first packet is " + packet.getClass().getSimpleName() + "; wanted is "
                            + (side == Side.ACCEPTOR ? "Connect" : "Connected"));
        }
        state = State.OPEN;
        stop(setupTimer);
        PeerIdentity identity = peer();
        callback("connected", () -> {
            ConnectionHandler chosen = handlers.apply(identity);
            handler = chosen;
            connectedCalled = true;
            chosen.connected(this);
        });
        if (state == State.OPEN && !opened.complete(this)) {
            finish(new CloseReason(CloseReason.Cause.LOCAL, "the dial was cancelled"));
        }
    }

    private void packet(TcpPacket packet) {
        ConnectionHandler role = java.util.Objects.requireNonNull(handler);
        if (packet instanceof TcpPacket.Packet message) {
            callback("message", () -> role.message(this, message.data()));
        } else if (packet instanceof TcpPacket.Query query) {
            peerAsks(role, query);
        } else if (packet instanceof TcpPacket.QueryAnswer answer) {
            queries.answered(answer.id(), answer.data());
        } else if (packet instanceof TcpPacket.QueryError error) {
            queries.failed(error.id(), new RemoteErrorException(error.code(), error.message()));
        } else if (packet instanceof TcpPacket.Ping ping) {
            control(new TcpPacket.Pong(ping.id()));
        }
        // Pongs have done their work by coming; a late hello is ignored, as the reference does.
    }

    private void peerAsks(ConnectionHandler role, TcpPacket.Query query) {
        if (peerQueries.size() >= limits.maxOpenQueries()) {
            control(new TcpPacket.QueryError(
                    query.id(), ErrorCodes.ERROR, "more than " + limits.maxOpenQueries() + " open queries"));
            return;
        }
        PeerQuery open = new PeerQuery(this, query.id());
        peerQueries.add(open);
        open.timer = channel.eventLoop()
                .schedule(
                        () -> open.fail(ErrorCodes.TIMEOUT, "no answer within " + limits.answerWithin()),
                        limits.answerWithin().toNanos(),
                        TimeUnit.NANOSECONDS);
        callback("query", () -> role.query(this, query.data(), open));
    }

    /** Takes the one reaction to a query of the peer, from any thread. */
    void react(PeerQuery query, OutFrame reaction) {
        out.add(reaction);
        onEventLoop(() -> {
            stop(query.timer);
            peerQueries.remove(query);
        });
    }

    int frameLimit() {
        return limits.maxFrameBytes();
    }

    private void control(TcpPacket packet) {
        try {
            out.add(OutFrame.of(packet, limits.maxFrameBytes()));
        } catch (FrameTooLargeException e) {
            finish(new CloseReason(CloseReason.Cause.INTERNAL, String.valueOf(e.getMessage())));
        }
    }

    /** Registers a query of ours when its frame leaves; called by the queue. */
    void leaving(OpenQuery query) {
        queries.register(query, channel.eventLoop());
    }

    /** Runs a callback of the role; whatever it throws ends this connection and nothing else. */
    private void callback(String name, Runnable body) {
        try {
            body.run();
        } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
            Transport.LOG.warn("connection {}: callback {} failed", number, name, e);
            finish(new CloseReason(CloseReason.Cause.INTERNAL, "callback " + name + " failed: " + e));
        }
    }

    void writabilityChanged() {
        ConnectionHandler role = handler;
        if (state == State.OPEN && role != null) {
            callback("writabilityChanged", () -> role.writabilityChanged(this));
        }
    }

    // ---- Keepalive ----

    private void received() {
        lastReceived = System.nanoTime();
        pinged = false;
    }

    /** Runs when the next deadline could have come; frames only note their time. Wire dossier 2.5. */
    private void checkSilence() {
        if (state == State.CLOSED) {
            return;
        }
        long silence = reading ? System.nanoTime() - lastReceived : 0;
        long end = (side == Side.DIALER ? limits.dialerSilence() : limits.acceptorSilence()).toNanos();
        if (silence >= end) {
            finish(new CloseReason(
                    CloseReason.Cause.TIMEOUT, step + ": no frame came within " + Duration.ofNanos(end)));
            return;
        }
        long next = end - silence;
        if (side == Side.DIALER && state == State.OPEN && !pinged) {
            long ping = limits.pingAfter().toNanos();
            if (silence >= ping) {
                pinged = true;
                control(new TcpPacket.Ping(
                        java.util.concurrent.ThreadLocalRandom.current().nextLong()));
            } else {
                next = Math.min(next, ping - silence);
            }
        } else if (side == Side.DIALER) {
            next = Math.min(next, limits.pingAfter().toNanos());
        }
        silenceTimer = channel.eventLoop().schedule(this::checkSilence, next, TimeUnit.NANOSECONDS);
    }

    // ---- The end ----

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        boolean inTls = ctx.pipeline().get(SecureHandler.class) != null;
        finish(new CloseReason(
                CloseReason.Cause.REMOTE,
                state == State.OPEN && decoder.atBoundary()
                        ? "the peer closed the connection"
                        : "the peer closed the connection during " + (state == State.OPEN ? "a frame" : step)
                                + (state == State.HELLO && inTls
                                        ? "; with TLS that may mean that it refused our certificate or its evidence:"
                                                + " look into the peer's log"
                                        : "")));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        finish(Failures.reason(cause, state == State.OPEN ? "connection" : step));
    }

    /** Ends the connection once: sends what waits, tells everybody why, closes the socket. */
    private void finish(CloseReason reason) {
        if (state == State.CLOSED) {
            return;
        }
        boolean orderly = channel.isActive() && endsInOrder(reason.cause());
        if (channel.isActive()) {
            out.drain();
        }
        state = State.CLOSED;
        endReason = reason;
        stop(setupTimer);
        stop(silenceTimer);
        peerQueries.forEach(query -> stop(query.timer));
        peerQueries.clear();
        queries.failAll(reason);
        out.end(orderly);
        opened.completeExceptionally(new ConnectionClosedException(reason));
        ConnectionHandler role = handler;
        if (connectedCalled && role != null) {
            callback("closed", () -> role.closed(this, reason));
        }
        closed.complete(reason);
    }

    /**
     * Whether the peer gets time to read our last words. It does when we refuse it, too: a TLS alert that says why is thrown
     * away by the kernel if the socket closes at once while the peer is still sending. Not during proof of work, where there
     * are no last words and a peer has earned no time.
     */
    private boolean endsInOrder(CloseReason.Cause cause) {
        boolean inTls = channel.pipeline().get(SecureHandler.class) != null;
        return switch (cause) {
            case LOCAL -> state != State.SETUP;
            case PROTOCOL, ATTESTATION -> state != State.SETUP || inTls;
            default -> false;
        };
    }

    private static void stop(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
