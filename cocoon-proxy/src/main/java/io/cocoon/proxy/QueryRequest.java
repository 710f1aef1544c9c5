package io.cocoon.proxy;

import io.cocoon.payment.Prices;
import io.cocoon.tl.Int256;
import java.time.Instant;

/**
 * What stays the same over all attempts of a query.
 *
 * @param model the base name that the client wants
 * @param maxCoefficient the highest price factor it accepts
 * @param maxTokens the most tokens that it announced
 * @param prices of the network when the query came
 * @param minVersion the lowest protocol version of a worker that can do it
 * @param privateKey for an encrypted request, else zero
 * @param debug whether debug texts are wanted
 * @param deadline when the proxy gives up
 */
record QueryRequest(
        String model,
        int maxCoefficient,
        int maxTokens,
        Prices prices,
        int minVersion,
        Int256 privateKey,
        boolean debug,
        Instant deadline) {

    /** Leaves out the key. */
    @Override
    public String toString() {
        return "QueryRequest[" + model + ", until " + deadline + "]";
    }
}
