package io.cocoon.ton.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.channel.ClientChannel.Effect;
import io.cocoon.ton.channel.ClientChannel.Event;
import io.cocoon.ton.channel.ClientChannel.Kind;
import io.cocoon.ton.channel.ClientChannel.Wish;
import io.cocoon.ton.wallet.Order;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientChannelTest {

    private static final Nanoton TWO = Nanoton.ofTon("2");

    private static ChannelRun opened(int structVersion, Nanoton deposit) {
        ChannelRun run = new ChannelRun(structVersion);
        run.firstDeposit = Optional.of(deposit);
        run.settle();
        assertThat(run.world.balance).isEqualTo(deposit);
        return run;
    }

    // ---- opening

    @Test
    void h65_should_order_the_deploy_before_anything_that_needs_the_contract() {
        ChannelRun run = new ChannelRun(4);
        run.look();
        List<Order> orders = run.orders();

        assertThat(orders).hasSize(2);
        assertThat(orders.get(0).init()).isPresent();
        assertThat(orders.get(0).value()).isEqualTo(Nanoton.ofTon("0.8"));
        assertThat(orders.get(1).init()).isEmpty();
        assertThat(orders.get(1).value()).isEqualTo(Nanoton.ofTon("1.7"));
        assertThat(run.channel.registration(5).value()).isEqualTo(Nanoton.ofTon("1"));
    }

    @Test
    void should_hold_the_secret_and_the_deposit_once_it_is_open() {
        ChannelRun run = opened(4, TWO);

        assertThat(run.world.secretHash).isEqualTo(ChannelRun.SECRET);
        assertThat(run.channel.deposited()).isEqualTo(TWO);
        assertThat(run.channel.request()).isEmpty();
        assertThat(run.effects).contains(new Effect.Done(Kind.OPEN, TWO));
    }

    @Test
    void should_be_the_same_order_when_it_is_handed_over_again_after_a_crash() {
        ChannelRun run = new ChannelRun(4);
        run.look(1);
        run.look();
        run.settle();

        assertThat(run.world.deposited).isEqualTo(ChannelWorld.STAKE);
        assertThat(run.world.ended).hasSize(2);
    }

    @Test
    void should_follow_a_contract_that_exists_without_a_deposit() {
        ChannelRun run = opened(4, TWO);
        run.channel = run.world.channel();
        run.effects.clear();
        run.settle();

        assertThat(run.orders()).isEmpty();
        assertThat(run.channel.deposited()).isEqualTo(Nanoton.ZERO);
    }

    @Test
    void should_refuse_to_open_when_more_is_at_risk_than_allowed_and_say_the_numbers() {
        ChannelRun run = new ChannelRun(3);
        run.maxAtRisk = Optional.of(Nanoton.ofTon("0.5"));
        run.look();

        assertThat(run.refusals())
                .singleElement()
                .asString()
                .contains("1 TON of 1 TON would be lost")
                .contains("maxAtRisk allows 0.5 TON");
        assertThat(run.orders()).isEmpty();
        assertThat(run.channel.over()).isTrue();
    }

    @Test
    void should_open_when_the_proxys_stake_covers_the_risk() {
        ChannelRun run = new ChannelRun(3);
        run.maxAtRisk = Optional.of(Nanoton.ofTon("0.5"));
        run.world.proxyStake = Nanoton.ofTon("0.5");
        run.settle();

        assertThat(run.world.balance).isEqualTo(ChannelWorld.STAKE);
    }

    @Test
    void should_not_open_with_a_proxy_contract_that_does_not_exist() {
        ChannelRun run = new ChannelRun(4);
        run.world.proxyExists = false;
        run.look();

        assertThat(run.refusals()).singleElement().asString().contains("no such proxy contract");
        assertThat(run.orders()).isEmpty();
    }

    // ---- topping up

    @Test
    void should_top_up_by_one_stake_when_less_than_half_of_one_is_left() {
        ChannelRun run = opened(4, ChannelWorld.STAKE);
        run.known = 25_000_000;
        run.settle();
        assertThat(run.channel.deposited()).isEqualTo(ChannelWorld.STAKE);
        run.known = 25_000_001;
        run.settle();

        assertThat(run.channel.deposited()).isEqualTo(TWO);
    }

    @Test
    void h67_should_never_deposit_above_the_limit_and_say_so() {
        ChannelRun run = opened(4, ChannelWorld.STAKE);
        run.limit = Nanoton.ofTon("1.5");
        run.known = 30_000_000;
        run.settle();
        assertThat(run.channel.deposited()).isEqualTo(Nanoton.ofTon("1.5"));
        run.known = 60_000_000;
        run.settle();

        assertThat(run.channel.deposited()).isEqualTo(Nanoton.ofTon("1.5"));
        assertThat(run.alarms()).singleElement().asString().contains("H67").contains("leaves 0 TON");
    }

    @Test
    void h67_should_refuse_to_open_with_more_than_the_limit() {
        ChannelRun run = new ChannelRun(4);
        run.limit = Nanoton.ofTon("0.9");
        run.look();

        assertThat(run.refusals())
                .singleElement()
                .asString()
                .contains("a deposit of 1 TON is above what is left of the limit, 0.9 TON");
        assertThat(run.orders()).isEmpty();
    }

    @Test
    void h64_should_decide_from_the_chain_after_a_top_up_that_failed() {
        ChannelRun run = opened(4, ChannelWorld.STAKE);
        run.known = 30_000_000;
        run.look();
        run.world.refuseNext = true;
        run.deliver();
        run.look();
        assertThat(run.channel.request()).isEmpty();
        assertThat(run.channel.deposited()).isEqualTo(ChannelWorld.STAKE);
        assertThat(run.alarms())
                .singleElement()
                .asString()
                .contains("refused TOP_UP")
                .contains("next attempt in 30 s");
        run.settle();
        assertThat(run.world.balance).isEqualTo(ChannelWorld.STAKE);
        run.pass(Duration.ofSeconds(30));
        run.settle();

        assertThat(run.world.balance).isEqualTo(TWO);
        assertThat(run.channel.deposited()).isEqualTo(TWO);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void h3_should_not_top_up_a_proxy_contract_that_closes(int structVersion) {
        ChannelRun run = opened(structVersion, ChannelWorld.STAKE);
        run.world.proxyBeginsToClose();
        run.known = 30_000_000;
        run.step(new Event.Ask(TWO));
        run.settle();

        assertThat(run.world.deposited).isEqualTo(ChannelWorld.STAKE);
    }

    @Test
    void should_deposit_what_the_owner_asks_for_in_whole_tokens() {
        ChannelRun run = opened(4, ChannelWorld.STAKE);
        run.step(new Event.Ask(new Nanoton(1_000_000_019)));
        run.settle();

        assertThat(run.effects).contains(new Effect.Done(Kind.TOP_UP, ChannelWorld.STAKE));
        assertThat(run.world.balance).isEqualTo(TWO);
    }

    @Test
    void should_force_a_charge_when_the_proxy_may_not_run_further_ahead() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        run.known = 30_000_000;
        run.settle();
        assertThat(run.world.used).isZero();
        run.step(new Event.Paid(run.world.payment(28_000_000)));
        run.step(new Event.Paid(run.world.payment(27_000_000)));
        run.settle();

        assertThat(run.world.used).isEqualTo(28_000_000);
        assertThat(run.effects).contains(new Effect.Done(Kind.CHARGE, Nanoton.ZERO));
    }

    @Test
    void should_change_the_secret_when_the_contract_has_another() {
        ChannelRun run = opened(4, TWO);
        run.world.secretHash = io.cocoon.tl.Int256.ZERO;
        run.settle();

        assertThat(run.world.secretHash).isEqualTo(ChannelRun.SECRET);
    }

    // ---- what counts as done

    @Test
    void h23_should_not_take_a_transaction_that_was_aborted_for_success() {
        ChannelRun run = new ChannelRun(4);
        run.look();
        run.deliverOne();
        run.world.refuseNext = true;
        run.deliver();
        run.look();

        assertThat(run.effects).noneMatch(Effect.Done.class::isInstance);
        assertThat(run.channel.deposited()).isEqualTo(Nanoton.ZERO);
        run.pass(Duration.ofMinutes(1));
        run.settle();
        assertThat(run.world.deposited).isEqualTo(ChannelWorld.STAKE);
        assertThat(run.world.rent).isEqualTo(ChannelMoney.RENT);
    }

    @Test
    void should_not_take_a_strangers_transaction_with_its_query_id_for_its_own() {
        ChannelRun run = opened(4, ChannelWorld.STAKE);
        run.step(new Event.Ask(TWO));
        run.look();
        run.world.strangerTopsUp(run.channel.request().orElseThrow().queryId(), new Nanoton(20));
        run.look();

        assertThat(run.channel.request()).isPresent();
        assertThat(run.channel.deposited()).isEqualTo(ChannelWorld.STAKE);
    }

    @Test
    void h22_should_not_send_again_what_has_left_the_wallet_and_was_not_seen_yet() {
        ChannelRun run = opened(4, ChannelWorld.STAKE);
        run.step(new Event.Ask(TWO));
        Event.Look late = run.world.look(0);
        run.look();
        run.deliver();
        run.step(late);
        run.step(late);

        assertThat(run.world.waiting()).isZero();
        run.settle();
        assertThat(run.world.deposited).isEqualTo(Nanoton.ofTon("3"));
    }

    @Test
    void h2_should_attach_enough_to_every_request() {
        ChannelRun run = opened(4, TWO);
        run.step(new Event.Want(Wish.WITHDRAW));
        run.settle();
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();

        assertThat(run.orders())
                .hasSizeGreaterThanOrEqualTo(4)
                .allSatisfy(order -> assertThat(order.value()).isGreaterThanOrEqualTo(Nanoton.ofTon("0.7")));
    }

    // ---- money back

    @Test
    void h66_should_withdraw_only_when_the_owner_wants_it() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        run.settle();
        assertThat(run.world.balance).isEqualTo(Nanoton.ofTon("5"));
        run.step(new Event.Want(Wish.WITHDRAW));
        run.settle();

        assertThat(run.world.balance).isEqualTo(ChannelWorld.STAKE);
        assertThat(run.effects).contains(new Effect.Done(Kind.WITHDRAW, Nanoton.ofTon("4")));
        assertThat(run.channel.wish()).isEqualTo(Wish.OPEN);
    }

    @Test
    void should_put_the_newest_signed_payment_on_the_chain_once_when_the_owner_wants_it() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        run.settle();
        run.step(new Event.Paid(run.world.payment(1000)));
        run.step(new Event.Want(Wish.CHARGE));
        run.settle();
        int orders = run.orders().size();
        run.settle();

        assertThat(run.world.used).isEqualTo(1000);
        assertThat(run.effects).contains(new Effect.Done(Kind.CHARGE, Nanoton.ZERO));
        assertThat(run.channel.wish()).isEqualTo(Wish.OPEN);
        assertThat(run.orders()).hasSize(orders);
    }

    @Test
    void should_say_at_once_that_there_is_nothing_to_charge() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        run.settle();
        int orders = run.orders().size();
        run.step(new Event.Want(Wish.CHARGE));
        run.settle();

        assertThat(run.effects).contains(new Effect.Done(Kind.CHARGE, Nanoton.ZERO));
        assertThat(run.channel.wish()).isEqualTo(Wish.OPEN);
        assertThat(run.orders()).hasSize(orders);
    }

    @Test
    void should_still_open_a_channel_of_which_a_charge_was_asked_too_early() {
        ChannelRun run = new ChannelRun(4);
        run.step(new Event.Want(Wish.CHARGE));
        run.settle();

        assertThat(run.effects).contains(new Effect.Done(Kind.CHARGE, Nanoton.ZERO));
        assertThat(run.channel.over()).isFalse();
        assertThat(run.world.state).isEqualTo(ContractState.NORMAL);
    }

    @Test
    void should_be_done_when_the_proxy_has_charged_the_same_payment_in_the_meantime() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        run.settle();
        run.step(new Event.Paid(run.world.payment(1000)));
        run.step(new Event.Want(Wish.CHARGE));
        run.world.proxyCharges(1000);
        run.settle();
        run.pass(Duration.ofHours(1));
        run.settle();

        assertThat(run.world.used).isEqualTo(1000);
        assertThat(run.channel.wish()).isEqualTo(Wish.OPEN);
        assertThat(run.channel.request()).isEmpty();
    }

    @Test
    void h1_should_not_ask_for_what_the_proxy_contract_cannot_pay() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        Nanoton pool = run.world.proxyAccount;
        run.world.proxyAccount = Nanoton.ofTon("3.9");
        run.step(new Event.Want(Wish.WITHDRAW));
        run.settle();
        assertThat(run.world.balance).isEqualTo(Nanoton.ofTon("5"));
        assertThat(run.alarms())
                .singleElement()
                .asString()
                .contains("does not ask for 4 TON")
                .contains("has 3.9 TON")
                .contains("0.1 TON more");
        run.world.proxyAccount = pool;
        run.settle();

        assertThat(run.world.balance).isEqualTo(ChannelWorld.STAKE);
        assertThat(run.world.lost).isEqualTo(Nanoton.ZERO);
    }

    @Test
    void should_end_with_everything_when_the_proxy_grants_the_refund() {
        ChannelRun run = opened(3, Nanoton.ofTon("5"));
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();
        assertThat(run.world.state).isEqualTo(ContractState.CLOSING);
        assertThat(run.world.balance).isEqualTo(ChannelWorld.STAKE);
        run.world.proxyGrants(0);
        run.settle();

        assertThat(run.channel.over()).isTrue();
        assertThat(run.world.lost).isEqualTo(Nanoton.ZERO);
        assertThat(run.world.balance).isEqualTo(Nanoton.ZERO);
    }

    @Test
    void should_count_what_comes_back_while_it_closes_without_what_was_withdrawn_before() {
        ChannelRun run = opened(4, Nanoton.ofTon("5"));
        run.step(new Event.Want(Wish.WITHDRAW));
        run.settle();
        run.step(new Event.Ask(TWO));
        run.settle();
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();
        assertThat(run.channel.returned()).isEqualTo(TWO);
        run.world.proxyGrants(10_000_000);
        run.settle();

        assertThat(run.channel.returned()).isEqualTo(Nanoton.ofTon("2.8"));
        assertThat(run.effects)
                .contains(new Effect.Over("2.8 TON come back; the contract is closed and never used again"));
    }

    @Test
    void should_count_the_same_when_it_reads_the_history_from_its_beginning() {
        ChannelRun run = opened(3, Nanoton.ofTon("5"));
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();
        run.channel = run.world.channel();
        run.settle();

        assertThat(run.channel.returned()).isEqualTo(Nanoton.ofTon("4"));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void should_force_the_refund_after_the_unlock_time_when_that_costs_nothing(int structVersion) {
        ChannelRun run = opened(structVersion, TWO);
        run.world.proxyStake = ChannelWorld.STAKE;
        run.world.proxyAccount = run.world.proxyAccount.plus(ChannelWorld.STAKE);
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();
        run.world.time = run.world.unlockAt;
        run.settle();
        assertThat(run.world.state).isEqualTo(ContractState.CLOSING);
        run.pass(Duration.ofSeconds(1));
        run.settle();

        assertThat(run.world.state).isEqualTo(ContractState.CLOSED);
        assertThat(run.world.lost).isEqualTo(Nanoton.ZERO);
        assertThat(run.channel.over()).isTrue();
    }

    @Test
    void h5_should_wait_for_a_grant_before_force_gives_less() {
        ChannelRun run = opened(3, TWO);
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();
        run.pass(ChannelWorld.CLIENT_DELAY.plusSeconds(1));
        run.settle();
        assertThat(run.world.state).isEqualTo(ContractState.CLOSING);
        assertThat(run.alarms())
                .singleElement()
                .asString()
                .contains("refund of 1 TON")
                .contains("force would get 0 TON now");
        run.world.proxyGrants(0);
        run.settle();

        assertThat(run.channel.over()).isTrue();
        assertThat(run.world.lost).isEqualTo(Nanoton.ZERO);
    }

    @Test
    void h5_should_force_in_the_end_and_say_what_is_lost() {
        ChannelRun run = opened(3, TWO);
        run.world.proxyStake = Nanoton.ofTon("0.25");
        run.step(new Event.Want(Wish.CLOSE));
        run.settle();
        run.pass(ChannelWorld.CLIENT_DELAY.plus(run.patience).plusSeconds(1));
        run.settle();

        assertThat(run.channel.over()).isTrue();
        assertThat(run.world.lost).isEqualTo(Nanoton.ofTon("0.75"));
        assertThat(run.channel.returned()).isEqualTo(Nanoton.ofTon("1.25"));
        assertThat(run.alarms()).anyMatch(text -> text.contains("0.25 TON of 1 TON comes back"));
    }

    @Test
    void h4_should_be_out_before_a_closing_proxy_of_the_older_generation_takes_everything() {
        ChannelRun run = opened(3, Nanoton.ofTon("5"));
        run.patience = Duration.ofDays(100);
        run.world.proxyStake = Nanoton.ofTon("0.25");
        run.world.proxyBeginsToClose();
        run.settle();
        assertThat(run.world.state).isEqualTo(ContractState.CLOSING);
        while (run.world.time.isBefore(run.world.proxyUnlockAt)) {
            run.pass(Duration.ofMinutes(1));
            run.settle();
        }
        run.world.proxyCloses();

        assertThat(run.channel.over()).isTrue();
        assertThat(run.world.lost).isEqualTo(Nanoton.ofTon("0.75"));
    }

    @Test
    void h4_should_say_when_a_closed_proxy_has_taken_everything() {
        ChannelRun run = opened(3, TWO);
        run.world.proxyBeginsToClose();
        run.pass(ChannelWorld.PROXY_DELAY);
        run.world.proxyCloses();
        run.settle();

        assertThat(run.channel.over()).isTrue();
        assertThat(run.alarms()).singleElement().asString().contains("2 TON").contains("H4");
    }

    @Test
    void should_get_everything_from_a_closed_proxy_of_the_newer_generation() {
        ChannelRun run = opened(4, TWO);
        run.world.proxyBeginsToClose();
        run.world.proxyCloses();
        run.settle();
        run.pass(ChannelWorld.CLIENT_DELAY.plusSeconds(1));
        run.settle();

        assertThat(run.channel.over()).isTrue();
        assertThat(run.world.lost).isEqualTo(Nanoton.ZERO);
    }

    @Test
    void should_give_the_proxy_half_of_the_spare_time_after_the_parameters_changed() {
        ChannelRun run = opened(3, TWO);
        run.world.paramsVersion = 2;
        run.settle();
        assertThat(run.world.state).isEqualTo(ContractState.NORMAL);
        run.pass(Duration.ofHours(2).minusSeconds(1));
        run.settle();
        assertThat(run.world.state).isEqualTo(ContractState.NORMAL);
        run.pass(Duration.ofSeconds(1));
        run.settle();

        assertThat(run.world.state).isEqualTo(ContractState.CLOSING);
    }

    // ---- everything at once

    @Property(tries = 1500)
    void should_lose_no_money_whatever_happens_in_which_order(@ForAll long seed) {
        Random random = new Random(seed);
        ChannelRun run = new ChannelRun(3 + random.nextInt(2));
        run.firstDeposit = Optional.of(new Nanoton(20L * random.nextInt(150_000_000)));
        run.limit = Nanoton.ofTon("4");
        if (random.nextBoolean()) {
            run.world.proxyStake = new Nanoton(random.nextInt(2_000_000_000));
            run.world.proxyAccount = run.world.proxyAccount.plus(run.world.proxyStake);
        }
        int steps = 5 + random.nextInt(60);
        for (int i = 0; i < steps && !run.channel.over(); i++) {
            something(run, random);
            check(run);
        }
        run.step(new Event.Want(Wish.CLOSE));
        for (int i = 0; i < 3000 && !run.channel.over(); i++) {
            run.look();
            run.deliver();
            run.pass(Duration.ofMinutes(20));
            run.world.proxyAccount = run.world.proxyAccount.plus(Nanoton.ofTon("0.1"));
        }
        check(run);
        assertThat(run.channel.over()).isTrue();
        assertThat(run.channel.deposited()).isEqualTo(run.world.deposited);
    }

    private static void something(ChannelRun run, Random random) {
        ChannelWorld world = run.world;
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> run.look();
            case 3 -> run.look(random.nextInt(4) - 1);
            case 4, 5 -> run.deliverOne();
            case 6 -> run.crash();
            case 7 -> run.step(world.look(run.known));
            case 8 -> run.step(new Event.Seen(world.transactions));
            case 9 -> world.refuseNext = world.waiting() > 0 && random.nextBoolean();
            case 10 -> {
                run.known = Math.max(run.known, world.used + random.nextInt(60_000_000));
                run.step(new Event.Paid(world.payment(run.known)));
            }
            case 11 -> world.proxyCharges(world.used + random.nextInt(20_000_000));
            case 12 -> run.pass(Duration.ofSeconds(random.nextInt(7200)));
            default -> rarely(run, random);
        }
    }

    private static void rarely(ChannelRun run, Random random) {
        ChannelWorld world = run.world;
        switch (random.nextInt(9)) {
            case 8 -> run.step(new Event.Want(Wish.CHARGE));
            case 0 -> run.step(new Event.Ask(new Nanoton(random.nextInt(2_000_000_000))));
            case 1 -> run.step(new Event.Want(Wish.WITHDRAW));
            case 2 -> run.step(new Event.Want(Wish.CLOSE));
            case 3 -> world.paramsVersion = 2;
            case 4 ->
                world.strangerTopsUp(
                        run.channel
                                .request()
                                .map(ClientChannel.Request::queryId)
                                .orElse(1L),
                        new Nanoton(random.nextInt(100_000_000)));
            case 5 -> {
                if (world.state == ContractState.CLOSING) {
                    world.proxyGrants(Math.max(world.used, run.known));
                }
            }
            case 6 -> world.proxyStake = Nanoton.ZERO;
            default -> run.step(new Event.Sent(run.channel.number() - 1));
        }
    }

    private static void check(ChannelRun run) {
        ChannelWorld world = run.world;
        assertThat(world.deposited).isLessThanOrEqualTo(run.limit);
        assertThat(run.channel.deposited()).isLessThanOrEqualTo(world.deposited);
        // What left the wallet or came from strangers is back, spent on tokens or fees, kept as rent, lost, or still
        // there.
        assertThat(world.spent.plus(world.byStrangers))
                .isEqualTo(world.back
                        .plus(world.fees)
                        .plus(world.rent)
                        .plus(world.charged)
                        .plus(world.lost)
                        .plus(world.balance));
    }
}
