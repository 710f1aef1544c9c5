package io.cocoon.client.receipt;

import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps receipts, one file each, numbered and chained: {@code 0000000001-ID.json} with its salt beside it, and reports of evidence
 * by their hash in {@code evidence}. A file is written beside, forced to the disk and renamed, so that a crash leaves a whole receipt
 * or none. Thread-safe; one program at a time.
 */
public final class ReceiptFolder {

    /** This many are kept if nothing else is said; then the oldest goes. */
    public static final int DEFAULT_KEPT = 100_000;

    static final String EVIDENCE = "evidence";
    static final String REPORT = ".json";
    static final int MAX_REPORT = 4 << 20;

    private static final Pattern NAME = Pattern.compile("([0-9]{10})-[0-9a-f]{32}\\.json");
    private static final String SALT = ".salt";

    private final Path folder;
    private final int kept;
    private final Consumer<String> alarms;
    private final TreeMap<Long, Path> files = new TreeMap<>();
    private Optional<Int256> newest = Optional.empty();

    private ReceiptFolder(Path folder, int kept, Consumer<String> alarms) {
        this.folder = folder;
        this.kept = kept;
        this.alarms = alarms;
    }

    /**
     * Opens a folder, readable by its owner only, and makes it if there is none.
     *
     * @param kept how many receipts to keep, 1 or more
     * @param alarms is told when a receipt could not be kept; the request itself goes on
     * @throws IOException if it cannot be read or made
     */
    public static ReceiptFolder open(Path folder, int kept, Consumer<String> alarms) throws IOException {
        if (kept < 1) {
            throw new IllegalArgumentException("at least one receipt is kept, got " + kept);
        }
        Files.createDirectories(folder);
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
        Files.createDirectories(folder.resolve(EVIDENCE));
        ReceiptFolder opened = new ReceiptFolder(folder, kept, alarms);
        try (Stream<Path> list = Files.list(folder)) {
            list.forEach(file -> number(file).ifPresent(number -> opened.files.put(number, file)));
        }
        if (!opened.files.isEmpty()) {
            opened.newest = Optional.of(
                    Hashes.of(Files.readAllBytes(opened.files.lastEntry().getValue())));
        }
        return opened;
    }

    private static Optional<Long> number(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    }

    static Path saltOf(Path receipt) {
        return receipt.resolveSibling(receipt.getFileName() + SALT);
    }

    /** Returns the receipt with the next lower number that is there. */
    static Optional<Path> before(Path file) throws IOException {
        Optional<Long> own = number(file);
        Path folder = file.toAbsolutePath().getParent();
        if (own.isEmpty() || folder == null) {
            return Optional.empty();
        }
        try (Stream<Path> list = Files.list(folder)) {
            return list.filter(
                            each -> number(each).filter(n -> n == own.get() - 1).isPresent())
                    .findFirst();
        }
    }

    /**
     * Keeps a receipt, and tells the alarms if that fails.
     *
     * @param salt of its hashes, 32 bytes
     * @param report of the evidence as JSON, if this process judged it
     * @return the file; empty if it was not written
     */
    public synchronized Optional<Path> keep(Receipt receipt, byte[] salt, Optional<String> report) {
        try {
            if (report.isPresent()) {
                byte[] text = report.get().getBytes(StandardCharsets.UTF_8);
                Path file = folder.resolve(EVIDENCE).resolve(Hashes.of(text).toHex() + REPORT);
                if (!Files.exists(file)) {
                    write(file, text);
                }
            }
            long number = files.isEmpty() ? 1 : files.lastKey() + 1;
            Path file = folder.resolve("%010d-%s.json".formatted(number, receipt.id()));
            byte[] json = ReceiptCodec.write(receipt.following(newest));
            write(saltOf(file), salt);
            write(file, json);
            files.put(number, file);
            newest = Optional.of(Hashes.of(json));
            while (files.size() > kept) {
                Path oldest = files.pollFirstEntry().getValue();
                Files.deleteIfExists(oldest);
                Files.deleteIfExists(saltOf(oldest));
            }
            return Optional.of(file);
        } catch (IOException e) {
            alarms.accept("the receipt of request " + receipt.id() + " ("
                    + receipt.charge().total() + ") was not kept in " + folder + ": " + e
                    + ". The request itself is done; make room, or choose another folder");
            return Optional.empty();
        }
    }

    /** Returns the hash by which a report is found, for {@link Receipt.Evidence#report}. */
    public static Int256 hashOf(String report) {
        return Hashes.of(report.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path file, byte[] content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try (FileChannel out = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            out.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
