package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process, killed in the middle of its work, again and again; {@code -Dcocoon.ledger.kills=200} for more rounds than
 * the ordinary build's.
 */
class LedgerKillTest {

    private static final int ROUNDS = Integer.getInteger("cocoon.ledger.kills", 10);

    @TempDir
    Path folder;

    private Process child(long seed) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LedgerChild.class.getName(),
                        folder.toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String read(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new AssertionError("the process ended by itself");
        }
        return line;
    }

    @Test
    void should_lose_nothing_that_it_has_called_written_when_it_is_killed() throws Exception {
        long seed = new SecureRandom().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Process process = child(random.nextLong());
            String last = "";
            try (BufferedReader lines = process.inputReader()) {
                for (int left = 1 + random.nextInt(60); left > 0; left--) {
                    last = read(lines);
                }
                // The handle leaves what was said before its end to be read; the process would close it.
                process.toHandle().destroyForcibly();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    last = line.split(" ").length == 1 + 2 * LedgerChild.PEOPLE ? line : last;
                }
            } finally {
                process.destroyForcibly();
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            check(last, "seed " + seed + "L, round " + round);
        }
    }

    private void check(String said, String where) throws IOException {
        String[] words = said.split(" ");
        try (Ledger ledger = Ledger.openWithoutChain(
                folder, TestLedgers.IDENTITY, TestLedgers.KEY, Clock.systemUTC(), new SecureRandom())) {
            long charged = 0;
            long earned = 0;
            for (int i = 0; i < LedgerChild.PEOPLE; i++) {
                Totals client = ledger.totals(Side.CLIENT, TestLedgers.address("client" + i));
                assertThat(client.max())
                        .as(where + ", signed")
                        .isGreaterThanOrEqualTo(Long.parseLong(words[1 + 2 * i]));
                assertThat(client.max())
                        .as(where + ", written")
                        .isGreaterThanOrEqualTo(Long.parseLong(words[2 + 2 * i]));
                charged += client.max();
                earned += ledger.totals(Side.WORKER, TestLedgers.address("worker" + i))
                        .max();
            }
            assertThat(charged).as(where + ", a charge without its credit").isEqualTo(earned);
        }
    }

    @Test
    void should_refuse_the_ledger_that_another_process_has() throws Exception {
        Process process = child(1);
        try (BufferedReader lines = process.inputReader()) {
            assertThat(read(lines)).startsWith("open");
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> Ledger.openWithoutChain(
                            folder, TestLedgers.IDENTITY, TestLedgers.KEY, Clock.systemUTC(), new SecureRandom()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is open in another process");
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        Ledger.openWithoutChain(folder, TestLedgers.IDENTITY, TestLedgers.KEY, Clock.systemUTC(), new SecureRandom())
                .close();
    }
}
