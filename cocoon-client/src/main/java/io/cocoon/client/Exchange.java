package io.cocoon.client;

import io.cocoon.tl.Int256;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One query on one connection: a bounded queue from the event loop to whoever reads the answer.
 *
 * <p>The event loop offers, one reader takes; {@link #cancel} and {@link #breakOff} may come from any thread. All state is
 * guarded by the lock. The connection is shared by many requests, so a slow reader can not slow the connection down: when
 * more than {@link #MAX_QUEUED_BYTES} wait, this request alone is broken off.
 */
final class Exchange {

    /** How many bytes of an answer may wait for a slow reader. A single larger part is let through. */
    static final long MAX_QUEUED_BYTES = 8L << 20;

    /** What a waiting part costs beside its bytes: many tiny ones must not take more memory than the bound says. */
    private static final int PART_OVERHEAD = 256;

    private final Int256 id;
    private final ProxyLink link;
    private final Settlement settlement;
    private final long startedNanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Event> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean over;
    private boolean left;
    private boolean headSeen;
    private OptionalLong firstByteNanos = OptionalLong.empty();
    private long forgetAtNanos;

    Exchange(Int256 id, ProxyLink link, Settlement settlement, long forgetAtNanos) {
        this.id = id;
        this.link = link;
        this.settlement = settlement;
        this.forgetAtNanos = forgetAtNanos;
        this.startedNanos = System.nanoTime();
    }

    Int256 id() {
        return id;
    }

    ProxyLink link() {
        return link;
    }

    Settlement settlement() {
        return settlement;
    }

    long startedNanos() {
        return startedNanos;
    }

    /** Returns when the link looks at this exchange again: first its deadline, later the end of its settlement. */
    long forgetAtNanos() {
        lock.lock();
        try {
            return forgetAtNanos;
        } finally {
            lock.unlock();
        }
    }

    void forgetAt(long nanos) {
        lock.lock();
        try {
            forgetAtNanos = nanos;
        } finally {
            lock.unlock();
        }
    }

    /** Returns true once: whoever gets it counts the exchange as no longer running. */
    boolean leave() {
        lock.lock();
        try {
            boolean first = !left;
            left = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether the head of the answer was seen before, and remembers that it is seen now. */
    boolean headSeen() {
        lock.lock();
        try {
            boolean before = headSeen;
            headSeen = true;
            return before;
        } finally {
            lock.unlock();
        }
    }

    boolean wasHeadSeen() {
        lock.lock();
        try {
            return headSeen;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether an end, a failure or a cancellation was seen: nothing more is taken. */
    boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the first byte of the answer's body came, on the clock of {@link System#nanoTime}. */
    OptionalLong firstByteNanos() {
        lock.lock();
        try {
            return firstByteNanos;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what came from the peer. Returns false if the queue is full; the event is then not in it. */
    boolean offer(Event event) {
        long size = size(event);
        lock.lock();
        try {
            if (over) {
                return true;
            }
            if (queuedBytes > 0 && queuedBytes + size > MAX_QUEUED_BYTES) {
                return false;
            }
            over = event instanceof Event.End || event instanceof Event.Failed || event instanceof Event.Broken;
            if (firstByteNanos.isEmpty() && hasBody(event)) {
                firstByteNanos = OptionalLong.of(System.nanoTime());
            }
            queuedBytes += size;
            queue.add(event);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the request on this side; what was queued before can still be read. Returns whether it was still running. */
    boolean breakOff(CocoonException cause, boolean connectionLost) {
        return end(new Event.Broken(cause, connectionLost));
    }

    /** Ends the request because its total deadline passed, as {@link #breakOff} does. Returns whether it was still running. */
    boolean late() {
        return end(new Event.Late());
    }

    private boolean end(Event why) {
        lock.lock();
        try {
            if (over) {
                return false;
            }
            over = true;
            queue.add(why);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the request on this side and forgets what was queued. Returns whether it was still running. */
    boolean cancel() {
        lock.lock();
        try {
            boolean running = !over;
            over = true;
            queue.clear();
            queuedBytes = 0;
            queue.add(new Event.Broken(
                    new CocoonException.Cancelled(
                            "the request was cancelled before its answer was complete",
                            "send it again if it is wanted"),
                    false));
            changed.signal();
            return running;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next event.
     *
     * @return the event, or null if {@code deadlineNanos} on the clock of {@link System#nanoTime} passed first
     */
    @Nullable
    Event take(long deadlineNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (queue.isEmpty()) {
                long left = deadlineNanos - System.nanoTime();
                if (left <= 0) {
                    return null;
                }
                changed.await(left, TimeUnit.NANOSECONDS);
            }
            Event event = queue.remove();
            queuedBytes -= size(event);
            return event;
        } finally {
            lock.unlock();
        }
    }

    private static boolean hasBody(Event event) {
        return event instanceof Event.Part
                || (event instanceof Event.Head head
                        && !head.response().payload().isEmpty());
    }

    private static long size(Event event) {
        return event instanceof Event.Part part ? (long) part.body().length() + PART_OVERHEAD : 0;
    }
}
