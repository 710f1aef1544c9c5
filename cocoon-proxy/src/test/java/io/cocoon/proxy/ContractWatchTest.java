package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeChain;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.contract.ToProxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContractWatchTest {

    private static final RootState ROOT = FakeChain.root(true, 1, 1);
    private static final Int256 KEY = TestProxy.KEY.publicKey();
    private static final Address PROXY = ContractAddresses.proxy(ROOT, TestProxy.OWNER, KEY);
    private static final Address OWNER = TestProxy.owner("someone");
    private static final Address CLIENT = ContractAddresses.client(ROOT, OWNER, PROXY, KEY);
    private static final Address WORKER = ContractAddresses.worker(ROOT, OWNER, PROXY, KEY);
    private static final Address STRANGER = TestProxy.owner("a stranger");

    /** A notification of 1 nanoton: there is no gas to run on. */
    private static final Transaction.Outcome ABORTED = new Transaction.Outcome(true, false, 0, 0, false);

    private static final Transaction.Outcome DONE = new Transaction.Outcome(false, true, 0, 0, false);
    private static final Transaction.Outcome FAILED = new Transaction.Outcome(true, true, 5, 0, true);

    /** What was told, in order. */
    private static final class Told implements ContractWatch.Teller {
        private final List<String> all = new ArrayList<>();
        private TransactionId last = TransactionId.NONE;
        private Set<Address> clients = Set.of();

        @Override
        public void saved(StateSaver.SavedState saved) {
            all.add("saved " + saved.seqno() + " of " + saved.sender() + " at "
                    + saved.transaction().lt());
        }

        @Override
        public void registered(Address owner, long nonce) {
            all.add("registered " + owner + " " + nonce);
        }

        @Override
        public void touched(Address contract) {
            all.add("touched " + contract);
        }

        @Override
        public void paid(Address contract) {
            all.add("paid " + contract);
        }

        @Override
        public void alarm(String text) {
            all.add("alarm " + text);
        }

        @Override
        public void seen(TransactionId newest, Set<Address> moneyCameFor) {
            last = newest;
            clients = moneyCameFor;
        }

        @Override
        public void looked(Own own) {}
    }

    private final Told told = new Told();
    private long lt = 100;

    private Transaction transaction(Address source, Cell body, Transaction.Outcome outcome, boolean bounced) {
        lt++;
        Message message = new Message(
                Message.Kind.INTERNAL,
                Optional.of(source),
                Optional.of(PROXY),
                new Nanoton(1),
                true,
                bounced,
                Optional.empty(),
                body,
                body.hash());
        return new Transaction(
                PROXY,
                new TransactionId(lt, body.hash()),
                new TransactionId(lt - 1, Int256.ZERO),
                Instant.EPOCH,
                Optional.of(message),
                List.of(),
                outcome,
                Nanoton.ZERO);
    }

    private List<String> watch(long toldUpTo, Transaction... transactions) {
        new ContractWatch(ROOT, PROXY, KEY, toldUpTo, told).transactions(List.of(transactions));
        return told.all;
    }

    private static MessageBody request(Address owner, ToProxy.@Nullable ClientPayload payload) {
        return new ToProxy.ClientRequest(
                1,
                owner,
                ContractState.NORMAL,
                Nanoton.ofTon("1"),
                Nanoton.ofTon("1"),
                0,
                Int256.ZERO,
                Optional.ofNullable(payload));
    }

    private static MessageBody payout() {
        return new ToProxy.WorkerRequest(
                1,
                OWNER,
                ContractState.NORMAL,
                5,
                Optional.of(new ToProxy.WorkerPayout(Nanoton.ofTon("3"), Nanoton.ofTon("1"), OWNER)));
    }

    @Test
    void h6_should_believe_a_client_contract_only_if_it_is_the_one_of_the_stated_owner() {
        Cell body = request(OWNER, new ToProxy.ClientPayload.Register(7)).toCell();
        assertThat(watch(0, transaction(STRANGER, body, DONE, false), transaction(WORKER, body, DONE, false)))
                .isEmpty();
        Cell ofAnother =
                request(STRANGER, new ToProxy.ClientPayload.Register(7)).toCell();
        assertThat(watch(0, transaction(CLIENT, ofAnother, DONE, false))).isEmpty();
        assertThat(watch(0, transaction(CLIENT, body, ABORTED, false)))
                .containsExactly("touched " + CLIENT, "registered " + OWNER + " 7");
    }

    @Test
    void h6_should_believe_a_worker_contract_only_if_it_is_the_one_of_the_stated_owner() {
        assertThat(watch(0, transaction(CLIENT, payout().toCell(), DONE, false)))
                .isEmpty();
        assertThat(watch(0, transaction(WORKER, payout().toCell(), DONE, false)))
                .containsExactly("touched " + WORKER, "paid " + WORKER);
    }

    @Test
    void should_skip_what_is_malformed_and_go_on() {
        Cell badPayload = new CellBuilder()
                .storeUint(0x65448ff4L, 32)
                .storeUint(1, 64)
                .storeAddress(OWNER)
                .storeBit(true)
                .storeRef(Cell.EMPTY)
                .storeRef(Cell.EMPTY)
                .build();
        Cell good = request(OWNER, null).toCell();
        assertThat(watch(
                        0,
                        transaction(CLIENT, badPayload, ABORTED, false),
                        transaction(CLIENT, Cell.EMPTY, DONE, false),
                        transaction(CLIENT, good, ABORTED, true),
                        transaction(CLIENT, good, ABORTED, false)))
                .containsExactly("touched " + CLIENT);
        assertThat(told.last.lt()).isEqualTo(lt);
    }

    @Test
    void should_remember_for_whom_money_came_in() {
        watch(0, transaction(CLIENT, request(OWNER, null).toCell(), DONE, false));
        assertThat(told.clients).isEmpty();
        Cell topUp = request(OWNER, new ToProxy.ClientPayload.TopUp(Nanoton.ofTon("1"), OWNER))
                .toCell();
        watch(0, transaction(STRANGER, topUp, DONE, false));
        assertThat(told.clients).isEmpty();
        watch(0, transaction(CLIENT, topUp, DONE, false));
        assertThat(told.clients).containsExactly(CLIENT);
    }

    @Test
    void h1_should_tell_of_money_that_a_contract_asked_for_and_nobody_got() {
        Cell refund = request(OWNER, new ToProxy.ClientPayload.RefundGranted(Nanoton.ofTon("2"), OWNER))
                .toCell();
        assertThat(watch(0, transaction(CLIENT, refund, DONE, false))).noneMatch(text -> text.startsWith("alarm"));
        assertThat(watch(0, transaction(CLIENT, refund, FAILED, false)))
                .last()
                .asString()
                .contains("could not pay 2 TON to " + OWNER, "exit code 5", "pay it by hand");
        assertThat(watch(0, transaction(WORKER, payout().toCell(), FAILED, false)))
                .last()
                .asString()
                .contains("could not pay 3 TON to " + OWNER);
        told.all.clear();
        assertThat(watch(Long.MAX_VALUE, transaction(WORKER, payout().toCell(), FAILED, false)))
                .as("told before a restart")
                .containsExactly("touched " + WORKER, "paid " + WORKER);
    }

    @Test
    void should_report_every_save_of_state_whoever_sent_it() {
        Cell save = new ToProxy.SaveState(1, 9, TestHashes.of("session")).toCell();
        assertThat(watch(
                        0,
                        transaction(STRANGER, save, DONE, false),
                        transaction(TestProxy.OWNER, save, ABORTED, false),
                        transaction(TestProxy.OWNER, save, ABORTED, true)))
                .containsExactly("saved 9 of " + STRANGER + " at 101", "saved 9 of " + TestProxy.OWNER + " at 102");
    }
}
