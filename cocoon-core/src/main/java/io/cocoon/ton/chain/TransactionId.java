package io.cocoon.ton.chain;

import io.cocoon.tl.Int256;

/**
 * Names one transaction of an account.
 *
 * @param lt its logical time, unsigned; grows along an account
 * @param hash representation hash of its cell
 */
public record TransactionId(long lt, Int256 hash) {

    /** Before the first transaction of any account. */
    public static final TransactionId NONE = new TransactionId(0, Int256.ZERO);
}
