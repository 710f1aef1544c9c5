package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.OptionalInt;

/**
 * One draw among logits that are sorted, highest first: shares, top-p, min-p, and the choice.
 *
 * <p>It may be made with the highest of them only. Then the sum of all shares is known between two bounds, and with it where top-p
 * cuts and what the random number is scaled by. Every step from there to the choice is a comparison or a rounded operation that never
 * falls as the sum rises, so whatever lies between two sums that give the same choice gives it too.
 */
final class Draw {

    private final SamplingOptions options;
    private final double uniform;
    private final int count;
    private final double[] shares;

    /** Of the first so many shares. */
    private final double[] sums;

    /**
     * Computes the shares.
     *
     * @param uniform the random number, from 0, included, to 1, excluded
     * @param sorted the highest logits or all of them
     * @param count how many of these count; one at least
     */
    Draw(SamplingOptions options, double uniform, float[] sorted, int count) {
        this.options = options;
        this.uniform = uniform;
        this.count = count;
        shares = new double[count];
        sums = new double[count + 1];
        double most = sorted[0];
        for (int i = 0; i < count; i++) {
            shares[i] = Math.exp((sorted[i] - most) / options.temperature());
            sums[i + 1] = sums[i] + shares[i];
        }
    }

    /** Returns the place of the choice if there are no other logits. */
    int amongThese() {
        int kept = kept(sums[count]);
        return Math.min(place(sums[kept]), kept - 1);
    }

    /**
     * Returns the place of the choice among all logits, of which these are the highest; empty if they do not decide it.
     *
     * @param powers the sum of all shares up to {@link Backend.Candidates#powersError}, or no number
     * @param vocabulary how many logits there are
     */
    OptionalInt amongAll(double powers, int vocabulary) {
        double error = powers * Backend.Candidates.powersError(vocabulary);
        double least = Math.max(sums[count], powers - error);
        double most = powers + error;
        if (!Double.isFinite(powers) || most < sums[count]) {
            return OptionalInt.empty();
        }
        if (count == vocabulary || sums[count] + shares[count - 1] == sums[count]) {
            // The shares that follow are no greater, so that none of them changes the sum.
            least = sums[count];
            most = least;
        }
        int lowest = Math.min(place(leastKept(least)), kept(least) - 1);
        int highest = highest(most);
        return lowest == highest ? OptionalInt.of(lowest) : OptionalInt.empty();
    }

    /** Returns a bound of the sum of what is kept, for the least sum of all. */
    private double leastKept(double sum) {
        int kept = kept(sum);
        // Behind the last one that is known only top-p can be relied on: it ends where its part of the sum is reached.
        return kept == count && options.minP() == 0 ? Math.max(sums[count], options.topP() * sum) : sums[kept];
    }

    /** Returns the last place that may be chosen, for the greatest sum of all; {@code count} for all those that are not known. */
    private int highest(double sum) {
        int kept = kept(sum);
        if (kept < count || sums[count] >= options.topP() * sum) {
            return Math.min(place(sums[kept]), kept - 1);
        }
        // The last share that is kept makes it more than top-p's part, and is no greater than the last one that is
        // known.
        return place(Math.min(sum, options.topP() * sum + shares[count - 1]));
    }

    /** Returns how many of these are kept, for a sum of all shares. */
    private int kept(double sum) {
        int kept = 1;
        // The likeliest one always stays, even if it alone has more than top-p.
        // What a constraint forbids has no share, and must not come in by rounding.
        while (kept < count
                && shares[kept] > 0
                && sums[kept] < options.topP() * sum
                && shares[kept] >= options.minP() * shares[0]) {
            kept++;
        }
        return kept;
    }

    /** Returns where the random number falls; {@code count} if behind all of these. */
    private int place(double keptSum) {
        double target = uniform * keptSum;
        for (int i = 0; i < count; i++) {
            target -= shares[i];
            if (target < 0) {
                return i;
            }
        }
        return count;
    }
}
