package io.cocoon.proxy;

import io.cocoon.proxy.Ledger.Side;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * A process that bills, writes and commits on several threads until somebody kills it; it says what it has written and what it
 * would sign, in lines {@code contract signed db end}.
 */
final class LedgerChild {

    static final int PEOPLE = 4;
    private static final int THREADS = 3;

    private LedgerChild() {}

    /** Takes the ledger's folder, the chain's file and a seed. */
    public static void main(String[] arguments) throws Exception {
        Ledger ledger = open(Path.of(arguments[0]), Path.of(arguments[1]));
        if (!ledger.isOpen()) {
            throw new IllegalStateException("the chain shows at once what it got");
        }
        System.out.println("open");
        long seed = Long.parseLong(arguments[2]);
        for (int i = 1; i < THREADS; i++) {
            int number = i;
            new Thread(() -> work(ledger, new Random(seed + number))).start();
        }
        work(ledger, new Random(seed));
    }

    static DurableLedger open(Path folder, Path chain) throws IOException {
        return TestLedgers.open(folder, TestLedgers.IDENTITY, TestLedgers.KEY, new ChainFile(chain));
    }

    private static void work(Ledger ledger, Random random) {
        Semaphore window = new Semaphore(20);
        while (true) {
            window.acquireUninterruptibly();
            String client = "client" + random.nextInt(PEOPLE);
            String worker = "worker" + random.nextInt(PEOPLE);
            long tokens = random.nextInt(1, 50);
            ledger.reserve(TestLedgers.address(client), tokens, Long.MAX_VALUE)
                    .orElseThrow()
                    .settle(TestLedgers.address(worker), tokens);
            ledger.flush().thenRun(() -> {
                say(ledger, Side.CLIENT, client);
                say(ledger, Side.WORKER, worker);
                window.release();
            });
            if (random.nextInt(10) == 0) {
                ledger.commit();
            }
        }
    }

    private static void say(Ledger ledger, Side side, String name) {
        Ledger.Totals totals = ledger.totals(side, TestLedgers.address(name));
        System.out.println(name + " " + totals.signed() + " " + totals.db() + " end");
    }

    /** A chain that is a file: each line a save_state. It shows at once what it gets. */
    static final class ChainFile implements StateSaver {
        private static final Address WALLET = TestLedgers.address("wallet");
        private final Path file;
        private long lines;
        private Consumer<SavedState> listener = saved -> {};

        ChainFile(Path file) {
            this.file = file;
        }

        @Override
        public Address wallet() {
            return WALLET;
        }

        @Override
        public CompletionStage<Void> follow(Address contract, TransactionId after, Consumer<SavedState> seen) {
            listener = seen;
            try {
                if (Files.exists(file)) {
                    // What the kill has cut off never reached the chain.
                    String whole = Files.readString(file);
                    for (String line : whole.substring(0, whole.lastIndexOf('\n') + 1)
                            .lines()
                            .toList()) {
                        String[] words = line.split(" ");
                        if (words.length == 2 && words[1].length() == 64) {
                            show(Integer.parseInt(words[0]), Int256.fromHex(words[1]), after);
                        } else {
                            lines++;
                        }
                    }
                }
                return CompletableFuture.completedFuture(null);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        private void show(int seqno, Int256 session, TransactionId after) {
            lines++;
            if (lines > after.lt()) {
                listener.accept(new SavedState(
                        WALLET, seqno, session, new TransactionId(lines, TestHashes.of("transaction " + lines))));
            }
        }

        @Override
        public void save(Address contract, int seqno, Int256 session) {
            try {
                Files.write(
                        file,
                        (seqno + " " + session.toHex() + "\n").getBytes(StandardCharsets.US_ASCII),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            show(seqno, session, TransactionId.NONE);
        }
    }
}
