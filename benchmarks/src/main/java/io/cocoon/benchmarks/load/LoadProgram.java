package io.cocoon.benchmarks.load;

import io.cocoon.client.CocoonClient;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

// Client, proxy, worker and a stand-in model server, each in a process of its own, on the loopback interface with
// attested
// TLS (simulated evidence). This process is the client: it keeps 1, 16 and 64 callers asking and prints what it saw.
//
//     mvn -q -Pload -pl benchmarks -am package
//     mvn -q -Pload -pl benchmarks -am package -Dcocoon.args="--callers 64 --only stream --seconds 30"
//
// Results and what they mean: docs/performance.md.

/** See the comment above. */
@Command(
        name = "LoadProgram",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Measures requests through client, proxy, worker and a stand-in model server.")
final class LoadProgram implements Callable<Integer> {

    private static final Duration READY_WITHIN = Duration.ofSeconds(30);

    enum Kind {
        WHOLE,
        STREAM
    }

    @Option(names = "--callers", split = ",", defaultValue = "1,16,64", description = "How many ask at once.")
    private List<Integer> callers = List.of();

    @Option(names = "--seconds", defaultValue = "10", description = "How long each line is measured.")
    private int seconds;

    @Option(names = "--warm-up", defaultValue = "60000", description = "Requests of each kind before the first line.")
    private int warmUp;

    @Option(names = "--only", description = "One kind of answer instead of both: ${COMPLETION-CANDIDATES}.")
    private @Nullable Kind only;

    @Option(names = "--chunks", defaultValue = "8", description = "Pieces of a streamed answer.")
    private int chunks;

    @Option(
            names = "--jvm",
            split = " ",
            defaultValue = "-Xms64m -Xmx256m -XX:+UseSerialGC",
            description = "Flags of the three child processes.")
    private List<String> jvm = List.of();

    @Option(names = "--recordings", description = "A folder for the child processes' flight recordings.")
    private @Nullable Path recordings;

    public static void main(String[] arguments) {
        CommandLine program = new CommandLine(new LoadProgram());
        System.exit(program.setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        try (ChildProcess model = start("model", List.of(String.valueOf(chunks)));
                ChildProcess proxy = start("proxy", List.of());
                ChildProcess worker = start("worker", List.of(proxy.ready(), model.ready()));
                CocoonClient client = client(proxy.ready())) {
            Callers.awaitFirstAnswer(client, READY_WITHIN);
            int most = callers.stream().mapToInt(Integer::intValue).max().orElse(1);
            for (Kind kind : kinds()) {
                new Callers(client, most, kind == Kind.STREAM).warmUp(warmUp);
            }
            List<ChildProcess> children = List.of(proxy, worker, model);
            System.out.println("answers  callers  requests/s   p50 ms   p99 ms  first ms"
                    + "  CPU ms/request (client+proxy+worker+model)");
            for (Kind kind : kinds()) {
                for (int count : callers) {
                    measure(client, children, kind, count);
                }
            }
            System.out.println(String.format(
                    Locale.ROOT,
                    "resident MiB: client %d, proxy %d, worker %d, model %d",
                    ChildProcess.residentMib(ProcessHandle.current().pid()),
                    proxy.residentMib(),
                    worker.residentMib(),
                    model.residentMib()));
        }
        return 0;
    }

    private List<Kind> kinds() {
        Kind one = only;
        return one == null ? List.of(Kind.WHOLE, Kind.STREAM) : List.of(one);
    }

    private ChildProcess start(String role, List<String> details) throws IOException {
        List<String> flags = new ArrayList<>(jvm);
        flags.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        Path folder = recordings;
        if (folder != null) {
            flags.add("-XX:StartFlightRecording=settings=profile,filename=" + folder.resolve(role + ".jfr"));
            flags.add("-Xlog:jfr*=off");
        }
        List<String> arguments = new ArrayList<>(List.of(role));
        arguments.addAll(details);
        return ChildProcess.start(role, Role.class, flags, arguments);
    }

    private static CocoonClient client(String proxyPorts) {
        return CocoonClient.builder()
                .network(Network.of(Role.chain(proxyPorts)))
                .wallet(Wallet.ofAddress(new Address(0, Int256.fromHex("00".repeat(31) + "03"))))
                .emptySecretSoThatAnyoneCanSpend()
                .simulatedAttestation()
                .proxies(1)
                .build();
    }

    private void measure(CocoonClient client, List<ChildProcess> children, Kind kind, int count)
            throws InterruptedException {
        long[] before = cpuNanos(children);
        Callers.Result result = new Callers(client, count, kind == Kind.STREAM).run(Duration.ofSeconds(seconds));
        long[] after = cpuNanos(children);
        StringBuilder parts = new StringBuilder();
        double sum = 0;
        for (int i = 0; i < before.length; i++) {
            double millis = (after[i] - before[i]) / 1e6 / result.whole().count();
            sum += millis;
            parts.append(parts.length() == 0 ? "" : "+").append(String.format(Locale.ROOT, "%.3f", millis));
        }
        System.out.println(String.format(
                Locale.ROOT,
                "%-7s  %7d  %10.0f  %7.2f  %7.2f  %8s  %.3f (%s)",
                kind.name().toLowerCase(Locale.ROOT),
                count,
                result.perSecond(),
                result.whole().percentileMillis(0.5),
                result.whole().percentileMillis(0.99),
                kind == Kind.STREAM
                        ? String.format(Locale.ROOT, "%.2f", result.first().percentileMillis(0.5))
                        : "-",
                sum,
                parts));
    }

    /** Returns the processor time so far of this process, then of the children. */
    private static long[] cpuNanos(List<ChildProcess> children) {
        long[] nanos = new long[1 + children.size()];
        nanos[0] = ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
        for (int i = 0; i < children.size(); i++) {
            nanos[i + 1] = children.get(i).cpu().toNanos();
        }
        return nanos;
    }
}
