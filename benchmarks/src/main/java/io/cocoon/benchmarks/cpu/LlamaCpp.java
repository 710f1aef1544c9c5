package io.cocoon.benchmarks.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** llama.cpp, prebuilt, in a process of Node.js. */
final class LlamaCpp {

    private static final List<String> FILES = List.of("package.json", "package-lock.json", "llama.mjs");

    private LlamaCpp() {}

    /** @param folder where it was installed */
    static Contender start(Path folder, Path model, int threads) throws IOException {
        return new RivalProcess(folder, List.of("node", "llama.mjs", model.toString(), String.valueOf(threads)));
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
}
