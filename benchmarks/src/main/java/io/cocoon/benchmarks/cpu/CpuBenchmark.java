package io.cocoon.benchmarks.cpu;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.ModelLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Decode and prefill of the processor backend, of llama.cpp or Jlama on the same file, and what the memory gives, in turns, so
 * that what else the machine does meets all alike. Medians over the rounds; the first round is not counted.
 */
@Command(
        name = "CpuBenchmark",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Measures the processor backend against the memory and against its rivals.")
final class CpuBenchmark implements Callable<Integer> {

    @Option(names = "--types", split = ",", defaultValue = "Q8_0,Q4_0,BF16", description = "Types of weights.")
    private List<WeightType> types = List.of();

    @Option(names = "--threads", description = "How many threads each has; by default one for each processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--rounds", defaultValue = "5", description = "Counted rounds.")
    private int rounds;

    @Option(names = "--decode", defaultValue = "32", description = "Tokens of an answer.")
    private int decode;

    @Option(names = "--prefill", defaultValue = "512", description = "Tokens of a prompt; 0 for none.")
    private int prefill;

    @Option(
            names = "--rivals",
            defaultValue = "true",
            fallbackValue = "true",
            negatable = true,
            description = "Measure llama.cpp too.")
    private boolean rivals;

    @Option(names = "--jlama", description = "Measure Jlama too, both on a folder in bfloat16; needs Java 21.")
    private boolean jlama;

    @Option(names = "--sources", defaultValue = "rivals", description = "Where the rivals' package files are.")
    private Path sources = Path.of("");

    @Option(names = "--install", defaultValue = "target/rivals", description = "Where they are installed.")
    private Path install = Path.of("");

    public static void main(String[] args) {
        System.exit(new CommandLine(new CpuBenchmark()).execute(args));
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public Integer call() throws Exception {
        rivals = rivals && isInstalled("llama.cpp", () -> LlamaCpp.install(sources.resolve("llama"), llama()));
        jlama = jlama && isInstalled("Jlama", () -> Jlama.install(sources.resolve("jlama"), jlama()));
        print("%s, Java %s, %d threads", Instant.now(), Runtime.version(), threads);
        print("| weights | who | decode tokens/s | share of the read limit | prefill %d tokens/s |", prefill);
        print("| --- | --- | --- | --- | --- |");
        try (MemoryRead memory = new MemoryRead(threads)) {
            for (WeightType type : types) {
                Path file = Files.createTempFile("cocoon-random", ".gguf");
                try {
                    RandomModel.write(type, file);
                    measure(type.name(), file, memory, contenders(type, file));
                } finally {
                    Files.delete(file);
                }
            }
            if (jlama) {
                folder(memory);
            }
        }
        return 0;
    }

    private Map<String, Starter> contenders(WeightType type, Path file) {
        Map<String, Starter> all = new LinkedHashMap<>();
        all.put("this engine", () -> new Ours(file, Activations.EXACT, threads));
        if (Activations.ROUNDED.areRoundedFor(type)) {
            all.put("this engine, rounded activations", () -> new Ours(file, Activations.ROUNDED, threads));
        }
        if (rivals) {
            all.put("llama.cpp", () -> LlamaCpp.start(llama(), file, threads));
        }
        return all;
    }

    /** With as many threads as Jlama takes by itself: one for each processor. */
    private void folder(MemoryRead memory) throws Exception {
        Path folder = Files.createTempDirectory("cocoon-random");
        try {
            RandomFolder.write(folder);
            Map<String, Starter> all = new LinkedHashMap<>();
            all.put("this engine", () -> new Ours(folder, Activations.EXACT, threads));
            all.put("Jlama", () -> Jlama.start(jlama(), folder));
            measure("BF16, a Llama", folder, memory, all);
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path each : files.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(folder);
        }
    }

    private Path llama() {
        return install.resolve("llama");
    }

    private Path jlama() {
        return install.resolve("jlama");
    }

    /** Starts a contender, when its turn comes to load the model. */
    private interface Starter {
        Contender start() throws IOException;
    }

    private interface Installation {
        void run() throws IOException, InterruptedException;
    }

    private static boolean isInstalled(String name, Installation installation) throws InterruptedException {
        try {
            installation.run();
            return true;
        } catch (IOException e) {
            print("%s is left out: %s", name, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** All that was measured of one contender. */
    private record Rates(List<Double> decode, List<Double> prefill) {
        Rates() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    private void measure(String weights, Path file, MemoryRead memory, Map<String, Starter> starters) throws Exception {
        // A tied embedding is read whole as the head.
        long bytes = ModelLoader.open(file).weights().bytes();
        Map<String, Contender> contenders = new LinkedHashMap<>();
        Map<String, Rates> rates = new LinkedHashMap<>();
        List<Double> limits = new ArrayList<>();
        try {
            for (Map.Entry<String, Starter> each : starters.entrySet()) {
                contenders.put(each.getKey(), each.getValue().start());
            }
            for (int round = -1; round < rounds; round++) {
                boolean counts = round >= 0;
                add(limits, counts, memory.bytesPerSecond());
                for (Map.Entry<String, Contender> each : contenders.entrySet()) {
                    Rates rate = rates.computeIfAbsent(each.getKey(), name -> new Rates());
                    add(rate.decode, counts, each.getValue().decode(decode));
                    if (prefill > 0) {
                        add(rate.prefill, counts, each.getValue().prefill(prefill));
                    }
                }
                add(limits, counts, memory.bytesPerSecond());
            }
        } finally {
            contenders.values().forEach(Contender::close);
        }
        double limit = median(limits);
        print(
                "| %s | *limit: %.1f GB/s read, %d MB* | %.1f | 1.00 | |",
                weights, limit / 1e9, bytes / 1_000_000, limit / bytes);
        rates.forEach((name, rate) -> print(
                "| %s | %s | %.1f (%.1f to %.1f) | %.2f | %s |",
                weights,
                name,
                median(rate.decode),
                Collections.min(rate.decode),
                Collections.max(rate.decode),
                median(rate.decode) * bytes / limit,
                prefill > 0 ? String.format(Locale.ROOT, "%.0f", median(rate.prefill)) : ""));
    }

    private static void add(List<Double> values, boolean counts, double value) {
        if (counts) {
            values.add(value);
        }
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
