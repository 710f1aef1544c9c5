package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.wallet.Order;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One client contract and what its owner wants of it, as a pure state machine: each step takes what was seen and gives the next
 * state and what to do. The next state must be on the disk before anything is done.
 *
 * <h2>Rules</h2>
 *
 * <ul>
 *   <li>One request at a time. It is over when a transaction of the contract has its query id and came from the own wallet, and a
 *       success only if that transaction was not aborted (H23). What is in the contract is read anew after each (H64).
 *   <li>A request's orders have ids that follow from the channel and the request's number, so that handing them over again after a
 *       crash is the same order. A request that failed gets another number.
 *   <li>The only clock is the chain's.
 * </ul>
 *
 * What to ask for next is decided by {@link ChannelRules}. Payments dossier 6.2, 9.1, 9.3.
 *
 * @param contract the client contract
 * @param origin what it began with: owner, proxy, proxy's key, parameters
 * @param code the contract's code until it is deployed
 * @param seed makes query ids and order ids of this channel unlike those of any other
 * @param wish what the owner wants
 * @param asked a deposit that the owner asked for
 * @param deposited all that ever went in from here
 * @param returned what the contract has asked its proxy contract to pay while it closed
 * @param request the one that is under way
 * @param number of the newest request
 * @param failures how many requests failed one after the other
 * @param notBefore no new request before, by the chain's clock
 * @param position the newest of the contract's transactions that was taken into account
 * @param payment the newest signed payment
 * @param outdatedSince when newer parameters were first noticed
 * @param over whether there is nothing left to do, ever
 */
record ClientChannel(
        Address contract,
        ContractData.Client origin,
        Optional<Cell> code,
        Int256 seed,
        Wish wish,
        Optional<Nanoton> asked,
        Nanoton deposited,
        Nanoton returned,
        Optional<Request> request,
        int number,
        int failures,
        Instant notBefore,
        TransactionId position,
        Optional<Payment> payment,
        Optional<Instant> outdatedSince,
        boolean over) {

    private static final int MAX_BACK_OFF_DOUBLINGS = 7;
    private static final long BOUNCED = 0xffffffffL;

    /** What the owner wants of a contract. */
    enum Wish {
        /** Keep it in use. */
        OPEN,
        /** Take back what is above the stake, then keep it in use. */
        WITHDRAW,
        /** Take everything back. There is no way back from this. */
        CLOSE,
        /** Bring the chain forward to the newest signed payment, then keep it in use. Last, because the order is on disks. */
        CHARGE
    }

    /** What is asked of the contract. */
    enum Kind {
        OPEN,
        TOP_UP,
        CHANGE_SECRET,
        CHARGE,
        WITHDRAW,
        REFUND,
        FORCE
    }

    /**
     * A request under way.
     *
     * @param kind which
     * @param queryId by which its transaction is found
     * @param amount what it deposits; of a forced refund what it is expected to bring
     * @param body the message
     * @param sent whether it has left the wallet
     */
    record Request(Kind kind, long queryId, Nanoton amount, Cell body, boolean sent) {

        /** Returns what goes in with it. */
        Nanoton deposit() {
            return kind == Kind.OPEN || kind == Kind.TOP_UP ? amount : Nanoton.ZERO;
        }
    }

    /**
     * A checked payment.
     *
     * @param tokens the total that it states
     * @param body as the proxy signed it
     */
    record Payment(long tokens, Cell body) {}

    /** What was seen, or is wanted. */
    sealed interface Event {

        /** The contract's next transactions, oldest first, without a gap. */
        record Seen(List<Transaction> transactions) implements Event {}

        /**
         * The contract and its proxy contract as they are now.
         *
         * @param account the client contract's account
         * @param client its data; empty if it has none
         * @param proxyBalance what is on the proxy contract's account
         * @param proxy its data; empty if it has none
         * @param time the chain's
         * @param current the root contract's parameters
         * @param known tokens that the proxy says were used
         */
        record Look(
                AccountState account,
                Optional<ContractData.Client> client,
                Nanoton proxyBalance,
                Optional<ContractData.Proxy> proxy,
                Instant time,
                RootState.Params current,
                long known)
                implements Event {}

        /** The last order of the request with this number has left the wallet. */
        record Sent(int number) implements Event {}

        /** A payment was checked. */
        record Paid(Payment payment) implements Event {}

        /** The owner wants something else. */
        record Want(Wish wish) implements Event {}

        /** The owner wants to deposit. */
        record Ask(Nanoton amount) implements Event {}

        /** The owner does not want it opened; nothing was ordered yet. */
        record Forget() implements Event {}
    }

    /** What to do after the next state is on the disk, in order. */
    sealed interface Effect {

        /** Give the wallet an order; it takes each id once. */
        record Hand(Order order, int number, boolean last) implements Effect {}

        /** Tell the owner what keeps the channel from what he wants. It goes on by itself when that is gone. */
        record Alarm(String text) implements Effect {}

        /** Tell who asked that it will not be done. */
        record Refused(String text) implements Effect {}

        /** Tell who asked that it is done. */
        record Done(Kind kind, Nanoton amount) implements Effect {}

        /** The channel has ended. */
        record Over(String how) implements Effect {}
    }

    /** The next state and what to do. */
    record Step(ClientChannel next, List<Effect> effects) {
        static Step of(ClientChannel next, Effect... effects) {
            return new Step(next, List.of(effects));
        }
    }

    /**
     * Begins a channel that may or may not exist on the chain.
     *
     * @throws IllegalArgumentException if the root contract has no usable code of client contracts
     */
    static ClientChannel begin(RootState root, Address owner, Address proxy, Int256 proxyKey, Int256 seed) {
        try {
            StateInit init = StateInit.read(ContractAddresses.clientInit(root, owner, proxy, proxyKey));
            return begin(init, seed, Wish.OPEN);
        } catch (CellException e) {
            throw new IllegalArgumentException("what a client contract starts with: " + e.getMessage(), e);
        }
    }

    /** Begins with what a contract was deployed with. @throws CellException if that is no client contract's */
    static ClientChannel begin(StateInit init, Int256 seed, Wish wish) throws CellException {
        Cell data = init.data().orElseThrow(() -> new CellException("a contract that starts without data"));
        return new ClientChannel(
                init.address(),
                ContractData.Client.read(data),
                init.code(),
                seed,
                wish,
                Optional.empty(),
                Nanoton.ZERO,
                Nanoton.ZERO,
                Optional.empty(),
                0,
                0,
                Instant.EPOCH,
                TransactionId.NONE,
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** Takes an event into account. */
    Step after(Event event, ChannelTerms terms) {
        if (event instanceof Event.Seen seen) {
            return seen(seen.transactions(), terms);
        }
        if (event instanceof Event.Look look) {
            return look(look, terms);
        }
        if (event instanceof Event.Sent sent) {
            return Step.of(sent.number() == number ? with(request.map(ClientChannel::sent)) : this);
        }
        if (event instanceof Event.Paid paid) {
            boolean newer =
                    payment.isEmpty() || payment.get().tokens() < paid.payment().tokens();
            return Step.of(newer ? copy().payment(paid.payment()).done() : this);
        }
        if (event instanceof Event.Want want) {
            return Step.of(wish == Wish.CLOSE ? this : copy().wish(want.wish()).done());
        }
        if (event instanceof Event.Ask ask) {
            return Step.of(copy().asked(Optional.of(ask.amount())).done());
        }
        return Step.of(request.isEmpty() && code.isPresent() ? copy().over().done() : this);
    }

    private Step look(Event.Look look, ChannelTerms terms) {
        if (over || !look.account().last().equals(position)) {
            // Transactions come first; the look after them is the one that counts.
            return Step.of(this);
        }
        if (request.isPresent()) {
            return request.get().sent() ? Step.of(this) : new Step(this, orders());
        }
        return ChannelRules.next(this, look, terms);
    }

    // ---- transactions of the contract

    private Step seen(List<Transaction> transactions, ChannelTerms terms) {
        ClientChannel state = this;
        List<Effect> effects = new ArrayList<>();
        for (Transaction transaction : transactions) {
            if (Long.compareUnsigned(transaction.id().lt(), state.position.lt()) > 0) {
                state = state.one(transaction, terms, effects)
                        .copy()
                        .position(transaction.id())
                        .done();
            }
        }
        return new Step(state, effects);
    }

    private ClientChannel one(Transaction transaction, ChannelTerms terms, List<Effect> effects) {
        if (transaction.in().isEmpty()) {
            return this;
        }
        Message in = transaction.in().get();
        return copy().returned(ChannelMoney.sum(returned, back(transaction, in)))
                .done()
                .answered(in, transaction, terms, effects);
    }

    /** Returns what a transaction brings back while the contract closes; what was withdrawn before that is no part of it. */
    private Nanoton back(Transaction transaction, Message in) {
        if (!transaction.outcome().succeeded() || isWithdrawal(in.body())) {
            return Nanoton.ZERO;
        }
        // What the contract asks for is more than the proxy contract pays by force (H5).
        Nanoton forced = request.filter(each -> each.kind() == Kind.FORCE)
                .map(each -> ChannelMoney.min(each.amount(), ChannelRules.forced(transaction, origin.proxy())))
                .orElse(Nanoton.ZERO);
        return ChannelMoney.sum(ChannelRules.granted(transaction, origin.proxy()), forced);
    }

    private static boolean isWithdrawal(Cell body) {
        try {
            return ToClient.read(body) instanceof ToClient.Withdraw;
        } catch (CellException e) {
            return false;
        }
    }

    private ClientChannel answered(Message in, Transaction transaction, ChannelTerms terms, List<Effect> effects) {
        if (in.bounced() && in.source().filter(origin.proxy()::equals).isPresent()) {
            effects.add(
                    new Effect.Alarm(("proxy contract %s did not do what client contract %s asked of it in query %s;"
                                    + " the contract does not take that back (H1). %s came back to it")
                            .formatted(origin.proxy(), contract, bouncedQuery(in.body()), in.value())));
            return this;
        }
        if (request.isEmpty()
                || in.source().filter(origin.owner()::equals).isEmpty()
                || queryId(in.body())
                        .filter(id -> id == request.get().queryId())
                        .isEmpty()) {
            return this;
        }
        return transaction.outcome().succeeded()
                ? succeeded(request.get(), transaction, effects)
                : failed(request.get(), transaction, terms, effects);
    }

    private ClientChannel succeeded(Request done, Transaction transaction, List<Effect> effects) {
        Copy next = copy().request(Optional.empty()).failures(0, Instant.EPOCH);
        switch (done.kind()) {
            case OPEN, TOP_UP -> next.deposited(deposited.plus(done.deposit())).asked(Optional.empty());
            case WITHDRAW -> next.wish(wish == Wish.WITHDRAW ? Wish.OPEN : wish);
            case CHARGE -> next.wish(wish == Wish.CHARGE ? Wish.OPEN : wish);
            case CHANGE_SECRET, REFUND, FORCE -> {}
        }
        Nanoton moved = done.kind() == Kind.OPEN || done.kind() == Kind.TOP_UP
                ? done.deposit()
                : ChannelRules.granted(transaction, origin.proxy());
        effects.add(new Effect.Done(done.kind(), moved));
        return next.done();
    }

    private ClientChannel failed(Request refused, Transaction transaction, ChannelTerms terms, List<Effect> effects) {
        Duration pause = terms.backOff().multipliedBy(1L << Math.min(failures, MAX_BACK_OFF_DOUBLINGS));
        effects.add(new Effect.Alarm(("client contract %s refused %s (exit code %d, action result %d, attempt %d); the"
                        + " money came back but for fees, next attempt in %d s")
                .formatted(
                        contract,
                        refused.kind(),
                        transaction.outcome().exitCode(),
                        transaction.outcome().actionResult(),
                        failures + 1,
                        pause.toSeconds())));
        return copy().request(Optional.empty())
                .failures(failures + 1, transaction.time().plus(pause))
                .done();
    }

    private static Optional<Long> queryId(Cell body) {
        try {
            CellSlice in = body.beginParse();
            in.loadUint(32);
            return Optional.of(in.loadInt(64));
        } catch (CellException e) {
            return Optional.empty();
        }
    }

    /** What bounces has 32 bits before the first bits of what it was. */
    private static String bouncedQuery(Cell body) {
        try {
            CellSlice in = body.beginParse();
            if (in.loadUint(32) == BOUNCED) {
                in.loadUint(32);
                return Long.toUnsignedString(in.loadInt(64));
            }
        } catch (CellException e) {
            // Nothing to be told then.
        }
        return "(unknown)";
    }

    // ---- requests

    /** Returns the state in which a request is under way, and its orders. */
    Step asks(Kind kind, Nanoton amount, ChannelTerms terms) {
        int next = number + 1;
        long queryId = kind == Kind.CHARGE ? charge().envelope().queryId() : queryId(next);
        Cell body = body(kind, queryId, amount, terms).toCell();
        ClientChannel state = copy().request(Optional.of(new Request(kind, queryId, amount, body, false)))
                .number(next)
                .done();
        return new Step(state, state.orders());
    }

    private ToClient body(Kind kind, long queryId, Nanoton amount, ChannelTerms terms) {
        Address wallet = origin.owner();
        return switch (kind) {
            case OPEN -> new ToClient.ChangeSecretAndTopUp(queryId, amount, terms.secretHash(), wallet);
            case TOP_UP -> new ToClient.TopUp(queryId, amount, wallet);
            case CHANGE_SECRET -> new ToClient.ChangeSecret(queryId, terms.secretHash(), wallet);
            case CHARGE -> new ToClient.Charge(charge().envelope().withExcessesTo(wallet));
            case WITHDRAW -> new ToClient.Withdraw(queryId, wallet);
            case REFUND, FORCE -> new ToClient.RequestRefund(queryId, wallet);
        };
    }

    private ToClient.Charge charge() {
        try {
            return (ToClient.Charge) ToClient.read(payment.orElseThrow(() -> new IllegalStateException("no payment"))
                    .body());
        } catch (CellException e) {
            throw new IllegalStateException("a payment that was checked can be read", e);
        }
    }

    /** Returns the orders of the request under way, in the order in which they must arrive (H65). */
    private List<Effect> orders() {
        Request now = request.orElseThrow();
        List<Effect> orders = new ArrayList<>();
        if (now.kind() == Kind.OPEN && code.isPresent()) {
            orders.add(new Effect.Hand(
                    new Order(
                            id(number, "deploy"),
                            contract,
                            ChannelMoney.RENT,
                            Optional.of(StateInit.cell(code.get(), data())),
                            Optional.empty()),
                    number,
                    false));
        }
        orders.add(new Effect.Hand(
                new Order(
                        id(number, "request"),
                        contract,
                        ChannelMoney.REQUEST.plus(now.deposit()),
                        Optional.empty(),
                        Optional.of(now.body())),
                number,
                true));
        return orders;
    }

    /** Returns the order that shows the proxy with this nonce who is there. It changes nothing in the contract. */
    Order registration(long nonce) {
        Int256 id = id(nonce, "register");
        return new Order(
                id,
                contract,
                ChannelMoney.REGISTER,
                Optional.empty(),
                Optional.of(new ToClient.Register(first64(id), nonce, origin.owner()).toCell()));
    }

    private long queryId(int of) {
        return first64(id(of, "query"));
    }

    private static long first64(Int256 hash) {
        return java.nio.ByteBuffer.wrap(hash.toByteArray()).getLong();
    }

    private Int256 id(long of, String what) {
        TlWriter all = new TlWriter()
                .writeInt256(seed)
                .writeInt256(contract.hash())
                .writeLong(of)
                .writeString(what);
        try {
            return Int256.of(
                    MessageDigest.getInstance("SHA-256").digest(all.seal().toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private Cell data() {
        try {
            return origin.toCell();
        } catch (CellException e) {
            throw new IllegalStateException("the data of a client contract holds no codes", e);
        }
    }

    private static Request sent(Request request) {
        return new Request(request.kind(), request.queryId(), request.amount(), request.body(), true);
    }

    private ClientChannel with(Optional<Request> newest) {
        return copy().request(newest).done();
    }

    Copy copy() {
        return new Copy(this);
    }

    /** A channel with some parts changed. */
    static final class Copy {
        private final ClientChannel from;
        private Optional<Cell> code;
        private Wish wish;
        private Optional<Nanoton> asked;
        private Nanoton deposited;
        private Nanoton returned;
        private Optional<Request> request;
        private int number;
        private int failures;
        private Instant notBefore;
        private TransactionId position;
        private Optional<Payment> payment;
        private Optional<Instant> outdatedSince;
        private boolean over;

        private Copy(ClientChannel from) {
            this.from = from;
            this.code = from.code;
            this.wish = from.wish;
            this.asked = from.asked;
            this.deposited = from.deposited;
            this.returned = from.returned;
            this.request = from.request;
            this.number = from.number;
            this.failures = from.failures;
            this.notBefore = from.notBefore;
            this.position = from.position;
            this.payment = from.payment;
            this.outdatedSince = from.outdatedSince;
            this.over = from.over;
        }

        Copy deployed() {
            code = Optional.empty();
            return this;
        }

        Copy wish(Wish value) {
            wish = value;
            return this;
        }

        Copy asked(Optional<Nanoton> value) {
            asked = value;
            return this;
        }

        Copy deposited(Nanoton value) {
            deposited = value;
            return this;
        }

        Copy returned(Nanoton value) {
            returned = value;
            return this;
        }

        Copy request(Optional<Request> value) {
            request = value;
            return this;
        }

        Copy number(int value) {
            number = value;
            return this;
        }

        Copy failures(int count, Instant pauseUntil) {
            failures = count;
            notBefore = pauseUntil;
            return this;
        }

        Copy position(TransactionId value) {
            position = value;
            return this;
        }

        Copy payment(Payment value) {
            payment = Optional.of(value);
            return this;
        }

        Copy outdatedSince(Instant value) {
            outdatedSince = Optional.of(value);
            return this;
        }

        Copy over() {
            over = true;
            return this;
        }

        ClientChannel done() {
            return new ClientChannel(
                    from.contract,
                    from.origin,
                    code,
                    from.seed,
                    wish,
                    asked,
                    deposited,
                    returned,
                    request,
                    number,
                    failures,
                    notBefore,
                    position,
                    payment,
                    outdatedSince,
                    over);
        }
    }
}
