package io.cocoon.ton.channel;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.wallet.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A wallet, a client contract and a proxy contract as their code behaves (payments dossier 6.2, 6.4, 6.8), in plain sight. */
final class ChannelWorld {

    static final Address WALLET = new Address(0, Int256.fromHex("77".repeat(32)));
    static final Address STRANGER = new Address(0, Int256.fromHex("66".repeat(32)));
    static final Address PROXY = new Address(0, Int256.fromHex("88".repeat(32)));
    static final Ed25519Key PROXY_KEY = Ed25519Key.fromSeed(Int256.fromHex("01".repeat(32)));
    static final Nanoton STAKE = Nanoton.ofTon("1");
    static final long PRICE = 20;
    static final Duration CLIENT_DELAY = Duration.ofHours(1);
    static final Duration PROXY_DELAY = Duration.ofHours(5);
    private static final Nanoton FEE = Nanoton.ofTon("0.01");
    private static final Nanoton COMMISSION = Nanoton.ofTon("0.1");

    final int structVersion;
    final List<Transaction> transactions = new ArrayList<>();
    /** How each order of the wallet ended: true if it did what it should. */
    final Map<Int256, Boolean> ended = new HashMap<>();

    Instant time = Instant.ofEpochSecond(1_800_000_000);
    int paramsVersion = 1;
    boolean refuseNext;

    boolean exists;
    ContractState state = ContractState.NORMAL;
    Nanoton balance = Nanoton.ZERO;
    long used;
    Instant unlockAt = Instant.EPOCH;
    Int256 secretHash = Int256.ZERO;

    boolean proxyExists = true;
    ContractState proxyState = ContractState.NORMAL;
    Nanoton proxyAccount = Nanoton.ofTon("0.3");
    Nanoton proxyStake = Nanoton.ZERO;
    Instant proxyUnlockAt = Instant.EPOCH;

    Nanoton deposited = Nanoton.ZERO;
    Nanoton byStrangers = Nanoton.ZERO;
    Nanoton spent = Nanoton.ZERO;
    Nanoton back = Nanoton.ZERO;
    Nanoton fees = Nanoton.ZERO;
    Nanoton rent = Nanoton.ZERO;
    Nanoton charged = Nanoton.ZERO;
    Nanoton lost = Nanoton.ZERO;

    private final Map<Int256, Order> taken = new HashMap<>();
    private final Deque<Order> mail = new ArrayDeque<>();
    private long lt;
    private long query = 1_000_000;

    ChannelWorld(int structVersion) {
        this.structVersion = structVersion;
    }

    RootState.Params params() {
        Bytes code =
                BagOfCells.write(new CellBuilder().storeUint(structVersion, 8).build());
        return new RootState.Params(
                structVersion,
                paramsVersion,
                7,
                true,
                new Prices(new Nanoton(PRICE), new Nanoton(19), 10_000, 1_000, 80_000, 80_000),
                PROXY_DELAY,
                CLIENT_DELAY,
                STAKE,
                STAKE,
                code,
                code,
                code);
    }

    RootState root() {
        return new RootState(
                PROXY, PROXY, 1, params(), List.of(), 0, Set.of(), Set.of(), Set.of(), List.of(), Optional.empty());
    }

    ClientChannel channel() {
        return ClientChannel.begin(root(), WALLET, PROXY, PROXY_KEY.publicKey(), Int256.fromHex("5e".repeat(32)));
    }

    // ---- the wallet

    /** Takes an order; returns whether it has left already. */
    boolean take(Order order) {
        if (taken.putIfAbsent(order.id(), order) == null) {
            mail.add(order);
        }
        return !mail.contains(order);
    }

    /** The oldest order leaves the wallet and arrives. Returns it. */
    Optional<Order> deliver() {
        Order order = mail.poll();
        if (order == null) {
            return Optional.empty();
        }
        spent = spent.plus(order.value());
        ended.put(order.id(), arrive(WALLET, order));
        return Optional.of(order);
    }

    int waiting() {
        return mail.size();
    }

    // ---- others

    void strangerTopsUp(long queryId, Nanoton amount) {
        Nanoton deposits = deposited;
        Order order = order(amount.plus(ChannelMoney.REQUEST), new ToClient.TopUp(queryId, amount, STRANGER).toCell());
        if (arrive(STRANGER, order)) {
            byStrangers = byStrangers.plus(deposited.minus(deposits));
            deposited = deposits;
        }
    }

    void proxyCharges(long tokens) {
        arrive(
                STRANGER,
                order(
                        ChannelMoney.REQUEST,
                        ToClient.Charge.sign(PROXY_KEY, ++query, tokens, contract(), STRANGER)
                                .toCell()));
    }

    void proxyGrants(long tokens) {
        arrive(
                STRANGER,
                order(
                        ChannelMoney.REQUEST,
                        ToClient.GrantRefund.sign(PROXY_KEY, ++query, tokens, contract(), STRANGER)
                                .toCell()));
    }

    ClientChannel.Payment payment(long tokens) {
        return new ClientChannel.Payment(
                tokens,
                ToClient.Charge.sign(PROXY_KEY, ++query, tokens, contract(), STRANGER)
                        .toCell());
    }

    void proxyBeginsToClose() {
        if (proxyState == ContractState.NORMAL) {
            proxyState = ContractState.CLOSING;
            proxyUnlockAt = structVersion >= 4 ? Instant.EPOCH : time.plus(PROXY_DELAY);
        }
    }

    void proxyCloses() {
        if (proxyState == ContractState.CLOSING && !time.isBefore(proxyUnlockAt)) {
            proxyState = ContractState.CLOSED;
            proxyAccount = structVersion >= 4 ? proxyAccount.minus(proxyStake) : Nanoton.ZERO;
            proxyStake = Nanoton.ZERO;
        }
    }

    private Order order(Nanoton value, Cell body) {
        return new Order(Int256.ZERO, contract(), value, Optional.empty(), Optional.of(body));
    }

    private Address contract() {
        return channel().contract();
    }

    // ---- the contracts

    private boolean arrive(Address from, Order order) {
        if (order.init().isPresent()) {
            exists = true;
            rent = rent.plus(order.value());
            record(from, order, true, Optional.empty());
            return true;
        }
        boolean done = false;
        Optional<ToProxy.ClientPayload> payload = Optional.empty();
        if (exists && !refuseNext) {
            try {
                Action action = act(from, ToClient.read(order.body().orElseThrow()), order.value());
                done = action.done();
                payload = action.payload();
            } catch (CellException e) {
                throw new IllegalStateException(e);
            }
        }
        refuseNext = false;
        record(from, order, done, payload);
        boolean topUp =
                payload.filter(ToProxy.ClientPayload.TopUp.class::isInstance).isPresent();
        if (from.equals(WALLET)) {
            fees = fees.plus(FEE);
            Nanoton kept = topUp ? order.value().minus(ChannelMoney.REQUEST) : Nanoton.ZERO;
            back = back.plus(order.value().minus(kept).minus(FEE));
        }
        payload.ifPresent(this::proxyActs);
        return done;
    }

    private record Action(boolean done, Optional<ToProxy.ClientPayload> payload) {
        static final Action REFUSED = new Action(false, Optional.empty());
        static final Action NOTED = new Action(true, Optional.empty());

        static Action of(ToProxy.ClientPayload payload) {
            return new Action(true, Optional.of(payload));
        }
    }

    private Action act(Address from, ToClient message, Nanoton value) {
        boolean owner = from.equals(WALLET);
        if (message instanceof ToClient.GrantRefund grant && (state != ContractState.CLOSED || balance.value() != 0)) {
            charge(tokens(grant.envelope().statement()));
            state = ContractState.CLOSED;
            return refundGranted(balance);
        }
        if (state == ContractState.CLOSED || value.compareTo(COMMISSION) < 0) {
            return Action.REFUSED;
        }
        if (message instanceof ToClient.TopUp topUp) {
            return structVersion >= 4 && state != ContractState.NORMAL ? Action.REFUSED : topUp(topUp.amount(), value);
        }
        if (message instanceof ToClient.ChangeSecretAndTopUp topUp && owner) {
            secretHash = topUp.secretHash();
            return topUp(topUp.amount(), value);
        }
        if (message instanceof ToClient.ChangeSecret change && owner) {
            secretHash = change.secretHash();
            return Action.NOTED;
        }
        if (message instanceof ToClient.Charge charge) {
            return charge(tokens(charge.envelope().statement())) ? Action.NOTED : Action.REFUSED;
        }
        if (message instanceof ToClient.Withdraw && owner && state == ContractState.NORMAL && above().value() > 0) {
            return refundGranted(above());
        }
        if (message instanceof ToClient.RequestRefund && owner) {
            return requestRefund();
        }
        return Action.REFUSED;
    }

    private Nanoton above() {
        return new Nanoton(Math.max(0, balance.value() - STAKE.value()));
    }

    private Action topUp(Nanoton amount, Nanoton value) {
        if (amount.plus(COMMISSION).compareTo(value) > 0) {
            return Action.REFUSED;
        }
        balance = balance.plus(amount);
        deposited = deposited.plus(amount);
        return Action.of(new ToProxy.ClientPayload.TopUp(amount, WALLET));
    }

    private boolean charge(long tokens) {
        if (tokens <= used) {
            return false;
        }
        Nanoton cost = new Nanoton(Math.min(balance.value(), (tokens - used) * PRICE));
        balance = balance.minus(cost);
        charged = charged.plus(cost);
        used = tokens;
        return true;
    }

    private Action refundGranted(Nanoton amount) {
        balance = balance.minus(amount);
        return Action.of(new ToProxy.ClientPayload.RefundGranted(amount, WALLET));
    }

    private Action requestRefund() {
        if (state == ContractState.NORMAL) {
            state = ContractState.CLOSING;
            unlockAt = time.plus(CLIENT_DELAY);
            return above().value() > 0 ? refundGranted(above()) : Action.NOTED;
        }
        if (!unlockAt.isBefore(time)) {
            return Action.REFUSED;
        }
        Nanoton amount = balance;
        state = ContractState.CLOSED;
        balance = Nanoton.ZERO;
        return Action.of(new ToProxy.ClientPayload.RefundForce(amount, WALLET));
    }

    private void proxyActs(ToProxy.ClientPayload payload) {
        if (payload instanceof ToProxy.ClientPayload.TopUp topUp) {
            if (structVersion < 4 && proxyState != ContractState.NORMAL) {
                back = back.plus(topUp.amount());
                lost = lost.minus(topUp.amount());
            } else {
                proxyAccount = proxyAccount.plus(topUp.amount());
            }
        } else if (payload instanceof ToProxy.ClientPayload.RefundGranted granted) {
            pay(granted.amount(), granted.amount());
        } else if (payload instanceof ToProxy.ClientPayload.RefundForce forced) {
            Nanoton paid = proxyState == ContractState.CLOSED
                    ? forced.amount()
                    : ChannelMoney.min(forced.amount(), proxyStake);
            if (proxyState != ContractState.CLOSED) {
                proxyStake = proxyStake.minus(paid);
            }
            pay(forced.amount(), paid);
        }
    }

    private void pay(Nanoton asked, Nanoton amount) {
        if (structVersion < 4 && proxyState == ContractState.CLOSED || proxyAccount.compareTo(amount) < 0) {
            lost = lost.plus(asked);
            return;
        }
        proxyAccount = proxyAccount.minus(amount);
        back = back.plus(amount);
        lost = lost.plus(asked.minus(amount));
    }

    private static long tokens(Cell statement) {
        try {
            var in = statement.beginParse();
            in.loadUint(32);
            in.loadInt(64);
            return in.loadInt(64);
        } catch (CellException e) {
            throw new IllegalStateException(e);
        }
    }

    private void record(Address from, Order order, boolean done, Optional<ToProxy.ClientPayload> payload) {
        lt += 10;
        Cell body = order.body().orElse(Cell.EMPTY);
        List<Message> out = payload.map(each -> List.of(message(
                        order.to(),
                        PROXY,
                        new ToProxy.ClientRequest(1, WALLET, state, balance, STAKE, used, secretHash, payload)
                                .toCell())))
                .orElse(List.of());
        transactions.add(new Transaction(
                order.to(),
                new TransactionId(
                        lt, new CellBuilder().storeUint(lt, 64).build().hash()),
                position(),
                time,
                Optional.of(message(from, order.to(), body)),
                out,
                new Transaction.Outcome(!done, exists, done ? 0 : 1003, 0, !done),
                Nanoton.ZERO));
    }

    private static Message message(Address from, Address to, Cell body) {
        return new Message(
                Message.Kind.INTERNAL,
                Optional.of(from),
                Optional.of(to),
                Nanoton.ZERO,
                true,
                false,
                Optional.empty(),
                body,
                body.hash());
    }

    private TransactionId position() {
        return transactions.isEmpty()
                ? TransactionId.NONE
                : transactions.get(transactions.size() - 1).id();
    }

    // ---- what is seen

    ClientChannel.Event.Look look(long known) {
        Optional<ContractData.Client> client = exists
                ? Optional.of(new ContractData.Client(
                        WALLET,
                        PROXY,
                        PROXY_KEY.publicKey(),
                        new ClientContractState(state, balance, STAKE, used, secretHash),
                        unlockAt,
                        params()))
                : Optional.empty();
        Optional<ContractData.Proxy> proxy = proxyExists
                ? Optional.of(new ContractData.Proxy(
                        STRANGER,
                        PROXY_KEY.publicKey(),
                        PROXY,
                        proxyState,
                        Nanoton.ZERO,
                        proxyStake,
                        proxyUnlockAt,
                        params()))
                : Optional.empty();
        return new ClientChannel.Event.Look(account(position()), client, proxyAccount, proxy, time, params(), known);
    }

    private AccountState account(TransactionId last) {
        return new AccountState(
                STRANGER,
                exists ? AccountState.Status.ACTIVE : AccountState.Status.NONE,
                Nanoton.ZERO,
                Optional.empty(),
                Optional.empty(),
                last,
                new Head(1, time));
    }
}
