package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.CommitProtocol.State;
import io.cocoon.proxy.CommitProtocol.Verdict;
import io.cocoon.proxy.LedgerBook.Change;
import io.cocoon.proxy.LedgerBook.Written;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.store.DiskFailure;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger that survives the process (payments dossier 14.2 and 14.3). Queries touch memory only; one thread, the writer, has the
 * disk. While it forces one group of lines to the disk the next group gathers: the set of changed lines is the queue, and is
 * bounded by the contracts.
 *
 * <p>The order that keeps money safe: a total is written, then {@code db} grows and peers are told; a save_state's number and
 * session are written, then it is sent; it is seen on the chain, then {@code signed} grows up to what was written before its
 * number.
 *
 * <p>Locks are held for memory accesses only, never while the disk or the chain works: the monitor of {@code protocol}, and inside
 * it that of the book or this ledger's.
 */
final class DurableLedger implements Ledger {

    private static final Logger LOG = LoggerFactory.getLogger(DurableLedger.class);

    /**
     * What a ledger needs besides its store and the chain.
     *
     * @param secure for what no other process may guess or repeat
     * @param catchUp how long the chain may take at the start to show what it has
     * @param writer runs one task at a time, in order; the ledger shuts it down
     */
    record Parts(SecureRandom secure, Duration catchUp, ExecutorService writer) {}

    /** What may be signed when a number is confirmed. */
    private record Awaited(int seqno, List<Written> written) {}

    /** What was found in the store. */
    private record Loaded(Address proxy, State state) {}

    private final LedgerStore store;
    private final LedgerRecords records;
    private final LedgerBook book;
    private final StateSaver saver;
    private final CommitProtocol protocol;
    private final LedgerIdentity identity;
    private final LedgerSteps steps;
    private @Nullable Awaited awaited;
    private volatile Address proxy;
    private volatile boolean isClosed;
    private volatile boolean isStarted;
    private volatile @Nullable LedgerStoppedException stopped;

    private DurableLedger(
            LedgerStore store,
            LedgerRecords records,
            LedgerBook book,
            StateSaver saver,
            CommitProtocol protocol,
            LedgerIdentity identity,
            Address proxy,
            ExecutorService writer) {
        this.store = store;
        this.records = records;
        this.book = book;
        this.saver = saver;
        this.protocol = protocol;
        this.identity = identity;
        this.proxy = proxy;
        this.steps = new LedgerSteps(writer, fault -> stop(fault + "; start the proxy again", fault));
    }

    /**
     * Opens the ledger in a store, or begins one in a store that has none. When this returns, the chain knows no newer database,
     * and the start of this process is written down and handed to {@code saver}.
     *
     * @param store is closed with the ledger, and if this fails
     * @param identity whose it is; another one's is refused
     * @param proxy the proxy's contract now; may be another one than when the ledger was last open
     * @param machineKey of the proxy: codes over all records are made with it
     * @throws IOException if the store cannot be read or written, belongs to another proxy or network, its content is damaged or
     *     was changed, or the chain cannot be read
     * @throws LedgerStoppedException if the chain knows a newer database, or the first save_state cannot be sent
     */
    static DurableLedger open(
            LedgerStore store,
            LedgerIdentity identity,
            Address proxy,
            Ed25519Key machineKey,
            StateSaver saver,
            Parts parts)
            throws IOException {
        try {
            LedgerRecords records = new LedgerRecords(machineKey);
            LedgerBook book = new LedgerBook();
            Loaded loaded = load(store, identity, proxy, records, book);
            byte[] session = new byte[Int256.BYTES];
            parts.secure.nextBytes(session);
            CommitProtocol protocol = new CommitProtocol(loaded.state, Int256.of(session), saver.wallet());
            DurableLedger ledger =
                    new DurableLedger(store, records, book, saver, protocol, identity, loaded.proxy, parts.writer);
            ledger.start(proxy, loaded.state.last(), parts.catchUp);
            return ledger;
        } catch (IOException | RuntimeException e) {
            parts.writer.shutdown();
            try {
                store.close();
            } catch (IOException close) {
                e.addSuppressed(close);
            }
            throw e;
        }
    }

    private static Loaded load(
            LedgerStore store, LedgerIdentity identity, Address proxy, LedgerRecords records, LedgerBook book)
            throws IOException {
        try {
            Optional<Bytes> head = store.head();
            if (head.isEmpty()) {
                return new Loaded(proxy, State.NEW);
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
            return new Loaded(unchecked.head().proxy(), unchecked.head().state());
        } catch (IOException e) {
            throw new IOException(
                    "the ledger was not opened: " + DiskFailure.inWords(e)
                            + ". Nothing was changed; use the folder that belongs to this proxy, undamaged and newest",
                    e);
        }
    }

    /**
     * The chain is looked at first, where the ledger was last open and where the proxy is now; nothing is written before it is
     * known that no newer database was used. Then the start of this process is on the disk before it is sent.
     */
    private void start(Address now, TransactionId last, Duration catchUp) throws IOException {
        catchUp(last, catchUp);
        if (move(now)) {
            catchUp(TransactionId.NONE, catchUp);
        }
        begin();
    }

    private void catchUp(TransactionId after, Duration atMost) throws IOException {
        String what = "what the proxy contract " + proxy + " has received";
        try {
            follow(after).toCompletableFuture().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IOException(what + " cannot be read: " + e.getCause() + unknown(), e);
        } catch (TimeoutException e) {
            throw new IOException(what + " was not known after " + atMost.toSeconds() + " s" + unknown(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading " + what, e);
        }
        throwIfStopped();
    }

    private static String unknown() {
        return ". Nothing was changed; without the chain it is unknown whether this database is the newest, so start"
                + " the proxy again when the chain can be read";
    }

    private CompletionStage<Void> follow(TransactionId after) {
        Address contract = proxy;
        return saver.follow(contract, after, saved -> seen(contract, saved));
    }

    /** @return whether the contract is another one than before */
    private boolean move(Address contract) {
        synchronized (protocol) {
            if (contract.equals(proxy)) {
                return false;
            }
            LOG.info("the ledger moves from the proxy contract {} to {}", proxy, contract);
            protocol.moved();
            isStarted = false;
            awaited = null;
            proxy = contract;
            return true;
        }
    }

    private void begin() {
        int seqno;
        synchronized (protocol) {
            if (protocol.inFlight() != 0) {
                // A commit was faster, after the move.
                return;
            }
            if (!protocol.isFree()) {
                LOG.warn(
                        "{} numbers wait to be seen on the chain; this proxy admits nothing until one is. See whether"
                                + " its wallet {} can pay",
                        protocol.state().pending().size(),
                        saver.wallet());
                return;
            }
            seqno = protocol.take();
        }
        writeAndSave(seqno);
    }

    private void seen(Address contract, SavedState saved) {
        synchronized (protocol) {
            if (stopped != null || isClosed || !contract.equals(proxy)) {
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

    @Override
    public void seenOnChain(Side side, Address contract, long tokens) {
        long db = totals(side, contract).db();
        if (tokens < 0 || tokens > db) {
            stop(
                    "the chain knows %s tokens of the %s contract %s, this ledger has written %d: this database is older than what the chain saw, or a second proxy uses this key. Restore the newest database"
                            .formatted(
                                    Long.toUnsignedString(tokens),
                                    side == Side.CLIENT ? "client" : "worker",
                                    contract,
                                    db),
                    null);
        }
    }

    private synchronized LedgerStoppedException stop(String why, @Nullable Throwable cause) {
        LedgerStoppedException reason = stopped;
        if (reason == null) {
            reason = new LedgerStoppedException("the ledger has stopped: " + why, cause);
            stopped = reason;
        }
        return reason;
    }

    private void throwIfStopped() {
        LedgerStoppedException reason = stopped;
        if (reason != null) {
            throw reason;
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
    public Set<Address> contracts(Side side) {
        return book.contracts(side);
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
    public CompletionStage<Void> flush() {
        LedgerStoppedException reason = stopped;
        if (reason != null) {
            return CompletableFuture.failedFuture(reason);
        }
        if (book.isWritten()) {
            return CompletableFuture.completedFuture(null);
        }
        return steps.nextGroup(() -> {
            throwIfStopped();
            write();
        });
    }

    @Override
    public CompletionStage<Void> commit() {
        return steps.next(() -> {
            throwIfStopped();
            int seqno;
            synchronized (protocol) {
                if (!protocol.isFree() || (protocol.isStarted() && book.isConfirmed())) {
                    return;
                }
                seqno = protocol.take();
            }
            writeAndSave(seqno);
        });
    }

    @Override
    public CompletionStage<Void> proxyMoved(Address proxyContract) {
        if (!move(proxyContract)) {
            return CompletableFuture.completedFuture(null);
        }
        return steps.next(() -> {
            throwIfStopped();
            // This session has caught up already; what follows is in order, whenever it comes.
            follow(TransactionId.NONE).whenComplete((done, failure) -> {
                if (failure != null) {
                    stop(
                            "the proxy's new contract cannot be followed: " + failure + "; start the proxy again",
                            failure);
                }
            });
            begin();
        });
    }

    /** Writes what has changed, if anything has. */
    private void write() {
        List<Change> changes = book.changes();
        if (!changes.isEmpty()) {
            write(changes);
        }
    }

    private void write(List<Change> changes) {
        State state;
        Address contract;
        synchronized (protocol) {
            state = protocol.state();
            contract = proxy;
        }
        try {
            List<Row> rows = new ArrayList<>(changes.size());
            for (Change change : changes) {
                rows.add(records.write(change, state.seqno()));
            }
            store.write(records.writeHead(identity, contract, state), rows);
        } catch (IOException | RuntimeException e) {
            throw stop(
                    "totals could not be written: " + e.getMessage()
                            + ". Whether they are on the disk is unknown; free or repair the disk and start the proxy"
                            + " again",
                    e);
        }
        book.written(changes, state.seqno());
    }

    /** A number was taken: writes it, with all that it covers, and only then sends it. */
    private void writeAndSave(int seqno) {
        write(book.changes());
        Address contract;
        synchronized (protocol) {
            if (protocol.inFlight() != seqno) {
                // The proxy has moved meanwhile, and begins anew at its next contract.
                return;
            }
            awaited = new Awaited(seqno, book.unconfirmed());
            contract = proxy;
        }
        try {
            saver.save(contract, seqno, protocol.session());
        } catch (RuntimeException e) {
            throw stop(
                    "save_state with sequence number " + seqno + " could not be sent: " + e.getMessage()
                            + "; find out why and start the proxy again",
                    e);
        }
        throwIfStopped();
    }

    @Override
    public void close() {
        steps.last(this::finish);
    }

    private void finish() {
        try (store) {
            if (stopped == null) {
                write();
            }
        } catch (IOException e) {
            throw new LedgerStoppedException(
                    "the ledger's files could not be closed: " + DiskFailure.inWords(e)
                            + "; what was called written is written",
                    e);
        } finally {
            isClosed = true;
        }
    }
}
