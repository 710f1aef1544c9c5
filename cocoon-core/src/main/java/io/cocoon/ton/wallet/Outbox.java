package io.cocoon.ton.wallet;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a wallet still has to send, as a pure state machine: each step takes what was seen and gives the next state and what to
 * do about it. The next state must be on the disk before anything is done.
 *
 * <h2>Why nothing is sent twice</h2>
 *
 * A wallet's code accepts one message for each sequence number. Whatever is signed has the number of the chain, and is kept until
 * one of three things is known, each from a list of transactions without a gap up to a state of the account:
 *
 * <ul>
 *   <li>a transaction took one of the messages with this number and sent everything: its orders are done, and the others with this
 *       number are dead;
 *   <li>the number moved and none of the transactions is ours: somebody else with this key used it. All of ours are dead;
 *   <li>the chain's clock is so far past a message's last second that no block can take it any more.
 * </ul>
 *
 * A message whose action phase failed did not move the number, and anybody may send it again until it expires; so it is kept, and
 * looked for, beside the one that is signed next. Of all of them at most one can succeed. Every message holds the oldest orders,
 * so that which one it was says which orders are done. Payments dossier 8.2, 8.3 and H20 to H23.
 *
 * @param waiting orders, oldest first
 * @param sent the newest orders that went out, so that none of them is taken for a new one after a crash of who ordered
 * @param flights what was signed for the present number and may still be taken, oldest first
 * @param seen up to where the wallet's transactions were looked at; empty before the first look
 * @param failures how many action phases failed one after the other
 * @param notBefore no new message is signed before
 */
record Outbox(
        List<Order> waiting,
        List<Sent> sent,
        List<Flight> flights,
        Optional<TransactionId> seen,
        int failures,
        Instant notBefore) {

    /** Nothing to send. */
    static final Outbox EMPTY = new Outbox(List.of(), List.of(), List.of(), Optional.empty(), 0, Instant.EPOCH);

    /** The most orders that wait. */
    static final int MAX_WAITING = 1024;

    /** What one message of a batch may need besides its value (dossier 8.2). */
    private static final Nanoton RESERVE = Nanoton.ofTon("0.1");

    /** How far the clock here and the chain's may be apart: a server that is not proven could name any time. */
    private static final Duration MOST_APART = Duration.ofDays(7);

    private static final int MAX_BACK_OFF_DOUBLINGS = 6;

    /** How many orders are remembered after they went out. */
    static final int MAX_SENT = 512;

    /** The most messages with one number. With the back-off there are far fewer before the first of them expires. */
    static final int MAX_FLIGHTS = 64;

    /** How long after a message's last second a block may still become known that took it. */
    private static final Duration SETTLED = Duration.ofMinutes(5);

    Outbox {
        waiting = List.copyOf(waiting);
        sent = List.copyOf(sent);
        flights = List.copyOf(flights);
    }

    /**
     * An order that went out.
     *
     * @param order its id
     * @param by the wallet's transaction that sent it
     */
    record Sent(Int256 order, TransactionId by) {}

    /**
     * A signed message. It holds the oldest orders.
     *
     * @param seqno its number
     * @param validUntil by the chain's clock
     * @param bodyHash by which its transaction is found
     * @param message what to send, also again
     * @param orders how many of the waiting orders it holds
     * @param sentAt when it was last sent, by our clock
     * @param failed whether its action phase failed; then it is not sent again by us
     */
    record Flight(
            int seqno, Instant validUntil, Int256 bodyHash, Cell message, int orders, Instant sentAt, boolean failed) {

        private Flight sentAgain(Instant now) {
            return new Flight(seqno, validUntil, bodyHash, message, orders, now, failed);
        }

        private Flight ofFailure() {
            return new Flight(seqno, validUntil, bodyHash, message, orders, sentAt, true);
        }

        private boolean isUnderWay(Instant chainTime) {
            return !failed && !chainTime.isAfter(validUntil);
        }
    }

    /**
     * What was seen: the account, and every transaction after {@link Outbox#seen} up to the account's newest.
     *
     * @param account the wallet
     * @param transactions oldest first, without a gap
     */
    record Look(AccountState account, List<Transaction> transactions) {}

    /**
     * How to send.
     *
     * @param validity of a message
     * @param resendAfter how long to wait before the same message is sent again
     * @param backOff after a failed action phase, doubled each time
     */
    record Timing(Duration validity, Duration resendAfter, Duration backOff) {}

    /** What to do after the next state is on the disk, in order. */
    sealed interface Effect {

        /** Send a message. */
        record Send(Cell message) implements Effect {}

        /** Tell who ordered that it was sent, and by which transaction. */
        record Done(Int256 order, TransactionId by) implements Effect {}

        /** Tell the operator. */
        record Alarm(String text) implements Effect {}
    }

    /** The next state and what to do. */
    record Step(Outbox next, List<Effect> effects) {}

    /**
     * Adds an order; one with a known id, also of one that went out, changes nothing.
     *
     * @throws IllegalStateException if too many wait
     */
    Outbox with(Order order) {
        if (waiting.stream().anyMatch(known -> known.id().equals(order.id()))
                || sentBy(order.id()).isPresent()) {
            return this;
        }
        if (waiting.size() >= MAX_WAITING) {
            throw new IllegalStateException("a wallet has " + waiting.size()
                    + " orders that wait, which is the most; look at its balance and at the chain");
        }
        List<Order> longer = new ArrayList<>(waiting);
        longer.add(order);
        return new Outbox(longer, sent, flights, seen, failures, notBefore);
    }

    /** Returns by which transaction an order went out; empty if it did not, or too long ago to be remembered. */
    Optional<TransactionId> sentBy(Int256 order) {
        return sent.stream()
                .filter(each -> each.order().equals(order))
                .map(Sent::by)
                .findFirst();
    }

    /**
     * Takes a look into account.
     *
     * @throws CellException if the account is not a wallet of the signer's kind
     */
    Step after(Look look, Instant now, WalletSigner signer, Timing timing) throws CellException {
        List<Effect> effects = new ArrayList<>();
        if (seen.isPresent()
                && Long.compareUnsigned(look.account().last().lt(), seen.get().lt()) < 0) {
            // Who answered is behind what was seen before; nothing follows from that.
            return new Step(this, effects);
        }
        Outbox state =
                new Outbox(waiting, sent, flights, Optional.of(look.account().last()), failures, notBefore);
        for (Transaction transaction : look.transactions()) {
            state = state.landed(transaction, now, signer, timing, effects);
        }
        state = state.withoutDead(look.account(), signer, effects);
        Instant chainTime = look.account().at().time();
        int newest = state.flights.size() - 1;
        if (newest < 0 || !state.flights.get(newest).isUnderWay(chainTime)) {
            state = state.launch(look.account(), now, signer, timing, effects);
        } else if (!now.isBefore(state.flights.get(newest).sentAt().plus(timing.resendAfter()))) {
            List<Flight> sent = new ArrayList<>(state.flights);
            Flight again = sent.get(newest).sentAgain(now);
            sent.set(newest, again);
            effects.add(new Effect.Send(again.message()));
            state = state.flying(sent);
        }
        return new Step(state, effects);
    }

    /** What a transaction of the wallet says about what was signed. */
    private Outbox landed(
            Transaction transaction, Instant now, WalletSigner signer, Timing timing, List<Effect> effects) {
        for (int i = 0; i < flights.size(); i++) {
            Flight flight = flights.get(i);
            if (!isOf(flight, transaction)) {
                continue;
            }
            if (transaction.outcome().succeeded()) {
                return sentBy(transaction, flight, signer, effects);
            }
            Duration pause = timing.backOff().multipliedBy(1L << Math.min(failures, MAX_BACK_OFF_DOUBLINGS));
            effects.add(
                    new Effect.Alarm(("wallet %s could not send %d messages (action result %d, exit code %d, attempt"
                                    + " %d); nothing of it went out, next attempt in %d s")
                            .formatted(
                                    signer.address(),
                                    flight.orders(),
                                    transaction.outcome().actionResult(),
                                    transaction.outcome().exitCode(),
                                    failures + 1,
                                    pause.toSeconds())));
            List<Flight> failed = new ArrayList<>(flights);
            failed.set(i, flight.ofFailure());
            return new Outbox(waiting, sent, failed, seen, failures + 1, now.plus(pause));
        }
        return this;
    }

    /**
     * A transaction that succeeded sent what it lists and nothing else: some wallets leave out, silently, what they cannot pay
     * for. Those orders wait for the next number.
     */
    private Outbox sentBy(Transaction transaction, Flight flight, WalletSigner signer, List<Effect> effects) {
        List<Order> batch = waiting.subList(0, flight.orders());
        List<Order> left = transaction.out().size() < batch.size() ? leftOut(transaction, batch) : List.of();
        List<Sent> remembered = new ArrayList<>(sent);
        for (Order order : batch) {
            if (!left.contains(order)) {
                remembered.add(new Sent(order.id(), transaction.id()));
                effects.add(new Effect.Done(order.id(), transaction.id()));
            }
        }
        if (!left.isEmpty()) {
            effects.add(new Effect.Alarm(
                    ("wallet %s sent %d of %d messages; the others wait for its next number. Look at its" + " balance")
                            .formatted(signer.address(), flight.orders() - left.size(), flight.orders())));
        }
        List<Order> next = new ArrayList<>(left);
        next.addAll(waiting.subList(flight.orders(), waiting.size()));
        return new Outbox(
                next,
                remembered.subList(Math.max(0, remembered.size() - MAX_SENT), remembered.size()),
                List.of(),
                seen,
                0,
                Instant.EPOCH);
    }

    /** Which orders of a batch are not among what went out. None if that cannot be told: nothing is paid twice on a guess. */
    private static List<Order> leftOut(Transaction transaction, List<Order> batch) {
        List<Message> out = new ArrayList<>(transaction.out());
        List<Order> left = new ArrayList<>();
        for (Order order : batch) {
            int found = indexOf(out, order);
            if (found < 0) {
                left.add(order);
            } else {
                out.remove(found);
            }
        }
        return out.isEmpty() ? left : List.of();
    }

    /** Not by value: the network may take a message's fee out of it. */
    private static int indexOf(List<Message> messages, Order order) {
        Cell body = order.body().orElse(Cell.EMPTY);
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (message.destination().filter(order.to()::equals).isPresent()
                    && message.body().hash().equals(body.hash())) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isOf(Flight flight, Transaction transaction) {
        return transaction
                .in()
                .filter(message -> message.kind() == Message.Kind.EXTERNAL_IN)
                .filter(message -> message.body().hash().equals(flight.bodyHash()))
                .isPresent();
    }

    private Outbox withoutDead(AccountState account, WalletSigner signer, List<Effect> effects) throws CellException {
        if (flights.isEmpty()) {
            return this;
        }
        int seqno = signer.seqno(account);
        if (seqno > flights.get(0).seqno()) {
            effects.add(new Effect.Alarm(("wallet %s is at number %d, but our message %d is not among its transactions:"
                            + " another program uses this key. Our message is dead and will be signed again; give each"
                            + " program a key of its own")
                    .formatted(signer.address(), seqno, flights.get(0).seqno())));
            return flying(List.of());
        }
        Instant time = account.at().time();
        return flying(flights.stream()
                .filter(flight -> !time.isAfter(flight.validUntil().plus(SETTLED)))
                .toList());
    }

    /** Signs the next batch, if there is one and the wallet can pay for it (H20: for the sum, not for each). */
    private Outbox launch(AccountState account, Instant now, WalletSigner signer, Timing timing, List<Effect> effects)
            throws CellException {
        if (waiting.isEmpty() || now.isBefore(notBefore)) {
            return this;
        }
        if (flights.size() >= MAX_FLIGHTS) {
            effects.add(new Effect.Alarm("wallet " + signer.address() + " has " + flights.size()
                    + " messages with one number and none succeeds; it signs no more until the first of them expires"));
            return this;
        }
        Nanoton needed = Nanoton.ZERO;
        int count = 0;
        while (count < waiting.size() && count < signer.maxOrders()) {
            Nanoton more = needed.plus(waiting.get(count).value()).plus(RESERVE);
            if (more.compareTo(account.balance()) > 0) {
                break;
            }
            needed = more;
            count++;
        }
        if (count == 0 || account.balance().compareTo(signer.leastBalance()) < 0) {
            Nanoton wanted = max(waiting.get(0).value().plus(RESERVE), signer.leastBalance());
            effects.add(new Effect.Alarm("wallet %s has %s and needs %s for the next of %d messages: send %s to it"
                    .formatted(
                            signer.address(),
                            account.balance(),
                            wanted,
                            waiting.size(),
                            wanted.minus(account.balance()))));
            return this;
        }
        Instant chainTime = account.at().time();
        if (Duration.between(chainTime, now).abs().compareTo(MOST_APART) > 0) {
            effects.add(new Effect.Alarm(("the chain's clock, %s, and this machine's, %s, are more than %d days apart;"
                            + " wallet %s signs nothing, because that could be sent until the later of them. Set this machine's"
                            + " clock; if it is right, the server is wrong or far behind")
                    .formatted(chainTime, now, MOST_APART.toDays(), signer.address())));
            return this;
        }
        int seqno = signer.seqno(account);
        // A clock here that is behind must not make messages that are past when they arrive.
        Instant from = chainTime.isAfter(now) ? chainTime : now;
        Instant validUntil = Instant.ofEpochSecond(from.plus(timing.validity()).getEpochSecond());
        WalletSigner.SignedExternal signed =
                signer.sign(seqno, validUntil, waiting.subList(0, count), !account.isActive());
        effects.add(new Effect.Send(signed.message()));
        List<Flight> more = new ArrayList<>(flights);
        more.add(new Flight(seqno, validUntil, signed.bodyHash(), signed.message(), count, now, false));
        return flying(more);
    }

    private Outbox flying(List<Flight> newest) {
        return new Outbox(waiting, sent, newest, seen, failures, notBefore);
    }

    private static Nanoton max(Nanoton a, Nanoton b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
