package io.cocoon.proxy;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * Records in SQLite: {@code ledger.db} with its write-ahead log, forced to the disk at each commit, and {@code ledger.lock},
 * which one process holds. Only the owner may read the folder where the file system knows owners.
 *
 * <p>A new database is made beside its place and moved there when its first head is in it. So a file that is there and empty
 * was damaged, and is never taken for a new ledger.
 */
final class SqliteStore implements LedgerStore {

    private static final String DATABASE = "ledger.db";
    private static final String UNFINISHED = "ledger.new";
    private static final int MAX_RECORD_BYTES = 1 << 16;

    private final Path folder;
    private final FileChannel lock;
    private Connection connection;
    private boolean hasFailed;

    private SqliteStore(Path folder, FileChannel lock, Connection connection) {
        this.folder = folder;
        this.lock = lock;
        this.connection = connection;
    }

    /**
     * Opens the database of a folder, or prepares a new one.
     *
     * @throws IOException if another process has it, or it cannot be opened
     */
    static SqliteStore open(Path folder) throws IOException {
        Files.createDirectories(folder);
        boolean posix = Files.getFileStore(folder).supportsFileAttributeView("posix");
        if (posix) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
        FileChannel lock = lock(folder);
        try {
            Path database = folder.resolve(DATABASE);
            boolean isNew = !Files.exists(database);
            if (isNew) {
                deleteUnfinished(folder);
            }
            return new SqliteStore(folder, lock, connect(isNew ? folder.resolve(UNFINISHED) : database, isNew));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static void deleteUnfinished(Path folder) throws IOException {
        for (String end : new String[] {"", "-wal", "-shm", "-journal"}) {
            Files.deleteIfExists(folder.resolve(UNFINISHED + end));
        }
        // A log without its database would be applied to the new one.
        if (Files.exists(folder.resolve(DATABASE + "-wal"))) {
            throw new IOException(folder.resolve(DATABASE) + " is gone, and its write-ahead log is there."
                    + " Nothing was changed; restore both, or move the folder away");
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        Path file = folder.resolve("ledger.lock");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException("the ledger in " + folder + " is open in this process already", e);
        }
        channel.close();
        throw new IOException("the ledger in " + folder + " is open in another process, which holds " + file
                + "; stop that proxy first");
    }

    private static Connection connect(Path file, boolean isNew) throws IOException {
        try {
            Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
            try (Statement statement = connection.createStatement()) {
                statement.execute("pragma locking_mode = exclusive");
                try (ResultSet mode = statement.executeQuery("pragma journal_mode = wal")) {
                    if (!mode.next() || !"wal".equals(mode.getString(1))) {
                        throw new SQLException("it cannot keep a write-ahead log there");
                    }
                }
                statement.execute("pragma synchronous = full");
                if (isNew) {
                    statement.execute("create table head (id integer primary key check (id = 0), value blob not null)");
                    statement.execute("create table line (key blob primary key, value blob not null) without rowid");
                }
                connection.setAutoCommit(false);
                return connection;
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new IOException("cannot open the database " + file + ": " + e.getMessage(), e);
        }
    }

    private IOException failed(String what, SQLException e) {
        return new IOException("cannot " + what + " the ledger's database in " + folder + ": " + e.getMessage(), e);
    }

    private static Bytes blob(ResultSet rows, int column) throws SQLException, IOException {
        byte[] value = rows.getBytes(column);
        if (value == null || value.length > MAX_RECORD_BYTES) {
            throw new IOException("a record has " + (value == null ? "no" : value.length) + " bytes, possible are 0 to "
                    + MAX_RECORD_BYTES);
        }
        return Bytes.wrapUnshared(value);
    }

    private boolean isUnfinished() {
        return !Files.exists(folder.resolve(DATABASE));
    }

    @Override
    public Optional<Bytes> head() throws IOException {
        if (isUnfinished()) {
            return Optional.empty();
        }
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select value from head")) {
            if (!rows.next()) {
                throw new IOException("the database has no head");
            }
            return Optional.of(blob(rows, 1));
        } catch (SQLException e) {
            throw failed("read", e);
        }
    }

    @Override
    public void rows(RowReader reader) throws IOException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select key, value from line")) {
            while (rows.next()) {
                reader.row(new Row(blob(rows, 1), blob(rows, 2)));
            }
        } catch (SQLException e) {
            throw failed("read", e);
        }
    }

    @Override
    public void write(Bytes head, List<Row> rows) throws IOException {
        try (PreparedStatement heads = connection.prepareStatement("insert or replace into head values (0, ?)");
                PreparedStatement lines = connection.prepareStatement("insert or replace into line values (?, ?)")) {
            for (Row row : rows) {
                lines.setBytes(1, row.key().toByteArray());
                lines.setBytes(2, row.value().toByteArray());
                lines.addBatch();
            }
            lines.executeBatch();
            heads.setBytes(1, head.toByteArray());
            heads.executeUpdate();
            connection.commit();
        } catch (SQLException e) {
            // Closing must not commit what is left of it.
            hasFailed = true;
            throw failed("write", e);
        }
        if (isUnfinished()) {
            finish();
        }
    }

    /** The first head is in it: moves the new database to its place. */
    private void finish() throws IOException {
        disconnect();
        Path database = folder.resolve(DATABASE);
        Files.move(folder.resolve(UNFINISHED), database, StandardCopyOption.ATOMIC_MOVE);
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
        connection = connect(database, false);
    }

    private void disconnect() throws IOException {
        try {
            if (!hasFailed) {
                connection.setAutoCommit(true);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("pragma wal_checkpoint(truncate)");
                }
            }
            connection.close();
        } catch (SQLException e) {
            throw failed("close", e);
        }
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            disconnect();
        }
    }
}
