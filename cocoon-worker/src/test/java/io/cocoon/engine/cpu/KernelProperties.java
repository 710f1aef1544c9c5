package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.TestTensors;
import io.cocoon.engine.file.WeightType;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;

/** The loops with vectors against their plain twins, for sizes that vectors do not divide too. */
class KernelProperties {

    private static final Kernels PLAIN = new PlainKernels();
    private static final Kernels FAST = KernelChoice.fastest();

    private static float[] random(Random random, int n) {
        float[] all = new float[n];
        for (int i = 0; i < n; i++) {
            all[i] = (float) random.nextGaussian();
        }
        return all;
    }

    private static float[] product(Weights weights, float[] x, int tokens, int... cuts) {
        Arranged arranged = new Arranged();
        arranged.ensure(weights, tokens);
        for (int t = 0; t < tokens; t++) {
            weights.arrange(x, t * weights.columns(), arranged, t);
        }
        int stride = weights.rows() + 2;
        float[] out = new float[tokens * stride];
        Scratch scratch = new Scratch();
        int from = 0;
        for (int to : cuts) {
            if (from < to && to < weights.rows()) {
                weights.multiply(from, to, arranged, tokens, out, 1, stride, scratch);
                from = to;
            }
        }
        weights.multiply(from, weights.rows(), arranged, tokens, out, 1, stride, scratch);
        return out;
    }

    @Property(tries = 150)
    void products_are_those_of_the_plain_loops_and_do_not_depend_on_their_company(
            @ForAll WeightType type,
            @ForAll @IntRange(min = 1, max = 19) int rows,
            @ForAll @IntRange(min = 1, max = 40) int blocks,
            @ForAll @IntRange(min = 1, max = 10) int tokens,
            @ForAll long seed) {
        Random random = new Random(seed);
        int columns = type.blockWeights() == 1 ? blocks * 13 + 1 : blocks * type.blockWeights();
        Tensor tensor = TestTensors.random(type, rows, columns, seed);
        IntUnaryOperator backwards = row -> rows - 1 - row;
        Weights plain = PLAIN.load(tensor, backwards);
        Weights fast = FAST.load(tensor, backwards);
        float[] x = random(random, tokens * columns);

        float[] wanted = product(plain, x, tokens);
        float[] got = product(fast, x, tokens);

        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            plain.widen(r, row);
            for (int t = 0; t < tokens; t++) {
                double size = 1e-3;
                for (int i = 0; i < columns; i++) {
                    size += Math.abs(row[i] * x[t * columns + i]);
                }
                int at = t * (rows + 2) + 1 + r;
                assertThat(got[at]).isCloseTo(wanted[at], Offset.offset((float) (size * 3e-6)));
            }
        }
        assertThat(product(fast, x, tokens, 4, 12)).as("in three pieces").isEqualTo(got);
        for (int t = 0; t < tokens; t++) {
            float[] alone = product(fast, Arrays.copyOfRange(x, t * columns, (t + 1) * columns), 1);
            assertThat(Arrays.copyOfRange(got, t * (rows + 2), (t + 1) * (rows + 2)))
                    .as("token %d alone", t)
                    .isEqualTo(alone);
        }
    }

    @Property(tries = 60)
    void rows_widen_to_what_the_file_says(
            @ForAll WeightType type,
            @ForAll @IntRange(min = 1, max = 9) int rows,
            @ForAll @IntRange(min = 1, max = 40) int blocks,
            @ForAll long seed) {
        int columns = type.blockWeights() == 1 ? blocks * 13 + 1 : blocks * type.blockWeights();
        Tensor tensor = TestTensors.random(type, rows, columns, seed);
        Weights plain = PLAIN.load(tensor, IntUnaryOperator.identity());
        Weights fast = FAST.load(tensor, IntUnaryOperator.identity());
        for (int r = 0; r < rows; r++) {
            float[] wanted = new float[columns];
            float[] got = new float[columns];
            plain.widen(r, wanted);
            fast.widen(r, got);
            assertThat(got).isEqualTo(wanted);
        }
    }

    private static void close(float[] got, float[] wanted, float tolerance) {
        for (int i = 0; i < wanted.length; i++) {
            float most = tolerance * Math.max(1, Math.abs(wanted[i]));
            assertThat(got[i]).as("number %d", i).isCloseTo(wanted[i], Offset.offset(most));
        }
    }

    @Property(tries = 100)
    void norms_activations_and_shares_are_those_of_the_plain_loops(
            @ForAll @IntRange(min = 1, max = 200) int n, @ForAll boolean gelu, @ForAll long seed) {
        float[] x = random(new Random(seed), 2 * n + 3);
        for (int i = 0; i < x.length; i++) {
            x[i] *= i % 7 == 0 ? 30 : 1;
        }
        float[] wanted = new float[n + 5];
        float[] got = new float[n + 5];

        PLAIN.gate(x, 3, n, gelu, wanted, 2);
        FAST.gate(x, 3, n, gelu, got, 2);
        close(got, wanted, 2e-6f);

        PLAIN.rmsNorm(x, 3, Arrays.copyOf(x, n), 1e-6, wanted, 2);
        FAST.rmsNorm(x, 3, Arrays.copyOf(x, n), 1e-6, got, 2);
        close(got, wanted, 2e-6f);

        wanted = x.clone();
        PLAIN.softmax(wanted, 3, n);
        PLAIN.add(wanted, x, 0, n);
        got = x.clone();
        FAST.softmax(got, 3, n);
        FAST.add(got, x, 0, n);
        close(got, wanted, 2e-6f);
    }

    @Property(tries = 100)
    void attention_is_that_of_the_plain_loops(
            @ForAll @IntRange(min = 1, max = 70) int half,
            @ForAll @IntRange(min = 1, max = Kernels.PAGE) int count,
            @ForAll long seed) {
        int size = 2 * half;
        int stride = size + 5;
        Random random = new Random(seed);
        float[] q = random(random, size + 1);
        float[] page = random(random, 2 + Kernels.PAGE * stride);
        float[] wanted = new float[Kernels.PAGE + 3];
        float[] got = new float[Kernels.PAGE + 3];

        PLAIN.scores(q, 1, size, page, 2, 0.125f, wanted, 3);
        FAST.scores(q, 1, size, page, 2, 0.125f, got, 3);
        close(got, wanted, 5e-6f);

        float[] sum = random(random, size + 4);
        float[] fast = sum.clone();
        PLAIN.mix(wanted, 3, count, page, 2, stride, sum, 4, size);
        FAST.mix(wanted, 3, count, page, 2, stride, fast, 4, size);
        close(fast, sum, 5e-6f);
    }
}
