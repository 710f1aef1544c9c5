package io.cocoon.client.receipt;

import io.cocoon.store.StateFolder;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps receipts, one file each, numbered and chained: {@code 0000000001-ID.json} with its salt beside it, and reports of evidence
 * by their hash in {@code evidence}. A file is written beside, forced to the disk and renamed, so that a crash leaves a whole receipt
 * or none. Thread-safe; locked, so that a second program is refused. Close it after the client that writes to it.
 */
public final class ReceiptFolder implements AutoCloseable {

    /** This many are kept if nothing else is said; then the oldest goes. */
    public static final int DEFAULT_KEPT = 100_000;

    static final String EVIDENCE = "evidence";
    static final String REPORT = ".json";
    static final int MAX_REPORT = 4 << 20;

    /** Reports that no receipt refers to are looked for once in so many receipts that go. */
    static final int SWEEP_EVERY = 256;

    private static final Pattern NAME = Pattern.compile("([0-9]{10})-[0-9a-f]{32}\\.json");
    private static final String SALT = ".salt";
    private static final String UNFINISHED = ".unfinished";

    private final StateFolder lock;
    private final Path folder;
    private final int kept;
    private final Consumer<String> alarms;
    private final TreeMap<Long, Path> files = new TreeMap<>();
    private Optional<Int256> newest = Optional.empty();
    private int forgotten;

    private ReceiptFolder(StateFolder lock, int kept, Consumer<String> alarms) {
        this.lock = lock;
        this.folder = lock.path();
        this.kept = kept;
        this.alarms = alarms;
    }

    /**
     * Opens a folder, and makes it, readable by its owner only, if there is none.
     *
     * @param kept how many receipts to keep, 1 or more
     * @param alarms is told when a receipt could not be kept; the request itself goes on. Must not block
     * @throws IOException if it cannot be read or made, or is open already
     */
    public static ReceiptFolder open(Path folder, int kept, Consumer<String> alarms) throws IOException {
        if (kept < 1) {
            throw new IllegalArgumentException("at least one receipt is kept, got " + kept);
        }
        StateFolder lock = StateFolder.open(folder);
        try {
            ReceiptFolder opened = new ReceiptFolder(lock, kept, alarms);
            opened.begin();
            return opened;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Finds what is there, and takes away what a crash left: files that were not finished, salts without a receipt. */
    private void begin() throws IOException {
        Files.createDirectories(folder.resolve(EVIDENCE));
        List<Path> all;
        try (Stream<Path> list = Files.list(folder)) {
            all = list.toList();
        }
        all.forEach(file -> number(file).ifPresent(number -> files.put(number, file)));
        for (Path file : all) {
            String name = file.getFileName().toString();
            boolean orphan = name.endsWith(SALT)
                    && !Files.exists(file.resolveSibling(name.substring(0, name.length() - SALT.length())));
            if (orphan || name.endsWith(UNFINISHED)) {
                Files.deleteIfExists(file);
            }
        }
        if (!files.isEmpty()) {
            newest = Optional.of(Hashes.of(Files.readAllBytes(files.lastEntry().getValue())));
        }
    }

    private static Optional<Long> number(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    }

    static Path saltOf(Path receipt) {
        return receipt.resolveSibling(receipt.getFileName() + SALT);
    }

    /** Returns the receipt with the number before this one's, if it is there. */
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

    /** Returns the hash by which a report is found, for {@link Receipt.Evidence#report}. */
    public static Int256 hashOf(String report) {
        return Hashes.of(report.getBytes(StandardCharsets.UTF_8));
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
                keepReport(report.get());
            }
            long number = files.isEmpty() ? 1 : files.lastKey() + 1;
            Path file = folder.resolve("%010d-%s.json".formatted(number, receipt.id()));
            byte[] json = ReceiptCodec.write(receipt.following(newest));
            write(saltOf(file), salt);
            write(file, json);
            files.put(number, file);
            newest = Optional.of(Hashes.of(json));
            forget();
            return Optional.of(file);
        } catch (IOException e) {
            alarms.accept("the receipt of request " + receipt.id() + " ("
                    + receipt.charge().total() + ") was not kept in " + folder + ": " + e
                    + ". The request itself is done; make room, or choose another folder");
            return Optional.empty();
        }
    }

    private void keepReport(String report) throws IOException {
        Path file = folder.resolve(EVIDENCE).resolve(hashOf(report).toHex() + REPORT);
        if (Files.exists(file)) {
            // So that its age is that of the newest receipt that refers to it.
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } else {
            write(file, report.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void forget() {
        while (files.size() > kept) {
            Path oldest = files.pollFirstEntry().getValue();
            try {
                Files.deleteIfExists(oldest);
                Files.deleteIfExists(saltOf(oldest));
                forgotten++;
                if (forgotten % SWEEP_EVERY == 0) {
                    sweepReports();
                }
            } catch (IOException e) {
                alarms.accept("the old receipt " + oldest + " was not taken away: " + e + ". Nothing is lost by it");
            }
        }
    }

    /** Takes away reports that are older than the oldest receipt: what a receipt refers to was touched when it was written. */
    private void sweepReports() throws IOException {
        Instant oldest =
                Files.getLastModifiedTime(files.firstEntry().getValue()).toInstant();
        List<Path> reports;
        try (Stream<Path> list = Files.list(folder.resolve(EVIDENCE))) {
            reports = list.toList();
        }
        for (Path report : reports) {
            // A report is written just before its receipt; a minute is more than any disk needs in between.
            if (Files.getLastModifiedTime(report).toInstant().plusSeconds(60).isBefore(oldest)) {
                Files.deleteIfExists(report);
            }
        }
    }

    /** Tells the alarms that receipts came faster than the disk takes them, and that this one is lost. */
    public void missed(String id) {
        alarms.accept("the receipt of request " + id + " was not kept in " + folder
                + ": more of them wait than memory may hold. Use a faster disk, or fewer requests at once");
    }

    /** Lets others open it. */
    @Override
    public void close() {
        lock.close();
    }

    private static void write(Path file, byte[] content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        try (FileChannel out = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            out.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
