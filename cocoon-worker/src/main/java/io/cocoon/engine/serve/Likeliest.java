package io.cocoon.engine.serve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Orders tokens by their logits, and turns logits into probabilities. */
final class Likeliest {

    /** Up to here, keeping the best few while passing over all is quicker than sorting all. */
    private static final int FEW = 128;

    private Likeliest() {}

    /**
     * Returns the ids of the highest logits, highest first, equal ones by id.
     *
     * @param vocabulary how many logits count
     * @param count how many ids are wanted; fewer come if there are fewer
     */
    static int[] of(float[] logits, int vocabulary, int count) {
        int wanted = Math.min(count, vocabulary);
        long[] keys = wanted <= FEW ? few(logits, vocabulary, wanted) : all(logits, vocabulary);
        int[] ids = new int[wanted];
        for (int i = 0; i < wanted; i++) {
            ids[i] = (int) keys[i];
        }
        return ids;
    }

    /** Rises as the logit falls, and with the id among equal ones. */
    private static long key(float logit, int id) {
        int bits = Float.floatToIntBits(logit + 0.0f);
        int rising = bits ^ bits >> 31 & 0x7fffffff;
        return (long) ~rising << 32 | id;
    }

    private static long[] all(float[] logits, int vocabulary) {
        long[] keys = new long[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            keys[i] = key(logits[i], i);
        }
        Arrays.sort(keys);
        return keys;
    }

    private static long[] few(float[] logits, int vocabulary, int wanted) {
        long[] best = new long[wanted];
        int held = 0;
        for (int i = 0; i < vocabulary; i++) {
            long key = key(logits[i], i);
            if (held == wanted && (wanted == 0 || key > best[held - 1])) {
                continue;
            }
            int at = held < wanted ? held++ : held - 1;
            while (at > 0 && best[at - 1] > key) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = key;
        }
        return best;
    }

    /** Returns what has to be taken off a logit to get the logarithm of its probability. */
    static double logSum(float[] logits, int vocabulary) {
        return most(logits, vocabulary) + Math.log(powers(logits, vocabulary, 1));
    }

    /** Returns the sum of exp((logit - highest) / temperature). */
    static double powers(float[] logits, int vocabulary, double temperature) {
        double most = most(logits, vocabulary);
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp((logits[i] - most) / temperature);
        }
        return sum;
    }

    private static double most(float[] logits, int vocabulary) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            most = Math.max(most, logits[i]);
        }
        return most;
    }

    static List<Token.Share> shares(float[] logits, int vocabulary, int count, double logSum) {
        List<Token.Share> shares = new ArrayList<>();
        for (int id : of(logits, vocabulary, count)) {
            shares.add(new Token.Share(id, logits[id] - logSum));
        }
        return shares;
    }
}
