package io.cocoon.examples.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys and tokens that are read from files which only their owner can read, or from the environment. */
final class SecretFile {

    private static final int MAX_BYTES = 1 << 16;

    private SecretFile() {}

    /** Reads all lines. @throws IllegalArgumentException if others can read the file, or it is too large */
    static List<String> lines(Path file) throws IOException {
        KeyFile.requirePrivate(file);
        if (Files.size(file) > MAX_BYTES) {
            throw new IllegalArgumentException(
                    file + " has " + Files.size(file) + " bytes; wanted at most " + MAX_BYTES);
        }
        return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    }

    /**
     * Returns the only secret of a file; without one what the variable says; empty if neither is there.
     *
     * @throws IllegalArgumentException if it is none that a server takes: told here, before a network is opened or a model loaded
     */
    static Optional<String> orVariable(@Nullable Path file, String variable) throws IOException {
        Optional<String> secret = file == null
                ? Optional.ofNullable(System.getenv(variable))
                : Optional.of(String.join("", lines(file)).trim());
        // Without the secret itself.
        if (secret.isPresent() && !secret.get().matches("[!-~]{16,}")) {
            throw new IllegalArgumentException(
                    (file == null ? variable : file) + ": wanted at least 16 visible ASCII characters"
                            + " and no blank, got " + secret.get().length() + " characters");
        }
        return secret;
    }
}
