package io.cocoon.benchmarks.load;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A role in a JVM of its own: says {@code READY …} when it is up, and ends when its standard input does. */
final class ChildProcess implements AutoCloseable {

    private static final String READY = "READY";

    private final String name;
    private final Process process;
    private final String ready;

    private ChildProcess(String name, Process process, String ready) {
        this.name = name;
        this.process = process;
        this.ready = ready;
    }

    /** Starts {@code main} with this JVM's class path and waits until it says that it is ready. */
    static ChildProcess start(String name, Class<?> main, List<String> jvmFlags, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmFlags);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .directory(new File("."))
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line;
        while ((line = out.readLine()) != null) {
            if (line.startsWith(READY)) {
                return new ChildProcess(
                        name, process, line.substring(READY.length()).trim());
            }
        }
        process.destroyForcibly();
        throw new IOException(name + " ended before it was ready; its own output above says why");
    }

    /** In the child: says that it is up, then waits for the parent to end. */
    static void readyUntilParentEnds(String details) throws IOException {
        System.out.println(READY + " " + details);
        System.out.flush();
        while (System.in.read() >= 0) {
            // The parent writes nothing; the end of the stream is the signal.
        }
    }

    String name() {
        return name;
    }

    /** What the child said after {@code READY}. */
    String ready() {
        return ready;
    }

    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Resident memory in MiB, or -1 where the system does not tell. */
    long residentMib() {
        return residentMib(process.pid());
    }

    static long residentMib(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
                }
            }
        } catch (IOException e) {
            return -1;
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
