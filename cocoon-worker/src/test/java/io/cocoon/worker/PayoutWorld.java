package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.PaymentTotals;
import io.cocoon.payment.PayoutRule;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.WorkerContractState;
import io.cocoon.ton.wallet.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A worker contract and a proxy contract as the dossier describes them (6.3, 6.4), with faults on demand. */
final class PayoutWorld {

    static final Address WALLET = new Address(0, TestNetworkParts.number(77));
    static final ProxyTerms TERMS = TestNetworkParts.TERMS;

    /** What the worker contract was at one time. */
    private record Moment(PayoutLook.Worker worker, int transactions) {}

    final List<Transaction> transactions = new ArrayList<>();
    private final List<Moment> moments = new ArrayList<>();
    Instant time = Instant.ofEpochSecond(1_700_000_000);
    AccountState.Status status = AccountState.Status.NONE;
    ContractState state = ContractState.NORMAL;
    ContractState proxyState = ContractState.NORMAL;
    Nanoton proxyBalance = Nanoton.ofTon("1000");
    long tokensPaid;
    long ownerGot;
    long lost;
    int nextExitCode;
    PaymentTotals known = PaymentTotals.START;

    PayoutWorld() {
        note();
    }

    private void note() {
        TransactionId last = transactions.isEmpty()
                ? TransactionId.NONE
                : transactions.get(transactions.size() - 1).id();
        moments.add(new Moment(
                new PayoutLook.Worker(status, new WorkerContractState(state, tokensPaid), last, time),
                transactions.size()));
    }

    void pass(Duration duration) {
        time = time.plus(duration);
        note();
    }

    /** The proxy signs a new total. */
    void sign(long tokens) {
        Bytes payment = ((SignedPayment.Signed) TestNetworkParts.payment(tokens)).data();
        known = new PaymentTotals(tokens, tokens, tokens, payment);
    }

    PayoutLook look(Optional<TransactionId> seen, int behind, PayoutRule.Occasion occasion, boolean outdated) {
        Moment moment = moments.get(Math.max(0, moments.size() - 1 - behind));
        List<Transaction> after = seen.isEmpty()
                ? List.of()
                : transactions.subList(0, moment.transactions()).stream()
                        .filter(each -> each.id().lt() > seen.get().lt())
                        .toList();
        return new PayoutLook(
                moment.worker(),
                new PayoutLook.Proxy(true, proxyState, proxyBalance),
                after,
                known,
                occasion,
                outdated);
    }

    /** A message of ours arrives. */
    void receive(Order order) {
        if (order.init().isPresent()) {
            status = AccountState.Status.ACTIVE;
            record(Cell.EMPTY, 0);
        } else {
            receive(order.body().orElseThrow());
        }
    }

    /** Somebody else submits the newest payment. */
    void strangerSubmits() throws Exception {
        receive(BagOfCells.read(known.newest()));
    }

    private void receive(Cell body) {
        if (status != AccountState.Status.ACTIVE) {
            return; // it bounces
        }
        long tokens;
        try {
            tokens = SignedPayments.check(
                    BagOfCells.write(body), SignedPayments.Kind.WORKER_PAYOUT, TERMS.contract(), TERMS.proxyKey());
        } catch (PaymentException e) {
            throw new AssertionError("what was sent is no payment", e);
        }
        int exitCode = nextExitCode;
        nextExitCode = 0;
        if (state == ContractState.CLOSED) {
            exitCode = 1006;
        } else if (exitCode == 0 && tokens <= tokensPaid) {
            exitCode = 1000;
        }
        if (exitCode == 0) {
            long part = TERMS.fee().value() * (tokens - tokensPaid);
            tokensPaid = tokens;
            if (proxyState == ContractState.CLOSED || proxyBalance.value() < part) {
                lost += part;
            } else {
                proxyBalance = proxyBalance.minus(new Nanoton(part));
                ownerGot += part;
            }
        }
        record(body, exitCode);
    }

    /** The proxy contract sends a payout back. */
    void bounce() {
        add(
                new Message(
                        Message.Kind.INTERNAL,
                        Optional.of(TERMS.proxyContract()),
                        Optional.of(TERMS.contract()),
                        Nanoton.ofTon("0.4"),
                        false,
                        true,
                        Optional.empty(),
                        Cell.EMPTY,
                        Int256.ZERO),
                0);
    }

    private void record(Cell body, int exitCode) {
        add(
                new Message(
                        Message.Kind.INTERNAL,
                        Optional.of(WALLET),
                        Optional.of(TERMS.contract()),
                        PayoutRequest.PAYOUT_VALUE,
                        true,
                        false,
                        Optional.empty(),
                        body,
                        body.hash()),
                exitCode);
    }

    private void add(Message in, int exitCode) {
        long lt = transactions.size() + 1L;
        transactions.add(new Transaction(
                TERMS.contract(),
                new TransactionId(lt, TestNetworkParts.number((int) lt)),
                TransactionId.NONE,
                time,
                Optional.of(in),
                List.of(),
                new Transaction.Outcome(exitCode != 0, true, exitCode, 0, exitCode != 0),
                Nanoton.ZERO));
        note();
    }
}
