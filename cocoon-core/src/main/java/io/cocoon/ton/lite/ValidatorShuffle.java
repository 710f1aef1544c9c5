package io.cocoon.ton.lite;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * The numbers that put validators into their order: SHA-512 of a counter, the shard, the workchain and the number of the
 * catchain, eight at a time. Not thread-safe.
 */
final class ValidatorShuffle {

    private static final int SEED_BYTES = 32;
    private static final int NUMBERS = 8;

    private final byte[] input;
    private ByteBuffer numbers = ByteBuffer.allocate(0);

    ValidatorShuffle(int workchain, long shard, int catchainSeqno) {
        input = ByteBuffer.allocate(SEED_BYTES + 16)
                .position(SEED_BYTES)
                .putLong(shard)
                .putInt(workchain)
                .putInt(catchainSeqno)
                .array();
    }

    /** Returns the next number from 0 to below {@code range}, which is positive. */
    long next(long range) {
        if (!numbers.hasRemaining()) {
            MessageDigest digest = AdnlKeys.digest("SHA-512");
            numbers = ByteBuffer.wrap(digest.digest(input), 0, NUMBERS * Long.BYTES);
            increment();
        }
        // The upper half of an unsigned 128-bit product; range is positive, the number may look negative.
        long number = numbers.getLong();
        return Math.multiplyHigh(number, range) + (number >> 63 & range);
    }

    private void increment() {
        for (int i = SEED_BYTES - 1; i >= 0 && ++input[i] == 0; i--) {
            // carried on
        }
    }
}
