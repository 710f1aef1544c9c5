package io.cocoon.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The OpenAI-compatible server of {@code src/test/npm}, installed by npm with its lock file, as a child process. */
final class NpmModelServer implements AutoCloseable {

    private static final Path SOURCES = Path.of("src", "test", "npm");
    private static final Path INSTALLED = Path.of("target", "npm");
    private static final Pattern ADDRESS = Pattern.compile("listening on (http://127\\.0\\.0\\.1:\\d+)");

    private final Process process;
    private final URI uri;

    private NpmModelServer(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    static NpmModelServer start() throws IOException, InterruptedException {
        install();
        Process process = new ProcessBuilder(
                        "node", "node_modules/@copilotkit/aimock/dist/cli.js", "-p", "0", "-f", "fixtures.json")
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line;
        while ((line = out.readLine()) != null) {
            Matcher found = ADDRESS.matcher(line);
            if (found.find()) {
                drain(process.getInputStream());
                return new NpmModelServer(process, URI.create(found.group(1)));
            }
        }
        process.destroy();
        throw new IllegalStateException("the npm model server ended before it listened");
    }

    /** Its log must not fill the pipe. */
    private static void drain(InputStream from) {
        Thread thread = new Thread(
                () -> {
                    try {
                        from.transferTo(java.io.OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        // The process ended; nothing is left to read.
                        Thread.currentThread().interrupt();
                    }
                },
                "npm-server-log");
        thread.setDaemon(true);
        thread.start();
    }

    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        for (String name : new String[] {"package.json", "package-lock.json", "fixtures.json"}) {
            Files.copy(SOURCES.resolve(name), INSTALLED.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(INSTALLED.resolve("node_modules/@copilotkit/aimock/package.json"))) {
            return;
        }
        int exit;
        try {
            Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                    .directory(INSTALLED.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(INSTALLED.resolve("npm.log").toFile())
                    .start();
            if (!npm.waitFor(5, TimeUnit.MINUTES)) {
                npm.destroy();
                throw new IllegalStateException("npm ci took more than five minutes");
            }
            exit = npm.exitValue();
        } catch (IOException e) {
            throw new IllegalStateException("this test needs npm and node on the path: " + e.getMessage());
        }
        if (exit != 0) {
            throw new IllegalStateException("npm ci failed with " + exit + ": "
                    + Files.readString(INSTALLED.resolve("npm.log")).strip());
        }
    }

    URI uri() {
        return uri;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
