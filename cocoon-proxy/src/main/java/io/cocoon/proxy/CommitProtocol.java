package io.cocoon.proxy;

import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

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
     * @param last transaction that was seen; {@link TransactionId#NONE} if none was
     * @param pending sequence numbers that may be on the chain and were not seen there, with their sessions' hashes
     */
    record State(int seqno, TransactionId last, NavigableMap<Integer, Int256> pending) {

        static final State NEW = new State(0, TransactionId.NONE, new TreeMap<>());

        State {
            pending = Collections.unmodifiableNavigableMap(new TreeMap<>(pending));
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

    /**
     * With so many numbers unconfirmed no further one is taken: each start leaves one behind that never arrives, and the head
     * must not grow without end. The ledger waits then until the chain shows one of them.
     */
    static final int MAX_PENDING = 1000;

    /**
     * How many numbers that a higher one has overtaken are kept: most of them were never sent, but a wallet may send one late, and
     * that must not look like another database. The reference keeps none, and stops then.
     */
    static final int MAX_OVERTAKEN = 32;

    private static final int NONE = 0;

    private final Int256 session;
    private final Address wallet;
    private final TreeMap<Integer, Int256> pending;
    private int seqno;
    private TransactionId last;
    private int inFlight = NONE;
    private boolean isStarted;

    /**
     * Goes on from what was on the disk. Nothing is taken before {@link #take}, so that what the chain shows can be looked at
     * first.
     *
     * @param session 256 random bits that no other process start has
     */
    CommitProtocol(State loaded, Int256 session, Address wallet) {
        this.session = session;
        this.wallet = wallet;
        seqno = loaded.seqno;
        last = loaded.last;
        pending = new TreeMap<>(loaded.pending);
    }

    State state() {
        return new State(seqno, last, pending);
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

    /** Returns whether a save_state may be sent: none is on its way, and there is room for one more that is never seen. */
    boolean isFree() {
        return inFlight == NONE && pending.size() < MAX_PENDING;
    }

    /**
     * Takes the next number for a save_state; never one that was used before (payments dossier H47). To be called when it is
     * {@linkplain #isFree free}; the state has to be on the disk before the number is sent.
     */
    int take() {
        if (seqno == Integer.MAX_VALUE) {
            throw new IllegalStateException("the ledger's sequence numbers are used up at " + seqno
                    + "; move the proxy to a new contract and a new ledger");
        }
        inFlight = ++seqno;
        pending.put(inFlight, session);
        return inFlight;
    }

    /** The proxy has another contract, which has seen nothing: a new start follows. */
    void moved() {
        isStarted = false;
        inFlight = NONE;
        last = TransactionId.NONE;
    }

    /** A transaction of the proxy's contract was seen. After an alarm nothing else may be called. */
    Verdict seen(SavedState saved) {
        if (Long.compareUnsigned(saved.transaction().lt(), last.lt()) <= 0) {
            return new Verdict.Nothing();
        }
        last = saved.transaction();
        if (!saved.sender().equals(wallet)) {
            return new Verdict.Nothing();
        }
        Int256 ours = pending.get(saved.seqno());
        if (ours == null || !ours.equals(saved.sessionHash())) {
            return new Verdict.Alarm(alarm(saved));
        }
        pending.remove(saved.seqno());
        NavigableMap<Integer, Int256> overtaken = pending.headMap(saved.seqno(), false);
        while (overtaken.size() > MAX_OVERTAKEN) {
            overtaken.pollFirstEntry();
        }
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
                "the chain shows a save_state of this proxy's wallet with sequence number %d and session %s…, in the transaction with logical time %s; this ledger has used the numbers to %d and waits for %s"
                        .formatted(
                                saved.seqno(),
                                start(saved.sessionHash()),
                                Long.toUnsignedString(saved.transaction().lt()),
                                seqno,
                                waitsFor(saved.seqno()));
        return isStarted
                ? seen
                        + ". Two proxies use this key: stop the other one, find out whose it is, and start again with the"
                        + " database that is newest"
                : seen
                        + ". This database is older than what the chain saw, or a second proxy uses this key. Restore the"
                        + " newest database; do not delete it, clients and workers hold payments that it knows";
    }

    private String waitsFor(int number) {
        Int256 ours = pending.get(number);
        return ours == null ? "none of this number" : "this number of session " + start(ours) + "…";
    }

    private static String start(Int256 session) {
        return session.toHex().substring(0, 16);
    }
}
