package io.cocoon.store;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A {@link StateStore} in one file: SHA-256 of the value, then the value. A new value is written beside it, forced to the disk,
 * and renamed over it; then the folder is forced. Only one process may write; who opens it has to see to that.
 */
public final class StateFile implements StateStore {

    /** The largest value; a file that claims more is damaged. */
    public static final int MAX_BYTES = 16 << 20;

    private static final int DIGEST_BYTES = 32;

    private final Path file;

    /** Is kept in {@code file}, whose folder must exist; the file need not. */
    public StateFile(Path file) {
        this.file = file.toAbsolutePath();
    }

    @Override
    public Optional<Bytes> load() throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(DIGEST_BYTES + MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IOException("state file " + file + " could not be read: " + DiskFailure.inWords(e), e);
        }
        if (content.length < DIGEST_BYTES || content.length > DIGEST_BYTES + MAX_BYTES) {
            throw damaged("it has " + content.length + " bytes, possible are " + DIGEST_BYTES + " to "
                    + (DIGEST_BYTES + MAX_BYTES));
        }
        byte[] value = Arrays.copyOfRange(content, DIGEST_BYTES, content.length);
        if (!MessageDigest.isEqual(digest(value), Arrays.copyOf(content, DIGEST_BYTES))) {
            throw damaged("its checksum does not fit its content");
        }
        return Optional.of(Bytes.wrapUnshared(value));
    }

    private IOException damaged(String why) {
        return new IOException("state file " + file + " is damaged: " + why
                + ". Nothing was changed; restore the newest copy, or move it away to begin with what the chain knows");
    }

    @Override
    public void save(Bytes value) throws IOException {
        if (value.length() > MAX_BYTES) {
            throw new IOException("a state of " + value.length() + " bytes, at most " + MAX_BYTES + " fit in " + file);
        }
        try {
            replace(value.toByteArray());
        } catch (IOException e) {
            throw new IOException("state file " + file + " could not be written: " + DiskFailure.inWords(e), e);
        }
    }

    private void replace(byte[] bytes) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try (FileChannel out = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            write(out, digest(bytes));
            write(out, bytes);
            out.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path folder = file.getParent();
        if (folder != null) {
            try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
    }

    private static void write(FileChannel out, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            out.write(left);
        }
    }

    private static byte[] digest(byte[] value) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(value);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
