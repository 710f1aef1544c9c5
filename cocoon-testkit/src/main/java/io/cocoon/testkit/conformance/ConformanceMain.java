package io.cocoon.testkit.conformance;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs the conformance suite on a folder: {@code ConformanceMain DIR}. Ends with 0 only if cases ran and none failed. */
public final class ConformanceMain {

    private static final List<ConformanceKind> KINDS = List.of(
            new FrameKind(),
            new ProofOfWorkKind(),
            new CertificateKind(),
            new RouterProbeKind(),
            new TdxKind(),
            new SnpKind(),
            new SnpLaunchKind(),
            new GpuKind(),
            new NrasKind(),
            new ModelKind());

    private ConformanceMain() {}

    /** Runs the suite and ends the process: 0 passed, 1 a case failed or nothing was found, 2 wrong arguments. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (arguments.length != 1 || !Files.isDirectory(Path.of(arguments[0]))) {
            out.println("Usage: ConformanceMain DIR, a folder with captures, captures-2026 and so on");
            System.exit(2);
        }
        System.exit(run(Path.of(arguments[0]), out) ? 0 : 1);
    }

    static boolean run(Path root, PrintStream out) {
        ConformanceReport report = new ConformanceReport(out);
        List<String> paths;
        try (Stream<Path> files = Files.walk(root)) {
            paths = files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(path -> path.contains("/") && !path.endsWith("README.md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            report.run(".", "listing of files", () -> {
                throw e;
            });
            return report.print();
        }
        for (String path : paths) {
            boolean isChecked = false;
            for (ConformanceKind kind : KINDS) {
                if (kind.accepts(path)) {
                    isChecked = true;
                    check(kind, root, path, report);
                }
            }
            if (!isChecked) {
                report.unchecked(path);
            }
        }
        return report.print();
    }

    private static void check(ConformanceKind kind, Path root, String path, ConformanceReport report) {
        try {
            kind.check(root, path, report);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            report.run(path, "reading the file", () -> {
                throw new IllegalStateException("the file is not of the form that its kind has: " + e, e);
            });
        }
    }
}
