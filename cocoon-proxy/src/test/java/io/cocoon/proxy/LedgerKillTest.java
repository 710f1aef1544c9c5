package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process under load, killed in the middle of its work, again and again; {@code -Dcocoon.kill.rounds=200} for more rounds
 * than the ordinary build's.
 */
class LedgerKillTest {

    private static final int ROUNDS = Integer.getInteger("cocoon.kill.rounds", 10);

    @TempDir
    Path temporary;

    private Path folder() {
        return temporary.resolve("ledger");
    }

    private Path chain() {
        return temporary.resolve("chain");
    }

    private Process child(long seed) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        // Whoever is killed does not delete the library that it has unpacked.
                        "-Dorg.sqlite.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LedgerChild.class.getName(),
                        folder().toString(),
                        chain().toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** What a process has said about a contract. */
    private record Said(long signed, long db) {

        private Said orMore(Said other) {
            return new Said(Math.max(signed, other.signed), Math.max(db, other.db));
        }
    }

    private static String read(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new AssertionError("the process ended by itself");
        }
        return line;
    }

    private static void listen(String line, Map<String, Said> said) {
        String[] words = line.split(" ");
        // The last line may be cut off anywhere: only a line with its last word is whole.
        if (words.length == 4 && words[3].equals("end")) {
            said.merge(words[0], new Said(Long.parseLong(words[1]), Long.parseLong(words[2])), Said::orMore);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void should_lose_nothing_that_it_has_called_written_when_it_is_killed() throws Exception {
        long seed = new SecureRandom().nextLong();
        Random random = new Random(seed);
        Map<String, Said> said = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            String where = "seed " + seed + "L, round " + round;
            Path older = temporary.resolve("older" + round);
            if (round > 0) {
                copy(folder(), older);
            }
            Process process = child(random.nextLong());
            try (BufferedReader lines = process.inputReader()) {
                for (int left = 1 + random.nextInt(3000); left > 0; left--) {
                    listen(read(lines), said);
                }
                // The handle leaves what was said before the end to be read; the process would close it.
                process.toHandle().destroyForcibly();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    listen(line, said);
                }
            } finally {
                process.destroyForcibly();
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            if (round > 0) {
                assertThatThrownBy(() -> LedgerChild.open(older, chain()))
                        .as(where + ", a copy of before")
                        .isInstanceOf(LedgerStoppedException.class)
                        .hasMessageContaining("older than what the chain saw");
            }
            check(said, where);
        }
        assertThat(said).as("contracts that had something to lose").hasSize(2 * LedgerChild.PEOPLE);
    }

    private void check(Map<String, Said> said, String where) throws IOException {
        try (Ledger ledger = LedgerChild.open(folder(), chain())) {
            assertThat(ledger.isOpen()).as(where).isTrue();
            long charged = 0;
            long earned = 0;
            for (int i = 0; i < LedgerChild.PEOPLE; i++) {
                charged += check(ledger, Side.CLIENT, "client" + i, said, where);
                earned += check(ledger, Side.WORKER, "worker" + i, said, where);
            }
            assertThat(charged).as(where + ", a charge without its credit").isEqualTo(earned);
        }
    }

    private static long check(Ledger ledger, Side side, String name, Map<String, Said> said, String where) {
        Totals totals = ledger.totals(side, TestLedgers.address(name));
        Said least = said.getOrDefault(name, new Said(0, 0));
        assertThat(totals.db()).as("%s, %s, written", where, name).isGreaterThanOrEqualTo(least.db);
        assertThat(totals.signed()).as("%s, %s, signed", where, name).isGreaterThanOrEqualTo(least.signed);
        return totals.max();
    }

    @Test
    void should_refuse_the_ledger_that_another_process_has() throws Exception {
        Process process = child(1);
        try (BufferedReader lines = process.inputReader()) {
            assertThat(read(lines)).isEqualTo("open");
            assertThatThrownBy(() -> LedgerChild.open(folder(), chain()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is open in another process");
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        LedgerChild.open(folder(), chain()).close();
    }
}
