package io.cocoon.ton.wallet;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A wallet as its code behaves (payments dossier 6.6), with everything on it in plain sight. Signatures are left out. */
final class WalletWorld implements WalletSigner {

    static final Address WALLET = new Address(0, Int256.fromHex("77".repeat(32)));

    /** How often each order went out. */
    final Map<Int256, Integer> sent = new HashMap<>();

    final List<Transaction> transactions = new ArrayList<>();
    Nanoton balance = Nanoton.ofTon("100");
    Instant time = Instant.EPOCH.plusSeconds(1_800_000_000);
    boolean nextActionFails;
    /** How many of the next message's orders, from the end, are silently not sent. */
    int leftOut;

    int accepted;
    private int number;
    private long lt;

    /** Somebody else with the same key uses a number. */
    void strangerSends() {
        number++;
        record(Cell.EMPTY, new Transaction.Outcome(false, true, 0, 0, false));
    }

    /** An external message arrives. */
    void receive(Cell message) {
        Letter letter = Letter.read(message);
        if (letter.seqno() != number || letter.validUntil() <= time.getEpochSecond()) {
            return;
        }
        accepted++;
        if (nextActionFails) {
            nextActionFails = false;
            record(message, new Transaction.Outcome(true, true, 0, 37, false));
            return;
        }
        number++;
        int count = letter.orders().size() - leftOut;
        leftOut = 0;
        for (Int256 order : letter.orders().subList(0, count)) {
            sent.merge(order, 1, Integer::sum);
        }
        record(
                message,
                new Transaction.Outcome(false, true, 0, 0, false),
                letter.orders().subList(0, count));
    }

    private void record(Cell body, Transaction.Outcome outcome) {
        record(body, outcome, List.of());
    }

    /** Every order goes to an address that is its id, so that it can be told apart. */
    private void record(Cell body, Transaction.Outcome outcome, List<Int256> orders) {
        lt += 10;
        Message in = new Message(
                Message.Kind.EXTERNAL_IN,
                Optional.empty(),
                Optional.of(WALLET),
                Nanoton.ZERO,
                false,
                false,
                Optional.empty(),
                body,
                body.hash());
        TransactionId id = new TransactionId(
                lt, new CellBuilder().storeUint(lt, 64).build().hash());
        transactions.add(new Transaction(
                WALLET,
                id,
                transactions.isEmpty() ? TransactionId.NONE : newest(transactions),
                time,
                Optional.of(in),
                orders.stream()
                        .map(order -> new Message(
                                Message.Kind.INTERNAL,
                                Optional.of(WALLET),
                                Optional.of(new Address(0, order)),
                                Nanoton.ZERO,
                                true,
                                false,
                                Optional.empty(),
                                Cell.EMPTY,
                                order))
                        .toList(),
                outcome,
                Nanoton.ZERO));
    }

    private static TransactionId newest(List<Transaction> list) {
        return list.get(list.size() - 1).id();
    }

    /** What an observer sees that has seen up to {@code seen} and is {@code behind} transactions behind. */
    Outbox.Look look(Optional<TransactionId> seen, int behind) {
        List<Transaction> known = transactions.subList(0, Math.max(0, transactions.size() - behind));
        int at = number
                - (int) transactions.subList(known.size(), transactions.size()).stream()
                        .filter(transaction -> transaction.outcome().succeeded())
                        .count();
        AccountState account = new AccountState(
                WALLET,
                AccountState.Status.ACTIVE,
                balance,
                Optional.of(Cell.EMPTY),
                Optional.of(new CellBuilder().storeUint(at, 32).build()),
                known.isEmpty() ? TransactionId.NONE : newest(known),
                new Head(
                        1,
                        behind == 0
                                ? time
                                : known.isEmpty()
                                        ? Instant.EPOCH
                                        : known.get(known.size() - 1).time()));
        List<Transaction> since = seen.isEmpty()
                ? List.of()
                : known.stream()
                        .filter(transaction ->
                                transaction.id().lt() > seen.get().lt())
                        .sorted(Comparator.comparing(
                                transaction -> transaction.id().lt()))
                        .toList();
        return new Outbox.Look(account, since);
    }

    @Override
    public Address address() {
        return WALLET;
    }

    @Override
    public int maxOrders() {
        return 4;
    }

    @Override
    public Nanoton leastBalance() {
        return Nanoton.ofTon("2.1");
    }

    @Override
    public int seqno(AccountState account) throws CellException {
        return (int) account.data().orElseThrow().beginParse().loadUint(32);
    }

    @Override
    public SignedExternal sign(int seqno, Instant validUntil, List<Order> orders, boolean deploy) {
        CellBuilder list = new CellBuilder();
        for (Order order : orders) {
            list.storeRef(new CellBuilder().storeInt256(order.id()).build());
        }
        Cell body = new CellBuilder()
                .storeUint(seqno, 32)
                .storeUint(validUntil.getEpochSecond(), 64)
                .storeRef(list.build())
                .build();
        return new SignedExternal(body, body.hash());
    }

    private record Letter(int seqno, long validUntil, List<Int256> orders) {

        static Letter read(Cell message) {
            try {
                CellSlice in = message.beginParse();
                int seqno = (int) in.loadUint(32);
                long validUntil = in.loadUint(64);
                List<Int256> orders = new ArrayList<>();
                for (Cell order : in.loadRef().refs()) {
                    orders.add(order.beginParse().loadInt256());
                }
                return new Letter(seqno, validUntil, orders);
            } catch (CellException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
