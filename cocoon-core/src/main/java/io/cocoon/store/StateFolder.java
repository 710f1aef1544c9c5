package io.cocoon.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder with the states of one role, each in a {@link StateFile} of its own. Promise: while it is open, nobody else opens it,
 * neither in this process nor in another: two programs that send with one key pay twice. The lock goes with the process, so a
 * crash leaves nothing to clean up. Thread-safe.
 */
public final class StateFolder implements AutoCloseable {

    private static final String LOCK = "lock";

    private final Path folder;
    private final FileChannel lock;

    private StateFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Opens a folder and makes it if there is none, readable by its owner only where the file system knows owners.
     *
     * @throws IOException if it cannot be made or locked, or is open already
     */
    public static StateFolder open(Path folder) throws IOException {
        Path whole = folder.toAbsolutePath();
        FileChannel channel;
        try {
            if (!Files.exists(whole)) {
                make(whole);
            } else if (!Files.isDirectory(whole)) {
                throw new NotDirectoryException(whole.toString());
            }
            channel = FileChannel.open(whole.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("folder " + whole + " cannot be used: " + DiskFailure.inWords(e), e);
        }
        try {
            if (channel.tryLock() != null) {
                return new StateFolder(whole, channel);
            }
        } catch (OverlappingFileLockException e) {
            // Held by this process: the same answer.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException(
                "folder " + whole + " is open already, in this program or another one. One key must be used"
                        + " by one program at a time: stop the other one, or give this one a key and a folder of its own");
    }

    private static void make(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
    }

    /**
     * Returns the state with this name.
     *
     * @param name letters, digits, {@code -} and {@code _}
     */
    public StateStore state(String name) {
        if (!name.matches("[A-Za-z0-9_-]{1,100}")) {
            throw new IllegalArgumentException("no name for a state: " + name);
        }
        return new StateFile(folder.resolve(name + ".state"));
    }

    /** Returns where it is. */
    public Path path() {
        return folder;
    }

    /** Lets others open it. States that were handed out must not be saved any more. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the lock of " + folder + " could not be given back", e);
        }
    }
}
