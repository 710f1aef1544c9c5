package io.cocoon.examples.cli;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node's key and the owner of its money, as a file of two lines that only its owner can read. Never printed.
 *
 * @param key signs for the node's wallet; a proxy's machine key looks the same
 * @param owner to whom the money belongs, and who can take it without the key
 */
record KeyFile(Ed25519Key key, Address owner) {

    private static final int MAX_BYTES = 4096;
    private static final String HEAD =
            "# The key of a Cocoon node. Whoever can read this file can spend what its wallet and channels hold.\n";
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    /**
     * Writes it to a new file with the permissions 0600.
     *
     * @throws FileAlreadyExistsException if there is one, whatever it is: keys are never overwritten
     */
    void create(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        String text = HEAD + "key=" + secret() + "\nowner=" + owner + "\n";
        Set<OpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        try (var out = posix
                ? Files.newByteChannel(
                        file, fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : Files.newByteChannel(file, fresh)) {
            out.write(java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    /** Returns base64 of the 32 bytes. For the one command that prints it. */
    String secret() {
        return Base64.getEncoder().encodeToString(key.seed().toByteArray());
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if others can read it, or it is not what {@link #create} writes
     */
    static KeyFile read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file + "; make one with: cocoon wallet create " + file + " --owner ADDRESS");
        }
        requirePrivate(file);
        if (Files.size(file) > MAX_BYTES) {
            throw new IllegalArgumentException(file + " is no key file: it has " + Files.size(file) + " bytes");
        }
        Map<String, String> found = new HashMap<>();
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).trim();
            int at = line.indexOf('=');
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            // Without the line itself: it may hold a part of a key.
            if (at < 0 || !Set.of("key", "owner").contains(line.substring(0, at))) {
                throw new IllegalArgumentException(
                        file + ", line " + (i + 1) + ": wanted key=BASE64 or owner=ADDRESS, and nothing else");
            }
            found.put(line.substring(0, at), line.substring(at + 1));
        }
        return of(file.toString(), found.get("key"), found.get("owner"));
    }

    /** Checks that nobody else can read a file with secrets, as far as the file system knows. */
    static void requirePrivate(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        Set<PosixFilePermission> now = Files.getPosixFilePermissions(file);
        if (now.stream().anyMatch(OF_OTHERS::contains)) {
            throw new IllegalArgumentException(file + " can be read by others (" + PosixFilePermissions.toString(now)
                    + "); make it yours alone first: chmod 600 " + file);
        }
    }

    /** Makes one of its parts. @throws IllegalArgumentException if one is missing or malformed; never says what the key was */
    static KeyFile of(String where, @Nullable String key, @Nullable String owner) {
        if (key == null || owner == null) {
            throw new IllegalArgumentException(where + " lacks its " + (key == null ? "key" : "owner"));
        }
        byte[] seed;
        try {
            seed = Base64.getDecoder().decode(key);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": the key is not base64");
        }
        if (seed.length != Int256.BYTES) {
            throw new IllegalArgumentException(
                    where + ": a key is base64 of 32 bytes, this one has " + seed.length + " bytes");
        }
        return new KeyFile(Ed25519Key.fromSeed(Int256.of(seed)), Address.parse(owner));
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return "KeyFile[public=" + key.publicKey().toHex() + ", owner=" + owner + "]";
    }
}
