package io.cocoon.tee.guest;

import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Requests to the kernel's configfs-tsm, Linux 6.7 and later. TEE dossier 9.2. Each request has a directory of its own with
 * an unpredictable name, so that the generation counter tells whether anybody else wrote to it. Thread-safe; blocks.
 */
final class ConfigfsTsm {

    static final Path ROOT = Path.of("/sys/kernel/config/tsm/report");
    static final int REPORT_DATA_BYTES = 64;
    static final int MAX_OUT_BYTES = 32 << 10;
    static final int MAX_AUX_BYTES = 64 << 10;
    private static final int MAX_WORD_BYTES = 128;

    private final Path root;
    private final KernelFiles files;
    private final SecureRandom random;
    private final Clock clock;
    private final Pause pause;

    /** Waits between attempts; replaced in tests. */
    interface Pause {
        void rest(Duration time) throws InterruptedException;
    }

    /** What the kernel answered. {@code aux} is empty where there is none. */
    record Answer(String provider, Bytes out, Bytes aux) {}

    ConfigfsTsm(Path root, KernelFiles files, SecureRandom random, Clock clock, Pause pause) {
        this.root = root;
        this.files = files;
        this.random = random;
        this.clock = clock;
        this.pause = pause;
    }

    boolean present() {
        return files.exists(root);
    }

    /** Returns the provider's name, or nothing if there is none. */
    Optional<String> provider() {
        if (!present()) {
            return Optional.empty();
        }
        try {
            Path directory = open();
            try {
                return Optional.of(word(directory.resolve("provider")));
            } finally {
                files.removeDirectory(directory);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Path open() throws IOException {
        byte[] name = new byte[16];
        random.nextBytes(name);
        Path directory = root.resolve("cocoon-" + HexFormat.of().formatHex(name));
        files.makeDirectory(directory);
        return directory;
    }

    /**
     * Asks for evidence.
     *
     * @param provider who has to answer, {@code tdx_guest} or {@code sev_guest}
     * @param limit how long to try again while others keep the interface busy
     */
    Answer request(Bytes reportData, String provider, Duration limit) throws GuestException {
        if (reportData.length() != REPORT_DATA_BYTES) {
            throw new IllegalArgumentException("report data have 64 bytes, got " + reportData.length());
        }
        String tried = "asking " + root + " for evidence of " + provider;
        if (!present()) {
            throw new GuestException(
                    Reason.ABSENT,
                    tried,
                    "no such directory",
                    "configfs-tsm",
                    "run inside a TEE with Linux 6.7 or later, configfs mounted and the guest driver loaded");
        }
        Instant end = clock.instant().plus(limit);
        Duration rest = Duration.ofMillis(50);
        while (true) {
            IOException problem;
            try {
                return once(reportData, provider, tried);
            } catch (GuestException e) {
                if (e.reason() != Reason.RACE) {
                    throw e;
                }
                problem = e;
            } catch (IOException e) {
                if (!isBusy(e)) {
                    throw new GuestException(
                            Reason.ABSENT,
                            tried,
                            said(e),
                            "evidence",
                            "check the kernel's log, the rights on the directory and the host's quoting service");
                }
                problem = e;
            }
            if (clock.instant().plus(rest).isAfter(end)) {
                if (problem instanceof GuestException race) {
                    throw race;
                }
                throw new GuestException(
                        Reason.BUSY,
                        tried,
                        said(problem) + " for " + limit,
                        "a free interface",
                        "find out who else asks for evidence, or allow more time");
            }
            try {
                pause.rest(rest);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new GuestException(Reason.LATE, tried, "an interrupt", "evidence", "ask again");
            }
            rest = rest.multipliedBy(2).compareTo(Duration.ofSeconds(2)) < 0
                    ? rest.multipliedBy(2)
                    : Duration.ofSeconds(2);
        }
    }

    private Answer once(Bytes reportData, String provider, String tried) throws IOException {
        Path directory = open();
        try {
            String seen = word(directory.resolve("provider"));
            if (!seen.equals(provider)) {
                throw new GuestException(
                        Reason.WRONG_ANSWER,
                        tried,
                        "provider '" + seen + "'",
                        "'" + provider + "'",
                        "ask for the evidence of the TEE that this is");
            }
            long before = generation(directory, tried);
            files.write(directory.resolve("inblob"), reportData.toByteArray());
            byte[] out = files.read(directory.resolve("outblob"), MAX_OUT_BYTES);
            Path auxFile = directory.resolve("auxblob");
            byte[] aux = files.exists(auxFile) ? files.read(auxFile, MAX_AUX_BYTES) : new byte[0];
            long after = generation(directory, tried);
            if (after != before + 1) {
                throw new GuestException(
                        Reason.RACE,
                        tried,
                        "generation " + after,
                        "generation " + (before + 1),
                        "find out who else writes to this directory");
            }
            if (out.length > MAX_OUT_BYTES || aux.length > MAX_AUX_BYTES) {
                throw new GuestException(
                        Reason.WRONG_ANSWER,
                        tried,
                        "more than " + MAX_OUT_BYTES + " bytes, or certificates of more than " + MAX_AUX_BYTES,
                        "less",
                        "check the host");
            }
            return new Answer(seen, Bytes.wrapUnshared(out), Bytes.wrapUnshared(aux));
        } finally {
            files.removeDirectory(directory);
        }
    }

    private long generation(Path directory, String tried) throws IOException {
        String text = word(directory.resolve("generation"));
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new GuestException(
                    Reason.WRONG_ANSWER, tried, "a generation that is no number", "a number", "check the kernel");
        }
    }

    private String word(Path file) throws IOException {
        byte[] text = files.read(file, MAX_WORD_BYTES);
        return new String(text, StandardCharsets.US_ASCII).trim();
    }

    /** Java does not show errno; these are the texts of EBUSY and EAGAIN in the C and English locales. */
    private static boolean isBusy(IOException e) {
        String text = said(e);
        return text.contains("resource busy") || text.contains("temporarily unavailable");
    }

    private static String said(IOException e) {
        String text = e.getMessage();
        return text == null ? e.getClass().getSimpleName() : text;
    }
}
