package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.proxy.ContractSchedule.Claim;
import io.cocoon.proxy.ContractSchedule.Effect;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.proxy.ContractSchedule.Party;
import io.cocoon.proxy.ContractTask.Operation;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractScheduleTest {

    private static final Address PROXY = new Address(0, TestHashes.of("proxy contract"));
    private static final Address CLIENT = new Address(0, TestHashes.of("client contract"));
    private static final Address WORKER = new Address(0, TestHashes.of("worker contract"));
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Instant START = Instant.ofEpochSecond(1_800_000_000);

    /** What has to be owed for a charge of 1 TON at a price of 20, and earned for a payout of 10 TON at a fee of 19. */
    private static final long CHARGE = 50_000_000;

    private static final long PAYOUT = 526_315_790;

    private final ContractSchedule schedule = schedule(20, 19);
    private Instant now = START;

    private static ContractSchedule schedule(long price, long fee) {
        Prices prices = new Prices(new Nanoton(price), new Nanoton(fee), 1, 1, 1, 1);
        ContractSchedule made = new ContractSchedule(PROXY, prices, ProxyContracts.Amounts.DEFAULT, PATIENCE);
        made.waiting(0, START.minus(PATIENCE));
        return made;
    }

    private Own own(String account, ContractState state, String earnings) {
        return new Own(
                now,
                AccountState.Status.ACTIVE,
                Nanoton.ofTon(account),
                state,
                Nanoton.ofTon(earnings),
                START.plusSeconds(3600));
    }

    private Own own() {
        return own("1000", ContractState.NORMAL, "0");
    }

    private static Party client(ContractState state, long tokens, String balance) {
        return new Party(Side.CLIENT, CLIENT, state, tokens, Nanoton.ofTon(balance));
    }

    private static Party worker(ContractState state, long tokens) {
        return new Party(Side.WORKER, WORKER, state, tokens, Nanoton.ZERO);
    }

    private static Claim claim(long signed, long db, long max) {
        return new Claim(new Ledger.Totals(signed, db, max), false);
    }

    private static Claim claim(long all) {
        return claim(all, all, all);
    }

    private static Effect send(Operation operation, Address contract, long total, int attempt) {
        return new Effect.Send(new ContractTask(operation, contract, total, attempt));
    }

    private static List<String> alarms(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Alarm.class::isInstance)
                .map(effect -> ((Effect.Alarm) effect).text())
                .toList();
    }

    @Test
    void h40_should_charge_what_is_committed_and_nothing_that_is_not() {
        assertThat(schedule.looked(
                        client(ContractState.NORMAL, 0, "100"), claim(CHARGE - 1, CHARGE, 2 * CHARGE), own()))
                .isEmpty();
        assertThat(schedule.looked(
                        client(ContractState.NORMAL, 0, "100"), claim(CHARGE, 2 * CHARGE, 3 * CHARGE), own()))
                .containsExactly(send(Operation.CHARGE, CLIENT, CHARGE, 0));
    }

    @Test
    void h40_should_pay_a_worker_what_is_committed_and_nothing_that_is_not() {
        assertThat(schedule.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT - 1, PAYOUT, PAYOUT), own()))
                .isEmpty();
        assertThat(schedule.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT), own()))
                .containsExactly(send(Operation.PAYOUT, WORKER, PAYOUT, 0));
    }

    @Test
    void should_not_charge_a_client_that_has_nothing() {
        assertThat(schedule.looked(client(ContractState.NORMAL, 0, "0"), claim(CHARGE), own()))
                .isEmpty();
    }

    @Test
    void should_ask_one_thing_of_a_contract_at_a_time() {
        schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own());
        assertThat(schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(3 * CHARGE), own()))
                .isEmpty();
        assertThat(schedule.looked(client(ContractState.NORMAL, CHARGE, "99"), claim(3 * CHARGE), own()))
                .containsExactly(send(Operation.CHARGE, CLIENT, 3 * CHARGE, 0));
    }

    @Test
    void h23_should_take_something_for_done_only_when_the_contract_says_so() {
        schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own());
        schedule.wentOut(new ContractTask(Operation.CHARGE, CLIENT, CHARGE, 0), now);
        now = START.plus(PATIENCE);
        assertThat(schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own()))
                .isEmpty();

        now = now.plusSeconds(1);
        assertThat(alarms(schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own())))
                .singleElement()
                .asString()
                .contains("charge of contract " + CLIENT, "changed nothing", "next attempt in 300 s");
        now = now.plus(PATIENCE);
        assertThat(schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own()))
                .containsExactly(send(Operation.CHARGE, CLIENT, CHARGE, 1));
    }

    @Test
    void should_wait_for_an_order_that_the_wallet_could_not_send_yet() {
        schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own());
        now = now.plus(Duration.ofDays(7));
        assertThat(schedule.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own()))
                .isEmpty();
    }

    @Test
    void should_give_a_client_its_money_back_when_it_asks_and_nothing_of_it_runs() {
        Claim running = new Claim(new Ledger.Totals(5, 5, 5), true);
        assertThat(schedule.looked(client(ContractState.CLOSING, 0, "100"), running, own()))
                .isEmpty();
        assertThat(schedule.looked(client(ContractState.CLOSING, 0, "100"), claim(5, 5, 6), own()))
                .as("not everything is committed")
                .isEmpty();
        assertThat(schedule.looked(client(ContractState.CLOSING, 0, "100"), claim(6), own()))
                .containsExactly(send(Operation.GRANT_REFUND, CLIENT, 6, 0));
    }

    @Test
    void h1_should_not_promise_the_same_money_twice() {
        Own poor = own("15", ContractState.NORMAL, "0");
        assertThat(schedule.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT), poor))
                .hasSize(1);
        Address other = new Address(0, TestHashes.of("another client"));
        Party leaving = new Party(Side.CLIENT, other, ContractState.CLOSING, 0, Nanoton.ofTon("6"));
        assertThat(schedule.looked(leaving, claim(0), poor))
                .as("10 of the 15 TON are promised")
                .isEmpty();
        now = now.plusSeconds(10);
        assertThat(alarms(schedule.looked(leaving, claim(0), own("15", ContractState.NORMAL, "0"))))
                .singleElement()
                .asString()
                .contains("needs 6 TON", "it would be lost, so it waits");

        // The worker has its money; what is on the account now is free.
        schedule.looked(worker(ContractState.NORMAL, PAYOUT), claim(PAYOUT), own("5", ContractState.NORMAL, "0"));
        schedule.paid(WORKER);
        schedule.looked(own("7", ContractState.NORMAL, "0"), false);
        assertThat(schedule.looked(leaving, claim(0), own("7", ContractState.NORMAL, "0")))
                .containsExactly(send(Operation.GRANT_REFUND, other, 0, 0));
    }

    @Test
    void h1_should_promise_nothing_after_a_start_before_older_promises_were_kept() {
        ContractSchedule started = new ContractSchedule(
                PROXY,
                new Prices(new Nanoton(20), new Nanoton(19), 1, 1, 1, 1),
                ProxyContracts.Amounts.DEFAULT,
                PATIENCE);
        started.waiting(1, now);
        assertThat(started.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT), own()))
                .isEmpty();
        assertThat(started.looked(client(ContractState.NORMAL, 0, "100"), claim(CHARGE), own()))
                .as("a charge promises nothing")
                .hasSize(1);
        started.waiting(0, now);
        now = now.plusSeconds(59);
        assertThat(started.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT), own()))
                .isEmpty();
        now = now.plusSeconds(1);
        assertThat(started.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT), own()))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"20, 20, true", "20, 21, false"})
    void h8_should_not_ask_for_payouts_that_no_contract_can_make(long price, long fee, boolean paid) {
        ContractSchedule strange = schedule(price, fee);
        assertThat(strange.looked(worker(ContractState.NORMAL, 0), claim(PAYOUT), own()))
                .hasSize(paid ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({"7, 7, false", "8, 7, true"})
    void h41_should_tell_an_old_database_by_what_a_contract_has_seen(long tokens, long db, boolean isOld) {
        List<Effect> effects =
                schedule.looked(client(ContractState.NORMAL, tokens, "100"), claim(0, db, db + 5), own());
        assertThat(effects).hasSize(isOld ? 1 : 0).allMatch(Effect.RolledBack.class::isInstance);
    }

    @Test
    void should_deploy_once_and_take_earnings_one_at_a_time() {
        Own absent =
                new Own(now, AccountState.Status.NONE, Nanoton.ZERO, ContractState.NORMAL, Nanoton.ZERO, Instant.EPOCH);
        assertThat(schedule.looked(absent, false)).containsExactly(send(Operation.DEPLOY, PROXY, 0, 0));
        assertThat(schedule.looked(absent, false)).isEmpty();
        assertThat(schedule.looked(own("1000", ContractState.NORMAL, "9.999999999"), false))
                .isEmpty();
        assertThat(schedule.looked(own("1000", ContractState.NORMAL, "10"), false))
                .containsExactly(send(Operation.EARNINGS, PROXY, 10_000_000_000L, 0));
        assertThat(schedule.looked(own("1000", ContractState.NORMAL, "12"), false))
                .isEmpty();
        assertThat(schedule.looked(own("980", ContractState.NORMAL, "1"), false))
                .isEmpty();
    }

    @Test
    void h49_should_close_step_by_step_each_seen_on_the_chain() {
        schedule.close();
        assertThat(schedule.looked(own(), false))
                .as("somebody still has something to get")
                .isEmpty();
        assertThat(schedule.looked(client(ContractState.NORMAL, 5, "1"), claim(9), own()))
                .containsExactly(send(Operation.GRANT_REFUND, CLIENT, 9, 0));
        assertThat(schedule.looked(worker(ContractState.NORMAL, 5), claim(9), own()))
                .containsExactly(send(Operation.LAST_PAYOUT, WORKER, 9, 0));
        assertThat(schedule.isSettled(CLIENT)).isFalse();
        schedule.looked(client(ContractState.CLOSED, 9, "0"), claim(9), own());
        schedule.looked(worker(ContractState.CLOSED, 9), claim(9), own());
        assertThat(schedule.isSettled(CLIENT) && schedule.isSettled(WORKER)).isTrue();

        assertThat(schedule.looked(own(), true)).containsExactly(send(Operation.CLOSE_REQUEST, PROXY, 0, 0));
        assertThat(schedule.looked(own("1", ContractState.CLOSING, "0"), true))
                .as("too early")
                .isEmpty();
        now = START.plusSeconds(3601);
        assertThat(schedule.looked(own("1", ContractState.CLOSING, "0"), true))
                .containsExactly(send(Operation.CLOSE_COMPLETE, PROXY, 0, 0));
        assertThat(schedule.isFinished()).isFalse();
        schedule.looked(own("0", ContractState.CLOSED, "0"), true);
        assertThat(schedule.isFinished()).isTrue();
    }

    @Test
    void should_tell_of_a_frozen_contract() {
        Own frozen = new Own(
                now, AccountState.Status.FROZEN, Nanoton.ZERO, ContractState.NORMAL, Nanoton.ZERO, Instant.EPOCH);
        assertThat(alarms(schedule.looked(frozen, false)))
                .singleElement()
                .asString()
                .contains("it owes rent");
        assertThat(schedule.looked(frozen, false)).isEmpty();
    }
}
