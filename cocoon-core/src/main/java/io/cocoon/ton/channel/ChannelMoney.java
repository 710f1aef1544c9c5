package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.chain.ContractState;

/** Amounts of a client's requests (payments dossier 9.1) and what can come back (6.2, 6.4, 6.8 and 14.3). Pure functions. */
public final class ChannelMoney {

    /** Stays in the client contract for its rent, and never comes back: a granted refund gives it to the proxy's wallet. */
    public static final Nanoton RENT = Nanoton.ofTon("0.8");

    /** Goes with a registration; most of it comes back. */
    public static final Nanoton REGISTER = Nanoton.ofTon("1");

    /** Goes with every other request, on top of what is deposited; most of it comes back (never less than 0.5 TON: H2). */
    public static final Nanoton REQUEST = Nanoton.ofTon("0.7");

    /** What one request costs at most at the main network's gas price (6.9), rounded up. */
    public static final Nanoton FEE = Nanoton.ofTon("0.015");

    /** From this version of the parameters on, a closed proxy still pays refunds, in full. */
    static final int REFUNDS_AFTER_CLOSE = 4;

    private ChannelMoney() {}

    /** Returns what the owner gets at once and without the proxy: all above the stake. */
    public static Nanoton backAtOnce(Nanoton balance, Nanoton stake) {
        return max(Nanoton.ZERO, balance.minus(stake));
    }

    /**
     * Returns what is lost of a balance if the proxy never helps and a refund is forced: what is not above the client's stake,
     * as far as the proxy's stake does not cover it.
     */
    public static Nanoton atRisk(Nanoton balance, Nanoton stake, Nanoton proxyStake) {
        return max(Nanoton.ZERO, min(balance, stake).minus(proxyStake));
    }

    /** Returns what a forced refund pays; nothing comes from a closed proxy of the older generation (H4). */
    static Nanoton forced(Nanoton balance, int structVersion, ContractState proxy, Nanoton proxyStake) {
        if (proxy == ContractState.CLOSED) {
            return structVersion >= REFUNDS_AFTER_CLOSE ? balance : Nanoton.ZERO;
        }
        return min(balance, proxyStake);
    }

    /** Returns the largest amount up to this one that is a whole number of tokens. */
    public static Nanoton wholeTokens(Nanoton amount, Nanoton price) {
        return price.value() == 0 ? amount : new Nanoton(amount.value() - amount.value() % price.value());
    }

    /** Returns the sum of amounts that strangers name, at most the largest amount. */
    static Nanoton sum(Nanoton a, Nanoton b) {
        return new Nanoton(a.value() > Long.MAX_VALUE - b.value() ? Long.MAX_VALUE : a.value() + b.value());
    }

    static Nanoton min(Nanoton a, Nanoton b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static Nanoton max(Nanoton a, Nanoton b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
