package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.ManualTime;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import io.cocoon.proxy.TestLedgers.Chain;
import io.cocoon.proxy.TestLedgers.ChainSaver;
import io.cocoon.proxy.TestLedgers.CrashPoint;
import io.cocoon.proxy.TestLedgers.Disk;
import io.cocoon.proxy.TestLedgers.DiskStore;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class DurableLedgerTest {

    private static final Address CLIENT = TestLedgers.address("client");
    private static final Address WORKER = TestLedgers.address("worker");

    private final CrashPoint never = new CrashPoint();
    private final Disk disk = new Disk();
    private final Chain chain = new Chain();

    /** One process with a ledger. */
    private final class Process {
        private final DiskStore store;
        private final ChainSaver saver;
        private final DurableLedger ledger;

        private Process(Disk disk) throws IOException {
            this(disk, TestLedgers.PROXY);
        }

        private Process(Disk disk, Address proxy) throws IOException {
            store = new DiskStore(disk, never);
            saver = new ChainSaver(chain, disk, never);
            ledger =
                    DurableLedger.open(store, TestLedgers.IDENTITY, proxy, TestLedgers.KEY, saver, TestLedgers.parts());
        }

        private void flush() {
            TestLedgers.done(ledger.flush());
        }

        private void commit() {
            TestLedgers.done(ledger.commit());
        }

        private void bill(long tokens) {
            ledger.reserve(CLIENT, tokens, Long.MAX_VALUE).orElseThrow().settle(WORKER, tokens);
        }

        private Totals client() {
            return ledger.totals(Side.CLIENT, CLIENT);
        }
    }

    private Process started() throws IOException {
        Process process = new Process(disk);
        process.saver.deliver();
        return process;
    }

    @Test
    void should_admit_only_after_its_start_was_seen_on_the_chain() throws IOException {
        Process process = new Process(disk);
        assertThat(process.ledger.isOpen()).isFalse();
        assertThat(process.ledger.reserve(CLIENT, 1, 100)).isEmpty();
        process.saver.deliver();
        assertThat(process.ledger.isOpen()).isTrue();
        assertThat(process.ledger.reserve(CLIENT, 1, 100)).isPresent();
    }

    @Test
    void should_sign_what_was_written_before_the_confirmed_number_and_not_what_came_after() throws IOException {
        Process process = started();
        process.bill(5);
        process.flush();
        process.commit();
        process.bill(3);
        process.flush();
        assertThat(process.client()).isEqualTo(new Totals(0, 8, 8));
        process.saver.deliver();
        assertThat(process.client()).isEqualTo(new Totals(5, 8, 8));
    }

    @Test
    void should_not_save_again_while_one_is_on_its_way_nor_when_nothing_was_earned() throws IOException {
        Process process = started();
        process.commit();
        assertThat(process.saver.sends).as("nothing was earned").isEqualTo(1);
        process.bill(1);
        process.commit();
        process.bill(1);
        process.commit();
        assertThat(process.saver.sends).as("one is on its way").isEqualTo(2);
        process.saver.deliver();
        process.commit();
        assertThat(process.saver.sends).isEqualTo(3);
    }

    @Test
    void should_write_all_lines_that_changed_in_one_step_and_nothing_if_none_did() throws IOException {
        Process process = started();
        int before = process.store.writes;
        for (int i = 0; i < 100; i++) {
            process.ledger
                    .reserve(TestLedgers.address("client" + i), 1, 100)
                    .orElseThrow()
                    .settle(WORKER, 1);
        }
        process.flush();
        process.flush();
        assertThat(process.store.writes).isEqualTo(before + 1);
        assertThat(disk.rows).hasSize(101);
    }

    @Test
    void should_find_its_totals_again_and_sign_them_when_the_next_start_is_seen() throws IOException {
        Process first = started();
        first.bill(5);
        first.ledger.close();
        Process second = new Process(disk);
        assertThat(second.client()).isEqualTo(new Totals(0, 5, 5));
        second.saver.deliver();
        assertThat(second.client()).isEqualTo(new Totals(5, 5, 5));
    }

    @Test
    void h48_should_stop_for_good_when_a_write_fails() throws IOException {
        Process process = started();
        process.bill(5);
        Ledger.Reservation running =
                process.ledger.reserve(CLIENT, 2, Long.MAX_VALUE).orElseThrow();
        process.store.isFull = true;
        assertThatThrownBy(process::flush)
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("no space left")
                .hasMessageContaining("start the proxy again");
        process.store.isFull = false;
        assertThatThrownBy(process::flush).isInstanceOf(LedgerStoppedException.class);
        assertThatThrownBy(process::commit).isInstanceOf(LedgerStoppedException.class);
        assertThat(process.ledger.isOpen()).isFalse();
        assertThat(process.ledger.reserve(CLIENT, 1, Long.MAX_VALUE)).isEmpty();
        assertThat(running.settle(WORKER, 2)).as("what runs still ends").isTrue();
        assertThat(process.client()).isEqualTo(new Totals(0, 0, 7));
        process.ledger.close();
        assertThat(disk.rows)
                .as("nothing is written by a ledger that has stopped")
                .isEmpty();
    }

    @Test
    void should_not_sign_what_is_confirmed_after_it_has_stopped() throws IOException {
        Process process = started();
        process.bill(5);
        process.flush();
        process.commit();
        process.bill(1);
        process.store.isFull = true;
        assertThatThrownBy(process::flush).isInstanceOf(LedgerStoppedException.class);
        process.saver.deliver();
        assertThat(process.client().signed()).isZero();
    }

    @Test
    void should_stop_when_a_second_proxy_runs_on_a_copy() throws IOException {
        Process first = started();
        Disk copy = disk.copy();
        Process second = new Process(copy);
        second.saver.deliver();
        assertThat(second.ledger.isOpen()).isTrue();
        first.saver.show(chain.last());
        assertThat(first.ledger.isOpen()).isFalse();
        assertThatThrownBy(first::flush).hasMessageContaining("Two proxies use this key");
    }

    @Test
    void should_refuse_an_older_copy_of_the_database() throws IOException {
        Process first = started();
        Disk older = disk.copy();
        first.bill(5);
        first.flush();
        first.commit();
        first.saver.deliver();
        assertThatThrownBy(() -> new Process(older))
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("older than what the chain saw");
        assertThat(new Process(disk).client()).as("the newest is taken").isEqualTo(new Totals(0, 5, 5));
    }

    @Test
    void should_refuse_to_begin_anew_where_the_chain_knows_a_ledger() throws IOException {
        started();
        assertThatThrownBy(() -> new Process(new Disk()))
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("has used the numbers to 0")
                .hasMessageContaining("Restore the newest database");
    }

    @Test
    void should_go_on_when_only_strangers_and_its_own_earlier_sessions_are_seen() throws IOException {
        new Process(disk);
        Process second = new Process(disk);
        second.saver.show(chain.add(TestLedgers.PROXY, TestLedgers.address("stranger"), 77, TestHashes.of("anything")));
        assertThat(second.saver.deliver()).isTrue();
        assertThat(second.ledger.isOpen()).as("the first session's start").isFalse();
        assertThat(second.saver.deliver()).isTrue();
        assertThat(second.ledger.isOpen()).isTrue();
    }

    @Test
    void i3_should_stop_when_the_chain_knows_more_tokens_than_were_written() throws IOException {
        Process process = started();
        process.bill(5);
        process.flush();
        process.ledger.seenOnChain(Side.CLIENT, CLIENT, 5);
        assertThat(process.ledger.isOpen()).isTrue();
        process.bill(1);
        process.ledger.seenOnChain(Side.CLIENT, CLIENT, 6);
        assertThat(process.ledger.isOpen()).isFalse();
        assertThatThrownBy(process::flush)
                .hasMessageContaining("knows 6 tokens")
                .hasMessageContaining("written 5");
    }

    @Test
    void should_gather_the_next_group_while_the_disk_works_and_tell_each_when_it_is_written() throws IOException {
        DiskStore store = new DiskStore(disk, never);
        ChainSaver saver = new ChainSaver(chain, disk, never);
        ManualTime writer = new ManualTime();
        DurableLedger ledger = DurableLedger.open(
                store,
                TestLedgers.IDENTITY,
                TestLedgers.PROXY,
                TestLedgers.KEY,
                saver,
                new DurableLedger.Parts(new SecureRandom(), Duration.ofSeconds(30), writer));
        saver.deliver();
        int before = store.writes;
        List<String> told = new ArrayList<>();
        LongConsumer query = tokens -> {
            ledger.reserve(CLIENT, tokens, Long.MAX_VALUE).orElseThrow().settle(WORKER, tokens);
            ledger.flush()
                    .thenRun(() -> told.add(
                            tokens + " of " + ledger.totals(Side.CLIENT, CLIENT).db()));
        };
        query.accept(1);
        query.accept(2);
        assertThat(told).as("nobody hears of what is not on the disk").isEmpty();
        store.beforeWrite = () -> {
            store.beforeWrite = () -> {};
            query.accept(4);
            query.accept(8);
        };
        writer.run();
        assertThat(store.writes).isEqualTo(before + 2);
        assertThat(told.subList(0, 2)).containsExactlyInAnyOrder("1 of 3", "2 of 3");
        assertThat(told.subList(2, 4)).containsExactlyInAnyOrder("4 of 15", "8 of 15");
    }

    @Test
    void should_tell_nobody_of_a_bill_that_could_not_be_written() throws IOException {
        Process process = started();
        process.bill(5);
        process.store.isFull = true;
        List<Throwable> failures = new ArrayList<>();
        process.ledger.flush().whenComplete((done, failure) -> failures.add(failure));
        process.ledger.flush().whenComplete((done, failure) -> failures.add(failure));
        assertThat(failures).hasSize(2).allMatch(LedgerStoppedException.class::isInstance);
    }

    @Test
    void h47_should_wait_for_the_new_contract_when_the_proxy_moves() throws IOException {
        Process process = started();
        process.bill(5);
        process.flush();
        Address next = TestLedgers.address("new proxy contract");
        TestLedgers.done(process.ledger.proxyMoved(next));
        assertThat(process.ledger.isOpen()).isFalse();
        process.saver.deliver();
        assertThat(chain.at(next).get(0).seqno()).isGreaterThan(chain.last().seqno());
        assertThat(process.ledger.isOpen()).isTrue();
        assertThat(process.client()).isEqualTo(new Totals(5, 5, 5));
    }

    @Test
    void should_not_begin_anew_where_it_is_already() throws IOException {
        Process process = started();
        TestLedgers.done(process.ledger.proxyMoved(TestLedgers.PROXY));
        assertThat(process.ledger.isOpen()).isTrue();
        assertThat(process.saver.sends).isEqualTo(1);
    }

    @Test
    void should_go_on_at_the_new_contract_when_the_parameters_changed_while_it_was_stopped() throws IOException {
        Process first = started();
        first.bill(5);
        first.ledger.close();
        Address next = TestLedgers.address("new proxy contract");
        Process second = new Process(disk, next);
        assertThat(second.ledger.isOpen()).isFalse();
        second.saver.deliver();
        assertThat(chain.at(next)).hasSize(1);
        assertThat(second.client()).isEqualTo(new Totals(5, 5, 5));
    }

    @Test
    void should_find_an_older_copy_at_the_old_contract_when_the_parameters_changed_since() throws IOException {
        Process first = started();
        Disk older = disk.copy();
        first.bill(5);
        first.flush();
        first.commit();
        first.saver.deliver();
        Address next = TestLedgers.address("new proxy contract");
        assertThatThrownBy(() -> new Process(older, next))
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("older than what the chain saw");
        assertThat(new Process(disk, next).client()).as("the newest is taken").isEqualTo(new Totals(0, 5, 5));
    }

    @Test
    void should_not_open_and_write_nothing_when_the_chain_cannot_be_read() throws IOException {
        Process first = started();
        first.ledger.close();
        Bytes before = TestProxy.there(disk.head);
        chain.isAway = true;
        assertThatThrownBy(() -> new Process(disk))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no server answers")
                .hasMessageContaining("start the proxy again when the chain can be read");
        assertThat(disk.head).isEqualTo(before);
        chain.isAway = false;
        assertThat(new Process(disk).ledger.isOpen()).isFalse();
    }

    @Test
    void should_refuse_what_comes_after_its_end_and_end_once() throws IOException {
        Process process = started();
        process.bill(5);
        process.ledger.close();
        process.ledger.close();
        assertThat(disk.tokens(Side.CLIENT, CLIENT)).isEqualTo(5);
        assertThat(process.ledger.reserve(CLIENT, 1, 100)).isEmpty();
        assertThatThrownBy(process::commit)
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("closed");
    }
}
