package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.ManualTime;
import io.cocoon.proxy.CommitProtocol.Pace;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import io.cocoon.proxy.TestLedgers.Chain;
import io.cocoon.proxy.TestLedgers.ChainSaver;
import io.cocoon.proxy.TestLedgers.CrashPoint;
import io.cocoon.proxy.TestLedgers.Disk;
import io.cocoon.proxy.TestLedgers.DiskStore;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurableLedgerTest {

    private static final Address CLIENT = TestLedgers.address("client");
    private static final Address WORKER = TestLedgers.address("worker");

    private final ManualTime time = new ManualTime();
    private final CrashPoint never = new CrashPoint();
    private final Disk disk = new Disk();
    private final Chain chain = new Chain();

    /** One process with a ledger. */
    private final class Process {
        private final DiskStore store;
        private final ChainSaver saver;
        private final DurableLedger ledger;

        private Process(Disk disk) throws IOException {
            store = new DiskStore(disk, never);
            saver = new ChainSaver(chain, disk, never);
            ledger = DurableLedger.open(
                    store,
                    TestLedgers.IDENTITY,
                    TestLedgers.KEY,
                    saver,
                    new DurableLedger.Chance(time.clock(), new SecureRandom(), Pace.OF_CHAIN));
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
        process.ledger.flush();
        time.advance(Duration.ofSeconds(60));
        process.ledger.commit();
        process.bill(3);
        process.ledger.flush();
        assertThat(process.client()).isEqualTo(new Totals(0, 8, 8));
        process.saver.deliver();
        assertThat(process.client()).isEqualTo(new Totals(5, 8, 8));
    }

    @Test
    void should_not_save_again_before_its_time_nor_while_one_is_on_its_way() throws IOException {
        Process process = started();
        process.ledger.commit();
        assertThat(process.saver.sends).isEqualTo(1);
        time.advance(Duration.ofSeconds(60));
        process.ledger.commit();
        time.advance(Duration.ofSeconds(60));
        process.ledger.commit();
        assertThat(process.saver.sends).isEqualTo(2);
        process.saver.deliver();
        process.ledger.commit();
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
        process.ledger.flush();
        process.ledger.flush();
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
        assertThatThrownBy(process.ledger::flush)
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("no space left")
                .hasMessageContaining("start the proxy again");
        process.store.isFull = false;
        assertThatThrownBy(process.ledger::flush).isInstanceOf(LedgerStoppedException.class);
        assertThatThrownBy(process.ledger::commit).isInstanceOf(LedgerStoppedException.class);
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
        process.ledger.flush();
        time.advance(Duration.ofSeconds(60));
        process.ledger.commit();
        process.bill(1);
        process.store.isFull = true;
        assertThatThrownBy(process.ledger::flush).isInstanceOf(LedgerStoppedException.class);
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
        first.saver.show(chain.seen.get(chain.seen.size() - 1));
        assertThat(first.ledger.isOpen()).isFalse();
        assertThatThrownBy(first.ledger::flush).hasMessageContaining("two proxies use this key");
    }

    @Test
    void should_refuse_an_older_copy_of_the_database() throws IOException {
        Process first = started();
        Disk older = disk.copy();
        first.bill(5);
        first.ledger.flush();
        time.advance(Duration.ofSeconds(60));
        first.ledger.commit();
        first.saver.deliver();
        assertThatThrownBy(() -> new Process(older))
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("older than what the chain saw");
        assertThat(new Process(disk).client()).as("the newest is taken").isEqualTo(new Totals(0, 5, 5));
    }

    @Test
    void should_go_on_when_only_strangers_and_its_own_earlier_sessions_are_seen() throws IOException {
        new Process(disk);
        Process second = new Process(disk);
        chain.add(TestLedgers.address("stranger"), 77, TestHashes.of("anything"));
        second.saver.show(chain.seen.get(0));
        assertThat(second.saver.deliver()).isTrue();
        assertThat(second.ledger.isOpen()).as("the first session's start").isFalse();
        assertThat(second.saver.deliver()).isTrue();
        assertThat(second.ledger.isOpen()).isTrue();
    }

    @Test
    void i3_should_stop_when_the_chain_knows_more_tokens_than_were_written() throws IOException {
        Process process = started();
        process.bill(5);
        process.ledger.flush();
        process.ledger.seenOnChain(Side.CLIENT, CLIENT, 5);
        assertThat(process.ledger.isOpen()).isTrue();
        process.bill(1);
        process.ledger.seenOnChain(Side.CLIENT, CLIENT, 6);
        assertThat(process.ledger.isOpen()).isFalse();
        assertThatThrownBy(process.ledger::flush)
                .hasMessageContaining("knows 6 tokens")
                .hasMessageContaining("written 5");
    }

    @Test
    void h47_should_wait_for_the_new_contract_when_the_proxy_moves() throws IOException {
        Process process = started();
        process.bill(5);
        process.ledger.flush();
        process.ledger.proxyMoved(TestLedgers.address("new proxy contract"));
        assertThat(process.ledger.isOpen()).isFalse();
        assertThat(chain.sent().seqno()).isGreaterThan(chain.seen.get(0).seqno());
        process.saver.deliver();
        assertThat(process.ledger.isOpen()).isTrue();
        assertThat(process.client()).isEqualTo(new Totals(5, 5, 5));
        process.ledger.close();
        assertThatThrownBy(() -> new Process(disk)).hasMessageContaining("it belongs to the proxy contract");
    }
}
