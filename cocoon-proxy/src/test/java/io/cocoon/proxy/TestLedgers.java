package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Disks and chains for tests of ledgers, which break where the test wants. */
final class TestLedgers {

    static final Ed25519Key KEY = Ed25519Key.fromSeed(TestHashes.of("ledger key"));
    static final LedgerIdentity IDENTITY = new LedgerIdentity(address("root"), address("owner"), KEY.publicKey());
    static final Address PROXY = address("proxy contract");

    private TestLedgers() {}

    static Address address(String name) {
        return new Address(0, TestHashes.of(name));
    }

    /** What a ledger needs that writes on the thread of who asks. */
    static DurableLedger.Parts parts() {
        return new DurableLedger.Parts(new SecureRandom(), Duration.ofSeconds(30), new Direct());
    }

    /** A ledger in a folder, with a thread of its own, in the mode without a chain. */
    static DurableLedger open(Path folder, LedgerIdentity identity, Ed25519Key key) throws IOException {
        return open(folder, identity, key, StateSaver.inProcess());
    }

    static DurableLedger open(Path folder, LedgerIdentity identity, Ed25519Key key, StateSaver saver)
            throws IOException {
        return DurableLedger.open(
                SqliteStore.open(folder),
                identity,
                PROXY,
                key,
                saver,
                new DurableLedger.Parts(new SecureRandom(), Duration.ofSeconds(30), LedgerSource.newWriter()));
    }

    /** Waits for a step of a ledger; throws what it failed with. */
    static void done(CompletionStage<Void> step) {
        try {
            step.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs tasks at once, on the thread that gives them. */
    static final class Direct extends AbstractExecutorService {
        private boolean isShutdown;

        @Override
        public void execute(Runnable task) {
            if (isShutdown) {
                throw new RejectedExecutionException("shut down");
            }
            task.run();
        }

        @Override
        public void shutdown() {
            isShutdown = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            isShutdown = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return isShutdown;
        }

        @Override
        public boolean isTerminated() {
            return isShutdown;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return isShutdown;
        }
    }

    /** The process ends here. An error, so that nothing between takes it for a failure that it may handle. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1;
    }

    /** Counts effects, and ends the process before one of them. */
    static final class CrashPoint {
        private int left = Integer.MAX_VALUE;

        void after(int effects) {
            left = effects;
        }

        void effect() {
            if (left-- == 0) {
                throw new Crash();
            }
        }
    }

    private static NavigableMap<Integer, Int256> pending(Bytes head) throws IOException {
        return LedgerRecords.readHead(head).head().state().pending();
    }

    /** What survives a crash. */
    static final class Disk {
        @Nullable
        Bytes head;

        final Map<Bytes, Bytes> rows = new LinkedHashMap<>();

        Disk copy() {
            Disk copy = new Disk();
            copy.head = head;
            copy.rows.putAll(rows);
            return copy;
        }

        long tokens(Ledger.Side side, Address contract) throws IOException {
            return tokens(side).getOrDefault(contract, 0L);
        }

        Map<Address, Long> tokens(Ledger.Side side) throws IOException {
            LedgerRecords records = new LedgerRecords(KEY);
            Map<Address, Long> tokens = new HashMap<>();
            for (Map.Entry<Bytes, Bytes> each : rows.entrySet()) {
                LedgerRecords.Line line = records.read(new Row(each.getKey(), each.getValue()));
                if (line.side() == side) {
                    tokens.put(line.contract(), line.tokens());
                }
            }
            return tokens;
        }

        boolean isPending(int seqno, Int256 session) throws IOException {
            return head != null
                    && Map.entry(seqno, session).equals(pending(head).floorEntry(seqno));
        }
    }

    /** A process's sight of a disk. */
    static final class DiskStore implements LedgerStore {
        private final Disk disk;
        private final CrashPoint crash;
        Runnable beforeWrite = () -> {};
        boolean isFull;
        int writes;

        DiskStore(Disk disk, CrashPoint crash) {
            this.disk = disk;
            this.crash = crash;
        }

        @Override
        public Optional<Bytes> head() {
            return Optional.ofNullable(disk.head);
        }

        @Override
        public void rows(RowReader reader) throws IOException {
            for (Map.Entry<Bytes, Bytes> each : disk.rows.entrySet()) {
                reader.row(new Row(each.getKey(), each.getValue()));
            }
        }

        @Override
        public void write(Bytes head, List<Row> rows) throws IOException {
            beforeWrite.run();
            crash.effect();
            if (isFull) {
                throw new IOException("no space left");
            }
            disk.head = head;
            rows.forEach(row -> disk.rows.put(row.key(), row.value()));
            writes++;
            crash.effect();
        }

        @Override
        public void close() {}
    }

    /** The proxy's contracts: they keep every save_state that they got, and show each when the test lets them. */
    static final class Chain {
        static final Address WALLET = address("proxy wallet");

        private record Message(Address contract, int seqno, Int256 session) {}

        private final Map<Address, List<SavedState>> seen = new HashMap<>();
        private final List<Message> waiting = new ArrayList<>();
        private long time;
        boolean isAway;

        Chain copy() {
            Chain copy = new Chain();
            seen.forEach((contract, states) -> copy.seen.put(contract, new ArrayList<>(states)));
            copy.waiting.addAll(waiting);
            copy.time = time;
            return copy;
        }

        List<SavedState> at(Address contract) {
            return seen.computeIfAbsent(contract, unused -> new ArrayList<>());
        }

        SavedState last() {
            return at(PROXY).get(at(PROXY).size() - 1);
        }

        /** A message from anybody arrives at once. */
        SavedState add(Address contract, Address sender, int seqno, Int256 session) {
            time++;
            SavedState saved = new SavedState(
                    sender, seqno, session, new TransactionId(time, TestHashes.of("transaction " + time)));
            at(contract).add(saved);
            return saved;
        }

        /** Another of the messages that wait becomes the next to arrive. */
        void reorder(Random random) {
            Collections.shuffle(waiting, random);
        }
    }

    /** A process's access to a chain. */
    static final class ChainSaver implements StateSaver {
        private final Chain chain;
        private final Disk disk;
        private final CrashPoint crash;
        private Consumer<SavedState> listener = saved -> {};
        private Address followed = PROXY;
        int sends;

        ChainSaver(Chain chain, Disk disk, CrashPoint crash) {
            this.chain = chain;
            this.disk = disk;
            this.crash = crash;
        }

        @Override
        public Address wallet() {
            return Chain.WALLET;
        }

        @Override
        public CompletionStage<Void> follow(Address contract, TransactionId after, Consumer<SavedState> seen) {
            if (chain.isAway) {
                return CompletableFuture.failedFuture(new IOException("no server answers"));
            }
            listener = seen;
            followed = contract;
            for (SavedState saved : chain.at(contract)) {
                if (saved.transaction().lt() > after.lt()) {
                    show(saved);
                }
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void save(Address contract, int seqno, Int256 session) {
            crash.effect();
            try {
                // I4: what can reach the chain is on the disk.
                if (!disk.isPending(seqno, session)) {
                    throw new AssertionError("save_state " + seqno + " was sent before it was written");
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            sends++;
            chain.waiting.add(new Chain.Message(contract, seqno, session));
            crash.effect();
        }

        /** The next message that waits arrives, and is shown if its contract is followed. @return whether there was one */
        boolean deliver() {
            if (chain.waiting.isEmpty()) {
                return false;
            }
            Chain.Message next = chain.waiting.remove(0);
            SavedState saved = chain.add(next.contract(), Chain.WALLET, next.seqno(), next.session());
            if (next.contract().equals(followed)) {
                show(saved);
            }
            return true;
        }

        void deliverAll() {
            while (deliver()) {
                // One after the other.
            }
        }

        void show(SavedState saved) {
            crash.effect();
            listener.accept(saved);
        }
    }
}
