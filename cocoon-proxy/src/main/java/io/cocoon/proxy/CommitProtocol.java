package io.cocoon.proxy;

import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The two-stage commit as a state machine without I/O (payments dossier 14.2): which sequence numbers are written, which of
 * them wait to be seen on the chain, and what follows from what is seen.
 *
 * <p>Why it finds an old or a second copy of a database: each process start makes a new session hash and writes it down
 * before it sends it. A save_state of our own wallet that is not written down here was sent by a process that has a newer
 * or another database.
 *
 * <p>Not thread-safe.
 */
final class CommitProtocol {

    /**
     * What has to be on the disk.
     *
     * @param seqno the last that was used; 0 before the first start
     * @param time logical time of the last transaction that was seen; 0 if none was
     * @param pending sequence numbers that may be on the chain, with their sessions' hashes
     */
    record State(int seqno, long time, NavigableMap<Integer, Int256> pending) {

        static final State NEW = new State(0, 0, new TreeMap<>());

        State {
            pending = Collections.unmodifiableNavigableMap(new TreeMap<>(pending));
        }
    }

    /**
     * How long it is from one save_state to the next: a random time in these bounds, so that it says nothing about queries.
     */
    record Pace(Duration least, Duration most) {

        /** Each costs about 0.0025 TON (payments dossier H54). */
        static final Pace OF_CHAIN = new Pace(Duration.ofSeconds(30), Duration.ofSeconds(60));

        /** Whenever asked. */
        static final Pace NONE = new Pace(Duration.ZERO, Duration.ZERO);

        Pace {
            if (least.isNegative() || least.compareTo(most) > 0) {
                throw new IllegalArgumentException("0 <= least <= most, got " + least + " and " + most);
            }
        }

        private Duration draw(RandomGenerator random) {
            return least.plusNanos((long) (most.minus(least).toNanos() * random.nextDouble()));
        }
    }

    /** What a save_state that was seen means. */
    sealed interface Verdict {
        /** Nothing: seen before, or a stranger's. */
        record Nothing() implements Verdict {}

        /** An earlier session's; it waits no more. */
        record Cleared() implements Verdict {}

        /** This session's: what was written when this number was taken may be signed. */
        record Confirmed(int seqno) implements Verdict {}

        /** Somebody else has this key, or this database is old: stop. */
        record Alarm(String text) implements Verdict {}
    }

    private static final int NONE = 0;

    private final Int256 session;
    private final Address wallet;
    private final Clock clock;
    private final RandomGenerator random;
    private final Pace pace;
    private final TreeMap<Integer, Int256> pending;
    private int seqno;
    private long time;
    private int inFlight = NONE;
    private boolean isStarted;
    private Instant due;

    /**
     * Begins a session. {@link #state} has to be on the disk before anything else is done, then {@link #inFlight} is sent.
     *
     * @param session 256 random bits that no other process start has
     */
    CommitProtocol(State loaded, Int256 session, Address wallet, Clock clock, RandomGenerator random, Pace pace) {
        this.session = session;
        this.wallet = wallet;
        this.clock = clock;
        this.random = random;
        this.pace = pace;
        seqno = loaded.seqno;
        time = loaded.time;
        pending = new TreeMap<>(loaded.pending);
        due = clock.instant();
        takeForSave();
    }

    State state() {
        return new State(seqno, time, pending);
    }

    Int256 session() {
        return session;
    }

    /** Returns the number that was sent or is to be sent and has not been seen; 0 if there is none. */
    int inFlight() {
        return inFlight;
    }

    /** Returns whether this session's first save_state has been seen; nothing may be admitted or signed before. */
    boolean isStarted() {
        return isStarted;
    }

    /** Returns whether the next save_state is to be sent: it is time, and none is on its way. */
    boolean isDue() {
        return isStarted && inFlight == NONE && !clock.instant().isBefore(due);
    }

    /** Takes a sequence number for a write. */
    int take() {
        if (seqno == Integer.MAX_VALUE) {
            throw new IllegalStateException("the ledger's sequence numbers are used up at " + seqno
                    + "; move the proxy to a new contract and a new ledger");
        }
        return ++seqno;
    }

    /** Takes one for a write that is to be sent afterwards; never one that was used before (payments dossier H47). */
    int takeForSave() {
        inFlight = take();
        pending.put(inFlight, session);
        due = clock.instant().plus(pace.draw(random));
        return inFlight;
    }

    /** The proxy has another contract, which has seen nothing: it begins as at a start, with a new number. */
    void moved() {
        isStarted = false;
        time = 0;
        takeForSave();
    }

    /** A transaction of the proxy's contract was seen. After an alarm nothing else may be called. */
    Verdict seen(SavedState saved) {
        if (saved.time() <= time) {
            return new Verdict.Nothing();
        }
        time = saved.time();
        if (!saved.sender().equals(wallet)) {
            return new Verdict.Nothing();
        }
        Int256 ours = pending.get(saved.seqno());
        if (ours == null || !ours.equals(saved.sessionHash())) {
            return new Verdict.Alarm(alarm(saved));
        }
        pending.headMap(saved.seqno(), true).clear();
        if (!ours.equals(session)) {
            return new Verdict.Cleared();
        }
        if (inFlight <= saved.seqno()) {
            inFlight = NONE;
        }
        isStarted = true;
        return new Verdict.Confirmed(saved.seqno());
    }

    private String alarm(SavedState saved) {
        String seen =
                "the chain shows a save_state of this proxy's wallet with sequence number %d and session %s…, which is not written in this ledger (its last number is %d)"
                        .formatted(saved.seqno(), saved.sessionHash().toHex().substring(0, 16), seqno);
        return isStarted
                ? seen
                        + ": two proxies use this key. Stop the other one, find out whose it is, and start again with the"
                        + " database that is newest"
                : seen
                        + ": this database is older than what the chain saw, or a second proxy uses this key. Restore the"
                        + " newest database; do not delete it, clients and workers hold payments that it knows";
    }
}
