package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqliteLedgerTest {

    private static final Address CLIENT = TestLedgers.address("client");
    private static final Address WORKER = TestLedgers.address("worker");

    @TempDir
    Path folder;

    private Ledger open() throws IOException {
        return TestLedgers.open(folder, TestLedgers.IDENTITY, TestLedgers.KEY);
    }

    private void bill(Ledger ledger, String client, long tokens) {
        ledger.reserve(TestLedgers.address(client), tokens, Long.MAX_VALUE)
                .orElseThrow()
                .settle(WORKER, tokens);
        TestLedgers.done(ledger.flush());
    }

    private void written() throws IOException {
        try (Ledger ledger = open()) {
            bill(ledger, "client", 5);
            bill(ledger, "other client", 70);
        }
    }

    private Path database() {
        return folder.resolve("ledger.db");
    }

    private void sql(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private void assertRefused(String why) {
        assertThatThrownBy(this::open)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("Nothing was changed");
    }

    @Test
    void should_find_totals_again_in_the_next_process() throws IOException {
        written();
        try (Ledger ledger = open()) {
            assertThat(ledger.totals(Side.CLIENT, CLIENT)).isEqualTo(new Totals(5, 5, 5));
            assertThat(ledger.totals(Side.WORKER, WORKER)).isEqualTo(new Totals(75, 75, 75));
        }
    }

    @Test
    void should_refuse_to_be_opened_twice() throws IOException {
        try (Ledger ledger = open()) {
            assertThat(ledger.isOpen()).isTrue();
            assertThatThrownBy(this::open)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is open in this process");
        }
        open().close();
    }

    @Test
    void should_refuse_the_ledger_of_another_key_network_or_owner() throws IOException {
        written();
        LedgerIdentity ours = TestLedgers.IDENTITY;
        Ed25519Key key = Ed25519Key.fromSeed(TestHashes.of("another key"));
        Address other = TestLedgers.address("another one");
        assertRefused(new LedgerIdentity(ours.root(), ours.owner(), key.publicKey()), key, "the machine key");
        assertRefused(new LedgerIdentity(other, ours.owner(), ours.machineKey()), TestLedgers.KEY, "the root contract");
        assertRefused(new LedgerIdentity(ours.root(), other, ours.machineKey()), TestLedgers.KEY, "the owner");
        open().close();
    }

    private void assertRefused(LedgerIdentity identity, Ed25519Key key, String why) {
        assertThatThrownBy(() -> TestLedgers.open(folder, identity, key))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("belongs to")
                .hasMessageContaining(why);
    }

    @Test
    void should_keep_other_programs_from_its_database_while_it_is_open() throws IOException, SQLException {
        try (Ledger ledger = open()) {
            bill(ledger, "client", 5);
            assertThatThrownBy(() -> sql("pragma busy_timeout = 0", "select count(*) from line"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("locked");
        }
        sql("select count(*) from line");
    }

    @Test
    void h43_should_refuse_records_that_changed_places() throws IOException, SQLException {
        written();
        sql(
                "create table copy as select key, value from line",
                "update line set value = (select value from copy where copy.key <> line.key limit 1)");
        assertRefused("was changed, or belongs to another contract");
    }

    @Test
    void h43_should_refuse_an_older_copy_of_one_record() throws IOException, SQLException {
        written();
        sql("create table copy as select key, value from line");
        try (Ledger ledger = open()) {
            bill(ledger, "client", 1);
        }
        sql("update line set value = (select value from copy where copy.key = line.key)"
                + " where key = (select max(key) from line)");
        assertRefused("lines were replaced by older ones");
    }

    @Test
    void should_refuse_a_ledger_from_which_a_line_was_taken() throws IOException, SQLException {
        written();
        sql("delete from line where key = (select min(key) from line)");
        assertRefused("counts 3 lines, found 2");
    }

    @Test
    void should_refuse_a_database_without_its_head() throws IOException, SQLException {
        written();
        sql("delete from head");
        assertRefused("has no head");
    }

    @Test
    void should_refuse_a_head_that_was_changed() throws IOException, SQLException {
        written();
        sql("update head set value = cast(substr(value, 1, length(value) - 1) || x'00' as blob)"
                + " where hex(substr(value, -1)) <> '00'");
        sql("update head set value = cast(substr(value, 1, length(value) - 2) || x'0000' as blob)");
        assertRefused("head");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, 99})
    void should_not_take_a_truncated_database_for_another(int percent) throws IOException {
        written();
        try (FileChannel file = FileChannel.open(database(), StandardOpenOption.WRITE)) {
            file.truncate(file.size() * percent / 100);
        }
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("ledger");
    }

    @Test
    void should_refuse_a_file_that_is_no_database() throws IOException {
        Files.write(database(), new byte[10_000]);
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("ledger.db");
    }

    @Test
    void should_begin_anew_when_its_first_start_was_cut_off() throws IOException {
        Files.write(folder.resolve("ledger.new"), new byte[] {1, 2, 3});
        written();
        open().close();
    }

    @Test
    void should_refuse_a_folder_whose_database_was_taken_and_its_log_left() throws IOException {
        Files.write(folder.resolve("ledger.db-wal"), new byte[100]);
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("write-ahead log is there");
    }
}
