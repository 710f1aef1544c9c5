package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.proxy.CommitProtocol.State;
import io.cocoon.proxy.CommitProtocol.Verdict;
import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CommitProtocolTest {

    private static final Address WALLET = TestLedgers.address("wallet");
    private static final Int256 OLD = TestHashes.of("old session");
    private static final Int256 SESSION = TestHashes.of("session");

    private CommitProtocol load(State loaded) {
        return new CommitProtocol(loaded, SESSION, WALLET);
    }

    private CommitProtocol start(State loaded) {
        CommitProtocol protocol = load(loaded);
        assertThat(protocol.isFree()).isTrue();
        protocol.take();
        return protocol;
    }

    private static State state(int seqno, long lt, Map<Integer, Int256> pending) {
        return new State(seqno, transaction(lt), new TreeMap<>(pending));
    }

    private static TransactionId transaction(long lt) {
        return new TransactionId(lt, TestHashes.of("transaction " + lt));
    }

    private static SavedState saved(int seqno, Int256 session, long lt) {
        return new SavedState(WALLET, seqno, session, transaction(lt));
    }

    @Test
    void should_begin_a_session_with_a_new_number_that_waits_beside_the_older_ones() {
        CommitProtocol protocol = start(state(7, 100, Map.of(5, OLD)));
        assertThat(protocol.state()).isEqualTo(state(8, 100, Map.of(5, OLD, 8, SESSION)));
        assertThat(protocol.inFlight()).isEqualTo(8);
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.isFree()).isFalse();
    }

    @Test
    void should_start_only_when_its_own_session_is_seen() {
        CommitProtocol protocol = start(state(7, 100, Map.of(5, OLD)));
        assertThat(protocol.seen(saved(5, OLD, 101))).isEqualTo(new Verdict.Cleared());
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.state().pending()).containsOnlyKeys(8);
        assertThat(protocol.seen(saved(8, SESSION, 102))).isEqualTo(new Verdict.Confirmed(8));
        assertThat(protocol.isStarted()).isTrue();
        assertThat(protocol.state()).isEqualTo(state(8, 102, Map.of()));
    }

    @Test
    void should_have_one_on_its_way_at_a_time() {
        CommitProtocol protocol = start(State.NEW);
        assertThat(protocol.isFree()).as("the first is on its way").isFalse();
        protocol.seen(saved(1, SESSION, 1));
        assertThat(protocol.isFree()).isTrue();
        assertThat(protocol.take()).isEqualTo(2);
        assertThat(protocol.isFree()).isFalse();
    }

    @Test
    void should_ignore_strangers_and_what_it_has_seen_before() {
        CommitProtocol protocol = start(State.NEW);
        assertThat(protocol.seen(new SavedState(TestLedgers.address("stranger"), 1, SESSION, transaction(1))))
                .isEqualTo(new Verdict.Nothing());
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.seen(saved(1, SESSION, 2))).isEqualTo(new Verdict.Confirmed(1));
        assertThat(protocol.seen(saved(1, SESSION, 2))).isEqualTo(new Verdict.Nothing());
    }

    @Test
    void should_tell_an_old_database_by_a_session_that_it_does_not_know() {
        CommitProtocol protocol = start(state(7, 100, Map.of(5, OLD)));
        assertThat(protocol.seen(saved(9, OLD, 101)))
                .isInstanceOfSatisfying(
                        Verdict.Alarm.class,
                        alarm -> assertThat(alarm.text())
                                .contains("This database is older than what the chain saw")
                                .contains("sequence number 9")
                                .contains("has used the numbers to 8 and waits for none of this number"));
    }

    @Test
    void should_tell_an_old_database_by_the_right_number_of_another_session() {
        CommitProtocol protocol = start(state(7, 100, Map.of()));
        assertThat(protocol.seen(saved(8, OLD, 101))).isInstanceOf(Verdict.Alarm.class);
    }

    @Test
    void should_tell_a_second_proxy_with_the_same_key() {
        CommitProtocol protocol = start(State.NEW);
        protocol.seen(saved(1, SESSION, 1));
        protocol.take();
        assertThat(protocol.seen(saved(2, OLD, 2)))
                .isInstanceOfSatisfying(
                        Verdict.Alarm.class, alarm -> assertThat(alarm.text()).contains("Two proxies use this key"));
    }

    @Test
    void should_take_an_earlier_session_that_arrives_late_for_no_other_database_but_once_only() {
        CommitProtocol protocol = start(state(7, 0, Map.of(5, OLD)));
        assertThat(protocol.seen(saved(8, SESSION, 1))).isEqualTo(new Verdict.Confirmed(8));
        assertThat(protocol.seen(saved(5, OLD, 2))).isEqualTo(new Verdict.Cleared());
        assertThat(protocol.seen(saved(5, OLD, 3))).isInstanceOf(Verdict.Alarm.class);
    }

    @Test
    void should_keep_only_the_newest_of_the_numbers_that_were_overtaken() {
        Map<Integer, Int256> many = new TreeMap<>();
        for (int seqno = 1; seqno <= 100; seqno++) {
            many.put(seqno, OLD);
        }
        CommitProtocol protocol = start(state(100, 0, many));
        protocol.seen(saved(101, SESSION, 1));
        assertThat(protocol.state().pending())
                .hasSize(CommitProtocol.MAX_OVERTAKEN)
                .containsKeys(100, 101 - CommitProtocol.MAX_OVERTAKEN);
    }

    @Test
    void should_wait_with_its_start_while_too_many_are_not_seen() {
        Map<Integer, Int256> many = new TreeMap<>();
        for (int seqno = 1; seqno <= CommitProtocol.MAX_PENDING; seqno++) {
            many.put(seqno, OLD);
        }
        CommitProtocol protocol = load(state(CommitProtocol.MAX_PENDING, 0, many));
        assertThat(protocol.isFree()).isFalse();
        protocol.seen(saved(3, OLD, 1));
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.isFree()).isTrue();
    }

    @Test
    void h47_should_begin_at_a_new_contract_with_a_number_that_was_never_used() {
        CommitProtocol protocol = start(State.NEW);
        protocol.seen(saved(1, SESSION, 50));
        int before = protocol.state().seqno();
        protocol.moved();
        assertThat(protocol.isFree())
                .as("what is on its way to the old contract does not count")
                .isTrue();
        assertThat(protocol.take()).isEqualTo(before + 1);
        assertThat(protocol.state().pending()).containsEntry(before + 1, SESSION);
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.seen(saved(before + 1, SESSION, 3))).isEqualTo(new Verdict.Confirmed(before + 1));
    }

    @Test
    void should_refuse_to_use_a_number_twice_when_they_are_used_up() {
        CommitProtocol protocol = start(state(Integer.MAX_VALUE - 1, 0, Map.of()));
        assertThatThrownBy(protocol::take)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("used up");
    }
}
