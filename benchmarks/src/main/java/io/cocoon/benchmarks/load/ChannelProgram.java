package io.cocoon.benchmarks.load;

import io.cocoon.client.Channel;
import io.cocoon.client.CocoonClient;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.worker.WorkerRuntime;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

// The life of payment channels on the local chain, one after the other: open and first answer, second answer, pay the
// worker,
// close. Beside each time stands how many blocks of the chain passed meanwhile: with a block each so many milliseconds
// no
// program could be faster than the blocks that its messages need.
//
//     mvn -q -Pload -pl benchmarks -am package -Dcocoon.main=io.cocoon.benchmarks.load.ChannelProgram
//
// Results and what they mean: docs/performance.md.

/** See the comment above. */
@Command(
        name = "ChannelProgram",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Measures opening, using, paying and closing channels on the local chain.")
final class ChannelProgram implements Callable<Integer> {

    private static final int WITHIN_SECONDS = 120;

    @Option(names = "--rounds", defaultValue = "5", description = "Channels that are counted.")
    private int rounds;

    @Option(names = "--block-millis", defaultValue = "200", description = "Between two blocks, 200 to 30000.")
    private int blockMillis;

    /** What a phase took. */
    private record Lap(double seconds, int blocks) {}

    private final List<List<Lap>> laps =
            List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private static final List<String> PHASES = List.of("open, first answer", "second answer", "pay worker", "close");

    public static void main(String[] args) {
        int code = new CommandLine(new ChannelProgram()).execute(args);
        if (code != 0) {
            throw new IllegalStateException("ChannelProgram ended with code " + code);
        }
    }

    @Override
    public Integer call() throws Exception {
        long begin = System.nanoTime();
        try (TestNetwork network = TestNetwork.builder()
                .prices(Nanoton.ofTon("0.001"), Nanoton.ofTon("0.00095"))
                .clientStake(Nanoton.ofTon("20"))
                .blocks(Duration.ofMillis(blockMillis), Duration.ofMillis(blockMillis))
                .start()) {
            System.out.printf(
                    Locale.ROOT,
                    "network of one proxy and one worker up after %.1f s%n",
                    (System.nanoTime() - begin) / 1e9);
            for (int i = 0; i <= rounds; i++) {
                // The first warms up and is not counted.
                round(network, i > 0);
            }
        }
        System.out.printf("%-20s %8s %8s %8s %8s%n", "phase", "s median", "s most", "blocks", "limit s");
        for (int i = 0; i < PHASES.size(); i++) {
            List<Lap> sorted = laps.get(i).stream()
                    .sorted((a, b) -> Double.compare(a.seconds, b.seconds))
                    .toList();
            Lap median = sorted.get(sorted.size() / 2);
            System.out.printf(
                    Locale.ROOT,
                    "%-20s %8.2f %8.2f %8d %8.2f%n",
                    PHASES.get(i),
                    median.seconds,
                    sorted.get(sorted.size() - 1).seconds,
                    median.blocks,
                    median.blocks * blockMillis / 1e3);
        }
        System.gc();
        System.out.printf(
                "heap after all of it: %d MiB; threads: %d%n",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
                ManagementFactory.getThreadMXBean().getThreadCount());
        return 0;
    }

    private void round(TestNetwork network, boolean counted) throws Exception {
        WorkerRuntime worker = network.workers().get(0);
        long before = earned(worker);
        try (CocoonClient client = network.newClient()) {
            List<Lap> lap = new ArrayList<>();
            long[] tokens = new long[1];
            lap.add(time(network, () -> tokens[0] += ask(network, client)));
            lap.add(time(network, () -> tokens[0] += ask(network, client)));
            lap.add(time(network, () -> {
                until(() -> earned(worker) >= before + tokens[0]);
                worker.payOutNow().get(WITHIN_SECONDS, TimeUnit.SECONDS);
            }));
            lap.add(time(network, () -> {
                for (Channel channel : client.channels().all()) {
                    channel.close().get(WITHIN_SECONDS, TimeUnit.SECONDS);
                }
            }));
            for (int i = 0; counted && i < lap.size(); i++) {
                laps.get(i).add(lap.get(i));
            }
        }
    }

    private static long ask(TestNetwork network, CocoonClient client) {
        return client.chat(network.model())
                .user("How much is this?")
                .maxTokens(200)
                .send()
                .bill()
                .adjusted()
                .totalTokensUsed();
    }

    private static long earned(WorkerRuntime worker) {
        return worker.status().accounts().stream()
                .mapToLong(account -> account.earned().tokens())
                .sum();
    }

    /** What is timed. */
    private interface Phase {
        void run() throws Exception;
    }

    private static Lap time(TestNetwork network, Phase phase) throws Exception {
        LocalChain chain = network.localChain().orElseThrow();
        int block = chain.head().seqno();
        long begin = System.nanoTime();
        phase.run();
        return new Lap((System.nanoTime() - begin) / 1e9, chain.head().seqno() - block);
    }

    private static void until(BooleanSupplier wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WITHIN_SECONDS);
        while (!wanted.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("the proxy signed nothing within " + WITHIN_SECONDS + " s");
            }
            Thread.sleep(5);
        }
    }
}
