package io.cocoon.engine.model;

import java.util.List;

/** How the rotary frequencies of a model are stretched beyond the context that it was first trained with. */
public sealed interface RopeScaling {

    /**
     * Returns the frequency to use in place of {@code theta}, in radians per position.
     *
     * @param pair which of the pairs of a head it turns, from 0
     */
    double apply(double theta, int pair);

    /** Frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public double apply(double theta, int pair) {
            return theta;
        }
    }

    /** All frequencies divided by one factor. */
    record Linear(double factor) implements RopeScaling {
        @Override
        public double apply(double theta, int pair) {
            return theta / factor;
        }
    }

    /**
     * Long waves are divided by the factor, short ones kept, and those between are blended.
     *
     * @param factor by which long waves grow
     * @param lowFactor waves longer than {@code context / lowFactor} positions count as long
     * @param highFactor waves shorter than {@code context / highFactor} positions count as short
     * @param context the context of the first training, in tokens
     */
    record Llama3(double factor, double lowFactor, double highFactor, double context) implements RopeScaling {
        @Override
        public double apply(double theta, int pair) {
            double wave = 2 * Math.PI / theta;
            if (wave < context / highFactor) {
                return theta;
            }
            if (wave > context / lowFactor) {
                return theta / factor;
            }
            double keep = (context / wave - lowFactor) / (highFactor - lowFactor);
            return (1 - keep) * theta / factor + keep * theta;
        }
    }

    /**
     * Each frequency divided by a number of its own, as GGUF files store the scaling of Llama 3.
     *
     * @param divisors one for each pair of a head
     */
    record Divisors(List<Double> divisors) implements RopeScaling {

        /** Checks that all divisors are positive. */
        public Divisors {
            divisors = List.copyOf(divisors);
            if (divisors.stream().anyMatch(each -> !(each > 0 && each < 1e9))) {
                throw new IllegalArgumentException("a divisor of the rotary frequencies is not positive: " + divisors);
            }
        }

        @Override
        public double apply(double theta, int pair) {
            return theta / divisors.get(pair);
        }
    }
}
