package io.cocoon.client;

import io.cocoon.client.receipt.SaltedHash;
import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
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

    /** The same with receipts, which are forced to a disk that may be busy. */
    private static final Duration CLOSING_RECEIPTS = Duration.ofSeconds(15);

    /** When the executor had no thread, it is asked again after this time. */
    private static final Duration BUSY = Duration.ofMillis(100);

    private final ClientContext context;
    private final List<Delivery> deliveries;
    private final Set<Track> open = new HashSet<>();
    private final Counting counting = new Counting();
    private boolean closed;

    Observers(ClientContext context) {
        this.context = context;
        this.deliveries = deliveries();
    }

    /** Begins to follow a request. @throws CocoonException.Cancelled if the client is closed: then the request is not begun */
    Track begin(Prepared request) {
        if (deliveries.isEmpty()) {
            return new Track(this, request, Bytes.empty(), context.clock().instant(), Optional.empty());
        }
        byte[] id = new byte[ID_BYTES];
        context.random().nextBytes(id);
        Track track = new Track(this, request, Bytes.copyOf(id), context.clock().instant(), notes(request));
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

    /** A request is over: it is counted, and observers hear of it later. Does not block. */
    void finished(Track track, FinishedRequest request) {
        counting.ended(request);
        boolean mine;
        synchronized (this) {
            mine = open.contains(track);
        }
        if (mine) {
            End end = new End(request, track.notes());
            deliveries.forEach(each -> each.add(end));
            synchronized (this) {
                open.remove(track);
                notifyAll();
            }
        }
    }

    /** A request could not be read: observers hear nothing of it. */
    void unread() {
        counting.unread();
    }

    ClientTotals totals() {
        return counting.totals();
    }

    /** What is delivered: to receipts, which are made of the notes away from the event loop, and to observers. */
    private record End(FinishedRequest request, Optional<ReceiptNotes> notes) {}

    private Optional<ReceiptNotes> notes(Prepared request) {
        if (context.settings().receipts().isEmpty()) {
            return Optional.empty();
        }
        byte[] salt = new byte[SaltedHash.SALT_BYTES];
        context.random().nextBytes(salt);
        return Optional.of(new ReceiptNotes(request, salt));
    }

    private List<Delivery> deliveries() {
        List<Delivery> all = new ArrayList<>();
        context.settings()
                .receipts()
                .ifPresent(folder -> all.add(new Delivery(
                        "of receipts",
                        end -> end.notes()
                                .flatMap(notes -> notes.write(end.request()))
                                .ifPresent(written -> folder.keep(written.receipt(), written.salt(), written.report())),
                        end -> folder.missed(end.request().id()))));
        for (ClientObserver observer : context.settings().observers()) {
            all.add(new Delivery(observer.getClass().getName(), end -> observer.finished(end.request()), end -> {}));
        }
        return List.copyOf(all);
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
        long until = System.nanoTime() + closing().toNanos();
        awaitEnds(until);
        deliveries.forEach(each -> each.await(until));
    }

    private Duration closing() {
        return context.settings().receipts().isPresent() ? CLOSING_RECEIPTS : CLOSING;
    }

    /** The check of a payment may still keep an end that is known. */
    private synchronized void awaitEnds(long untilNanos) {
        try {
            while (!open.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
                if (left <= 0) {
                    LOG.warn(
                            "{} requests had no end when the client closed; observers do not hear of them",
                            open.size());
                    return;
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Calls one observer, one request after another: at most one thread of the executor is with it. */
    private final class Delivery {

        private final String name;
        private final Consumer<End> target;
        private final Consumer<End> missed;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition idle = lock.newCondition();
        private final ArrayDeque<End> waiting = new ArrayDeque<>();
        private boolean busy;
        private boolean failedBefore;
        private boolean droppedBefore;

        /** @param missed is told what {@code target} will not hear of, because too much waits */
        Delivery(String name, Consumer<End> target, Consumer<End> missed) {
            this.name = name;
            this.target = target;
            this.missed = missed;
        }

        void add(End request) {
            boolean firstDrop = false;
            @Nullable End dropped = null;
            lock.lock();
            try {
                waiting.add(request);
                if (waiting.size() > ClientObserver.MAX_WAITING) {
                    dropped = waiting.remove();
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
                            name,
                            ClientObserver.MAX_WAITING);
                }
                if (dropped != null) {
                    missed.accept(dropped);
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
                            name);
                }
            }
        }

        private void run() {
            for (End next = next(); next != null; next = next()) {
                try {
                    target.accept(next);
                } catch (RuntimeException | LinkageError | AssertionError e) {
                    if (!failedBefore) {
                        failedBefore = true;
                        LOG.warn("observer {} failed; requests go on, and it is called again. Said once", name, e);
                    }
                }
            }
        }

        private @Nullable End next() {
            lock.lock();
            try {
                End next = waiting.poll();
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
                                name,
                                waiting.size(),
                                closing().toSeconds());
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
