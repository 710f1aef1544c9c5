package io.cocoon.keymanager;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Keys in a directory, one file for each, in the reference's record form: the boxed object and 64 bytes of the machine key's
 * signature over it (2026 part of the wire dossier, section 14). File names are the reference's record names.
 *
 * <p>A file is written beside its place, forced to the disk and moved; where the file system knows owners, only the owner may
 * read it. A record with a wrong signature stops the start: somebody else has been at the files. Not thread-safe.
 */
public final class DirectoryKeyStore implements KeyStore {

    private static final int KEY_ID = 0x35c91007;
    private static final int CONFIG_ID = 0x6d2817ac;
    private static final String CONFIG = "config";
    private static final String KEY_PREFIX = "key_";
    private static final String UNFINISHED = ".new";
    private static final int SIGNATURE_BYTES = 64;
    private static final int MAX_RECORD_BYTES = 1024;

    private final Path directory;
    private final Ed25519Key machineKey;

    /** Uses a directory, which is made if it is not there. @throws IOException if that fails */
    public DirectoryKeyStore(Path directory, Ed25519Key machineKey) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.machineKey = machineKey;
    }

    @Override
    public List<NetworkKeyPair> load(int rootVersion) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.sorted().toList();
        }
        List<NetworkKeyPair> keys = new ArrayList<>();
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(UNFINISHED)) {
                Files.delete(file);
            } else if (name.equals(CONFIG)) {
                checkVersion(file, rootVersion);
            } else if (name.startsWith(KEY_PREFIX)) {
                keys.add(readKey(file, name));
            }
        }
        return keys;
    }

    private void checkVersion(Path file, int rootVersion) throws IOException {
        int seen = read(file, in -> {
            in.expectId(CONFIG_ID);
            return in.readInt();
        });
        if (Integer.compareUnsigned(seen, rootVersion) > 0) {
            throw new IOException(
                    "%s says that the root contract had version %s, now it has %s; the chain's state is old"
                            .formatted(file, Integer.toUnsignedString(seen), Integer.toUnsignedString(rootVersion)));
        }
    }

    private NetworkKeyPair readKey(Path file, String name) throws IOException {
        NetworkKeyPair key = read(file, in -> {
            in.expectId(KEY_ID);
            return new NetworkKeyPair(
                    Ed25519Key.fromSeed(in.readInt256()),
                    in.readInt(),
                    in.readInt(),
                    Instant.ofEpochSecond(in.readInt()),
                    Instant.ofEpochSecond(in.readInt()));
        });
        if (!name.equals(nameOf(key.publicKey()))) {
            throw new IOException(file + " holds the key of another name; it was renamed or exchanged");
        }
        return key;
    }

    private <T> T read(Path file, TlReader.Element<T> reader) throws IOException {
        if (Files.size(file) > MAX_RECORD_BYTES || Files.size(file) < SIGNATURE_BYTES) {
            throw new IOException(file + " is no record: it has " + Files.size(file) + " bytes");
        }
        Bytes record = Bytes.wrapUnshared(Files.readAllBytes(file));
        int end = record.length() - SIGNATURE_BYTES;
        Bytes object = record.slice(0, end);
        if (!Ed25519Key.verify(machineKey.publicKey(), object, record.sliceFrom(end))) {
            throw new IOException(file + " is not signed with this machine's key "
                    + machineKey.publicKey().toHex());
        }
        try {
            return TlReader.readWhole(object, reader);
        } catch (TlException | IllegalArgumentException e) {
            throw new IOException(file + " is signed, but no record that this version knows", e);
        }
    }

    @Override
    public void rootVersion(int version) throws IOException {
        write(CONFIG, new TlWriter().writeInt(CONFIG_ID).writeInt(version).seal());
    }

    @Override
    public void add(NetworkKeyPair key) throws IOException {
        write(
                nameOf(key.publicKey()),
                new TlWriter()
                        .writeInt(KEY_ID)
                        .writeInt256(key.pair().seed())
                        .writeInt(key.type())
                        .writeInt(key.sinceConfigVersion())
                        .writeInt((int) key.validSince().getEpochSecond())
                        .writeInt((int) key.validUntil().getEpochSecond())
                        .seal());
    }

    private void write(String name, Bytes object) throws IOException {
        Path place = directory.resolve(name);
        Path unfinished = directory.resolve(name + UNFINISHED);
        Files.deleteIfExists(unfinished);
        if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            Files.createFile(
                    unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Bytes record = object.concat(machineKey.sign(object));
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            java.nio.ByteBuffer buffer = record.asByteBuffer();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(unfinished, place, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        forceDirectory();
    }

    /** A name survives a power cut only when its directory was forced, too; not every file system lets one do that. */
    private void forceDirectory() throws IOException {
        if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    @Override
    public void remove(Int256 publicKey) throws IOException {
        Files.deleteIfExists(directory.resolve(nameOf(publicKey)));
        forceDirectory();
    }

    private static String nameOf(Int256 publicKey) {
        return KEY_PREFIX + publicKey.toHex().toUpperCase(Locale.ROOT);
    }
}
