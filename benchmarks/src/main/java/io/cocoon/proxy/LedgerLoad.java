package io.cocoon.proxy;

import com.sun.management.OperatingSystemMXBean;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.keymanager.NetworkKeys;
import io.cocoon.payment.SignedPayments;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

// How many bills a second a proxy's ledger takes, in memory and on the disk, and how long it needs to begin again. In
// the
// package of the ledger, whose parts are nobody else's business.
//
//     mvn -q -Pload -pl benchmarks -am package -DskipTests -Dcocoon.main=io.cocoon.proxy.LedgerLoad -Dcocoon.heap=1g
//
// Results and what they mean: docs/performance.md.

/** See the comment above. */
@Command(
        name = "LedgerLoad",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Measures a proxy's ledger against the disk and the signatures that bound it.")
final class LedgerLoad implements Callable<Integer> {

    private static final int CLIENTS = 10_000;
    private static final int WORKERS = 100;
    private static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.ZERO);
    private static final Address OWNER = address("owner", 0);

    @Option(names = "--seconds", defaultValue = "3", description = "How long each line is measured.")
    private int seconds;

    @Option(names = "--lines", defaultValue = "1000000", description = "Lines of the ledger that is opened again.")
    private int lines;

    @Option(names = "--folder", description = "Where to write; by default a temporary folder.")
    private @Nullable Path folder;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new LedgerLoad()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Path base = folder;
        Path here = base == null ? Files.createTempDirectory("ledger") : Files.createTempDirectory(base, "ledger");
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), OWNER, false);
        try {
            System.out.println("                                       a second   CPU us each   a group");
            measureForces(here);
            for (int round = 0; round < 2; round++) {
                // The first round warms up.
                measure("in memory", new InMemoryLedger(), new Counter(), chain, timer, 1, false, round > 0);
                measureSignatures(round > 0);
                measure(
                        "in memory, each signed",
                        new InMemoryLedger(),
                        new Counter(),
                        chain,
                        timer,
                        1,
                        true,
                        round > 0);
                for (int window : new int[] {1, 32, 256, 2048}) {
                    Counter counter = new Counter();
                    Ledger ledger = durable(here.resolve(round + "-" + window), counter);
                    measure("durable, " + window + " at once", ledger, counter, chain, timer, window, false, round > 0);
                }
                Counter counter = new Counter();
                Ledger ledger = durable(here.resolve(round + "-signed"), counter);
                measure("durable, 256 at once, each signed", ledger, counter, chain, timer, 256, true, round > 0);
            }
            measureRecovery(here);
        } finally {
            timer.shutdownNow();
            chain.close();
            delete(here);
        }
        return 0;
    }

    private static Address address(String name, int number) {
        return new Address(0, Int256.fromHex("%016x%048x".formatted(name.hashCode(), number)));
    }

    private static LedgerIdentity identity() {
        return new LedgerIdentity(OWNER, OWNER, KEY.publicKey());
    }

    private static Ledger durable(Path folder, Counter counter) throws IOException {
        return open(new CountingStore(SqliteStore.open(folder), counter));
    }

    private static Ledger open(LedgerStore store) throws IOException {
        return DurableLedger.open(
                store,
                identity(),
                OWNER,
                KEY,
                StateSaver.inProcess(),
                new DurableLedger.Parts(new SecureRandom(), Duration.ofSeconds(30), LedgerSource.newWriter()));
    }

    private static final class Counter {
        private volatile long groups;
    }

    private record CountingStore(LedgerStore store, Counter counter) implements LedgerStore {

        @Override
        public Optional<Bytes> head() throws IOException {
            return store.head();
        }

        @Override
        public void rows(RowReader reader) throws IOException {
            store.rows(reader);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // One writer.
        public void write(Bytes head, List<Row> rows) throws IOException {
            store.write(head, rows);
            counter.groups++;
        }

        @Override
        public void close() throws IOException {
            store.close();
        }
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private void measureSignatures(boolean counts) {
        long cpu = cpuNanos();
        long start = System.nanoTime();
        long count = 0;
        for (; System.nanoTime() - start < seconds * 1_000_000_000L; count++) {
            SignedPayments.sign(KEY, SignedPayments.Kind.CLIENT_CHARGE, OWNER, count, count, OWNER);
        }
        print("limit: signatures alone", count, System.nanoTime() - start, cpuNanos() - cpu, 0, counts);
    }

    private void measureForces(Path folder) throws IOException {
        Path file = folder.resolve("forced");
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long count = 0;
            long cpu = cpuNanos();
            long start = System.nanoTime();
            for (; System.nanoTime() - start < seconds * 1_000_000_000L; count++) {
                out.write(ByteBuffer.allocate(4096));
                out.force(false);
            }
            print("limit: 4 KiB written and forced", count, System.nanoTime() - start, cpuNanos() - cpu, 1, true);
        }
    }

    /** One thread ends queries, {@code window} of which may wait to be told; each is told its totals with their payment. */
    private void measure(
            String name,
            Ledger ledger,
            Counter counter,
            FakeTonChain chain,
            ScheduledExecutorService timer,
            int window,
            boolean signed,
            boolean counts) {
        Payments payments = new Payments(new ProxySettings(
                chain,
                KEY,
                OWNER,
                false,
                false,
                ProxyLimits.DEFAULT,
                Clock.systemUTC(),
                new SecureRandom(),
                new SplittableRandom(1),
                ledger,
                NetworkKeys.NONE,
                timer));
        Address[] clients = new Address[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = address("client", i);
        }
        Address[] workers = new Address[WORKERS];
        for (int i = 0; i < WORKERS; i++) {
            workers[i] = address("worker", i);
        }
        SplittableRandom random = new SplittableRandom(7);
        Semaphore free = new Semaphore(window);
        long groups = counter.groups;
        long cpu = cpuNanos();
        long start = System.nanoTime();
        long count = 0;
        for (; System.nanoTime() - start < seconds * 1_000_000_000L; count++) {
            free.acquireUninterruptibly();
            Address client = clients[random.nextInt(CLIENTS)];
            ledger.reserve(client, 100, Long.MAX_VALUE)
                    .orElseThrow()
                    .settle(workers[random.nextInt(WORKERS)], 1 + random.nextInt(100));
            ledger.flush().thenRun(() -> {
                if (signed) {
                    ledger.commit();
                }
                payments.state(client, Side.CLIENT, client, (payment, totals) -> {
                    if (totals.db() == 0) {
                        throw new IllegalStateException("told before it was written");
                    }
                });
                free.release();
            });
        }
        free.acquireUninterruptibly(window);
        print(name, count, System.nanoTime() - start, cpuNanos() - cpu, counter.groups - groups, counts);
        ledger.close();
    }

    private static void print(String name, long count, long nanos, long cpu, long groups, boolean counts) {
        if (counts) {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%-36s %,11.0f %13.1f %9s",
                    name,
                    count * 1e9 / nanos,
                    cpu / 1e3 / count,
                    groups == 0 ? "" : String.format(Locale.ROOT, "%.1f", (double) count / groups)));
        }
    }

    private void measureRecovery(Path here) throws IOException {
        Path running = here.resolve("running");
        Path killed = here.resolve("killed");
        try (Ledger ledger = open(SqliteStore.open(running))) {
            for (int i = 1; i < lines; i++) {
                ledger.reserve(address("line", i), 1, 1).orElseThrow().settle(OWNER, 1);
                if (i % 20_000 == 0) {
                    ledger.flush().toCompletableFuture().join();
                }
            }
            ledger.flush().toCompletableFuture().join();
            // What is there without a last word is what a kill leaves.
            Files.createDirectories(killed);
            for (String name : List.of("ledger.db", "ledger.db-wal")) {
                Files.copy(running.resolve(name), killed.resolve(name));
            }
        }
        long start = System.nanoTime();
        long bytes = Files.readAllBytes(killed.resolve("ledger.db")).length;
        seconds("limit: its %,d bytes read".formatted(bytes), start);
        start = System.nanoTime();
        try (LedgerStore store = SqliteStore.open(killed)) {
            store.rows(row -> {});
        }
        seconds("limit: SQLite's rows alone, after a kill", start);
        start = System.nanoTime();
        Ledger ledger = open(SqliteStore.open(killed));
        if (!ledger.isOpen() || ledger.totals(Side.WORKER, OWNER).signed() != lines - 1) {
            throw new IllegalStateException("it was not opened whole");
        }
        seconds("opened, checked, ready to sign: %,d lines".formatted(lines), start);
        System.gc();
        long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        System.out.println("memory then: " + used / (1 << 20) + " MiB");
        ledger.close();
    }

    private static void seconds(String what, long start) {
        System.out.println(String.format(Locale.ROOT, "%-45s %6.2f s", what, (System.nanoTime() - start) / 1e9));
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
