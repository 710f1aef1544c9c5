package io.cocoon.examples;

import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatStream;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.DemoEngine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What the examples of endings share: a network in this JVM that answers slowly, at prices that are high enough to be seen. */
final class Endings {

    /** 20,000 times the main network's. */
    static final Nanoton PER_TOKEN = Nanoton.ofTon("0.0004");

    static final Nanoton WORKER_FEE = Nanoton.ofTon("0.00038");
    static final Nanoton STAKE = Nanoton.ofTon("10");
    static final Nanoton DEPOSIT = Nanoton.ofTon("25");
    static final int MAX_TOKENS = 200;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Endings() {}

    /** A network whose worker says a word after each pause. */
    static TestNetwork.Builder network(Duration pause) {
        return TestNetwork.builder()
                .prices(PER_TOKEN, WORKER_FEE)
                .clientStake(STAKE)
                .engine(() -> DemoEngine.create(pause));
    }

    /** Settings of a channel that is opened with {@link #DEPOSIT}. */
    static ChannelSettings channel(TestNetwork network) {
        return network.channelSettings().firstDeposit(DEPOSIT);
    }

    /** Prints the first words of a stream as they come. */
    static Iterator<ChatChunk> firstWords(ChatStream stream, int words, PrintStream out) {
        Iterator<ChatChunk> chunks = stream.iterator();
        for (int i = 0; i < words && chunks.hasNext(); i++) {
            out.print(chunks.next().text());
            out.flush();
        }
        out.println("…");
        return chunks;
    }

    /** Waits until something is so. @throws IllegalStateException if it is not within a minute */
    static void until(String what, BooleanSupplier wanted) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (!wanted.getAsBoolean()) {
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Loses a folder. */
    static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path empty, @Nullable IOException error) throws IOException {
                Files.delete(empty);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
