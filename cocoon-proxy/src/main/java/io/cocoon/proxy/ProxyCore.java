package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import io.cocoon.transport.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the parts of one proxy share. Thread-safe. */
final class ProxyCore {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

    /** Whether the proxy takes part. */
    enum Mode {
        SERVING,
        DISABLED,
        DRAINING,
        CLOSED
    }

    private final ProxySettings settings;
    private final WorkerTable workers;
    private final ClientTable clients;
    private final Payments payments;
    private final Counters counters = new Counters();
    private final Set<Query> queries = ConcurrentHashMap.newKeySet();
    private final List<Future<?>> periodic = new CopyOnWriteArrayList<>();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile Network network;
    private volatile Mode mode = Mode.SERVING;
    private final Queue<Runnable> whenIdle = new ConcurrentLinkedQueue<>();

    ProxyCore(ProxySettings settings) {
        this.settings = settings;
        ProxyLimits limits = settings.limits();
        workers = new WorkerTable(settings.chance(), limits.maxModels(), limits.modelMemory());
        clients = new ClientTable(settings.secure());
        payments = new Payments(settings);
        network = Network.of(settings.chain().root(), settings);
    }

    ProxySettings settings() {
        return settings;
    }

    ProxyLimits limits() {
        return settings.limits();
    }

    WorkerTable workers() {
        return workers;
    }

    ClientTable clients() {
        return clients;
    }

    Payments payments() {
        return payments;
    }

    Counters counters() {
        return counters;
    }

    Network network() {
        return network;
    }

    void network(Network newer) {
        network = newer;
    }

    Mode mode() {
        return mode;
    }

    boolean isServing() {
        return mode == Mode.SERVING && settings.ledger().isOpen();
    }

    /** Changes the mode, unless the proxy has closed. */
    synchronized void mode(Mode next) {
        if (mode != Mode.CLOSED) {
            mode = next;
        }
    }

    /** Closes. @return whether this call did it */
    synchronized boolean close() {
        boolean first = mode != Mode.CLOSED;
        mode = Mode.CLOSED;
        return first;
    }

    Set<Query> queries() {
        return queries;
    }

    long heldBytes() {
        return heldBytes.get();
    }

    Instant now() {
        return settings.clock().instant();
    }

    /** Returns a random id for the worker's side of a query. */
    Int256 newId() {
        byte[] id = new byte[Int256.BYTES];
        settings.secure().nextBytes(id);
        return Int256.of(id);
    }

    /** Takes room for one more query and the bytes of its request. @return whether there was any */
    boolean begin(int bytes) {
        // Counted first, then looked at the mode: a drain that has just begun either sees this query or refuses it.
        if (running.incrementAndGet() > limits().maxRunningQueries() || mode != Mode.SERVING) {
            endOne();
            return false;
        }
        if (heldBytes.addAndGet(bytes) > limits().maxHeldBytes()) {
            heldBytes.addAndGet(-bytes);
            endOne();
            return false;
        }
        return true;
    }

    /** Gives back the room of a request's bytes. */
    void released(int bytes) {
        heldBytes.addAndGet(-bytes);
    }

    /** A query is over. */
    void ended(Query query) {
        queries.remove(query);
        endOne();
    }

    /** Gives back the room of a query that never was one. */
    void endOne() {
        running.decrementAndGet();
        checkIdle();
    }

    int runningQueries() {
        return running.get();
    }

    /**
     * Runs {@code action} once, as soon as no query runs: now, or on the thread that ends the last one, which holds that
     * query's monitor. So the action must only hand over.
     */
    void whenIdle(Runnable action) {
        whenIdle.add(action);
        checkIdle();
    }

    /** Forgets the actions of {@link #whenIdle}. */
    void forgetIdleActions() {
        whenIdle.clear();
    }

    private void checkIdle() {
        while (running.get() == 0) {
            Runnable action = whenIdle.poll();
            if (action == null) {
                return;
            }
            action.run();
        }
    }

    /** Closes the connection of a peer that broke the protocol; nobody else is affected. */
    void violation(Connection connection, String text) {
        counters.violations.increment();
        LOG.info("connection {} from {} closed: {}", connection.number(), connection.remoteAddress(), text);
        connection.close(text);
    }

    /** Runs a task on the timer thread; never, if the proxy has closed, which has settled everything by then. */
    void later(Runnable task) {
        after(Duration.ZERO, task);
    }

    /** Runs a task on the timer thread after a time. */
    Future<?> after(Duration delay, Runnable task) {
        try {
            return settings.timer().schedule(guarded(task), Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the proxy has closed; a task is not needed any more");
            return java.util.concurrent.CompletableFuture.completedFuture(null);
        }
    }

    /** Runs a task again and again until the proxy closes. */
    void every(Duration period, Runnable task) {
        periodic.add(settings.timer()
                .scheduleWithFixedDelay(guarded(task), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Ends what {@link #every} began. */
    void stopPeriodic() {
        periodic.forEach(each -> each.cancel(false));
    }

    /** A failing task must not end the ones that come after it. */
    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("a task of the proxy's timer failed; the others go on", e);
            }
        };
    }
}
