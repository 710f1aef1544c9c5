package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.TestTensors;
import io.cocoon.engine.file.WeightType;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;

/** Products with rounded activations against activations that the test rounds itself. Without vectors nothing is rounded. */
class RoundingProperties {

    private static final Kernels PLAIN = new PlainKernels();
    private static final Kernels ROUNDING = Activations.ROUNDED.kernels();
    private static final boolean IS_ROUNDING = !(ROUNDING instanceof PlainKernels);

    @Provide
    Arbitrary<WeightType> types() {
        return Arbitraries.of(WeightType.Q4_0, WeightType.Q4_K);
    }

    private static float[] activations(Random random, int n) {
        float[] all = new float[n];
        for (int i = 0; i < n; i++) {
            // Parts of zeros, very different parts, and numbers that stand out in theirs.
            double size = i / 32 % 5 == 0 ? 0 : Math.pow(10, i / 32 % 7 - 3);
            all[i] = (float) (random.nextGaussian() * size * (random.nextInt(40) == 0 ? 30 : 1));
        }
        return all;
    }

    /** Rounds to 8 bits by 32, as llama.cpp does. */
    private static double[] rounded(float[] x, int from, int n) {
        double[] all = new double[n];
        for (int part = 0; part < n; part += 32) {
            float most = 0;
            for (int i = 0; i < 32; i++) {
                most = Math.max(most, Math.abs(x[from + part + i]));
            }
            float scale = most / 127;
            for (int i = 0; i < 32 && scale > 0; i++) {
                all[part + i] = Math.rint((double) x[from + part + i] * (1 / scale)) * scale;
            }
        }
        return all;
    }

    private static float[] product(Weights weights, float[] x, int tokens, int cut) {
        Arranged arranged = new Arranged();
        arranged.ensure(weights, tokens);
        for (int t = 0; t < tokens; t++) {
            weights.arrange(x, t * weights.columns(), arranged, t);
        }
        float[] out = new float[tokens * (weights.rows() + 2)];
        Scratch scratch = new Scratch();
        int first = Math.min(cut * weights.rowsTogether(), weights.rows());
        weights.multiply(0, first, arranged, tokens, out, 1, weights.rows() + 2, scratch);
        weights.multiply(first, weights.rows(), arranged, tokens, out, 1, weights.rows() + 2, scratch);
        return out;
    }

    @Property(tries = 80)
    void products_are_those_of_rounded_activations_and_do_not_depend_on_their_company(
            @ForAll("types") WeightType type,
            @ForAll @IntRange(min = 1, max = 150) int rows,
            @ForAll @IntRange(min = 1, max = 40) int blocks,
            @ForAll @IntRange(min = 1, max = 7) int tokens,
            @ForAll long seed) {
        int columns = blocks * type.blockWeights();
        Tensor tensor = TestTensors.random(type, rows, columns, seed);
        IntUnaryOperator backwards = row -> rows - 1 - row;
        Weights plain = PLAIN.load(tensor, backwards);
        Weights weights = ROUNDING.load(tensor, backwards);
        float[] x = activations(new Random(seed), tokens * columns);

        float[] got = product(weights, x, tokens, 0);

        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            plain.widen(r, row);
            for (int t = 0; t < tokens; t++) {
                double wanted = 0;
                double size = 1e-6;
                double[] each = rounded(x, t * columns, columns);
                for (int i = 0; i < columns; i++) {
                    double exact = x[t * columns + i];
                    wanted += row[i] * (IS_ROUNDING ? each[i] : exact);
                    size += Math.abs(row[i] * exact);
                }
                assertThat((double) got[t * (rows + 2) + 1 + r]).isCloseTo(wanted, Offset.offset(size * 1e-5));
            }
        }
        assertThat(product(weights, x, tokens, 1)).as("in two pieces").isEqualTo(got);
        for (int t = 0; t < tokens; t++) {
            float[] alone = product(weights, Arrays.copyOfRange(x, t * columns, (t + 1) * columns), 1, 0);
            assertThat(Arrays.copyOfRange(got, t * (rows + 2), (t + 1) * (rows + 2)))
                    .as("token %d alone", t)
                    .isEqualTo(alone);
        }
    }

    @Property(tries = 30)
    void rows_widen_to_what_the_file_says_and_take_the_memory_that_was_stated(
            @ForAll("types") WeightType type,
            @ForAll @IntRange(min = 1, max = 150) int rows,
            @ForAll @IntRange(min = 1, max = 12) int blocks,
            @ForAll long seed) {
        Tensor tensor = TestTensors.random(type, rows, blocks * type.blockWeights(), seed);
        Weights plain = PLAIN.load(tensor, IntUnaryOperator.identity());
        Weights weights = ROUNDING.load(tensor, IntUnaryOperator.identity());
        float[] wanted = new float[plain.columns()];
        float[] got = new float[plain.columns()];
        for (int r = 0; r < rows; r++) {
            plain.widen(r, wanted);
            weights.widen(r, got);
            assertThat(got).isEqualTo(wanted);
        }
        long padded = (rows + weights.rowsTogether() - 1) / weights.rowsTogether() * weights.rowsTogether();
        assertThat(ROUNDING.bytes(tensor))
                .isBetween(PLAIN.bytes(tensor), padded * PLAIN.bytes(tensor) / rows * 19 / 18 + 1);
    }

    @Property(tries = 30)
    void a_number_that_is_none_makes_all_results_none(
            @ForAll("types") WeightType type,
            @ForAll @IntRange(min = 0, max = 511) int at,
            @ForAll boolean isInfinite) {
        Tensor tensor = TestTensors.random(type, 70, 512, at);
        float[] x = activations(new Random(at), 512);
        x[at] = isInfinite ? Float.POSITIVE_INFINITY : Float.NaN;

        float[] got = product(ROUNDING.load(tensor, IntUnaryOperator.identity()), x, 1, 0);

        for (int r = 0; r < 70; r++) {
            assertThat(Float.isFinite(got[1 + r])).as("row %d", r).isFalse();
        }
    }

    @Property(tries = 30)
    void numbers_of_any_size_keep_it(
            @ForAll("types") WeightType type, @ForAll @IntRange(min = -15, max = 30) int power) {
        Tensor tensor = TestTensors.random(type, 70, 256, power);
        float[] x = activations(new Random(power), 256);
        float[] scaled = new float[256];
        for (int i = 0; i < 256; i++) {
            scaled[i] = (float) (x[i] * Math.pow(2, 2 * power));
        }
        Weights weights = ROUNDING.load(tensor, IntUnaryOperator.identity());

        float[] wanted = product(weights, x, 1, 0);
        float[] got = product(weights, scaled, 1, 0);

        for (int r = 1; r <= 70; r++) {
            assertThat(got[r]).isEqualTo((float) (wanted[r] * Math.pow(2, 2 * power)));
        }
    }
}
