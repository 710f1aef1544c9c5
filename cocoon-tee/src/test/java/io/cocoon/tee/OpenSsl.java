package io.cocoon.tee;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** One run of the {@code openssl} command, the implementation that the C++ programs use. */
final class OpenSsl implements AutoCloseable {

    private final Process process;
    private final StringBuffer printed = new StringBuffer();
    private final CompletableFuture<Void> reader;

    OpenSsl(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new AssertionError("this test needs the openssl command, 3.0 or newer: apt-get install openssl", e);
        }
        reader = CompletableFuture.runAsync(this::readAll, task -> {
            Thread thread = new Thread(task, "openssl output");
            thread.setDaemon(true);
            thread.start();
        });
    }

    private void readAll() {
        char[] buffer = new char[4096];
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                printed.append(buffer, 0, count);
            }
        } catch (IOException e) {
            printed.append("\n[output ended: ").append(e.getMessage()).append("]\n");
        }
    }

    String printed() {
        return printed.toString();
    }

    void awaitPrinted(String text) {
        Awaitility.await()
                .alias("openssl prints '" + text + "'")
                .atMost(20, TimeUnit.SECONDS)
                .pollInterval(5, TimeUnit.MILLISECONDS)
                .conditionEvaluationListener(condition -> {})
                .until(() -> printed().contains(text) || !process.isAlive() && reader.isDone());
        if (!printed().contains(text)) {
            throw new AssertionError("openssl ended without '" + text + "':\n" + printed());
        }
    }

    /** Returns the port that {@code s_server} listens at. */
    int port() {
        awaitPrinted("ACCEPT ");
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> printed().matches("(?s).*ACCEPT \\S+:\\d+\\s.*"));
        return Integer.parseInt(printed().replaceAll("(?s).*ACCEPT \\S+:(\\d+)\\s.*", "$1"));
    }

    /** Types a line: text for the peer, or a command of one letter. */
    void type(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        in.flush();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("openssl does not end:\n" + printed());
        }
        reader.join();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
