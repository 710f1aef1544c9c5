package io.cocoon.payment;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * Makes and checks a proxy's signed statement "this contract has used or earned N tokens in total".
 *
 * <p>The bytes are the bag of cells of the outer message body (payments dossier 5.5).
 */
public final class SignedPayments {

    /** For which side a payment is. */
    public enum Kind {
        /** Charges a client contract, operation {@code bb63ff93}. */
        CLIENT_CHARGE,
        /** Pays a worker contract, operation {@code a040ad28}. */
        WORKER_PAYOUT
    }

    private SignedPayments() {}

    /**
     * Signs.
     *
     * @param tokens the new total, 0 or more
     * @param queryId any number; it plays no role in replay protection
     * @param excessesTo where unused value of whoever submits it goes; not signed
     */
    public static Bytes sign(
            Ed25519Key proxyKey, Kind kind, Address contract, long tokens, long queryId, Address excessesTo) {
        throw new IllegalStateException("comes with the TON part");
    }

    /**
     * Returns the number of tokens that a payment states.
     *
     * @throws PaymentException if it is not a payment of this kind, for this contract, signed with this key
     */
    public static long check(Bytes payment, Kind kind, Address contract, Int256 proxyKey) throws PaymentException {
        throw new IllegalStateException("comes with the TON part");
    }
}
