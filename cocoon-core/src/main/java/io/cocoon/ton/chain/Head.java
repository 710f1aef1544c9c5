package io.cocoon.ton.chain;

import java.time.Instant;

/**
 * A block of the masterchain.
 *
 * @param seqno its number, 0 or more
 * @param time when validators made it, in whole seconds
 */
public record Head(int seqno, Instant time) {}
