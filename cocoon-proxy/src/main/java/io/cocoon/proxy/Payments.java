package io.cocoon.proxy;

import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.FrameTooLargeException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Signs what contracts owe or have earned, once for each number: a signature takes about 20 µs, a total that may be signed
 * grows every 30 s, so event loops sign rarely. Thread-safe.
 *
 * <p>Two threads may sign the same number at once; both signatures are right, and the cache keeps the higher number.
 */
final class Payments {

    private record Cached(long tokens, SignedPayment.Signed payment) {}

    private final ProxySettings settings;
    private final Map<Ledger.Side, Map<Address, Cached>> cache = new EnumMap<>(Ledger.Side.class);

    Payments(ProxySettings settings) {
        this.settings = settings;
        for (Ledger.Side side : Ledger.Side.values()) {
            cache.put(side, new ConcurrentHashMap<>());
        }
    }

    private Map<Address, Cached> of(Ledger.Side side) {
        Map<Address, Cached> map = cache.get(side);
        if (map == null) {
            throw new IllegalStateException("no cache of " + side);
        }
        return map;
    }

    /** Returns the newest payment that was signed, without signing. */
    SignedPayment current(Ledger.Side side, Address contract) {
        Cached cached = of(side).get(contract);
        return cached == null ? new SignedPayment.Empty() : cached.payment;
    }

    /** Returns a payment for everything that may be signed now. */
    SignedPayment.Signed signed(Ledger.Side side, Address contract, Ledger.Totals totals) {
        @Nullable Cached cached = of(side).get(contract);
        if (cached != null && cached.tokens >= totals.signed()) {
            return cached.payment;
        }
        SignedPayments.Kind kind =
                side == Ledger.Side.CLIENT ? SignedPayments.Kind.CLIENT_CHARGE : SignedPayments.Kind.WORKER_PAYOUT;
        Bytes payment = SignedPayments.sign(
                settings.key(),
                kind,
                contract,
                totals.signed(),
                settings.secure().nextLong(),
                settings.owner());
        Cached fresh = new Cached(totals.signed(), new SignedPayment.Signed(payment));
        Cached newest = of(side).merge(contract, fresh, (a, b) -> a.tokens >= b.tokens ? a : b);
        return newest.payment;
    }

    /** Forgets what was signed for contracts that nobody connected uses; it can be signed again. */
    void retain(Ledger.Side side, Set<Address> contracts) {
        of(side).keySet().retainAll(contracts);
    }

    int cached() {
        return cache.values().stream().mapToInt(Map::size).sum();
    }

    /** Sends what a contract owes or has earned. */
    interface Statement {
        void send(SignedPayment.Signed payment, Ledger.Totals totals) throws FrameTooLargeException;
    }

    /**
     * States a contract's totals to a peer. Reading them and sending are one step under the peer's monitor: queries end on
     * several threads, and a peer that sees a total go back takes the proxy for a cheat.
     *
     * @param peer the session or slot of the connection that {@code statement} sends on
     */
    void state(Object peer, Ledger.Side side, Address contract, Statement statement) {
        synchronized (peer) {
            Ledger.Totals totals = totals(side, contract);
            try {
                statement.send(signed(side, contract, totals), totals);
            } catch (FrameTooLargeException e) {
                throw new IllegalStateException("a payment message does not fit into a frame", e);
            }
        }
    }

    /**
     * Returns what a peer may be told: what is written down. What is not yet may be forgotten by a restart, and a peer that sees a
     * total go back takes the proxy for a cheat.
     */
    Ledger.Totals totals(Ledger.Side side, Address contract) {
        Ledger.Totals known = settings.ledger().totals(side, contract);
        return new Ledger.Totals(known.signed(), known.db(), known.db());
    }
}
