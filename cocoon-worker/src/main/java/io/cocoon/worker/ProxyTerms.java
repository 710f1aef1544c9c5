package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.time.Duration;

/**
 * What earnings at one proxy rest on. All of it is bound by the address of the worker's contract there, so it never changes: new
 * parameters make another contract (payments dossier 9.6).
 *
 * @param contract the worker's contract at this proxy
 * @param proxyContract what pays
 * @param proxyKey the proxy's machine key
 * @param paramsVersion of the root contract's parameters
 * @param price what a client pays for a token
 * @param fee what the worker gets of it
 * @param clientDelay how long a client has to wait for a forced refund
 * @param init code and data that the worker's contract begins with, a bag of cells
 */
record ProxyTerms(
        Address contract,
        Address proxyContract,
        Int256 proxyKey,
        int paramsVersion,
        Nanoton price,
        Nanoton fee,
        Duration clientDelay,
        Bytes init) {

    Prices prices() {
        return new Prices(price, fee, Prices.ONE, Prices.ONE, Prices.ONE, Prices.ONE);
    }

    /** Returns what tokens are worth to the worker; the most that there is if it does not fit. */
    Nanoton worth(long tokens) {
        try {
            return fee.times(tokens);
        } catch (ArithmeticException e) {
            return new Nanoton(Long.MAX_VALUE);
        }
    }
}
