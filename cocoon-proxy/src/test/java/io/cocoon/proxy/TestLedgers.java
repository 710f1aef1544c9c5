package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Disks and chains for tests of ledgers, which break where the test wants. */
final class TestLedgers {

    static final Ed25519Key KEY = Ed25519Key.fromSeed(TestHashes.of("ledger key"));
    static final LedgerIdentity IDENTITY =
            new LedgerIdentity(address("root"), address("proxy contract"), KEY.publicKey());

    private TestLedgers() {}

    static Address address(String name) {
        return new Address(0, TestHashes.of(name));
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
            LedgerRecords records = new LedgerRecords(KEY);
            for (Map.Entry<Bytes, Bytes> each : rows.entrySet()) {
                LedgerRecords.Line line = records.read(new Row(each.getKey(), each.getValue()));
                if (line.side() == side && line.contract().equals(contract)) {
                    return line.tokens();
                }
            }
            return 0;
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

    /** The proxy's contract: keeps every save_state that it got, and shows each when the test lets it. */
    static final class Chain {
        static final Address WALLET = address("proxy wallet");
        final List<StateSaver.SavedState> seen = new ArrayList<>();
        private final List<StateSaver.SavedState> waiting = new ArrayList<>();
        private long time;

        /** A message from anybody arrives at once. */
        StateSaver.SavedState add(Address sender, int seqno, Int256 session) {
            StateSaver.SavedState saved = new StateSaver.SavedState(sender, seqno, session, ++time);
            seen.add(saved);
            return saved;
        }

        /** What was sent last. */
        StateSaver.SavedState sent() {
            return waiting.get(waiting.size() - 1);
        }
    }

    /** A process's access to a chain. */
    static final class ChainSaver implements StateSaver {
        private final Chain chain;
        private final Disk disk;
        private final CrashPoint crash;
        private Consumer<SavedState> listener = saved -> {};
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
        public void follow(long after, Consumer<SavedState> seen) {
            listener = seen;
            chain.seen.stream().filter(saved -> saved.time() > after).forEach(seen);
        }

        @Override
        public void save(int seqno, Int256 session) {
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
            chain.waiting.add(new SavedState(Chain.WALLET, seqno, session, 0));
            crash.effect();
        }

        /** The oldest message that waits arrives, and is shown. @return whether there was one */
        boolean deliver() {
            if (chain.waiting.isEmpty()) {
                return false;
            }
            SavedState next = chain.waiting.remove(0);
            show(chain.add(next.sender(), next.seqno(), next.sessionHash()));
            return true;
        }

        void show(SavedState saved) {
            crash.effect();
            listener.accept(saved);
        }
    }
}
