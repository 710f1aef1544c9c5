package io.cocoon.benchmarks.cpu;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** llama.cpp, prebuilt, in a process of Node.js that is told what to do a line at a time. */
final class LlamaCpp implements Contender {

    private static final List<String> FILES = List.of("package.json", "package-lock.json", "llama.mjs");

    private final Process process;
    private final BufferedWriter to;
    private final BufferedReader from;

    /**
     * Starts it.
     *
     * @param folder where it was installed
     * @throws IOException if it cannot load the model; it says why on standard error
     */
    LlamaCpp(Path folder, Path model, int threads) throws IOException {
        process = new ProcessBuilder("node", "llama.mjs", model.toString(), String.valueOf(threads))
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        to = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        answer();
    }

    /**
     * Installs it by its lock file, or does nothing if that was done before.
     *
     * @param sources the folder with the package files
     * @throws IOException if npm is absent or fails
     */
    static void install(Path sources, Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        for (String file : FILES) {
            Files.write(folder.resolve(file), Files.readAllBytes(sources.resolve(file)));
        }
        if (Files.isDirectory(folder.resolve("node_modules/node-llama-cpp"))) {
            return;
        }
        // Its optional packages are builds for other machines and for GPUs, 700 MB; 'npm ci' insists on all of them.
        Process npm = new ProcessBuilder(
                        "npm", "install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--silent")
                .directory(folder.toFile())
                .inheritIO()
                .start();
        if (npm.waitFor() != 0) {
            throw new IOException("npm ended with " + npm.exitValue());
        }
    }

    private double answer() throws IOException {
        for (String line = from.readLine(); line != null; line = from.readLine()) {
            if (line.startsWith("result ")) {
                return Double.parseDouble(line.substring("result ".length()));
            }
        }
        throw new IOException("llama.cpp ended early");
    }

    private double ask(String what, int tokens) throws IOException {
        to.write(what + " " + tokens + "\n");
        to.flush();
        return answer();
    }

    @Override
    public double decode(int tokens) throws IOException {
        return ask("decode", tokens);
    }

    @Override
    public double prefill(int tokens) throws IOException {
        return ask("prefill", tokens);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
