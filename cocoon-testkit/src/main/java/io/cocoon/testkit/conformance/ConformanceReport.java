package io.cocoon.testkit.conformance;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;

/** Counts cases by folder and names the failures. For one thread. */
final class ConformanceReport {

    /** A case that must not fail; anything thrown is the reason of a failure. */
    @FunctionalInterface
    interface Case {
        void run() throws Exception;
    }

    private static final class Count {
        private int passed;
        private int failed;
        private int absent;
    }

    private final Map<String, Count> folders = new TreeMap<>();
    private final Map<String, Integer> unchecked = new TreeMap<>();
    private final PrintStream out;

    ConformanceReport(PrintStream out) {
        this.out = out;
    }

    private Count of(String path) {
        return folders.computeIfAbsent(folder(path), key -> new Count());
    }

    private static String folder(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "." : path.substring(0, slash);
    }

    /** Runs one case of the file at {@code path}; {@code name} says which. Whatever it throws fails this case only. */
    void run(String path, String name, Case test) {
        try {
            test.run();
            of(path).passed++;
        } catch (Exception | AssertionError | StackOverflowError | LinkageError e) {
            of(path).failed++;
            out.println("FAILED " + path + " " + name + ": " + e);
        }
    }

    /** Counts a case whose file is not in the folder. */
    void absent(String path) {
        of(path).absent++;
    }

    /** Counts a file that no kind checks. */
    void unchecked(String path) {
        unchecked.merge(folder(path), 1, Integer::sum);
    }

    /** Prints the counts and returns whether something was checked and nothing failed. */
    boolean print() {
        int passed = 0;
        int failed = 0;
        for (Map.Entry<String, Count> entry : folders.entrySet()) {
            Count count = entry.getValue();
            out.println(entry.getKey() + ": passed " + count.passed + ", failed " + count.failed + ", absent "
                    + count.absent);
            passed += count.passed;
            failed += count.failed;
        }
        unchecked.forEach((folder, files) -> out.println(folder + ": not checked yet, " + files + " files"));
        out.println(passed + " passed, " + failed + " failed");
        return failed == 0 && passed > 0;
    }
}
