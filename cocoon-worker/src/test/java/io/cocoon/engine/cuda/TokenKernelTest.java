package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.TestTensors;
import io.cocoon.engine.file.WeightType;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels that take one token at a time, against plain Java. */
@Tag("cuda")
class TokenKernelTest {

    private static final double EPS = 1e-6;
    private static final Offset<Double> CLOSE = Offset.offset(1e-4);

    private KernelBench bench;

    @BeforeEach
    void open() throws CudaException {
        bench = new KernelBench(Driver.require(), 11);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void an_embedding_is_the_row_of_its_id(WeightType type) {
        Tensor tensor = TestTensors.random(type, 50, 256, 1);
        DeviceMatrix matrix = new WeightPacker(bench.gpu)
                .upload(WeightFormat.of(type), 50, 256, row -> new WeightPacker.Source(tensor, row));
        int[] ids = {0, 49, 17, 31, 32};
        Gpu.Region x = bench.gpu.allocate(ids.length * 256 * 4L);
        bench.gpu.launch(
                Kernel.EMBED,
                Gpu.Grid.of(ids.length),
                128,
                0,
                matrix.values().address(),
                matrix.scales().address(),
                matrix.minima().address(),
                bench.ints(ids).address(),
                x.address(),
                matrix.format().ordinal(),
                256,
                Double.doubleToRawLongBits(3));
        float[] out = bench.floats(x);
        RowReader reader = new RowReader(256);
        for (int t = 0; t < ids.length; t++) {
            reader.readFloats(tensor, ids[t]);
            for (int i = 0; i < 256; i++) {
                float value = reader.floats[i];
                boolean rounded = matrix.format() == WeightFormat.BF16;
                assertThat(out[t * 256 + i]).isEqualTo((rounded ? Halves.roundToBfloat(value) : value) * 3);
            }
        }
    }

    private static double factor(float[] x, int from, int size) {
        double squares = 0;
        for (int i = 0; i < size; i++) {
            squares += (double) x[from + i] * x[from + i];
        }
        return 1 / Math.sqrt(squares / size + EPS);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 160, 1056})
    void norms_are_those_of_plain_java_and_rows_can_be_chosen(int columns) {
        float[] x = KernelBench.random(5 * columns, 1);
        float[] weight = KernelBench.random(columns, 2);
        for (int[] rows : new int[][] {{}, {4, 0}}) {
            int count = rows.length == 0 ? 5 : rows.length;
            Gpu.Region out = bench.gpu.allocate(KernelBench.activationBytes(count, columns));
            bench.gpu.launch(
                    Kernel.NORM,
                    Gpu.Grid.of(count),
                    256,
                    32,
                    bench.floats(x).address(),
                    bench.floats(weight).address(),
                    rows.length == 0 ? 0 : bench.ints(rows).address(),
                    out.address(),
                    columns,
                    Double.doubleToRawLongBits(EPS));
            float[] normed = bench.activations(out, count, columns);
            for (int i = 0; i < normed.length; i++) {
                int row = rows.length == 0 ? i / columns : rows[i / columns];
                double wanted =
                        x[row * columns + i % columns] * factor(x, row * columns, columns) * weight[i % columns];
                assertThat((double) normed[i]).isCloseTo(wanted, CLOSE);
            }
        }
    }

    @Test
    void a_normed_vector_is_added_to_the_residual_stream() {
        float[] x = KernelBench.random(3 * 96, 1);
        float[] weight = KernelBench.random(96, 2);
        float[] before = KernelBench.random(3 * 96, 3);
        Gpu.Region out = bench.floats(before);
        bench.gpu.launch(
                Kernel.ADD_NORMED,
                Gpu.Grid.of(3),
                64,
                32,
                bench.floats(x).address(),
                bench.floats(weight).address(),
                0,
                out.address(),
                96,
                Double.doubleToRawLongBits(EPS));
        float[] after = bench.floats(out);
        for (int i = 0; i < after.length; i++) {
            double wanted = before[i] + x[i] * factor(x, i / 96 * 96, 96) * weight[i % 96];
            assertThat((double) after[i]).isCloseTo(wanted, CLOSE);
        }
    }

    @Test
    void angles_are_right_at_the_end_of_a_long_context() {
        int[] positions = {0, 1, 4096, 131_071};
        double[] frequencies = {1, 0.3, 1e-4, 0.5, 0.25, 1e-6};
        Gpu.Region out = bench.gpu.allocate(2 * 4 * 3 * 2 * 4L);
        bench.gpu.launch(
                Kernel.ANGLES,
                Gpu.Grid.of(4, 2),
                32,
                0,
                bench.ints(positions).address(),
                bench.doubles(frequencies).address(),
                out.address(),
                3);
        float[] angles = bench.floats(out);
        for (int i = 0; i < angles.length / 2; i++) {
            double angle = positions[i / 3 % 4] * frequencies[i / 12 * 3 + i % 3];
            assertThat((double) angles[2 * i]).isCloseTo(Math.cos(angle), Offset.offset(1e-7));
            assertThat((double) angles[2 * i + 1]).isCloseTo(Math.sin(angle), Offset.offset(1e-7));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void heads_are_normalised_then_rotated_and_keys_and_values_kept_in_their_page(boolean normed) {
        int size = 24;
        int heads = 3;
        int keyHeads = 2;
        int tokens = 2;
        int pages = 4;
        int stride = (heads + 2 * keyHeads) * size;
        float[] qkv = KernelBench.random(tokens * stride, 1);
        float[] queryNorm = KernelBench.random(size, 2);
        float[] keyNorm = KernelBench.random(size, 3);
        float[] angles = KernelBench.random(tokens * size, 4);
        int[] positions = {5, 33};
        int[] starts = {1, 2};
        int[] tables = {9, 3, 9, 9, 1};
        for (boolean exact : new boolean[] {true, false}) {
            Gpu.Region inPlace = bench.floats(qkv);
            Gpu.Region pool = bench.gpu.allocate(2L * pages * 2 * keyHeads * 16 * size * (exact ? 4 : 2));
            bench.gpu.launch(
                    exact ? Kernel.HEADS_FLOAT : Kernel.HEADS_BF16,
                    Gpu.Grid.of(heads + 2 * keyHeads, tokens),
                    32,
                    size * 4,
                    inPlace.address(),
                    normed ? bench.floats(queryNorm).address() : 0,
                    normed ? bench.floats(keyNorm).address() : 0,
                    bench.floats(angles).address(),
                    pool.address(),
                    1,
                    pages,
                    bench.ints(positions).address(),
                    bench.ints(starts).address(),
                    bench.ints(tables).address(),
                    heads,
                    keyHeads,
                    size,
                    Double.doubleToRawLongBits(EPS));
            float[] out = bench.parts(inPlace);
            float[] kept = exact ? bench.floats(pool) : bench.bfloats(pool);
            for (int i = 0; i < tokens * (heads + 2 * keyHeads); i++) {
                int token = i / (heads + 2 * keyHeads);
                int head = i % (heads + 2 * keyHeads);
                int page = tables[starts[token] + positions[token] / 16];
                int slot = positions[token] % 16;
                float @Nullable [] norm =
                        !normed || head >= heads + keyHeads ? null : head < heads ? queryNorm : keyNorm;
                double[] wanted = head < heads + keyHeads
                        ? rotated(qkv, i * size, size, norm, angles, token * size)
                        : plain(qkv, i * size, size);
                for (int d = 0; d < size; d++) {
                    double seen;
                    if (head < heads) {
                        seen = out[i * size + d];
                    } else {
                        int which = head < heads + keyHeads ? 0 : 1;
                        int base = (((pages + page) * 2 + which) * keyHeads + (head - heads) % keyHeads) * 16 * size;
                        seen = kept[base + (which == 0 ? (d / 8 * 16 + slot) * 8 + d % 8 : d * 16 + slot)];
                    }
                    // Queries are in two parts, keys and values in one or as they are.
                    double bits = head < heads ? 1 << 16 : exact ? 1 << 24 : 256;
                    double off = Math.abs(wanted[d]) / bits;
                    assertThat(seen).isCloseTo(wanted[d], Offset.offset(1e-5 + off));
                }
            }
        }
    }

    private static double[] plain(float[] x, int from, int size) {
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = x[from + i];
        }
        return values;
    }

    private static double[] rotated(float[] x, int from, int size, float @Nullable [] norm, float[] angles, int angle) {
        double[] values = plain(x, from, size);
        for (int i = 0; i < size && norm != null; i++) {
            values[i] *= factor(x, from, size) * norm[i];
        }
        for (int i = 0; i < size / 2; i++) {
            double cos = angles[angle + 2 * i];
            double sin = angles[angle + 2 * i + 1];
            double a = values[i];
            double b = values[size / 2 + i];
            values[i] = a * cos - b * sin;
            values[size / 2 + i] = b * cos + a * sin;
        }
        return values;
    }

    @Test
    void the_highest_logit_wins_and_the_lowest_id_at_ties() {
        int stride = 1000;
        float[] logits = KernelBench.random(4 * stride, 1);
        logits[stride - 1] = 99;
        logits[stride + 700] = 50;
        logits[stride + 300] = 50;
        logits[2 * stride + 899] = 60;
        logits[2 * stride + 900] = 61;
        for (int i = 0; i < 900; i++) {
            logits[3 * stride + i] = Float.NEGATIVE_INFINITY;
        }
        assertThat(highest(logits, stride, 1000)).containsExactly(999, 300, 900, 900 + first(logits, 3900, 100));
        assertThat(highest(logits, stride, 900)[1]).isEqualTo(300);
        assertThat(highest(logits, stride, 900)[2]).isEqualTo(899);
        assertThat(highest(logits, stride, 900)[3]).isZero();
        assertThat(highest(logits, stride, 1)).containsExactly(0, 0, 0, 0);
    }

    private static int first(float[] values, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            best = values[from + i] > values[from + best] ? i : best;
        }
        return best;
    }

    private int[] highest(float[] logits, int stride, int limit) {
        int rows = logits.length / stride;
        Gpu.Region ids = bench.gpu.allocate(4L * rows);
        bench.gpu.launch(
                Kernel.HIGHEST,
                Gpu.Grid.of(rows),
                128,
                32,
                bench.floats(logits).address(),
                ids.address(),
                stride,
                limit);
        return bench.ints(ids);
    }

    @Test
    void reading_all_memory_reads_all_of_it() {
        int[] values = new Random(1).ints(4 * 1000).toArray();
        Gpu.Region out = bench.gpu.allocate(4L * 3 * 64);
        bench.gpu.launch(
                Kernel.READ_ALL, Gpu.Grid.of(3), 64, 0, bench.ints(values).address(), out.address(), 1000);
        int wanted = 0;
        for (int i = 0; i < 1000; i++) {
            wanted += values[4 * i] ^ values[4 * i + 1] ^ values[4 * i + 2] ^ values[4 * i + 3];
        }
        assertThat(Arrays.stream(bench.ints(out)).sum()).isEqualTo(wanted);
    }
}
