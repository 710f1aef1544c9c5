package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.Halves;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Attention over pages in any order, against a softmax in double precision; in pieces and in one, in tiles of many tokens and
 * of one, to the same bit.
 */
@Tag("cuda")
class AttentionKernelTest {

    private static final int LAYERS = 2;
    private static final int LAYER = 1;
    private static final double SCALE = 0.25;

    /** Runs of tokens of one sequence, around the borders of pages (16) and of pieces (128). */
    private static final int[][] RUNS = {{0, 3}, {12, 25}, {126, 131}, {270, 301}};

    private static final int[] POSITIONS = Arrays.stream(RUNS)
            .flatMapToInt(run -> IntStream.range(run[0], run[1]))
            .toArray();

    private KernelBench bench;

    @BeforeEach
    void open() throws CudaException {
        bench = new KernelBench(Driver.require(), 13);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4, 4, 8, 0",
        "4, 2, 32, 0",
        "4, 2, 32, 5",
        "8, 2, 136, 130",
        "12, 1, 16, 0",
        "20, 1, 24, 16",
        "2, 1, 256, 16"
    })
    void every_position_sees_all_keys_up_to_its_own_or_its_window(int heads, int keyHeads, int size, int window) {
        for (boolean exact : new boolean[] {true, false}) {
            check(heads, keyHeads, size, window, exact);
        }
    }

    private void check(int heads, int keyHeads, int size, int window, boolean exact) {
        int tokens = POSITIONS.length;
        int used = 301 / 16 + 1;
        int pages = used + 3;
        int[] table = new Random(3).ints(0, pages).distinct().limit(used).toArray();
        float[] pool = KernelBench.random(LAYERS * pages * 2 * keyHeads * 16 * size, 4);
        float[] q = KernelBench.random(tokens * heads * size, 5);
        Gpu.Region cache = exact ? bench.floats(pool) : rounded(pool);
        float[] whole = attend(heads, keyHeads, size, window, exact, q, cache, pages, table, 1, 1);
        float[] inPieces = attend(heads, keyHeads, size, window, exact, q, cache, pages, table, 4, 1);
        assertThat(inPieces).containsExactly(whole);
        for (int rows : ForwardPass.attentionBytes(32, size) <= 48 << 10 ? new int[] {16, 32} : new int[] {16}) {
            float[] inTiles = attend(heads, keyHeads, size, window, exact, q, cache, pages, table, 1, rows);
            assertThat(inTiles).as("tiles of %d rows", rows).containsExactly(whole);
        }

        for (int i = 0; i < tokens * heads; i++) {
            int position = POSITIONS[i / heads];
            int keyHead = i % heads / (heads / keyHeads);
            double[] wanted = twin(
                    q,
                    i * size,
                    pool,
                    (LAYER * pages * 2 * keyHeads + keyHead) * 16 * size,
                    keyHeads,
                    size,
                    table,
                    window == 0 ? 0 : Math.max(0, position - window + 1),
                    position);
            for (int d = 0; d < size; d++) {
                assertThat((double) whole[i * size + d])
                        .as("head %d, position %d", i % heads, position)
                        .isCloseTo(wanted[d], Offset.offset(1e-4));
            }
        }
    }

    /** Rounds in place, so that the twin sees the same numbers. */
    private Gpu.Region rounded(float[] values) {
        ByteBuffer staged = Gpu.direct(values.length * 2);
        for (int i = 0; i < values.length; i++) {
            values[i] = Halves.roundToBfloat(values[i]);
            staged.putShort(2 * i, Halves.toBfloat(values[i]));
        }
        Gpu.Region region = bench.gpu.allocate(staged.capacity());
        bench.gpu.upload(region, 0, staged, staged.capacity());
        return region;
    }

    private float[] attend(
            int heads,
            int keyHeads,
            int size,
            int window,
            boolean exact,
            float[] q,
            Gpu.Region cache,
            int pages,
            int[] table,
            int kept,
            int rows) {
        int tokens = POSITIONS.length;
        int sharedBy = Math.min(16, heads / keyHeads);
        // With one row for each head of a token there is one token in each tile.
        int[] tiles = tiles(Math.max(1, rows / sharedBy));
        Gpu.Region pieces = bench.gpu.allocate(4L * tokens * heads * kept * (size + 2));
        Gpu.Region out = bench.gpu.allocate(KernelBench.activationBytes(tokens, heads * size));
        long[] fields = {
            bench.parts(q).address(),
            (long) heads * size,
            cache.address(),
            LAYER,
            pages,
            bench.ints(POSITIONS).address(),
            bench.ints(new int[tokens]).address(),
            bench.ints(tiles).address(),
            bench.ints(table).address(),
            window,
            Double.doubleToRawLongBits(SCALE),
            pieces.address(),
            kept,
            tokens,
            heads,
            keyHeads,
            size,
            out.address()
        };
        int groups = (heads / keyHeads + 15) / 16;
        Kernel small = exact ? Kernel.ATTEND_FLOAT_16 : Kernel.ATTEND_BF16_16;
        Kernel large = exact ? Kernel.ATTEND_FLOAT_32 : Kernel.ATTEND_BF16_32;
        bench.gpu.launch(
                rows == 32 ? large : small,
                new Gpu.Grid(keyHeads * groups, tiles.length, kept),
                128,
                ForwardPass.attentionBytes(rows == 32 ? 32 : 16, size),
                Arrays.copyOf(fields, 17));
        bench.gpu.launch(Kernel.MERGE, Gpu.Grid.of(heads, tokens), 32, 0, fields);
        return bench.activations(out, tokens, heads * size);
    }

    /** Where tiles begin, none of which reaches over the end of a run. */
    private static int[] tiles(int longest) {
        List<Integer> firsts = new ArrayList<>();
        int before = 0;
        for (int[] run : RUNS) {
            for (int i = 0; i < run[1] - run[0]; i += longest) {
                firsts.add(before + i);
            }
            before += run[1] - run[0];
        }
        return firsts.stream().mapToInt(each -> each).toArray();
    }

    private static double[] twin(
            float[] q, int at, float[] pool, int layer, int keyHeads, int size, int[] table, int first, int last) {
        double[] scores = new double[last + 1];
        double highest = Double.NEGATIVE_INFINITY;
        for (int p = first; p <= last; p++) {
            int keys = layer + table[p / 16] * 2 * keyHeads * 16 * size;
            for (int d = 0; d < size; d++) {
                scores[p] += SCALE * q[at + d] * pool[keys + (d / 8 * 16 + p % 16) * 8 + d % 8];
            }
            highest = Math.max(highest, scores[p]);
        }
        double[] sum = new double[size];
        double all = 0;
        for (int p = first; p <= last; p++) {
            double share = Math.exp(scores[p] - highest);
            all += share;
            int values = layer + (table[p / 16] * 2 + 1) * keyHeads * 16 * size;
            for (int d = 0; d < size; d++) {
                sum[d] += share * pool[values + d * 16 + p % 16];
            }
        }
        for (int d = 0; d < size; d++) {
            sum[d] /= all;
        }
        return sum;
    }
}
