package io.cocoon;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.Responder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Our end of a connection whose other end is the test. Callbacks run in the test's thread; closing calls back at once. */
public class FakeConnection implements Connection {

    private static final AtomicLong NUMBERS = new AtomicLong(1);
    public static final PeerIdentity NOBODY = new PeerIdentity(
            PeerIdentity.Kind.UNATTESTED,
            PeerIdentity.Source.OWN_HANDSHAKE,
            Int256.ZERO.toBytes(),
            Int256.ZERO,
            Optional.empty());

    /** What came back for a query. */
    public static final class Reply implements Responder {
        public volatile TlObject answer;
        public volatile Integer code;
        public volatile String text;

        @Override
        public synchronized void answer(TlObject value) {
            if (!isDone()) {
                answer = value;
            }
        }

        @Override
        public synchronized void fail(int value, String message) {
            if (!isDone()) {
                text = message;
                code = value;
            }
        }

        public boolean isDone() {
            return answer != null || code != null;
        }
    }

    private final long number = NUMBERS.getAndIncrement();
    private final PeerIdentity peer;
    private final ConnectionHandler handler;
    private final CompletableFuture<CloseReason> closed = new CompletableFuture<>();

    /** What we sent, oldest first. */
    public final LinkedBlockingQueue<TlObject> sent = new LinkedBlockingQueue<>();

    /** Questions of ours that wait for the test. */
    public final List<CompletableFuture<Bytes>> asked = new ArrayList<>();

    public final List<TlObject> askedQueries = new ArrayList<>();

    public volatile long pending;
    public volatile boolean writable = true;
    public volatile int frameLimit = 1 << 24;

    public FakeConnection(ConnectionHandler handler, PeerIdentity peer) {
        this.handler = handler;
        this.peer = peer;
    }

    public static PeerIdentity peer(PeerIdentity.Kind kind, Int256 image) {
        return new PeerIdentity(
                kind, PeerIdentity.Source.OWN_HANDSHAKE, Int256.ZERO.toBytes(), image, Optional.empty());
    }

    public FakeConnection open() {
        handler.connected(this);
        return this;
    }

    /** The peer sends a message. */
    public void tell(TlObject message) {
        tell(message.toBytes());
    }

    public void tell(Bytes message) {
        if (!closed.isDone()) {
            handler.message(this, message);
        }
    }

    /** The peer asks. */
    public Reply ask(TlObject query) {
        return ask(query.toBytes());
    }

    public Reply ask(Bytes query) {
        Reply reply = new Reply();
        if (!closed.isDone()) {
            handler.query(this, query, reply);
        }
        return reply;
    }

    /** The peer goes away. */
    public void drop() {
        end(new CloseReason(CloseReason.Cause.REMOTE, "the peer went away"));
    }

    private void end(CloseReason reason) {
        if (closed.complete(reason)) {
            handler.closed(this, reason);
            asked.forEach(each -> each.completeExceptionally(new ConnectionClosedException(reason)));
        }
    }

    public boolean isClosed() {
        return closed.isDone();
    }

    public String closeDetail() {
        return closed.join().detail();
    }

    /** Takes the oldest thing that we sent, which has to be of this type. */
    public <T extends TlObject> T next(Class<T> type) {
        TlObject object = sent.poll();
        if (!type.isInstance(object)) {
            throw new AssertionError("wanted " + type.getSimpleName() + ", got " + object + ", then " + sent);
        }
        return type.cast(object);
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public PeerIdentity peer() {
        return peer;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return new InetSocketAddress(0);
    }

    @Override
    public CompletableFuture<Bytes> ask(TlObject query, Duration timeout) {
        CompletableFuture<Bytes> answer = new CompletableFuture<>();
        askedQueries.add(query);
        asked.add(answer);
        return answer;
    }

    @Override
    public void send(TlObject message) throws FrameTooLargeException {
        int size = message.toBytes().length() + 8;
        if (size > frameLimit) {
            throw new FrameTooLargeException(size, frameLimit);
        }
        if (!closed.isDone()) {
            sent.add(message);
        }
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public long pendingBytes() {
        return pending;
    }

    @Override
    public void setReading(boolean on) {}

    @Override
    public void close(String reason) {
        end(new CloseReason(CloseReason.Cause.LOCAL, reason));
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        return closed;
    }

    @Override
    public Executor eventLoop() {
        return Runnable::run;
    }
}
