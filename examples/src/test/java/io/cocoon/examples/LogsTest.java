package io.cocoon.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.examples.cli.Cocoon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a whole network in one process writes into its logs when everything is switched on. */
@Timeout(180)
class LogsTest {

    @TempDir
    private Path folder;

    private String logOf(String... command) throws IOException, InterruptedException {
        Path everything = Files.writeString(folder.resolve("logging.properties"), """
                handlers = java.util.logging.ConsoleHandler
                .level = ALL
                java.util.logging.ConsoleHandler.level = ALL
                """);
        Path out = folder.resolve("out.txt");
        Path log = folder.resolve("log.txt");
        String[] head = {
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
            "-Djava.util.logging.config.file=" + everything,
            "-cp",
            System.getProperty("java.class.path"),
            Cocoon.class.getName()
        };
        String[] all = new String[head.length + command.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(command, 0, all, head.length, command.length);
        Process process = new ProcessBuilder(all)
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        assertThat(process.waitFor(150, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(out)).contains("The capital of France is Paris.");
        assertThat(process.exitValue()).isZero();
        return Files.readString(log);
    }

    @Test
    void should_hold_no_question_and_no_answer() throws Exception {
        String log = logOf("chat", "--network", "test", "What is the capital of France?");

        assertThat(log).contains("DEBUG io.netty", "INFO io.cocoon.worker");
        assertThat(log).doesNotContainIgnoringCase("capital").doesNotContain("France", "Paris");
    }
}
