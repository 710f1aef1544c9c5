package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.model.Backend;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The highest logits as the device finds them, against a sort. */
@Tag("cuda")
class CandidateKernelTest {

    private KernelBench bench;

    @BeforeEach
    void open() throws CudaException {
        bench = new KernelBench(Driver.require(), 19);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
    }

    private Backend.Candidates[] find(float[] logits, int stride, int count) {
        return find(logits, stride, count, new double[logits.length / stride]);
    }

    private Backend.Candidates[] find(float[] logits, int stride, int count, double... temperatures) {
        CandidateFinder finder = new CandidateFinder(bench.gpu, temperatures.length, stride);
        return finder.find(bench.floats(logits), stride, temperatures, count);
    }

    private static void check(Backend.Candidates found, float[] logits, int from, int count) {
        // Comparing floats as boxes would put -0 behind 0; the lower id has to win.
        int[] wanted = IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -(logits[from + i] + 0.0))
                        .thenComparing(i -> i))
                .mapToInt(i -> i)
                .limit(64)
                .toArray();
        assertThat(found.ids()).containsExactly(wanted);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits[from + i] - (double) logits[from + wanted[0]]);
        }
        assertThat(found.logSum()).isCloseTo(logits[from + wanted[0]] + Math.log(sum), Offset.offset(1e-12));
        for (int i = 0; i < wanted.length; i++) {
            assertThat(found.logits()[i]).isEqualTo(logits[from + wanted[i]] + 0.0f);
        }
    }

    /** Fewer than are kept, one chunk, two, and so many that the chunks' best are more than a chunk. */
    @ParameterizedTest
    @ValueSource(ints = {1, 40, 4096, 4097, 262_208})
    void candidates_are_those_of_a_sort_and_so_is_what_they_are_compared_with(int count) {
        int stride = count + 3;
        float[] logits = KernelBench.random(2 * stride, count);
        // What lies behind the last token must not count.
        logits[stride - 1] = 1e9f;
        Backend.Candidates[] found = find(logits, stride, count);
        check(found[0], logits, 0, count);
        check(found[1], logits, stride, count);
    }

    /** Well within what is promised: the processor adds in another order, and from the row's highest logit, not each chunk's. */
    private static void checkPowers(double powers, float[] logits, int from, int count, double temperature) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, logits[from + i]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp((logits[from + i] - most) / temperature);
        }
        assertThat(powers).isCloseTo(sum, Offset.offset(powers * Backend.Candidates.powersError(count) / 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4097, 152_000})
    void powers_are_summed_up_for_the_temperature_of_each_row(int count) {
        int stride = count + 3;
        float[] logits = KernelBench.random(6 * stride, count);
        for (int i = 0; i < logits.length; i++) {
            // The highest of the chunks lie far apart.
            logits[i] = logits[i] * 5 - i % stride / 4096;
        }
        logits[5 * stride - 1] = 1e9f;
        double[] temperatures = {1, 0.7, 0, 1e-300, 1e-3, 100};
        Backend.Candidates[] found = find(logits, stride, count, temperatures);
        for (int row = 0; row < temperatures.length; row++) {
            if (temperatures[row] == 0) {
                assertThat(found[row].powers()).isNaN();
            } else {
                checkPowers(found[row].powers(), logits, row * stride, count, temperatures[row]);
            }
            assertThat(found[row].ids()).hasSize(Math.min(64, count));
        }
    }

    @Test
    void the_sum_tells_of_logits_that_are_no_numbers_wherever_they_are() {
        for (float wrong : new float[] {Float.NaN, Float.intBitsToFloat(0xffc00000), Float.POSITIVE_INFINITY}) {
            float[] one = new float[9000];
            one[4321] = wrong;
            assertThat(find(one, 9000, 9000, 0.5)[0].powers()).isNaN();
            float[] chunk = new float[9000];
            Arrays.fill(chunk, 4096, 8192, wrong);
            assertThat(find(chunk, 9000, 9000, 0.5)[0].powers()).isNaN();
        }
    }

    @Test
    void equal_logits_are_ordered_by_id_and_both_zeros_are_equal() {
        float[] logits = new float[9000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = i % 3 == 0 ? -0.0f : i % 3 == 1 ? 0.0f : -1.0f;
        }
        check(find(logits, 9000, 9000)[0], logits, 0, 9000);
    }

    @Test
    void what_is_ruled_out_comes_last_and_has_no_share() {
        float[] logits = new float[5000];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[4999] = -3;
        logits[7] = -4;
        Backend.Candidates found = find(logits, 5000, 5000, 2)[0];
        check(found, logits, 0, 5000);
        checkPowers(found.powers(), logits, 0, 5000, 2);
    }
}
