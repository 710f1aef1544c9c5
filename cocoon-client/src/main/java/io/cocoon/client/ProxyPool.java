package io.cocoon.client;

import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.PeerReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps connections to several proxies of the root contract ready, and spreads requests over them.
 *
 * <p>One slot per wanted proxy. A slot whose proxy fails waits longer each time and moves to a proxy that no other slot has.
 * A proxy that lied is left alone for {@link #QUARANTINE_NANOS}. Slots are guarded by the lock; the array of ready links is
 * read without it.
 */
final class ProxyPool implements ProxyLink.Keeper, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyPool.class);

    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final long QUARANTINE_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final long SWEEP_MILLIS = 500;

    private static final class Slot {
        private @Nullable HostPort target;
        private @Nullable ProxyLink link;
        private int failures;
        private @Nullable CocoonException lastFailure;
        private Optional<Attestation> lastSeen = Optional.empty();
    }

    /** What is known of one wanted proxy: the last evidence too, whose connection may have ended for another reason. */
    record LinkState(@Nullable ProxyLink link, @Nullable CocoonException failure, Optional<Attestation> seen) {}

    private final ClientContext context;
    private final Dialer dialer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Slot> slots = new ArrayList<>();
    private final Map<String, Long> quarantine = new HashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private volatile List<ProxyLink> ready = List.of();
    private volatile boolean closed;
    private @Nullable ScheduledFuture<?> sweeping;
    private @Nullable Runnable listening;
    private int paramsVersion;

    ProxyPool(ClientContext context, Dialer dialer) {
        this.context = context;
        this.dialer = dialer;
    }

    /** Begins to connect. */
    void start() {
        context.whenDisputed(dispute -> quarantine(dispute.proxy()));
        listening = context.chain().onRootChange(this::rootChanged);
        sweeping = context.scheduler()
                .scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        rootChanged(context.root());
    }

    private void rootChanged(RootState root) {
        List<ProxyLink> unwanted = new ArrayList<>();
        List<Slot> idle = new ArrayList<>();
        lock.lock();
        try {
            Set<HostPort> known = candidates(root);
            // Every contract has another address then; connections are made anew (wire dossier 4).
            boolean contractsMoved = root.params().version() != paramsVersion;
            paramsVersion = root.params().version();
            for (Slot slot : slots) {
                if (slot.target != null && !known.contains(slot.target)) {
                    if (slot.link != null) {
                        unwanted.add(slot.link);
                    }
                    slot.target = null;
                } else if (contractsMoved && slot.link != null) {
                    unwanted.add(slot.link);
                } else if (slot.target == null && slot.link == null) {
                    slot.failures = 0;
                    idle.add(slot);
                }
            }
            while (slots.size() < Math.min(context.settings().proxies(), Math.max(1, known.size()))) {
                Slot slot = new Slot();
                slots.add(slot);
                idle.add(slot);
            }
        } finally {
            lock.unlock();
        }
        idle.forEach(this::dial);
        for (ProxyLink link : unwanted) {
            link.close(new CocoonException.Capacity(
                    "root contract version " + root.version() + " no longer lists proxy " + link.proxy()
                            + ", or has new parameters, which move all contracts",
                    "send the request again; the client reconnects by itself",
                    CocoonException.NO_CODE));
        }
    }

    private static Set<HostPort> candidates(RootState root) {
        Set<HostPort> all = new java.util.LinkedHashSet<>();
        root.proxies().forEach(proxy -> all.add(proxy.clientAddress()));
        return all;
    }

    private void dial(Slot slot) {
        ProxyLink link;
        HostPort target;
        lock.lock();
        try {
            if (closed || slot.link != null) {
                return;
            }
            target = choose(slot);
            slot.target = target;
            if (target == null) {
                slot.lastFailure = new CocoonException.Capacity(
                        "no usable proxy in root contract version "
                                + context.root().version() + " (registered: "
                                + context.root().proxies().size() + ", in quarantine: " + quarantine.size() + ")",
                        "wait, or look at disputes()",
                        CocoonException.NO_CODE);
                changed.signalAll();
                retryLater(slot);
                return;
            }
            link = new ProxyLink(context, target.toString(), this);
            slot.link = link;
        } finally {
            lock.unlock();
        }
        dialer.dial(target, link).whenComplete((connection, failure) -> {
            if (failure != null) {
                link.failed(failure);
            }
        });
    }

    /** A slot stays with its proxy until it fails, then prefers one that no other slot has. */
    private @Nullable HostPort choose(Slot slot) {
        long now = System.nanoTime();
        quarantine.values().removeIf(until -> now - until >= 0);
        List<HostPort> free = new ArrayList<>(candidates(context.root()));
        free.removeIf(each -> quarantine.containsKey(each.toString()));
        for (Slot other : slots) {
            if (other != slot && other.target != null) {
                free.remove(other.target);
            }
        }
        if (slot.failures == 0 && slot.target != null && free.contains(slot.target)) {
            return slot.target;
        }
        Collections.shuffle(free, context.random());
        if (free.size() > 1 && slot.target != null) {
            free.remove(slot.target);
        }
        return free.isEmpty() ? null : free.get(0);
    }

    private void retryLater(Slot slot) {
        if (closed) {
            return;
        }
        long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(slot.failures, 7));
        long jittered = pause / 2 + (long) (context.random().nextDouble() * pause);
        slot.failures++;
        try {
            context.scheduler().schedule(() -> dial(slot), jittered, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("no reconnect: the client is closing");
        }
    }

    @Override
    public void ready(ProxyLink link) {
        lock.lock();
        try {
            List<ProxyLink> more = new ArrayList<>(ready);
            more.add(link);
            ready = List.copyOf(more);
            slotOf(link).ifPresent(slot -> {
                slot.failures = 0;
                slot.lastFailure = null;
            });
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void gone(ProxyLink link, CocoonException why) {
        lock.lock();
        try {
            List<ProxyLink> fewer = new ArrayList<>(ready);
            fewer.remove(link);
            ready = List.copyOf(fewer);
            slotOf(link).ifPresent(slot -> {
                slot.link = null;
                slot.lastFailure = why;
                slot.lastSeen = link.seen();
                retryLater(slot);
            });
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.debug("proxy {}: {}", link.proxy(), why.getMessage());
    }

    private Optional<Slot> slotOf(ProxyLink link) {
        return slots.stream().filter(slot -> slot.link == link).findFirst();
    }

    private void quarantine(String proxy) {
        List<ProxyLink> liars = new ArrayList<>();
        lock.lock();
        try {
            quarantine.put(proxy, System.nanoTime() + QUARANTINE_NANOS);
            for (Slot slot : slots) {
                if (slot.link != null && slot.link.proxy().equals(proxy)) {
                    liars.add(slot.link);
                }
            }
        } finally {
            lock.unlock();
        }
        for (ProxyLink link : liars) {
            link.close(new CocoonException.Protocol(
                    "the connection to proxy " + proxy + " was closed because it stated something untrue about money",
                    "read disputes(); the client goes on with other proxies"));
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        for (ProxyLink link : ready) {
            try {
                link.sweep(now);
            } catch (RuntimeException e) {
                LOG.warn("sweeping the requests of proxy {} failed", link.proxy(), e);
            }
        }
    }

    /** Returns what is known of each wanted proxy, by host and port. */
    Map<String, LinkState> states() {
        lock.lock();
        try {
            Map<String, LinkState> states = new java.util.TreeMap<>();
            for (Slot slot : slots) {
                states.put(String.valueOf(slot.target), new LinkState(slot.link, slot.lastFailure, slot.lastSeen));
            }
            return states;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the same for users. */
    List<ProxyConnection> connections() {
        lock.lock();
        try {
            return slots.stream()
                    .map(slot -> connection(
                            Optional.ofNullable(slot.target).map(HostPort::toString), slot.link, slot.lastFailure))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private static ProxyConnection connection(
            Optional<String> target, @Nullable ProxyLink link, @Nullable CocoonException failure) {
        Optional<String> problem = Optional.ofNullable(failure).map(CocoonException::problem);
        if (link == null || !link.isReady()) {
            Optional<PeerReport> refusal =
                    failure instanceof CocoonException.Attestation refused ? refused.report() : Optional.empty();
            return new ProxyConnection(
                    target, OptionalInt.empty(), Optional.empty(), Optional.empty(), 0, problem, refusal);
        }
        return new ProxyConnection(
                target,
                OptionalInt.of(link.version()),
                Optional.of(link.attestation()),
                Optional.of(new ProxyConnection.Account(
                        link.account().clientContract(), link.account().totals())),
                link.running(),
                problem,
                Optional.empty());
    }

    /** Returns the links that can take requests now. */
    List<ProxyLink> readyLinks() {
        return ready;
    }

    /** Returns the ready link with the fewest running requests among those that are not excluded, or null. */
    @Nullable
    ProxyLink pick(Set<String> excluded) {
        List<ProxyLink> now = ready;
        int count = now.size();
        int start = count <= 1 ? 0 : Math.floorMod(turn.getAndIncrement(), count);
        ProxyLink best = null;
        for (int i = 0; i < count; i++) {
            ProxyLink link = now.get((start + i) % count);
            if (link.isReady()
                    && !excluded.contains(link.proxy())
                    && (best == null || link.running() < best.running())) {
                best = link;
            }
        }
        return best;
    }

    /**
     * Waits for a ready link.
     *
     * @throws CocoonException if none is ready within {@code connect}, or sooner if waiting can not help
     */
    ProxyLink acquire(java.time.Duration connect) throws InterruptedException {
        @Nullable ProxyLink link = pick(Set.of());
        if (link != null) {
            return link;
        }
        long deadline = System.nanoTime() + connect.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                if (closed) {
                    throw new CocoonException.Cancelled("the client is closed", "build another one");
                }
                link = pick(Set.of());
                if (link != null) {
                    return link;
                }
                @Nullable CocoonException hopeless = hopeless();
                if (hopeless != null) {
                    throw hopeless.again();
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw noConnection(connect);
                }
                changed.await(left, TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until it is known of every wanted proxy whether it can be used, or until {@code connect} is over: for who looks at
     * all of them. One that failed for a reason that may pass is tried a second time before that counts.
     */
    void awaitTried(java.time.Duration connect) throws InterruptedException {
        long deadline = System.nanoTime() + connect.toNanos();
        lock.lockInterruptibly();
        try {
            long left = connect.toNanos();
            while (!closed && left > 0 && !slots.stream().allMatch(ProxyPool::isTried)) {
                changed.await(left, TimeUnit.NANOSECONDS);
                left = deadline - System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isTried(Slot slot) {
        boolean ready = slot.link != null && slot.link.isReady();
        return ready || isPermanent(slot.lastFailure) || slot.lastFailure != null && slot.failures > 1;
    }

    /** If every proxy was tried and each refused for a reason that time does not heal, returns one of the reasons. */
    private @Nullable CocoonException hopeless() {
        CocoonException reason = null;
        for (Slot slot : slots) {
            CocoonException last = slot.lastFailure;
            if (!isPermanent(last)) {
                return null;
            }
            reason = last;
        }
        return reason;
    }

    private static boolean isPermanent(@Nullable CocoonException failure) {
        return failure instanceof CocoonException.Attestation
                || failure instanceof CocoonException.Authorisation
                || failure instanceof CocoonException.Configuration
                || failure instanceof CocoonException.Protocol;
    }

    private CocoonException noConnection(java.time.Duration connect) {
        StringBuilder seen = new StringBuilder("no proxy was ready within " + connect.toMillis() + " ms");
        for (Slot slot : slots) {
            seen.append("; ").append(slot.target).append(": ");
            seen.append(slot.lastFailure == null ? "still connecting" : slot.lastFailure.problem());
        }
        return new CocoonException.Capacity(
                seen.toString(), "run doctor() to see which step fails", CocoonException.NO_CODE);
    }

    @Override
    public void close() {
        List<ProxyLink> open = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            for (Slot slot : slots) {
                if (slot.link != null) {
                    open.add(slot.link);
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (listening != null) {
            listening.run();
        }
        if (sweeping != null) {
            sweeping.cancel(false);
        }
        for (ProxyLink link : open) {
            link.close(new CocoonException.Cancelled("the client is closed", "build another one"));
        }
    }
}
