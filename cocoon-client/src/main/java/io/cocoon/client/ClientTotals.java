package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.stats.Latencies;
import java.time.Duration;

/**
 * What became of all requests that have ended since the client was built. Immutable.
 *
 * @param answered whole answers with an HTTP status below 400
 * @param failed requests that ended otherwise, cancelled ones apart; also those that {@link CocoonClient#http} could not read
 * @param cancelled requests that their caller gave up, or that were running when the client was closed
 * @param tokens adjusted tokens of their bills; a bill that was still open when its request was given up counts as nothing
 * @param billed what was charged for these
 * @param time how long they took together, from their beginning to their end
 * @param times how long each took
 * @param timesToFirstByte from the beginning to the first byte of an answer's body, of those that got one
 */
public record ClientTotals(
        long answered,
        long failed,
        long cancelled,
        long tokens,
        Nanoton billed,
        Duration time,
        Latencies.Counts times,
        Latencies.Counts timesToFirstByte) {

    /** Returns how many requests ended. */
    public long ended() {
        return answered + failed + cancelled;
    }
}
