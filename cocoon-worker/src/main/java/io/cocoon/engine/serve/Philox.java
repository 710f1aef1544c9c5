package io.cocoon.engine.serve;

/**
 * Philox 4x32-10: random numbers as a function of a key and a counter, without state (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", 2011). So a draw depends on the seed and the position alone, and neither on other requests
 * in a batch nor on what was drawn before.
 */
final class Philox {

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private Philox() {}

    /** Returns the four words for a key and a counter. */
    static int[] words(int key0, int key1, int c0, int c1, int c2, int c3) {
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = MULTIPLIER_0 * (c0 & 0xffffffffL);
            long p1 = MULTIPLIER_1 * (c2 & 0xffffffffL);
            int next0 = (int) (p1 >>> 32) ^ c1 ^ key0;
            int next2 = (int) (p0 >>> 32) ^ c3 ^ key1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = next0;
            c2 = next2;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        return new int[] {c0, c1, c2, c3};
    }

    /** Returns a number from 0, included, to 1, excluded, with 53 random bits. */
    static double uniform(long seed, int choice, long position) {
        int[] words = words((int) seed, (int) (seed >>> 32), (int) position, (int) (position >>> 32), choice, 0);
        return ((words[0] & 0xffffffffL) << 21 ^ (words[1] & 0xffffffffL) >>> 11) * 0x1p-53;
    }
}
