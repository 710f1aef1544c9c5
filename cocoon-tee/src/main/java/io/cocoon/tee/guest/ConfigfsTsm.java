package io.cocoon.tee.guest;

import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;

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

    /** The lowest and highest number of a privilege level (VMPL). */
    static final int MAX_PRIVILEGE_LEVEL = 3;

    /** How often an error is tried again that nobody could recognise. */
    private static final int UNKNOWN_ERRORS = 4;

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

    /**
     * Returns the provider's name, or nothing if there is none.
     *
     * @throws GuestException with reason {@code DENIED} if this process may not ask
     */
    Optional<String> provider() throws GuestException {
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
        } catch (AccessDeniedException e) {
            throw failed(e, "asking " + root + " for its provider");
        } catch (IOException e) {
            // What the kernel says where no driver offers evidence.
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
     * @param privilegeLevel the VMPL that the report shall name (SEV-SNP only); empty for the kernel's choice
     * @param limit how long to try again while others keep the interface busy
     */
    Answer request(Bytes reportData, String provider, OptionalInt privilegeLevel, Duration limit)
            throws GuestException {
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
        int unknown = 0;
        while (true) {
            IOException problem;
            try {
                return once(reportData, provider, privilegeLevel, tried);
            } catch (GuestException e) {
                if (e.reason() != Reason.RACE) {
                    throw e;
                }
                problem = e;
            } catch (IOException e) {
                // Errors whose text we do not know may be "busy" in another language, so they get a few attempts as
                // well.
                if (isFinal(e) || (!isBusy(e) && ++unknown > UNKNOWN_ERRORS)) {
                    throw failed(e, tried);
                }
                problem = e;
            }
            if (clock.instant().plus(rest).isAfter(end)) {
                if (problem instanceof GuestException race) {
                    throw race;
                }
                if (!isBusy(problem)) {
                    throw failed(problem, tried);
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

    private static GuestException failed(IOException e, String tried) {
        if (e instanceof AccessDeniedException) {
            return new GuestException(
                    Reason.DENIED,
                    tried,
                    "no access",
                    "the right to make directories there",
                    "run as root, or let a service of root get the evidence");
        }
        if (e instanceof NoSuchFileException) {
            return new GuestException(
                    Reason.ABSENT,
                    tried,
                    "a request without one of its files",
                    "configfs-tsm",
                    "use Linux 6.7 or later with the guest driver loaded");
        }
        return new GuestException(
                Reason.FAILED, tried, said(e), "evidence", "check the kernel's log and the host's quoting service");
    }

    private Answer once(Bytes reportData, String provider, OptionalInt privilegeLevel, String tried)
            throws IOException {
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
            int writes = 1;
            if (privilegeLevel.isPresent()) {
                // The kernel refuses levels below privlevel_floor with EINVAL, in whatever language; so ask first.
                String floor = word(directory.resolve("privlevel_floor"));
                int lowest = number(floor, tried);
                if (privilegeLevel.getAsInt() < lowest) {
                    throw new GuestException(
                            Reason.DENIED,
                            tried,
                            "privilege level " + privilegeLevel.getAsInt(),
                            "at least " + lowest + ", the level that this guest runs at",
                            "ask for that level or a higher number");
                }
                files.write(
                        directory.resolve("privlevel"),
                        Integer.toString(privilegeLevel.getAsInt()).getBytes(StandardCharsets.US_ASCII));
                writes++;
            }
            files.write(directory.resolve("inblob"), reportData.toByteArray());
            byte[] out = files.read(directory.resolve("outblob"), MAX_OUT_BYTES);
            Path auxFile = directory.resolve("auxblob");
            byte[] aux = files.exists(auxFile) ? files.read(auxFile, MAX_AUX_BYTES) : new byte[0];
            long after = generation(directory, tried);
            if (after != before + writes) {
                throw new GuestException(
                        Reason.RACE,
                        tried,
                        "generation " + after,
                        "generation " + (before + writes),
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

    private static int number(String text, String tried) throws GuestException {
        if (text.length() == 1 && text.charAt(0) >= '0' && text.charAt(0) <= '0' + MAX_PRIVILEGE_LEVEL) {
            return text.charAt(0) - '0';
        }
        throw new GuestException(
                Reason.WRONG_ANSWER,
                tried,
                "a lowest privilege level that is none",
                "0 to " + MAX_PRIVILEGE_LEVEL,
                "check the kernel");
    }

    private String word(Path file) throws IOException {
        byte[] text = files.read(file, MAX_WORD_BYTES);
        return new String(text, StandardCharsets.US_ASCII).trim();
    }

    /** What another attempt cannot change; Java has classes for these, whatever the language of the texts. */
    private static boolean isFinal(IOException e) {
        return e instanceof AccessDeniedException || e instanceof NoSuchFileException;
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
