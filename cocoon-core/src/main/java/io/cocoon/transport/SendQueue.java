package io.cocoon.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes frames from any thread and writes them on the event loop: everything that waits in one run, small frames together
 * in one TLS record, one flush at the end. One task is scheduled however many threads send.
 */
final class SendQueue {

    /** The most that a TLS record holds. */
    private static final int RECORD = 1 << 14;

    /** Frames below this are copied together; copying more costs more than a record of its own. */
    private static final int SMALL = 1 << 12;

    /** How long a socket stays half open for the peer to take the rest, in seconds. */
    private static final int LINGER_SECONDS = 2;

    private final Channel channel;
    private final TransportLimits limits;
    private final Link link;
    private final Queue<OutFrame> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong pending = new AtomicLong();
    private final AtomicBoolean writable = new AtomicBoolean(true);
    private boolean started;
    private volatile boolean ended;
    private int sequence;

    SendQueue(Channel channel, TransportLimits limits, Link link) {
        this.channel = channel;
        this.limits = limits;
        this.link = link;
    }

    boolean isWritable() {
        return writable.get();
    }

    long pendingBytes() {
        return pending.get();
    }

    /** Takes a frame, from any thread. After the end its query fails and the rest is dropped. */
    void add(OutFrame frame) {
        if (ended) {
            link.dropped(frame);
            return;
        }
        queue.add(frame);
        long waiting = pending.addAndGet(frame.length);
        if (waiting > limits.highWaterBytes() && writable.compareAndSet(true, false)) {
            link.onEventLoop(link::writabilityChanged);
        }
        if (waiting > limits.maxPendingBytes()) {
            link.end(new CloseReason(
                    CloseReason.Cause.TIMEOUT,
                    "the peer does not read: " + waiting + " bytes wait; the limit is " + limits.maxPendingBytes()));
        }
        if (channel.eventLoop().inEventLoop() && link.flushesSoon()) {
            return;
        }
        if (scheduled.compareAndSet(false, true)) {
            link.onEventLoop(this::drainScheduled);
        }
    }

    private void drainScheduled() {
        scheduled.set(false);
        drain();
    }

    /** The stream is usable: from now on frames may leave. */
    void start() {
        started = true;
    }

    /** Writes and flushes everything that waits. */
    void drain() {
        if (ended) {
            dropAll();
            return;
        }
        if (!started) {
            return;
        }
        ByteBuf batch = null;
        boolean wrote = false;
        for (OutFrame frame = queue.poll(); frame != null; frame = queue.poll()) {
            stamp(frame);
            wrote = true;
            if (batch != null && (frame.length > SMALL || batch.readableBytes() + frame.length > RECORD)) {
                write(batch);
                batch = null;
            }
            if (frame.length > SMALL || batch == null && queue.isEmpty()) {
                write(Unpooled.wrappedBuffer(frame.array, frame.offset, frame.length));
                continue;
            }
            if (batch == null) {
                batch = channel.alloc().heapBuffer(RECORD, RECORD);
            }
            batch.writeBytes(frame.array, frame.offset, frame.length);
        }
        if (batch != null) {
            write(batch);
        }
        if (wrote) {
            channel.flush();
        }
    }

    /** Drops what waits; its queries fail. */
    void dropAll() {
        for (OutFrame frame = queue.poll(); frame != null; frame = queue.poll()) {
            link.dropped(frame);
        }
    }

    private void stamp(OutFrame frame) {
        frame.putSequence(sequence++);
        OpenQuery query = frame.query;
        if (query != null) {
            link.leaving(query);
            frame.putId(query.id);
        }
    }

    private void write(ByteBuf buffer) {
        int count = buffer.readableBytes();
        channel.write(buffer).addListener((ChannelFutureListener) done -> written(count));
    }

    private void written(int count) {
        long waiting = pending.addAndGet(-count);
        if (!ended && waiting <= limits.highWaterBytes() / 2 && writable.compareAndSet(false, true)) {
            link.writabilityChanged();
        }
    }

    /**
     * Takes nothing more. In an orderly end the peer gets what was written and our end of the stream, and has some time to
     * take it; closing at once would let the kernel throw it away if the peer is still sending.
     */
    void end(boolean orderly) {
        ended = true;
        drain();
        if (!orderly || !(channel instanceof SocketChannel socket)) {
            channel.close();
            return;
        }
        SecureHandler secure = channel.pipeline().get(SecureHandler.class);
        if (secure != null) {
            secure.sayGoodbye();
        }
        channel.config().setAutoRead(true);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> socket.shutdownOutput());
        Future<?> timer = channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        channel.closeFuture().addListener(done -> timer.cancel(false));
    }
}
