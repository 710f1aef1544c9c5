package io.cocoon.benchmarks.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Jlama, fetched by Maven, in a process of this Java, which has to be 21 or later. */
final class Jlama {

    private static final int OLDEST_JAVA = 21;

    private Jlama() {}

    /** @param folder where it was installed */
    static Contender start(Path folder, Path model) throws IOException {
        return new RivalProcess(
                folder,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx6g",
                        "-cp",
                        folder.resolve("lib").toAbsolutePath() + "/*",
                        folder.resolve("Jlama.java").toAbsolutePath().toString(),
                        model.toAbsolutePath().toString()));
    }

    /**
     * Fetches it, or does nothing if that was done before.
     *
     * @param sources the folder with its description and program
     * @throws IOException if this Java is too old for it, or Maven is absent or fails
     */
    static void install(Path sources, Path folder) throws IOException, InterruptedException {
        if (Runtime.version().feature() < OLDEST_JAVA) {
            throw new IOException("it needs Java " + OLDEST_JAVA + " or later, and this is "
                    + Runtime.version().feature() + "; give one with -Dcocoon.java=…/bin/java");
        }
        Files.createDirectories(folder);
        Files.write(folder.resolve("Jlama.java"), Files.readAllBytes(sources.resolve("Jlama.java")));
        if (Files.isDirectory(folder.resolve("lib"))) {
            return;
        }
        Process maven = new ProcessBuilder(
                        "mvn",
                        "-B",
                        "-ntp",
                        "-q",
                        "-f",
                        sources.resolve("pom.xml").toString(),
                        "dependency:copy-dependencies",
                        "-DoutputDirectory=" + folder.resolve("lib").toAbsolutePath())
                .inheritIO()
                .start();
        if (maven.waitFor() != 0) {
            throw new IOException("Maven ended with " + maven.exitValue());
        }
    }
}
