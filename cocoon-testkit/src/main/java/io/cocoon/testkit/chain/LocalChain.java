package io.cocoon.testkit.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountCodec;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionCodec;
import io.cocoon.tvm.Emulator;
import io.cocoon.tvm.GetMethodResult;
import io.cocoon.tvm.StackValue;
import io.cocoon.tvm.TransactionResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TON chain in this JVM: accounts, messages, fees and rent as on the main network, executed by TON's own emulator.
 *
 * <p>Time stands still until somebody moves it: {@link #nextBlock} and {@link #advance}. Or {@link #runInRealTime}
 * and {@link #run} make blocks by themselves. What is sent in one block arrives in the next, in the order in which it was sent. Two chains with one
 * seed to which the same happens are equal in every bit. Only the basic workchain is simulated: what is sent to the
 * masterchain is gone, and nothing is proven. The whole history stays in memory.
 *
 * <p>Thread-safe: everything happens on one thread of the chain, and methods wait for it. Methods throw {@link
 * IllegalStateException} after {@link #close}.
 */
public final class LocalChain implements AutoCloseable {

    /** Who money of {@link #fund} comes from. It has no account. */
    public static final Address MINT = new Address(0, Int256.fromHex("00".repeat(31) + "f0"));

    private static final Logger LOG = LoggerFactory.getLogger(LocalChain.class);
    private static final long LT_PER_BLOCK = 1_000_000;
    private static final long GET_GAS = 1_000_000;
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);

    private final Random random;
    private final Duration interval;
    private final Emulator emulator;
    private final ScheduledExecutorService thread;

    // All below belongs to the chain's thread.
    private final List<Head> blocks = new ArrayList<>();
    private final Map<Address, NavigableMap<Integer, Cell>> accounts = new HashMap<>();
    private final Map<Address, List<Recorded>> history = new HashMap<>();
    private List<Cell> internal = new ArrayList<>();
    private final Map<Int256, Cell> external = new LinkedHashMap<>();
    private Instant time;
    private long lt;
    private @Nullable Narrator narrator;

    /** A transaction and the block it is in. */
    record Recorded(int block, Transaction transaction) {}

    private LocalChain(long seed, Duration interval, Instant start) {
        this.random = new Random(seed);
        this.interval = interval;
        this.time = start;
        this.emulator = new Emulator(seed);
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(null, task, "cocoon-local-chain", Emulator.STACK_BYTES);
            made.setDaemon(true);
            return made;
        });
        blocks.add(new Head(0, wholeSeconds(start)));
    }

    /**
     * Starts a chain at block 0, without accounts.
     *
     * @param seed of all that is random on it
     * @param interval between blocks, 0.2 to 30 seconds
     * @param start time of block 0
     * @throws IllegalArgumentException if the interval is out of its range
     */
    public static LocalChain start(long seed, Duration interval, Instant start) {
        if (interval.compareTo(Duration.ofMillis(200)) < 0 || interval.compareTo(Duration.ofSeconds(30)) > 0) {
            throw new IllegalArgumentException("blocks come every 0.2 to 30 seconds, not every " + interval);
        }
        return new LocalChain(seed, interval, start);
    }

    /** Returns a new access to this chain, with faults on demand. */
    public LocalAccess access() {
        return new LocalAccess(this);
    }

    /** Returns the newest block. */
    public Head head() {
        return onThread(this::newest);
    }

    /** Makes one block, an interval later. Returns it. */
    public Head nextBlock() {
        return onThread(this::makeBlock);
    }

    /** Makes all blocks of a time, at least one. Returns the last. */
    public Head advance(Duration span) {
        return onThread(() -> {
            Instant end = time.plus(span);
            Head last = makeBlock();
            while (!time.plus(interval).isAfter(end)) {
                last = makeBlock();
            }
            return last;
        });
    }

    /** Makes one block after a long time in which nothing happened: for rent and for deadlines. Returns it. */
    public Head skip(Duration span) {
        return onThread(() -> {
            time = time.plus(span);
            return makeBlock();
        });
    }

    /** From now on makes blocks by itself, one each interval of the JVM's time. */
    public void runInRealTime() {
        run(interval);
    }

    /**
     * From now on makes blocks by itself, faster or slower than the chain's own time goes: an interval of the chain is this
     * long for the JVM. So an hour of a slow chain passes in seconds.
     *
     * @param realInterval 1 ms or more
     */
    public void run(Duration realInterval) {
        long millis = realInterval.toMillis();
        try {
            thread.scheduleAtFixedRate(this::tick, millis, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            throw closed(e);
        }
    }

    private void tick() {
        try {
            makeBlock();
        } catch (RuntimeException e) {
            if (thread.isShutdown()) {
                LOG.debug("the local chain was closed while it made block {}", blocks.size());
                return;
            }
            LOG.error("the local chain could not make block {}; it tries again", blocks.size(), e);
        }
    }

    /** From now on a narrator hears of every transaction; it takes the place of the one before. */
    public void narrator(Narrator value) {
        onThread(() -> narrator = value);
    }

    /** Gives an account money out of nothing, in the next block. It does not bounce. */
    public void fund(Address to, Nanoton value) {
        deliver(to, value, false, Optional.empty(), Cell.EMPTY);
    }

    /** Sends an internal message out of nothing, with money out of nothing, in the next block. */
    public void deliver(Address to, Nanoton value, boolean bounce, Optional<Cell> init, Cell body) {
        onThread(() -> internal.add(ChainCells.mint(MINT, to, value, bounce, init, body, ++lt, time)));
    }

    /** Runs a get-method at the newest block. @throws IllegalStateException if there is no contract */
    public GetMethodResult get(Address contract, String method, StackValue... arguments) {
        return onThread(() -> {
            AccountState state = stateAt(contract, newest().seqno());
            if (state.code().isEmpty() || state.data().isEmpty()) {
                throw new IllegalStateException("no contract at " + contract + ": it is " + state.status());
            }
            return emulator.get(
                    state.code().get(),
                    state.data().get(),
                    contract,
                    state.balance(),
                    newest().time(),
                    Emulator.methodId(method),
                    List.of(arguments),
                    GET_GAS);
        });
    }

    /** Ends the chain and its thread; what waits for it fails. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("the local chain's thread is still busy {} after it was closed", CLOSE_WITHIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    <T> T onThread(Callable<T> task) {
        try {
            return thread.submit(task).get();
        } catch (RejectedExecutionException e) {
            throw closed(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the local chain worked", e);
        }
    }

    ScheduledExecutorService thread() {
        return thread;
    }

    private static IllegalStateException closed(RejectedExecutionException e) {
        return new IllegalStateException("this local chain was closed", e);
    }

    /** The newest block. On the chain's thread. */
    Head newest() {
        return blocks.get(blocks.size() - 1);
    }

    /** A block that is some blocks old, or the first. On the chain's thread. */
    Head newest(int lag) {
        return blocks.get(Math.max(0, blocks.size() - 1 - lag));
    }

    /** An account as it was after a block. On the chain's thread. */
    AccountState stateAt(Address address, int block) {
        try {
            return AccountCodec.readShardAccount(address, cellAt(address, block), blocks.get(block));
        } catch (CellException e) {
            throw new IllegalStateException("the emulator left an account that nobody can read: " + address, e);
        }
    }

    private Cell cellAt(Address address, int block) {
        NavigableMap<Integer, Cell> versions = accounts.get(address);
        Map.Entry<Integer, Cell> version = versions == null ? null : versions.floorEntry(block);
        return version == null ? ChainCells.NOBODY : version.getValue();
    }

    /** All transactions of an account, the oldest first. On the chain's thread. */
    List<Recorded> history(Address address) {
        return history.getOrDefault(address, List.of());
    }

    /** Takes an external message for the next block if the account would pay for it now. On the chain's thread. */
    void accept(Cell message) throws ChainException {
        Address to = externalDestination(message);
        TransactionResult now = emulator.transaction(
                cellAt(to, newest().seqno()), message, newest().time(), lt + LT_PER_BLOCK, Int256.ZERO);
        if (now instanceof TransactionResult.NotAccepted refused) {
            throw new ChainException(
                    ChainException.Reason.REFUSED,
                    to + " does not accept this message now: exit code " + refused.exitCode() + ", "
                            + refused.reason());
        }
        external.put(message.hash(), message);
    }

    private static Address externalDestination(Cell message) throws ChainException {
        try {
            Message parsed = MessageCodec.read(message);
            if (parsed.kind() == Message.Kind.EXTERNAL_IN
                    && parsed.destination().isPresent()
                    && parsed.destination().get().workchain() == 0) {
                return parsed.destination().get();
            }
            throw new ChainException(
                    ChainException.Reason.REFUSED,
                    "only messages from outside to the basic workchain are sent, this one is " + parsed.kind() + " to "
                            + parsed.destination());
        } catch (CellException e) {
            throw new ChainException(ChainException.Reason.REFUSED, "no message: " + e.getMessage(), e);
        }
    }

    private Head makeBlock() {
        time = time.plus(interval);
        int seqno = blocks.size();
        Head block = new Head(seqno, wholeSeconds(time));
        byte[] seed = new byte[Int256.BYTES];
        random.nextBytes(seed);
        lt = (lt / LT_PER_BLOCK + 1) * LT_PER_BLOCK;
        List<Cell> arrived = internal;
        internal = new ArrayList<>();
        arrived.addAll(external.values());
        external.clear();
        blocks.add(block);
        for (Cell message : arrived) {
            try {
                run(message, block, Int256.of(seed));
            } catch (CellException e) {
                throw new IllegalStateException("the emulator left something that nobody can read", e);
            }
        }
        return block;
    }

    private void run(Cell cell, Head block, Int256 seed) throws CellException {
        Optional<Address> to = MessageCodec.read(cell).destination();
        if (to.isEmpty() || to.get().workchain() != 0 || to.get().equals(MINT)) {
            return;
        }
        Address address = to.get();
        TransactionResult result = emulator.transaction(cellAt(address, block.seqno()), cell, block.time(), ++lt, seed);
        if (result instanceof TransactionResult.Done done) {
            Transaction transaction = TransactionCodec.read(address, done.transaction());
            List<Cell> sent = ChainCells.sent(done.transaction());
            accounts.computeIfAbsent(address, any -> new TreeMap<>()).put(block.seqno(), done.account());
            history.computeIfAbsent(address, any -> new ArrayList<>()).add(new Recorded(block.seqno(), transaction));
            if (narrator != null) {
                narrator.tell(block.seqno(), transaction, stateAt(address, block.seqno()));
            }
            for (Cell out : sent) {
                if (MessageCodec.read(out).kind() == Message.Kind.INTERNAL) {
                    internal.add(out);
                }
            }
            // Each message that it sent has a logical time of its own after the transaction's.
            lt += sent.size();
        } else {
            LOG.debug("an external message to {} is no longer accepted: {}", address, result);
        }
    }

    private static Instant wholeSeconds(Instant time) {
        return Instant.ofEpochSecond(time.getEpochSecond());
    }
}
