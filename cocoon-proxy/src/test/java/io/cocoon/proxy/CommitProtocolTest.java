package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.ManualTime;
import io.cocoon.proxy.CommitProtocol.Pace;
import io.cocoon.proxy.CommitProtocol.State;
import io.cocoon.proxy.CommitProtocol.Verdict;
import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CommitProtocolTest {

    private static final Address WALLET = TestLedgers.address("wallet");
    private static final Int256 OLD = TestHashes.of("old session");
    private static final Int256 SESSION = TestHashes.of("session");

    private final ManualTime time = new ManualTime();

    private CommitProtocol start(State loaded) {
        return new CommitProtocol(loaded, SESSION, WALLET, time.clock(), new SplittableRandom(7), Pace.OF_CHAIN);
    }

    private static SavedState saved(int seqno, Int256 session, long time) {
        return new SavedState(WALLET, seqno, session, time);
    }

    @Test
    void should_begin_a_session_with_a_new_number_that_waits_beside_the_older_ones() {
        CommitProtocol protocol = start(new State(7, 100, new TreeMap<>(Map.of(5, OLD))));
        assertThat(protocol.state()).isEqualTo(new State(8, 100, new TreeMap<>(Map.of(5, OLD, 8, SESSION))));
        assertThat(protocol.inFlight()).isEqualTo(8);
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.isDue()).isFalse();
    }

    @Test
    void should_start_only_when_its_own_session_is_seen() {
        CommitProtocol protocol = start(new State(7, 100, new TreeMap<>(Map.of(5, OLD))));
        assertThat(protocol.seen(saved(5, OLD, 101))).isEqualTo(new Verdict.Cleared());
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.state().pending()).containsOnlyKeys(8);
        assertThat(protocol.seen(saved(8, SESSION, 102))).isEqualTo(new Verdict.Confirmed(8));
        assertThat(protocol.isStarted()).isTrue();
        assertThat(protocol.state()).isEqualTo(new State(8, 102, new TreeMap<>()));
    }

    @Test
    void should_be_due_30_to_60_seconds_after_the_last_one_and_with_none_on_its_way() {
        CommitProtocol protocol = start(State.NEW);
        time.advance(Duration.ofSeconds(61));
        assertThat(protocol.isDue()).as("the first is on its way").isFalse();
        protocol.seen(saved(1, SESSION, 1));
        assertThat(protocol.isDue()).isTrue();
        for (int seqno = 2; seqno < 50; seqno++) {
            assertThat(protocol.takeForSave()).isEqualTo(seqno);
            protocol.seen(saved(seqno, SESSION, seqno));
            time.advance(Duration.ofMillis(29_999));
            assertThat(protocol.isDue()).isFalse();
            time.advance(Duration.ofMillis(30_001));
            assertThat(protocol.isDue()).isTrue();
        }
    }

    @Test
    void should_ignore_strangers_and_what_it_has_seen_before() {
        CommitProtocol protocol = start(State.NEW);
        assertThat(protocol.seen(new SavedState(TestLedgers.address("stranger"), 1, SESSION, 1)))
                .isEqualTo(new Verdict.Nothing());
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.seen(saved(1, SESSION, 2))).isEqualTo(new Verdict.Confirmed(1));
        assertThat(protocol.seen(saved(1, SESSION, 2))).isEqualTo(new Verdict.Nothing());
    }

    @Test
    void should_tell_an_old_database_by_a_session_that_it_does_not_know() {
        CommitProtocol protocol = start(new State(7, 100, new TreeMap<>(Map.of(5, OLD))));
        assertThat(protocol.seen(saved(9, OLD, 101)))
                .isInstanceOfSatisfying(
                        Verdict.Alarm.class,
                        alarm -> assertThat(alarm.text())
                                .contains("this database is older than what the chain saw", "sequence number 9"));
    }

    @Test
    void should_tell_an_old_database_by_the_right_number_of_another_session() {
        CommitProtocol protocol = start(new State(7, 100, new TreeMap<>()));
        assertThat(protocol.seen(saved(8, OLD, 101))).isInstanceOf(Verdict.Alarm.class);
    }

    @Test
    void should_tell_a_second_proxy_with_the_same_key() {
        CommitProtocol protocol = start(State.NEW);
        protocol.seen(saved(1, SESSION, 1));
        protocol.takeForSave();
        assertThat(protocol.seen(saved(2, OLD, 2)))
                .isInstanceOfSatisfying(
                        Verdict.Alarm.class, alarm -> assertThat(alarm.text()).contains("two proxies use this key"));
    }

    @Test
    void should_stop_at_a_number_of_its_own_that_comes_out_of_order() {
        CommitProtocol protocol = start(new State(7, 0, new TreeMap<>(Map.of(5, OLD))));
        protocol.seen(saved(8, SESSION, 1));
        assertThat(protocol.seen(saved(5, OLD, 2))).isInstanceOf(Verdict.Alarm.class);
    }

    @Test
    void h47_should_begin_at_a_new_contract_with_a_number_that_was_never_used() {
        CommitProtocol protocol = start(State.NEW);
        protocol.seen(saved(1, SESSION, 50));
        int before = protocol.state().seqno();
        protocol.moved();
        assertThat(protocol.inFlight()).isEqualTo(before + 1);
        assertThat(protocol.state().pending()).containsEntry(before + 1, SESSION);
        assertThat(protocol.isStarted()).isFalse();
        assertThat(protocol.seen(saved(before + 1, SESSION, 3))).isEqualTo(new Verdict.Confirmed(before + 1));
    }

    @Test
    void should_refuse_to_use_a_number_twice_when_they_are_used_up() {
        CommitProtocol protocol = start(new State(Integer.MAX_VALUE - 1, 0, new TreeMap<>()));
        assertThatThrownBy(protocol::take)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("used up");
    }
}
