package io.cocoon.testkit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.tvm.StackValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The local chain, with a contract that does what it is told (test data, contracts/puppet.tolk). */
class LocalChainTest {

    private static final Instant START = Instant.ofEpochSecond(1_800_000_000);
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Nanoton TEN = Nanoton.ofTon("10");
    private static final Nanoton ONE = Nanoton.ofTon("1");
    private static final Address OTHER = new Address(0, Int256.fromHex("22".repeat(32)));
    private static final Address THIRD = new Address(0, Int256.fromHex("33".repeat(32)));
    private static final Cell CODE = puppetCode();
    private static final Cell DATA =
            new CellBuilder().storeUint(0, 64).storeUint(0, 64).build();
    private static final Cell INIT = StateInit.cell(CODE, DATA);
    private static final Address PUPPET = StateInit.address(CODE, DATA);

    private final LocalChain chain = LocalChain.start(7, INTERVAL, START);
    private final LocalAccess access = chain.access();

    @AfterEach
    void close() {
        chain.close();
    }

    private static Cell puppetCode() {
        try {
            return BagOfCells.read(Bytes.wrapUnshared(Base64.getDecoder()
                    .decode(TestData.text("contracts/puppet.code").trim())));
        } catch (CellException e) {
            throw new AssertionError(e);
        }
    }

    private static CellBuilder op(long number) {
        return new CellBuilder().storeUint(number, 32);
    }

    private static Cell add(long amount) {
        return op(1).storeUint(amount, 32).build();
    }

    private static Cell external(int seqno) {
        Cell body = new CellBuilder()
                .storeUint(seqno, 32)
                .storeUint(2, 8)
                .storeRef(Cell.EMPTY)
                .build();
        return new CellBuilder()
                .storeUint(0b1000, 4)
                .storeAddress(PUPPET)
                .storeCoins(Nanoton.ZERO)
                .storeBit(false)
                .storeBit(true)
                .storeRef(body)
                .build();
    }

    private static <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static void deploy(LocalChain chain) {
        chain.deliver(PUPPET, TEN, false, Optional.of(INIT), add(1));
        chain.nextBlock();
    }

    private void tell(Cell body) {
        chain.deliver(PUPPET, ONE, true, Optional.empty(), body);
        chain.nextBlock();
    }

    private List<Transaction> all(Address address) {
        return now(access.transactions(
                address, TransactionId.NONE, now(access.account(address)).last(), 100));
    }

    private Transaction last(Address address) {
        List<Transaction> all = all(address);
        return all.get(all.size() - 1);
    }

    @Test
    void should_deploy_a_contract_and_call_it() {
        deploy(chain);
        tell(add(41));

        assertThat(chain.get(PUPPET, "counter").stack()).containsExactly(StackValue.Int.of(42));
        AccountState state = now(access.account(PUPPET));
        assertThat(state.isActive()).isTrue();
        assertThat(state.balance()).isBetween(TEN, TEN.plus(ONE));
        assertThat(all(PUPPET)).hasSize(2).allMatch(one -> one.outcome().succeeded());
        assertThat(all(PUPPET).get(1).previous()).isEqualTo(all(PUPPET).get(0).id());
    }

    @Test
    void should_know_an_account_that_never_was() {
        AccountState state = now(access.account(OTHER));

        assertThat(state.status()).isEqualTo(AccountState.Status.NONE);
        assertThat(state.last()).isEqualTo(TransactionId.NONE);
    }

    @Test
    void should_keep_money_of_an_account_without_code_and_say_that_nothing_ran() {
        chain.fund(OTHER, TEN);
        chain.nextBlock();

        AccountState state = now(access.account(OTHER));
        assertThat(state.status()).isEqualTo(AccountState.Status.UNINITIALIZED);
        assertThat(state.balance()).isEqualTo(TEN);
        assertThat(last(OTHER).outcome().computed()).isFalse();
    }

    @Test
    void should_send_the_value_back_when_the_contract_fails() {
        deploy(chain);
        tell(op(2).storeUint(1007, 16).build());

        Transaction failed = last(PUPPET);
        assertThat(failed.outcome()).isEqualTo(new Transaction.Outcome(true, true, 1007, 0, true));
        assertThat(failed.out()).singleElement().matches(Message::bounced);
    }

    @Test
    void should_report_a_failed_action_phase() {
        deploy(chain);
        tell(op(4).build());

        assertThat(last(PUPPET).outcome().actionResult()).isEqualTo(37);
        assertThat(last(PUPPET).outcome().succeeded()).isFalse();
    }

    @Test
    void should_not_run_a_message_that_cannot_pay_its_gas() {
        deploy(chain);
        chain.deliver(PUPPET, new Nanoton(1), true, Optional.empty(), add(5));
        chain.nextBlock();

        assertThat(last(PUPPET).outcome().computed()).isFalse();
        assertThat(chain.get(PUPPET, "counter").stack()).containsExactly(StackValue.Int.of(1));
    }

    @Test
    void should_deliver_in_the_next_block_in_the_order_of_sending_and_bounce() {
        deploy(chain);
        Nanoton half = Nanoton.ofTon("0.5");
        tell(op(5).storeCoins(half).storeAddress(OTHER).storeAddress(THIRD).build());
        assertThat(now(access.account(OTHER)).last()).isEqualTo(TransactionId.NONE);

        chain.nextBlock();
        assertThat(last(OTHER).outcome().bounced()).isTrue();
        assertThat(last(OTHER).id().lt()).isLessThan(last(THIRD).id().lt());

        chain.nextBlock();
        assertThat(chain.get(PUPPET, "bounces").stack()).containsExactly(StackValue.Int.of(2));
    }

    @Test
    void should_take_an_external_message_once_and_refuse_it_then() {
        deploy(chain);
        now(access.send(external(0)));
        now(access.send(external(0)));
        chain.nextBlock();

        assertThat(chain.get(PUPPET, "seqno").stack()).containsExactly(StackValue.Int.of(1));
        assertThatThrownBy(() -> now(access.send(external(0))))
                .hasCauseInstanceOf(ChainException.class)
                .hasMessageContaining("exit code 33");
        assertThat(all(PUPPET)).hasSize(2);
    }

    @Test
    void should_move_time_only_by_hand_and_charge_rent() {
        deploy(chain);
        Nanoton before = now(access.account(PUPPET)).balance();

        assertThat(chain.advance(Duration.ofSeconds(20)).time()).isEqualTo(START.plusSeconds(25));
        chain.skip(Duration.ofDays(365));
        tell(add(1));

        assertThat(chain.get(PUPPET, "now").stack())
                .containsExactly(StackValue.Int.of(chain.head().time().getEpochSecond()));
        assertThat(now(access.account(PUPPET)).balance()).isLessThan(before.plus(ONE));
        assertThat(last(PUPPET).fees()).isGreaterThan(all(PUPPET).get(0).fees());
    }

    @Test
    void should_show_an_older_state_where_it_lags_and_never_go_back() {
        deploy(chain);
        LocalAccess behind = chain.access();
        behind.lag(1);

        assertThat(now(behind.account(PUPPET)).status()).isEqualTo(AccountState.Status.NONE);
        assertThat(now(access.account(PUPPET)).isActive()).isTrue();
        behind.lag(0);
        assertThat(now(behind.head()).seqno()).isEqualTo(1);
        behind.lag(1);
        assertThat(now(behind.head()).seqno()).isEqualTo(1);
    }

    @Test
    void should_fail_where_it_is_down_forgetful_or_closed_and_lose_what_it_should() {
        deploy(chain);
        TransactionId first = last(PUPPET).id();
        LocalAccess faulty = chain.access();

        faulty.loseSends(true);
        now(faulty.send(external(0)));
        chain.nextBlock();
        assertThat(all(PUPPET)).hasSize(1);
        faulty.forgetUpTo(first.lt());
        assertFails(faulty.transactions(PUPPET, TransactionId.NONE, first, 1), ChainException.Reason.HISTORY_MISSING);
        faulty.down(true);
        assertFails(faulty.head(), ChainException.Reason.UNREACHABLE);
        faulty.close();
        assertFails(faulty.head(), ChainException.Reason.CLOSED);
    }

    private static void assertFails(CompletionStage<?> stage, ChainException.Reason reason) {
        assertThatThrownBy(() -> now(stage))
                .cause()
                .isInstanceOfSatisfying(
                        ChainException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void should_be_equal_to_another_chain_with_the_same_seed() {
        try (LocalChain twin = LocalChain.start(7, INTERVAL, START)) {
            deploy(chain);
            deploy(twin);

            assertThat(now(twin.access().account(PUPPET))).isEqualTo(now(access.account(PUPPET)));
        }
    }

    @Test
    void should_refuse_an_interval_that_no_chain_has() {
        assertThatThrownBy(() -> LocalChain.start(1, Duration.ofMillis(199), START))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
