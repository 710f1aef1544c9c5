package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayoutRule;
import io.cocoon.payment.PayoutRule.Occasion;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.wallet.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PayoutTest {

    private static final Payout.Settings SETTINGS =
            new Payout.Settings(PayoutRule.DEFAULT, PayoutWorld.WALLET, Duration.ofMinutes(10), Duration.ofMinutes(1));
    private static final ProxyTerms TERMS = PayoutWorld.TERMS;
    /** At 19 nanoton each: 19 TON. */
    private static final long MUCH = 1_000_000_000L;

    private final PayoutWorld world = new PayoutWorld();
    private final List<Order> orders = new ArrayList<>();
    private final List<String> alarms = new ArrayList<>();
    private boolean forgotten;
    private boolean outdated;
    private Occasion occasion = Occasion.BUSY;
    private Payout payout = Payout.START;
    private Instant now = world.time;

    private Payout.Standing look() throws TlException {
        return look(0);
    }

    private Payout.Standing look(int behind) throws TlException {
        Payout.Step step = payout.after(world.look(payout.seen(), behind, occasion, outdated), TERMS, now, SETTINGS);
        payout = throughDisk(world, step.next());
        for (Payout.Effect effect : step.effects()) {
            if (effect instanceof Payout.Effect.Place place) {
                orders.add(place.order());
            } else if (effect instanceof Payout.Effect.Alarm alarm) {
                alarms.add(alarm.text());
            } else {
                forgotten = true;
            }
        }
        return step.standing();
    }

    private static Payout throughDisk(PayoutWorld world, Payout payout) throws TlException {
        ProxyRecord record = new ProxyRecord(TERMS, world.known, 0, Bytes.empty(), payout);
        ProxyRecord read =
                ProxyRecordCodec.read(ProxyRecordCodec.write(List.of(record))).get(0);
        assertThat(read).isEqualTo(record);
        return read.payout();
    }

    /** The wallet sends what it was given, and it arrives. */
    private void deliver() {
        for (Order order : orders) {
            payout = payout.sent(order.id(), TERMS);
            world.receive(order);
        }
        orders.clear();
    }

    private void pass(Duration duration) {
        now = now.plus(duration);
        world.pass(duration);
    }

    private void existing() {
        world.status = AccountState.Status.ACTIVE;
        world.pass(Duration.ZERO);
    }

    @Test
    void should_deploy_with_a_third_of_a_ton_and_then_pay_out() throws Exception {
        world.sign(MUCH);
        look();
        assertThat(orders).singleElement().satisfies(order -> {
            assertThat(order.value()).isEqualTo(Nanoton.ofTon("0.3"));
            assertThat(order.to()).isEqualTo(TERMS.contract());
            assertThat(order.init()).isPresent();
        });
        deliver();
        look();
        assertThat(orders)
                .singleElement()
                .satisfies(order -> assertThat(order.init()).isEmpty());
        deliver();

        assertThat(look()).isEqualTo(Payout.Standing.SETTLED);
        assertThat(world.ownerGot).isEqualTo(19 * MUCH);
        assertThat(payout.paid()).isEqualTo(MUCH);
        assertThat(alarms).isEmpty();
    }

    @Test
    void h2_should_attach_half_a_ton_to_every_payout() throws Exception {
        existing();
        world.sign(MUCH);
        look();

        assertThat(orders).singleElement().extracting(Order::value).isEqualTo(Nanoton.ofTon("0.5"));
    }

    @ParameterizedTest
    @EnumSource(Occasion.class)
    void h1_should_hold_back_with_an_alarm_while_the_proxys_account_is_short(Occasion what) throws Exception {
        existing();
        occasion = what;
        world.sign(MUCH);
        world.proxyBalance = Nanoton.ofTon("19.049999999");
        look();
        look();
        assertThat(orders).isEmpty();
        assertThat(alarms)
                .singleElement()
                .asString()
                .contains("19.049999999 TON")
                .contains("19 TON");
        assertThat(payout.problem()).contains("would be lost");

        world.proxyBalance = Nanoton.ofTon("19.05");
        look();
        assertThat(orders).hasSize(1);
    }

    @Test
    void h1_should_not_deploy_either_while_the_proxys_account_is_short() throws Exception {
        world.sign(MUCH);
        world.proxyBalance = Nanoton.ofTon("1");
        look();

        assertThat(orders).isEmpty();
        assertThat(alarms).hasSize(1);
    }

    @Test
    void h1_should_hold_back_when_the_proxys_contract_is_closed() throws Exception {
        existing();
        world.sign(MUCH);
        world.proxyState = ContractState.CLOSED;
        look();

        assertThat(orders).isEmpty();
        assertThat(alarms).singleElement().asString().contains("is closed and pays no more");
    }

    @Test
    void h1_should_say_so_when_the_proxys_contract_refused_a_payout_that_the_worker_contract_counts() throws Exception {
        existing();
        look();
        world.bounce();
        look();
        look();

        assertThat(alarms).singleElement().asString().contains("that money is lost");
    }

    @Test
    void h8_should_hold_back_when_the_fee_is_above_the_price() throws Exception {
        existing();
        world.sign(MUCH);
        ProxyTerms impossible = new ProxyTerms(
                TERMS.contract(),
                TERMS.proxyContract(),
                TERMS.proxyKey(),
                1,
                new Nanoton(18),
                TERMS.fee(),
                TERMS.clientDelay(),
                TERMS.init());
        Payout.Step step = payout.after(world.look(payout.seen(), 0, Occasion.BUSY, false), impossible, now, SETTINGS);

        assertThat(step.next().request()).isEmpty();
        assertThat(step.effects())
                .singleElement()
                .isInstanceOfSatisfying(
                        Payout.Effect.Alarm.class,
                        alarm -> assertThat(alarm.text())
                                .contains("0.000000019 TON")
                                .contains("0.000000018 TON"));
    }

    @Test
    void h60_should_decide_by_value_and_not_by_the_number_of_tokens() throws Exception {
        existing();
        world.sign(10_000_000_000L / 19);
        look();
        assertThat(orders)
                .as("a nanoton below 10 TON, more than the reference's 2 * 10^8 tokens")
                .isEmpty();

        occasion = Occasion.IDLE;
        look();
        assertThat(orders).as("idle, from 0.2 TON on").hasSize(1);
    }

    @Test
    void should_not_deploy_for_less_than_the_new_contract_keeps() throws Exception {
        occasion = Occasion.IDLE;
        world.sign(Nanoton.ofTon("0.32").value() / 19);
        look();
        assertThat(orders).isEmpty();

        world.sign(Nanoton.ofTon("0.32").value() / 19 + 1);
        look();
        assertThat(orders).hasSize(1);
    }

    @Test
    void h23_should_not_take_a_transaction_that_failed_for_a_payout() throws Exception {
        existing();
        world.sign(MUCH);
        look();
        world.nextExitCode = -14;
        deliver();
        assertThat(look()).isEqualTo(Payout.Standing.SETTLED);
        assertThat(alarms).singleElement().asString().contains("exit code -14").contains("60 s");
        assertThat(orders).isEmpty();

        pass(Duration.ofMinutes(1));
        look();
        deliver();
        look();
        assertThat(world.ownerGot).isEqualTo(19 * MUCH);
        assertThat(payout.failures()).isZero();
        assertThat(payout.problem()).isEmpty();
    }

    @Test
    void h23_should_try_again_when_a_sent_message_changed_nothing_by_the_chains_clock() throws Exception {
        existing();
        world.sign(MUCH);
        look();
        Order lost = orders.remove(0);
        payout = payout.sent(lost.id(), TERMS);
        look();
        now = now.plus(Duration.ofDays(1));
        look();
        assertThat(payout.request())
                .as("the chain stands still, nothing is known")
                .isPresent();

        pass(Duration.ofMinutes(10).plusSeconds(1));
        look();
        assertThat(alarms).singleElement().asString().contains("changed nothing in 600 s");
        pass(Duration.ofMinutes(1));
        look();
        assertThat(orders)
                .singleElement()
                .satisfies(again -> assertThat(again.id()).isNotEqualTo(lost.id()));
    }

    @Test
    void should_be_done_when_somebody_else_has_submitted_the_payment() throws Exception {
        existing();
        world.sign(MUCH);
        look();
        world.strangerSubmits();

        assertThat(look()).isEqualTo(Payout.Standing.SETTLED);
        assertThat(alarms).isEmpty();
        assertThat(world.ownerGot).isEqualTo(19 * MUCH);
    }

    @Test
    void should_conclude_nothing_from_a_server_that_is_behind() throws Exception {
        existing();
        world.sign(MUCH);
        look();
        deliver();
        look();
        Payout before = payout;
        world.sign(2 * MUCH);

        assertThat(look(2)).isEqualTo(Payout.Standing.UNKNOWN);
        assertThat(payout).isEqualTo(before);
        assertThat(orders).isEmpty();
    }

    @Test
    void should_name_one_order_the_same_after_a_crash() throws Exception {
        existing();
        world.sign(MUCH);
        look();

        assertThat(payout.unsent(TERMS, PayoutWorld.WALLET)).contains(orders.get(0));
        payout = payout.sent(orders.get(0).id(), TERMS);
        assertThat(payout.unsent(TERMS, PayoutWorld.WALLET)).isEmpty();
    }

    @Test
    void should_let_the_proxy_pay_first_when_parameters_change_and_then_take_what_is_left() throws Exception {
        existing();
        outdated = true;
        world.sign(2_000_000);
        look();
        pass(TERMS.clientDelay().dividedBy(2).minusSeconds(1));
        look();
        assertThat(orders).isEmpty();
        pass(Duration.ofSeconds(1));
        look();
        assertThat(orders).hasSize(1);
        deliver();
        assertThat(forgotten).isFalse();
        look();

        assertThat(world.ownerGot).isEqualTo(38_000_000);
        assertThat(forgotten).isTrue();
        assertThat(alarms).isEmpty();
    }

    @Test
    void should_forget_outdated_contracts_that_owe_less_than_their_fees() throws Exception {
        existing();
        outdated = true;
        world.sign(1_000_000);
        look();
        pass(TERMS.clientDelay());
        look();

        assertThat(orders).isEmpty();
        assertThat(forgotten).isTrue();
    }

    @Test
    void should_not_forget_outdated_contracts_while_the_proxys_account_is_short() throws Exception {
        existing();
        outdated = true;
        world.sign(MUCH);
        world.proxyBalance = Nanoton.ZERO;
        look();
        pass(TERMS.clientDelay());
        look();
        assertThat(forgotten).isFalse();
        assertThat(alarms).hasSize(1);

        world.proxyState = ContractState.CLOSED;
        look();
        assertThat(forgotten).isTrue();
        assertThat(alarms).hasSize(2).last().asString().contains("19 TON").contains("cannot be had any more");
    }

    @Test
    void should_say_what_is_lost_when_the_worker_contract_is_closed() throws Exception {
        existing();
        world.state = ContractState.CLOSED;
        world.pass(Duration.ofSeconds(1));
        world.sign(MUCH);
        look();
        look();

        assertThat(orders).isEmpty();
        assertThat(alarms).singleElement().asString().contains("is closed");
    }

    /**
     * Growing totals, failing transactions, strangers, a short account, servers that are behind, crashes before and after each
     * write and each order: nothing is lost, each order is given to the wallet once, and all is paid in the end.
     */
    @Property(tries = 60)
    void should_pay_every_token_once_whatever_happens(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        PayoutWorld there = new PayoutWorld();
        Payout disk = Payout.START;
        Set<Int256> accepted = new HashSet<>();
        List<Order> walletQueue = new ArrayList<>();
        List<Int256> sentUnheard = new ArrayList<>();
        Instant here = there.time;
        for (int step = 0; step < 260; step++) {
            boolean calm = step >= 180;
            if (!calm && random.nextInt(3) == 0) {
                there.sign(there.known.signed() + random.nextInt(1_500_000_000));
            }
            // Others take and bring money only while nothing of ours is on its way: what happens in between is H1
            // itself.
            if (walletQueue.isEmpty() && disk.request().isEmpty()) {
                there.proxyBalance = calm || random.nextBoolean() ? Nanoton.ofTon("100000") : Nanoton.ofTon("1");
            }
            if (!calm
                    && there.known.signed() > 0
                    && there.proxyBalance.value() > 1_000_000_000_000L
                    && random.nextInt(15) == 0) {
                there.strangerSubmits();
            }
            there.nextExitCode = !calm && random.nextInt(4) == 0 ? -14 : 0;
            walletQueue.removeIf(order -> {
                if (!calm && random.nextInt(3) > 0) {
                    return false;
                }
                if (calm || random.nextInt(8) > 0) {
                    there.receive(order);
                }
                sentUnheard.add(order.id());
                return true;
            });
            Duration time = Duration.ofSeconds(calm ? 400 : random.nextInt(600));
            here = here.plus(time);
            there.pass(time);
            for (Int256 order : sentUnheard) {
                disk = disk.sent(order, TERMS);
            }
            if (random.nextBoolean()) {
                sentUnheard.clear();
            }
            Occasion what = calm ? Occasion.LEAVING : Occasion.values()[random.nextInt(2)];
            int behind = calm ? 0 : random.nextInt(3);
            Payout.Step next = disk.after(there.look(disk.seen(), behind, what, false), TERMS, here, SETTINGS);
            if (!calm && random.nextInt(8) == 0) {
                continue; // killed before the state was written: nothing of the step happened
            }
            if (!next.next().equals(disk)) {
                disk = throughDisk(there, next.next());
            }
            assertThat(next.effects()).noneMatch(Payout.Effect.Forget.class::isInstance);
            if (calm || random.nextInt(8) > 0) { // else killed before the order was given; it is given again below
                disk.unsent(TERMS, PayoutWorld.WALLET).ifPresent(order -> {
                    if (accepted.add(order.id())) {
                        walletQueue.add(order);
                    }
                });
            }
        }
        assertThat(there.lost).isZero();
        assertThat(there.ownerGot).isEqualTo(19 * there.tokensPaid);
        assertThat(there.tokensPaid).isLessThanOrEqualTo(there.known.signed());
        if (there.known.signed() > 0 && there.status == AccountState.Status.ACTIVE) {
            assertThat(TERMS.worth(there.known.signed() - there.tokensPaid))
                    .isLessThanOrEqualTo(PayoutRule.DEFAULT.fees());
        } else {
            assertThat(TERMS.worth(there.known.signed())).isLessThanOrEqualTo(Nanoton.ofTon("0.32"));
        }
    }
}
