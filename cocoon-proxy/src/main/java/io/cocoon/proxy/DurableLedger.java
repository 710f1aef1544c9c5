package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.CommitProtocol.Pace;
import io.cocoon.proxy.CommitProtocol.State;
import io.cocoon.proxy.CommitProtocol.Verdict;
import io.cocoon.proxy.LedgerBook.Change;
import io.cocoon.proxy.LedgerBook.Written;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger that survives the process (payments dossier 14.2 and 14.3). Queries touch memory only; {@link #flush} writes all
 * lines that changed in one transaction, so the set of changed lines is the queue, and is bounded by the contracts.
 *
 * <p>The order that keeps money safe: a total is written, then {@code db} grows; a save_state's number and session are
 * written, then it is sent; it is seen on the chain, then {@code signed} grows up to what was written before its number.
 *
 * <p>Locks, in this order: {@code writing}, held while the disk works, never by an event loop; the monitor of {@code protocol};
 * that of the book.
 */
final class DurableLedger implements Ledger {

    private static final Logger LOG = LoggerFactory.getLogger(DurableLedger.class);

    /** Time, and what no other process may guess or repeat. */
    record Chance(Clock clock, SecureRandom secure, Pace pace) {}

    /** What may be signed when a number is confirmed. */
    private record Awaited(int seqno, List<Written> written) {}

    private final ReentrantLock writing = new ReentrantLock();
    private final LedgerStore store;
    private final LedgerRecords records;
    private final LedgerBook book;
    private final StateSaver saver;
    private final CommitProtocol protocol;
    private LedgerIdentity identity;
    private @Nullable Awaited awaited;
    private volatile boolean isClosed;
    private volatile boolean isStarted;
    private volatile @Nullable LedgerStoppedException stopped;

    private DurableLedger(
            LedgerStore store,
            LedgerRecords records,
            LedgerBook book,
            StateSaver saver,
            CommitProtocol protocol,
            LedgerIdentity identity) {
        this.store = store;
        this.records = records;
        this.book = book;
        this.saver = saver;
        this.protocol = protocol;
        this.identity = identity;
    }

    /** Does {@link Ledger#open} with a store, which it closes, also if it fails. */
    static DurableLedger open(
            LedgerStore store, LedgerIdentity identity, Ed25519Key machineKey, StateSaver saver, Chance chance)
            throws IOException {
        try {
            LedgerRecords records = new LedgerRecords(machineKey);
            LedgerBook book = new LedgerBook();
            State loaded = load(store, identity, records, book);
            if (loaded.pending().size() >= LedgerRecords.MAX_PENDING) {
                throw new IOException(
                        "%d starts of this proxy were never confirmed on the chain; find out why its wallet's messages do not arrive"
                                .formatted(loaded.pending().size()));
            }
            byte[] session = new byte[Int256.BYTES];
            chance.secure.nextBytes(session);
            CommitProtocol protocol = new CommitProtocol(
                    loaded, Int256.of(session), saver.wallet(), chance.clock, chance.secure, chance.pace);
            DurableLedger ledger = new DurableLedger(store, records, book, saver, protocol, identity);
            ledger.start(loaded.time());
            return ledger;
        } catch (IOException | RuntimeException e) {
            try {
                store.close();
            } catch (IOException close) {
                e.addSuppressed(close);
            }
            throw e;
        }
    }

    private static State load(LedgerStore store, LedgerIdentity identity, LedgerRecords records, LedgerBook book)
            throws IOException {
        try {
            Optional<Bytes> head = store.head();
            if (head.isEmpty()) {
                return State.NEW;
            }
            LedgerRecords.UncheckedHead unchecked = LedgerRecords.readHead(head.get());
            LedgerIdentity found = unchecked.head().identity();
            if (!found.equals(identity)) {
                throw new IOException(found.differenceFrom(identity));
            }
            store.rows(row -> {
                LedgerRecords.Line line = records.read(row);
                book.load(line.side(), line.contract(), line.tokens(), line.seqno());
            });
            records.check(unchecked);
            return unchecked.head().state();
        } catch (IOException e) {
            throw new IOException(
                    "the ledger was not opened: " + e.getMessage()
                            + ". Nothing was changed; use the folder that belongs to this proxy, undamaged and newest",
                    e);
        }
    }

    /** The start of this process is on the disk before anything else happens. */
    private void start(long after) throws IOException {
        store.write(records.writeHead(identity, protocol.state()), List.of());
        synchronized (protocol) {
            awaited = new Awaited(protocol.inFlight(), book.unconfirmed());
        }
        saver.follow(after, this::seen);
        // The replay may have told of a newer database.
        throwIfStopped();
        save();
    }

    private void save() {
        int seqno;
        synchronized (protocol) {
            seqno = protocol.inFlight();
        }
        try {
            saver.save(seqno, protocol.session());
        } catch (RuntimeException e) {
            stop(
                    "save_state with sequence number " + seqno + " could not be sent: " + e.getMessage()
                            + "; find out why and start the proxy again",
                    e);
        }
        throwIfStopped();
    }

    private void seen(SavedState saved) {
        synchronized (protocol) {
            if (stopped != null || isClosed) {
                return;
            }
            Verdict verdict = protocol.seen(saved);
            if (verdict instanceof Verdict.Alarm alarm) {
                stop(alarm.text(), null);
            } else if (verdict instanceof Verdict.Confirmed confirmed) {
                Awaited waiting = awaited;
                if (waiting != null && waiting.seqno == confirmed.seqno()) {
                    book.confirmed(waiting.written);
                    awaited = null;
                }
                isStarted = protocol.isStarted();
            }
        }
    }

    /**
     * The chain has charged a client or paid a worker. More than is written down means that the database is old (payments
     * dossier 14.3, I3).
     */
    void seenOnChain(Side side, Address contract, long tokens) {
        long db = totals(side, contract).db();
        if (tokens > db) {
            stop(
                    "the chain knows %d tokens of the %s contract %s, this ledger has written %d: this database is older than what the chain saw. Restore the newest database"
                            .formatted(tokens, side == Side.CLIENT ? "client" : "worker", contract, db),
                    null);
        }
    }

    private synchronized void stop(String why, @Nullable Throwable cause) {
        if (stopped == null) {
            LedgerStoppedException reason = new LedgerStoppedException("the ledger has stopped: " + why, cause);
            stopped = reason;
            LOG.error(reason.getMessage());
        }
    }

    private void throwIfStopped() {
        LedgerStoppedException reason = stopped;
        if (reason != null) {
            throw new LedgerStoppedException(String.valueOf(reason.getMessage()), reason);
        }
    }

    @Override
    public boolean isOpen() {
        return isStarted && stopped == null && !isClosed;
    }

    @Override
    public Totals totals(Side side, Address contract) {
        return book.totals(side, contract);
    }

    @Override
    public long reserved(Address clientContract) {
        return book.reserved(clientContract);
    }

    @Override
    public Optional<Reservation> reserve(Address clientContract, long tokens, long limit) {
        if (tokens >= 0 && !isOpen()) {
            return Optional.empty();
        }
        return book.reserve(clientContract, tokens, limit);
    }

    @Override
    public void flush() {
        writing.lock();
        try {
            throwIfUnusable();
            List<Change> changes = book.changes();
            if (!changes.isEmpty()) {
                int seqno;
                State state;
                synchronized (protocol) {
                    seqno = protocol.take();
                    state = protocol.state();
                }
                write(state, changes, seqno);
            }
        } finally {
            writing.unlock();
        }
    }

    private void write(State state, List<Change> changes, int seqno) {
        try {
            List<Row> rows = new ArrayList<>(changes.size());
            for (Change change : changes) {
                rows.add(records.write(change, seqno));
            }
            store.write(records.writeHead(identity, state), rows);
        } catch (IOException | RuntimeException e) {
            stop(
                    "totals could not be written: " + e.getMessage()
                            + ". Whether they are on the disk is unknown; free or repair the disk and start the proxy again",
                    e);
            throwIfStopped();
        }
        book.written(changes, seqno);
    }

    @Override
    public void commit() {
        writing.lock();
        try {
            throwIfUnusable();
            State state;
            synchronized (protocol) {
                if (!protocol.isDue()) {
                    return;
                }
                awaited = new Awaited(protocol.takeForSave(), book.unconfirmed());
                state = protocol.state();
            }
            write(state, List.of(), state.seqno());
            save();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void proxyMoved(Address proxyContract) {
        writing.lock();
        try {
            throwIfUnusable();
            State state;
            synchronized (protocol) {
                protocol.moved();
                isStarted = false;
                awaited = new Awaited(protocol.inFlight(), book.unconfirmed());
                state = protocol.state();
            }
            identity = new LedgerIdentity(identity.root(), proxyContract, identity.machineKey());
            write(state, List.of(), state.seqno());
            save();
        } finally {
            writing.unlock();
        }
    }

    private void throwIfUnusable() {
        throwIfStopped();
        if (isClosed) {
            throw new LedgerStoppedException("the ledger is closed", null);
        }
    }

    @Override
    public void close() {
        writing.lock();
        try {
            if (isClosed) {
                return;
            }
            try {
                if (stopped == null) {
                    flush();
                }
            } finally {
                isClosed = true;
                store.close();
            }
        } catch (IOException e) {
            throw new LedgerStoppedException("the ledger's files could not be closed: " + e.getMessage(), e);
        } finally {
            writing.unlock();
        }
    }
}
