package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tl.Int256;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Accepts peers whose hardware evidence verifies and satisfies a policy. For every role and for both ends of a connection.
 *
 * <p>Order: what needs no collateral is checked first (kind, certificate's lifetime, form, binding to the key), so that a
 * stolen or malformed quote costs nobody a request; then collateral is asked for, with a deadline; then everything else.
 * Whatever fails, throws, or takes too long refuses.
 *
 * <p>Verdicts are reused for the same certificate under an equal policy and equal collateral, up to an age limit and never
 * beyond the first end of validity of anything that they rest on. While collateral cannot be had, a verdict that is still good
 * by policy and time goes on to count, so that a failing source does not stop peers that were verified (TEE dossier T11).
 *
 * <p>Open connections are judged anew when the policy changes, at every round of {@link Builder#recheckEvery}, and so when
 * collateral has changed or a verdict or certificate has expired; one that fails is closed with the check that failed (T3).
 *
 * <p>Thread-safe. Verification runs where {@link #judge} is called or on the executor, never on the collateral source's
 * threads. To be closed; that ends the judging of open connections, so connections have to be closed first.
 */
public final class AttestedPeers implements PeerPolicy, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(AttestedPeers.class.getName());

    private final PolicySource policy;
    private final CollateralSource collateral;
    private final TrustAnchors anchors;
    private final Clock clock;
    private final Executor executor;
    private final Duration collateralDeadline;
    private final VerdictCache cache;
    private final CollateralMemo memo = new CollateralMemo();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean rechecking = new AtomicBoolean();
    private final AtomicBoolean recheckAgain = new AtomicBoolean();
    private final Runnable endPolicy;
    private final Future<?> rounds;
    private final Optional<ScheduledExecutorService> ownScheduler;

    private AttestedPeers(Builder from, PolicySource policy, CollateralSource collateral) {
        this.policy = policy;
        this.collateral = collateral;
        this.anchors = from.anchors;
        this.clock = from.clock;
        this.executor = from.executor;
        this.collateralDeadline = from.collateralDeadline;
        this.cache = new VerdictCache(from.cacheSize, from.verdictAge);
        this.ownScheduler = from.scheduler == null ? Optional.of(scheduler()) : Optional.empty();
        ScheduledExecutorService timer = from.scheduler == null ? ownScheduler.orElseThrow() : from.scheduler;
        long every = from.recheck.toMillis();
        this.rounds = timer.scheduleWithFixedDelay(this::recheck, every, every, TimeUnit.MILLISECONDS);
        this.endPolicy = policy.onChange(this::recheck);
    }

    private static ScheduledExecutorService scheduler() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "cocoon-attestation");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** A decision, and the verdict behind it if that may be used again. */
    private record Outcome(PolicyDecision decision, VerdictCache.@Nullable Entry entry) {}

    /** An open connection. */
    private static final class Watch {
        private final PeerEvidence peer;
        private final Consumer<PolicyDecision> lapsed;
        private final AtomicBoolean judging = new AtomicBoolean();
        private volatile VerdictCache.@Nullable Entry held;

        Watch(PeerEvidence peer, VerdictCache.@Nullable Entry held, Consumer<PolicyDecision> lapsed) {
            this.peer = peer;
            this.held = held;
            this.lapsed = lapsed;
        }
    }

    @Override
    public String name() {
        return policy.current().name() + anchors.suffix();
    }

    @Override
    public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
        return decide(peer, null).thenApply(Outcome::decision);
    }

    private CompletionStage<Outcome> decide(PeerEvidence peer, VerdictCache.@Nullable Entry held) {
        AttestationPolicy now = policy.current();
        Judge judge = Judge.begin(Judge.Subject.of(peer), now, anchors, peer.time());
        Optional<Judge.Ask> ask = judge.ask();
        if (ask.isEmpty()) {
            return CompletableFuture.completedFuture(new Outcome(judge.refusal().decision(), null));
        }
        CompletableFuture<Judge.Delivered> delivered = Collaterals.fetch(collateral, ask.get(), collateralDeadline);
        if (delivered.isDone()) {
            return delivered.handle((set, failure) -> conclude(peer, now, judge, set, failure, held));
        }
        return delivered.handleAsync((set, failure) -> conclude(peer, now, judge, set, failure, held), executor);
    }

    private Outcome conclude(
            PeerEvidence peer,
            AttestationPolicy current,
            Judge judge,
            Judge.@Nullable Delivered set,
            @Nullable Throwable failure,
            VerdictCache.@Nullable Entry held) {
        Instant now = clock.instant();
        Int256 certificate = VerdictCache.fingerprint(peer.certificate());
        VerdictCache.Entry hit = held != null && cache.isGood(held, current, set, now)
                ? held
                : cache.get(certificate, current, set, now);
        if (hit != null) {
            return new Outcome(reused(hit, set == null), hit);
        }
        if (set == null) {
            return new Outcome(
                    Collaterals.refusal(judge, failure, collateralDeadline).decision(), null);
        }
        Judge.Verdict verdict = judge.finish(set, memo);
        if (verdict.decision().accepted().isEmpty()) {
            return new Outcome(verdict.decision(), null);
        }
        VerdictCache.Entry entry = new VerdictCache.Entry(peer.key(), current, set, verdict, peer.time());
        cache.put(certificate, entry);
        return new Outcome(verdict.decision(), entry);
    }

    private PolicyDecision reused(VerdictCache.Entry hit, boolean withoutCollateral) {
        PolicyDecision first = hit.verdict().decision();
        List<AttestationCheck> checks = new ArrayList<>(first.checks());
        checks.add(AttestationCheck.notApplicable(
                "verdict.cache",
                "the verdict of " + hit.judged() + " for the same certificate, policy and collateral, good until "
                        + cache.goodUntil(hit)
                        + (withoutCollateral
                                ? "; the collateral source did not answer, so that newer collateral is unknown"
                                : ""),
                "TEE dossier 7.8"));
        return new PolicyDecision(first.accepted(), first.imageHash(), checks);
    }

    @Override
    public Runnable watch(PeerEvidence peer, Consumer<PolicyDecision> lapsed) {
        AttestationPolicy current = policy.current();
        VerdictCache.Entry held =
                cache.get(VerdictCache.fingerprint(peer.certificate()), current, null, clock.instant());
        Watch watch = new Watch(peer, held, lapsed);
        watches.add(watch);
        // A policy that changed before this line was not told to the watch; what the cache knows no more is judged
        // anew.
        if (held == null || policy.current() != current) {
            executor.execute(() -> recheck(watch));
        }
        return () -> watches.remove(watch);
    }

    /** Returns how many open connections are judged anew from time to time. */
    public int watched() {
        return watches.size();
    }

    /** Judges all open connections again, now and in the background. Called by itself; for operators who want it at once. */
    public void recheck() {
        recheckAgain.set(true);
        if (!rechecking.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(() -> {
                while (recheckAgain.getAndSet(false)) {
                    watches.forEach(this::recheck);
                }
                rechecking.set(false);
                if (recheckAgain.get()) {
                    recheck();
                }
            });
        } catch (RejectedExecutionException e) {
            rechecking.set(false);
            LOG.log(System.Logger.Level.WARNING, "open connections could not be judged anew: the executor is full", e);
        }
    }

    private void recheck(Watch watch) {
        if (!watch.judging.compareAndSet(false, true)) {
            return;
        }
        CompletionStage<Outcome> outcome;
        AttestationPolicy before;
        try {
            before = policy.current();
            outcome = decide(watch.peer.at(clock.instant()), watch.held);
        } catch (RuntimeException e) {
            lapse(watch, failed(e));
            return;
        }
        outcome.whenComplete((reached, failure) -> {
            watch.judging.set(false);
            if (reached == null) {
                lapse(watch, failed(failure));
            } else if (reached.decision().accepted().isEmpty()) {
                lapse(watch, reached.decision());
            } else {
                watch.held = reached.entry();
                if (policy.current() != before) {
                    // Changed while this was judged, when the change could not begin another one.
                    executor.execute(() -> recheck(watch));
                }
            }
        });
    }

    private static PolicyDecision failed(@Nullable Throwable failure) {
        return PolicyDecision.refuse(List.of(AttestationCheck.failed(
                "policy.failed",
                "VERIFIER_FAILED",
                "judging an open connection anew failed: " + failure,
                "a verdict",
                "fail closed",
                "see the log of this process; connect again")));
    }

    private void lapse(Watch watch, PolicyDecision refusal) {
        if (watches.remove(watch)) {
            watch.lapsed.accept(refusal);
        }
    }

    /**
     * Collects everything that a verdict about this peer rests on, so that it can be reached again later, without a network.
     *
     * @return the bundle, without collateral if that could not be had
     */
    public CompletionStage<EvidenceBundle> bundle(PeerEvidence peer, boolean shownByClient) {
        return EvidenceBundle.collect(
                new EvidenceBundle.Subject.Certificate(peer.certificate(), shownByClient),
                policy.current(),
                peer.time(),
                collateral,
                collateralDeadline);
    }

    /** Ends the rounds and forgets all verdicts. The collateral source stays open. */
    @Override
    public void close() {
        endPolicy.run();
        rounds.cancel(false);
        ownScheduler.ifPresent(ScheduledExecutorService::shutdownNow);
        watches.clear();
        cache.clear();
    }

    int cached() {
        return cache.size();
    }

    /** Builds {@link AttestedPeers}. Not thread-safe. */
    public static final class Builder {

        /** Longest age of a verdict that can be set: TEE dossier 7.8. */
        public static final Duration MAX_VERDICT_AGE = Duration.ofHours(24);

        private @Nullable PolicySource policy;
        private @Nullable CollateralSource collateral;
        private TrustAnchors anchors = TrustAnchors.genuine();
        private Clock clock = Clock.systemUTC();
        private Executor executor = ForkJoinPool.commonPool();
        private @Nullable ScheduledExecutorService scheduler;
        private Duration collateralDeadline = Duration.ofSeconds(10);
        private Duration verdictAge = Duration.ofHours(1);
        private Duration recheck = Duration.ofMinutes(1);
        private int cacheSize = 10_000;

        private Builder() {}

        /** Sets what peers have to prove. Required. */
        public Builder policy(AttestationPolicy value) {
            return policy(PolicySource.fixed(value));
        }

        /** Sets what peers have to prove, when that may change. */
        public Builder policy(PolicySource value) {
            policy = value;
            return this;
        }

        /** Sets where collateral comes from; stays the caller's. Required. */
        public Builder collateral(CollateralSource value) {
            collateral = value;
            return this;
        }

        /** Sets whose signatures count; those of Intel and AMD by default. */
        public Builder trust(TrustAnchors value) {
            anchors = value;
            return this;
        }

        /** Sets the clock that ages verdicts and judges open connections. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** Sets where evidence is verified when collateral had to be waited for; the common pool by default. */
        public Builder executor(Executor value) {
            executor = value;
            return this;
        }

        /** Sets what begins the rounds; stays the caller's. By default a thread of its own. */
        public Builder scheduler(ScheduledExecutorService value) {
            scheduler = value;
            return this;
        }

        /** Sets how long a peer waits for collateral at most; 10 seconds by default. */
        public Builder collateralDeadline(Duration value) {
            collateralDeadline = positive("the deadline for collateral", value);
            return this;
        }

        /** Sets how old a verdict may become, at most 24 hours; one hour by default. */
        public Builder verdictAge(Duration value) {
            if (positive("the age of a verdict", value).compareTo(MAX_VERDICT_AGE) > 0) {
                throw new IllegalArgumentException("a verdict may be used for 24 hours at most, got " + value);
            }
            verdictAge = value;
            return this;
        }

        /** Sets how often open connections are judged anew; every minute by default. */
        public Builder recheckEvery(Duration value) {
            recheck = positive("the time between rounds", value);
            return this;
        }

        /** Sets how many verdicts are kept, 1 to 1,000,000; 10,000 by default. */
        public Builder cacheSize(int value) {
            if (value < 1 || value > 1_000_000) {
                throw new IllegalArgumentException("1 to 1,000,000 verdicts, got " + value);
            }
            cacheSize = value;
            return this;
        }

        private static Duration positive(String what, Duration value) {
            if (value.toMillis() < 1) {
                throw new IllegalArgumentException(what + " is at least a millisecond, got " + value);
            }
            return value;
        }

        /**
         * Makes the policy.
         *
         * @throws IllegalStateException if policy or collateral source are missing
         */
        public AttestedPeers build() {
            PolicySource demanded = policy;
            CollateralSource source = collateral;
            if (demanded == null || source == null) {
                throw new IllegalStateException(
                        "attested peers need " + (demanded == null ? "a policy" : "a collateral source"));
            }
            return new AttestedPeers(this, demanded, source);
        }
    }
}
