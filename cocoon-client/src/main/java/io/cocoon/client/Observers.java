package io.cocoon.client;

import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that observers wait for, and the observers. Thread-safe; no observer is called with a lock held. */
final class Observers {

    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);

    private static final int ID_BYTES = 16;

    /** How long after its total deadline an answer is given up that nobody reads or closes: longer than its bill takes. */
    private static final Duration UNREAD = Duration.ofSeconds(10);

    /** How long closing the client waits for its observers. */
    private static final Duration CLOSING = Duration.ofSeconds(2);

    /** When the executor had no thread, it is asked again after this time. */
    private static final Duration BUSY = Duration.ofMillis(100);

    private final ClientContext context;
    private final List<Delivery> deliveries;
    private final Set<Track> open = new HashSet<>();
    private boolean closed;

    Observers(ClientContext context) {
        this.context = context;
        this.deliveries =
                context.settings().observers().stream().map(Delivery::new).toList();
    }

    /** Begins to follow a request. @throws CocoonException.Cancelled if the client is closed: then the request is not begun */
    Track begin(Prepared request) {
        if (deliveries.isEmpty()) {
            return new Track(this, request, Bytes.empty(), context.clock().instant());
        }
        byte[] id = new byte[ID_BYTES];
        context.random().nextBytes(id);
        Track track = new Track(this, request, Bytes.copyOf(id), context.clock().instant());
        synchronized (this) {
            if (closed) {
                throw new CocoonException.Cancelled("the client is closed", "build another one");
            }
            open.add(track);
        }
        try {
            track.limitedBy(context.scheduler()
                    .schedule(
                            () -> track.failed(new CocoonException.Deadline(
                                    "the answer was neither read to its end nor closed within " + UNREAD.toSeconds()
                                            + " s after its total deadline",
                                    "close answers that are not read",
                                    CocoonException.NO_CODE)),
                            request.deadlines().total().plus(UNREAD).toMillis(),
                            TimeUnit.MILLISECONDS));
        } catch (RejectedExecutionException e) {
            LOG.debug("the end of a request has no timer: the client is closing");
        }
        return track;
    }

    /** A request is over; observers hear of it later. Does not block. */
    void finished(Track track, FinishedRequest request) {
        boolean mine;
        synchronized (this) {
            mine = open.remove(track);
        }
        if (mine) {
            deliveries.forEach(each -> each.add(request));
        }
    }

    /** Ends what is still open, and waits a short time for the observers. The connections are closed before. */
    void close() {
        List<Track> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(open);
        }
        left.forEach(track -> track.failed(new CocoonException.Cancelled(
                "the client was closed before the answer was read", "close the client after its requests")));
        long until = System.nanoTime() + CLOSING.toNanos();
        deliveries.forEach(each -> each.await(until));
    }

    /** Calls one observer, one request after another: at most one thread of the executor is with it. */
    private final class Delivery {

        private final ClientObserver observer;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition idle = lock.newCondition();
        private final ArrayDeque<FinishedRequest> waiting = new ArrayDeque<>();
        private boolean busy;
        private boolean failedBefore;
        private boolean droppedBefore;

        Delivery(ClientObserver observer) {
            this.observer = observer;
        }

        void add(FinishedRequest request) {
            boolean firstDrop = false;
            lock.lock();
            try {
                waiting.add(request);
                if (waiting.size() > ClientObserver.MAX_WAITING) {
                    waiting.remove();
                    firstDrop = !droppedBefore;
                    droppedBefore = true;
                }
                if (busy) {
                    return;
                }
                busy = true;
            } finally {
                lock.unlock();
                if (firstDrop) {
                    LOG.warn(
                            "observer {} is too slow: {} finished requests wait for it, and it does not hear of the oldest;"
                                    + " said once",
                            observer.getClass().getName(),
                            ClientObserver.MAX_WAITING);
                }
            }
            start();
        }

        private void start() {
            Executor executor = context.executor();
            try {
                executor.execute(this::run);
            } catch (RejectedExecutionException busyOrEnding) {
                try {
                    context.scheduler().schedule(this::start, BUSY.toMillis(), TimeUnit.MILLISECONDS);
                } catch (RejectedExecutionException e) {
                    LOG.warn(
                            "observer {} does not hear of the last requests: the client's executor and its timer have ended"
                                    + " before the client",
                            observer.getClass().getName());
                }
            }
        }

        private void run() {
            for (FinishedRequest next = next(); next != null; next = next()) {
                try {
                    observer.finished(next);
                } catch (RuntimeException | LinkageError | AssertionError e) {
                    if (!failedBefore) {
                        failedBefore = true;
                        LOG.warn(
                                "observer {} failed; requests go on, and it is called again. Said once",
                                observer.getClass().getName(),
                                e);
                    }
                }
            }
        }

        private @Nullable FinishedRequest next() {
            lock.lock();
            try {
                FinishedRequest next = waiting.poll();
                if (next == null) {
                    busy = false;
                    idle.signalAll();
                }
                return next;
            } finally {
                lock.unlock();
            }
        }

        void await(long untilNanos) {
            lock.lock();
            try {
                while (busy) {
                    long left = untilNanos - System.nanoTime();
                    if (left <= 0) {
                        LOG.warn(
                                "observer {} is too slow: {} finished requests still wait for it after {} s of closing",
                                observer.getClass().getName(),
                                waiting.size(),
                                CLOSING.toSeconds());
                        return;
                    }
                    idle.await(left, TimeUnit.NANOSECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                lock.unlock();
            }
        }
    }
}
