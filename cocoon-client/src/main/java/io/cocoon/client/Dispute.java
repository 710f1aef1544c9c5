package io.cocoon.client;

import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import java.time.Instant;

/**
 * Evidence that a proxy stated something untrue about money. The connection to that proxy was closed.
 *
 * @param at when it was noticed
 * @param proxy host and port
 * @param proxyContract the proxy's contract
 * @param clientContract the contract that was to be charged
 * @param claim what was seen and what was wanted
 * @param evidence the proxy's own message, boxed TL, as received; it holds no prompt and no answer
 */
public record Dispute(
        Instant at, String proxy, Address proxyContract, Address clientContract, String claim, Bytes evidence) {

    @Override
    public String toString() {
        return at + " " + proxy + ": " + claim + " (" + evidence.length() + " bytes of evidence)";
    }
}
