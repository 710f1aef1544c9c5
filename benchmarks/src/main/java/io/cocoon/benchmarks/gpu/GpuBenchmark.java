package io.cocoon.benchmarks.gpu;

import io.cocoon.engine.cuda.CudaBackend;
import io.cocoon.engine.cuda.CudaDevice;
import io.cocoon.engine.cuda.CudaDevices;
import io.cocoon.engine.cuda.CudaMeasurement;
import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Decode and prefill of the CUDA backend, beside what the memory of the same card can do in the same run (engine dossier 12).
 * Weights are zeros, so no model is needed. What to make of it: {@code docs/gpu.md}.
 */
@Command(
        name = "GpuBenchmark",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Measures the CUDA backend against the bandwidth of the card's memory.")
final class GpuBenchmark implements Callable<Integer> {

    private static final int RUNS = 5;

    @Option(names = "--shapes", split = ",", defaultValue = "QWEN3_0_6B,LLAMA_3_2_1B,LLAMA_3_1_8B")
    private List<EmptyModel.Shape> shapes = List.of();

    @Option(names = "--batches", split = ",", defaultValue = "1,4,16,64,256", description = "Answers at once.")
    private List<Integer> batches = List.of();

    @Option(names = "--context", defaultValue = "512", description = "Tokens before the measured ones.")
    private int context;

    @Option(names = "--steps", defaultValue = "32", description = "Tokens of each answer in one run.")
    private int steps;

    @Option(names = "--prefill", split = ",", defaultValue = "512,2048,8192", description = "Lengths of prompts.")
    private List<Integer> prompts = List.of();

    @Option(names = "--mebibytes", defaultValue = "4096", description = "How much memory is copied and read.")
    private long mebibytes;

    public static void main(String[] args) {
        System.exit(new CommandLine(new GpuBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        CudaDevices devices = CudaDevices.find();
        System.out.println(devices.reason() + ", " + Instant.now());
        if (devices.usable().isEmpty()) {
            return 1;
        }
        CudaDevice device = devices.usable().get(0);
        double bandwidth = bandwidth(device);
        for (EmptyModel.Shape shape : shapes) {
            Path folder = Files.createTempDirectory("cocoon-gpu");
            try {
                measure(device, EmptyModel.write(shape, folder), shape, bandwidth);
            } finally {
                delete(folder);
            }
        }
        return 0;
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    private double bandwidth(CudaDevice device) throws IOException {
        double read;
        try (CudaMeasurement measurement = new CudaMeasurement(device)) {
            read = measurement.readBandwidth(mebibytes << 20);
            print(
                    "read %.0f GB/s, copy %.0f GB/s, launch %.2f us, recorded launch %.2f us",
                    read / 1e9,
                    measurement.copyBandwidth((mebibytes << 20) / 2) / 1e9,
                    measurement.launchSeconds() * 1e6,
                    measurement.recordedLaunchSeconds() * 1e6);
        }
        return read;
    }

    private void measure(CudaDevice device, Model model, EmptyModel.Shape shape, double bandwidth) throws IOException {
        try (CudaBackend backend = CudaBackend.load(model, device, CudaSettings.DEFAULT, layer -> {})) {
            print("%s: %s", shape, backend.description());
            // A tied embedding is read as the head; what embedding reads besides is a row a token.
            double weights = model.weights().bytes()
                    - (model.shape().tied() ? 0 : model.weights().embedding().bytes());
            for (int batch : batches) {
                if ((long) batch * (context + steps * (RUNS + 1) + 16) > backend.cacheTokens()) {
                    print("  decode %d at once: no room for their keys and values", batch);
                    continue;
                }
                double seconds = decode(backend, batch);
                double keys = (double) batch * context * model.shape().kvBytesPerToken(Short.BYTES);
                print(
                        "  decode %d at once behind %d tokens: %.1f tokens/s, %.3f ms a step, %.0f %% of the read"
                                + " bandwidth",
                        batch, context, batch / seconds, seconds * 1e3, 100 * (weights + keys) / seconds / bandwidth);
            }
            for (int prompt : prompts) {
                if (prompt < model.shape().context() && prompt + 16L <= backend.cacheTokens()) {
                    double seconds = prefill(backend, prompt);
                    print("  prefill %d: %.0f tokens/s, %.1f ms", prompt, prompt / seconds, seconds * 1e3);
                }
            }
        }
    }

    private static double median(double[] seconds) {
        Arrays.sort(seconds);
        return seconds[seconds.length / 2];
    }

    /** Seconds of one step. */
    private double decode(CudaBackend backend, int batch) {
        List<Backend.Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            sequences.add(backend.newSequence());
            backend.compute(List.of(new Backend.Step(sequences.get(i), new int[context], Backend.Wanted.NOTHING)), 1);
        }
        List<Backend.Step> next = sequences.stream()
                .map(each -> new Backend.Step(each, new int[1], Backend.Wanted.LIKELIEST))
                .toList();
        double[] seconds = new double[RUNS];
        for (int run = -1; run < RUNS; run++) {
            long start = System.nanoTime();
            for (int i = 0; i < steps; i++) {
                backend.compute(next, 1);
            }
            if (run >= 0) {
                seconds[run] = (System.nanoTime() - start) / 1e9 / steps;
            }
        }
        sequences.forEach(Backend.Sequence::close);
        return median(seconds);
    }

    private static double prefill(CudaBackend backend, int prompt) {
        double[] seconds = new double[RUNS];
        for (int run = -1; run < RUNS; run++) {
            try (Backend.Sequence sequence = backend.newSequence()) {
                long start = System.nanoTime();
                backend.compute(List.of(new Backend.Step(sequence, new int[prompt], Backend.Wanted.LIKELIEST)), 1);
                if (run >= 0) {
                    seconds[run] = (System.nanoTime() - start) / 1e9;
                }
            }
        }
        return median(seconds);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
