package io.cocoon.worker;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connections of one worker share: its settings, its state, its counters. Thread-safe. */
final class WorkerCore {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerCore.class);

    /** What does not change while a worker runs. */
    record Settings(
            CocoonChain chain,
            Address owner,
            int maxActiveRequests,
            int connections,
            int minProtocol,
            int maxProtocol,
            String machineDescription,
            boolean checkHashes,
            Optional<Int256> ownImageHash,
            Optional<ModelLoader> modelLoader,
            Function<ModelName, QueryContent> content,
            ChainRules rules,
            WorkerLimits limits) {}

    /** Threads, time, chance, and who hears alarms. */
    record Surroundings(
            ExecutorService executor,
            ScheduledExecutorService timer,
            Clock clock,
            RandomGenerator random,
            Consumer<String> alarms) {}

    private final Settings settings;
    private final Surroundings surroundings;
    private final ProxyAccounts accounts;
    private final List<ServedModel> models = new CopyOnWriteArrayList<>();
    private final AtomicInteger active = new AtomicInteger();
    private final WorkerCounters counters = new WorkerCounters();

    private volatile boolean forcedOff;
    private volatile boolean draining;
    private volatile boolean engineAvailable;
    private volatile Price price;
    private volatile ServedModel served;
    private boolean enginesClosed;

    /** The coefficient, and the lowest that a query may still carry for a while after a raise. */
    private record Price(int current, int tolerated, Instant toleratedUntil) {}

    WorkerCore(
            Settings settings,
            Surroundings surroundings,
            int coefficient,
            ProxyAccounts accounts,
            ModelName model,
            InferenceEngine engine) {
        this.settings = settings;
        this.accounts = accounts;
        this.surroundings = surroundings;
        this.price = new Price(coefficient, coefficient, Instant.MIN);
        served = served(model, engine);
        models.add(served);
    }

    Settings settings() {
        return settings;
    }

    WorkerLimits limits() {
        return settings.limits();
    }

    Clock clock() {
        return surroundings.clock();
    }

    ExecutorService executor() {
        return surroundings.executor();
    }

    ScheduledExecutorService timer() {
        return surroundings.timer();
    }

    RootState root() {
        return settings.chain().root();
    }

    /** Returns a time between two bounds, by chance. */
    Duration between(Duration from, Duration to) {
        long span = to.toNanos() - from.toNanos();
        return from.plusNanos(span == 0 ? 0 : surroundings.random().nextLong(span + 1));
    }

    int random(int bound) {
        return surroundings.random().nextInt(bound);
    }

    ProxyAccounts accounts() {
        return accounts;
    }

    /** Tells the operator of something that only a person can settle. */
    void alarm(String text) {
        surroundings.alarms().accept(text);
    }

    // The model.

    /** Returns what new connections announce. */
    ServedModel served() {
        return served;
    }

    private ServedModel served(ModelName model, InferenceEngine engine) {
        return new ServedModel(model, engine, settings.content().apply(model), this::closeUnused);
    }

    private void closeUnused(ServedModel model) {
        try {
            executor().execute(() -> {
                model.close();
                // Its memory is free once nothing refers to it.
                models.remove(model);
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the worker is closing, and closes the engine of {} itself", model.name());
        }
    }

    /** Serves another model from now on. Returns false if the engines were closed: then the caller closes this one. */
    boolean serve(ModelName model, InferenceEngine engine) {
        ServedModel next = served(model, engine);
        ServedModel before;
        synchronized (this) {
            if (enginesClosed) {
                return false;
            }
            models.add(next);
            before = served;
            served = next;
        }
        before.replaced();
        return true;
    }

    /** Closes all engines that are still open. */
    void closeEngines() {
        synchronized (this) {
            enginesClosed = true;
        }
        models.forEach(ServedModel::close);
    }

    // Admission.

    boolean admit() {
        if (active.incrementAndGet() > settings.maxActiveRequests()) {
            active.decrementAndGet();
            refused();
            return false;
        }
        return true;
    }

    void released(RunningQuery query) {
        active.decrementAndGet();
        counters.released(query, clock().instant(), root().params().prices().workerFeePerToken());
    }

    void refused() {
        counters.failed.increment();
    }

    int active() {
        return active.get();
    }

    WorkerCounters counters() {
        return counters;
    }

    // Enabled or not.

    List<String> disabledBecause() {
        List<String> reasons = new ArrayList<>(2);
        if (forcedOff) {
            reasons.add("the operator disabled it");
        }
        if (draining) {
            reasons.add("it is draining");
        }
        if (!engineAvailable) {
            reasons.add("the engine is not available");
        }
        if (settings.checkHashes()) {
            RootState root = root();
            if (!root.modelHashes().contains(served.name().hash())) {
                reasons.add("the root contract does not list the model " + served.name());
            }
            Optional<Int256> image = settings.ownImageHash();
            if (image.isPresent() && !root.workerHashes().contains(image.get())) {
                reasons.add("the root contract does not list the image "
                        + image.get().toHex());
            }
        }
        return reasons;
    }

    boolean isDisabled() {
        return !disabledBecause().isEmpty();
    }

    void forceOff(boolean off) {
        forcedOff = off;
    }

    void startDraining() {
        draining = true;
    }

    /** Returns whether that is news. */
    boolean engineAvailable(boolean available) {
        boolean news = engineAvailable != available;
        engineAvailable = available;
        return news;
    }

    // Price.

    int coefficient() {
        return price.current();
    }

    void coefficient(int next) {
        Price before = price;
        price = new Price(
                next, Math.min(before.current(), next), clock().instant().plus(limits().oldPriceFor()));
    }

    /** Returns the lowest coefficient that a query may carry: queries that crossed a raise on their way are not refused. */
    int lowestCoefficient() {
        Price now = price;
        return clock().instant().isBefore(now.toleratedUntil()) ? now.tolerated() : now.current();
    }

    /** Runs something later on the timer thread, unless the worker is closed by then; the result stops it. */
    Runnable later(Duration delay, Runnable task) {
        try {
            var scheduled = timer().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
            // The worker is closed: nothing is due any more.
            return () -> {};
        }
    }
}
