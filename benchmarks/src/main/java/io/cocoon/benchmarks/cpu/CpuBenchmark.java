package io.cocoon.benchmarks.cpu;

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
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Decode and prefill of the processor backend, of llama.cpp on the same file, and what the memory gives, in turns, so that what
 * else the machine does meets all alike. Medians over the rounds; the first round is not counted.
 */
@Command(
        name = "CpuBenchmark",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Measures the processor backend against the memory and against llama.cpp.")
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

    @Option(names = "--rivals", defaultValue = "true", negatable = true, description = "Measure llama.cpp too.")
    private boolean rivals;

    @Option(names = "--sources", defaultValue = "rivals/llama", description = "Where its package files are.")
    private Path sources = Path.of("");

    @Option(names = "--install", defaultValue = "target/llama", description = "Where it is installed.")
    private Path install = Path.of("");

    public static void main(String[] args) {
        System.exit(new CommandLine(new CpuBenchmark()).execute(args));
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public Integer call() throws Exception {
        if (rivals) {
            try {
                LlamaCpp.install(sources, install);
            } catch (IOException e) {
                print("llama.cpp is left out: %s", String.valueOf(e.getMessage()));
                rivals = false;
            }
        }
        print("%s, Java %s, %d threads", Instant.now(), Runtime.version(), threads);
        print("| weights | who | decode tokens/s | share of the read limit | prefill %d tokens/s |", prefill);
        print("| --- | --- | --- | --- | --- |");
        try (MemoryRead memory = new MemoryRead(threads)) {
            for (WeightType type : types) {
                Path file = Files.createTempFile("cocoon-random", ".gguf");
                try {
                    RandomModel.write(type, file);
                    measure(type, file, memory);
                } finally {
                    Files.delete(file);
                }
            }
        }
        return 0;
    }

    /** All that was measured of one contender. */
    private record Rates(List<Double> decode, List<Double> prefill) {
        Rates() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    private void measure(WeightType type, Path file, MemoryRead memory) throws Exception {
        // A tied embedding is read whole as the head.
        long bytes = ModelLoader.open(file).weights().bytes();
        Map<String, Contender> contenders = new LinkedHashMap<>();
        Map<String, Rates> rates = new LinkedHashMap<>();
        List<Double> limits = new ArrayList<>();
        try {
            contenders.put("this engine", new Ours(file, threads));
            if (rivals) {
                contenders.put("llama.cpp", new LlamaCpp(install, file, threads));
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
                type, limit / 1e9, bytes / 1_000_000, limit / bytes);
        rates.forEach((name, rate) -> print(
                "| %s | %s | %.1f (%.1f to %.1f) | %.2f | %s |",
                type,
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
