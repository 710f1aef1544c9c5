package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.TestTensors;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Fp8Form;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of each weight format against sums in double precision. */
@Tag("cuda")
class ProductKernelTest {

    /** A product of activations in two parts is right to 16 bits. */
    private static final double RELATIVE = 1.0 / (1 << 14);

    private KernelBench bench;

    @BeforeEach
    void open() throws CudaException {
        bench = new KernelBench(Driver.require(), 7);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
    }

    private DeviceMatrix upload(Tensor tensor) {
        return new WeightPacker(bench.gpu)
                .upload(
                        WeightFormat.of(tensor.type()),
                        (int) tensor.rows(),
                        (int) tensor.columns(),
                        row -> new WeightPacker.Source(tensor, row));
    }

    private static float[][] rows(Tensor tensor) {
        RowReader reader = new RowReader((int) tensor.columns());
        float[][] rows = new float[(int) tensor.rows()][];
        for (int i = 0; i < rows.length; i++) {
            reader.readFloats(tensor, i);
            rows[i] = reader.floats.clone();
            if (WeightFormat.of(tensor.type()) == WeightFormat.BF16) {
                for (int j = 0; j < rows[i].length; j++) {
                    rows[i][j] = Halves.roundToBfloat(rows[i][j]);
                }
            }
        }
        return rows;
    }

    /** The twin: a product in double, and the sum of magnitudes that its error is measured by. */
    private static double[] dot(float[] row, float[] x, int at) {
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < row.length; i++) {
            sum += (double) row[i] * x[at + i];
            magnitude += Math.abs((double) row[i] * x[at + i]);
        }
        return new double[] {sum, magnitude};
    }

    private float[] multiply(DeviceMatrix matrix, float[] x, float[] before, float[] bias, DeviceMatrix.Mode mode) {
        int tokens = x.length / matrix.columns();
        Gpu.Region out = bench.floats(before);
        matrix.multiply(
                bench.gpu,
                bench.activations(x, matrix.columns()).address(),
                out.address(),
                bias.length == 0 ? 0 : bench.floats(bias).address(),
                tokens,
                matrix.rows(),
                mode,
                bench.gpu.allocate(4L * tokens * matrix.cuts() * matrix.rows()).address());
        return bench.floats(out);
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void products_are_those_of_double_precision_for_few_and_many_tokens(WeightType type) {
        for (int[] size : new int[][] {{40, 256, 1}, {70, 768, 8}, {33, 512, 9}, {16, 256, 33}}) {
            Tensor tensor = TestTensors.random(type, size[0], size[1], size[2]);
            float[][] weights = rows(tensor);
            float[] x = KernelBench.random(size[1] * size[2], 5);
            float[] bias = KernelBench.random(size[0], 6);
            float[] fresh = new float[size[0] * size[2]];
            Arrays.fill(fresh, Float.NaN);
            float[] out = multiply(upload(tensor), x, fresh, bias, DeviceMatrix.Mode.STORE);
            for (int t = 0; t < size[2]; t++) {
                for (int r = 0; r < size[0]; r++) {
                    double[] wanted = dot(weights[r], x, t * size[1]);
                    assertThat((double) out[t * size[0] + r])
                            .as("%s, row %d, token %d of %d", type, r, t, size[2])
                            .isCloseTo(wanted[0] + bias[r], Offset.offset(RELATIVE * (wanted[1] + 1)));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void a_token_in_company_has_the_same_bits_as_alone(WeightType type) {
        Tensor tensor = TestTensors.random(type, 32, 1024, 3);
        DeviceMatrix matrix = upload(tensor);
        float[] x = KernelBench.random(1024 * 35, 4);
        float[] none = {};
        float[] together = multiply(matrix, x, new float[32 * 35], none, DeviceMatrix.Mode.STORE);
        for (int token : new int[] {0, 7, 8, 31, 34}) {
            float[] alone = multiply(
                    matrix,
                    Arrays.copyOfRange(x, token * 1024, (token + 1) * 1024),
                    new float[32],
                    none,
                    DeviceMatrix.Mode.STORE);
            assertThat(alone).containsExactly(Arrays.copyOfRange(together, token * 32, (token + 1) * 32));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT4"})
    void floats_made_whole_numbers_are_near_what_they_were_and_multiplied_as_what_they_are(WeightFormat format) {
        Tensor tensor = TestTensors.random(WeightType.F32, 48, 256, 1);
        DeviceMatrix matrix =
                new WeightPacker(bench.gpu).upload(format, 48, 256, row -> new WeightPacker.Source(tensor, row));
        float[] x = KernelBench.random(256 * 9, 2);
        float[] out = multiply(matrix, x, new float[48 * 9], new float[0], DeviceMatrix.Mode.STORE);
        RowReader reader = new RowReader(256);
        int offset = format == WeightFormat.INT4 ? 8 : 0;
        int steps = format == WeightFormat.INT4 ? 7 : 127;
        for (int r = 0; r < 48; r++) {
            reader.readWhole(tensor, r, format);
            float[] row = new float[256];
            for (int i = 0; i < row.length; i++) {
                row[i] = (reader.whole[i] - offset) * reader.scales[i / 32];
                // Numbers are -1 to 1; the largest one of a group may be cut off.
                assertThat(row[i]).isCloseTo(reader.floats[i], Offset.offset(1.1f / steps));
            }
            for (int t = 0; t < 9; t++) {
                double[] wanted = dot(row, x, t * 256);
                assertThat((double) out[t * 48 + r]).isCloseTo(wanted[0], Offset.offset(RELATIVE * (wanted[1] + 1)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void large_blocks_give_the_bits_of_small_ones(WeightType type) {
        // Cut and not; rows and tokens that end within a block.
        for (int[] size : new int[][] {{160, 1024, 70}, {40, 256, 64}}) {
            DeviceMatrix matrix = upload(TestTensors.random(type, size[0], size[1], 1));
            Gpu.Region x = bench.activations(KernelBench.random(size[1] * size[2], 2), size[1]);
            Gpu.Region bias = bench.floats(KernelBench.random(size[0], 3));
            for (DeviceMatrix.Mode mode : DeviceMatrix.Mode.values()) {
                boolean gated = mode.ordinal() >= DeviceMatrix.Mode.GATED_SILU.ordinal();
                if (gated && size[0] % 32 != 0) {
                    continue;
                }
                float[][] out = new float[2][];
                for (int large = 0; large < 2; large++) {
                    Gpu.Region to = gated
                            ? bench.gpu.allocate(KernelBench.activationBytes(size[2], size[0] / 2))
                            : bench.floats(KernelBench.random(size[0] * size[2], 4));
                    Gpu.Region shares = bench.gpu.allocate(4L * size[2] * matrix.cuts() * size[0]);
                    matrix.multiply(
                            bench.gpu,
                            x.address(),
                            to.address(),
                            gated ? 0 : bias.address(),
                            size[2],
                            gated ? 0 : size[0],
                            mode,
                            shares.address(),
                            large == 1);
                    out[large] = gated ? bench.activations(to, size[2], size[0] / 2) : bench.floats(to);
                }
                assertThat(out[1]).as("%s, %s", type, mode).containsExactly(out[0]);
            }
        }
    }

    /** Warps and cuts begin within a group of 128 columns, and the last group is not full. */
    @Test
    void a_scale_belongs_to_its_128_columns_wherever_the_columns_are_cut() {
        for (int[] size : new int[][] {{40, 96, 3}, {33, 1056, 9}, {70, 4192, 2}, {40, 160, 64}}) {
            Tensor tensor = TestTensors.random(WeightType.FP8, size[0], size[1], size[2]);
            DeviceMatrix matrix = upload(tensor);
            float[][] weights = rows(tensor);
            float[] x = KernelBench.random(size[1] * size[2], 5);
            float[] out = multiply(matrix, x, new float[size[0] * size[2]], new float[0], DeviceMatrix.Mode.STORE);
            for (int i = 0; i < out.length; i++) {
                double[] wanted = dot(weights[i % size[0]], x, i / size[0] * size[1]);
                assertThat((double) out[i])
                        .as("%d columns, row %d, token %d", size[1], i % size[0], i / size[0])
                        .isCloseTo(wanted[0], Offset.offset(RELATIVE * (wanted[1] + 1)));
            }
        }
    }

    @Test
    void every_number_of_8_bits_is_multiplied_as_what_it_is() {
        byte[] codes = new byte[2 * 256];
        for (int code = 0; code < 256; code++) {
            codes[code] = (byte) (code % 128 == 127 ? 0 : code);
            codes[256 + 255 - code] = codes[code];
        }
        DeviceMatrix matrix = upload(TestTensors.fp8(codes, 256, 0.25f));
        // A one for each column, in a token of its own.
        float[] x = new float[256 * 256];
        for (int token = 0; token < 256; token++) {
            x[token * 256 + token] = 1;
        }
        Gpu.Region activations = bench.activations(x, 256);
        Gpu.Region shares = bench.gpu.allocate(4L * 256 * matrix.cuts() * 2);
        for (boolean large : new boolean[] {false, true}) {
            Gpu.Region out = bench.floats(new float[2 * 256]);
            matrix.multiply(
                    bench.gpu,
                    activations.address(),
                    out.address(),
                    0,
                    256,
                    2,
                    DeviceMatrix.Mode.STORE,
                    shares.address(),
                    large);
            float[] products = bench.floats(out);
            for (int i = 0; i < products.length; i++) {
                int code = codes[i % 2 * 256 + i / 2] & 0xff;
                assertThat(products[i]).as("0x%02x", code).isEqualTo((float) Fp8Form.value(code) / 4);
            }
        }
    }

    @Test
    void columns_of_a_matrix_with_few_rows_are_cut_and_what_is_cut_is_added() {
        Tensor tensor = TestTensors.random(WeightType.Q8_0, 70, 4096, 1);
        DeviceMatrix matrix = upload(tensor);
        assertThat(matrix.cuts()).isEqualTo(8);
        float[] x = KernelBench.random(4096 * 9, 2);
        float[] bias = KernelBench.random(70, 3);
        float[] before = KernelBench.random(70 * 9, 4);
        float[] plain = multiply(matrix, x, new float[70 * 9], bias, DeviceMatrix.Mode.STORE);
        float[] added = multiply(matrix, x, before, bias, DeviceMatrix.Mode.ADD);
        float[][] weights = rows(tensor);
        for (int i = 0; i < plain.length; i++) {
            double[] wanted = dot(weights[i % 70], x, i / 70 * 4096);
            assertThat((double) plain[i])
                    .isCloseTo(wanted[0] + bias[i % 70], Offset.offset(RELATIVE * (wanted[1] + 1)));
            assertThat(added[i]).isEqualTo(before[i] + plain[i]);
        }
    }

    @Test
    void a_matrix_with_rows_for_a_whole_card_is_not_cut() {
        Gpu.Region none = Gpu.Region.NONE;
        assertThat(new DeviceMatrix(WeightFormat.BF16, 4096, 4096, none, none, none).cuts())
                .isEqualTo(1);
        assertThat(new DeviceMatrix(WeightFormat.BF16, 1024, 3072, none, none, none).cuts())
                .isEqualTo(4);
        assertThat(new DeviceMatrix(WeightFormat.BF16, 1024, 64, none, none, none).cuts())
                .isEqualTo(1);
    }

    @Test
    void large_blocks_are_taken_where_they_are_enough_for_a_card() {
        Gpu.Region none = Gpu.Region.NONE;
        DeviceMatrix wide = new DeviceMatrix(WeightFormat.BF16, 4096, 4096, none, none, none);
        assertThat(wide.hasLargeBlocks(256)).isTrue();
        assertThat(wide.hasLargeBlocks(63)).isFalse();
        assertThat(new DeviceMatrix(WeightFormat.BF16, 1024, 3072, none, none, none).hasLargeBlocks(512))
                .isFalse();
    }

    @Test
    void a_product_is_added_to_what_was_there() {
        Tensor tensor = TestTensors.random(WeightType.BF16, 32, 64, 1);
        float[] x = KernelBench.random(64 * 2, 2);
        float[] before = KernelBench.random(64, 3);
        float[] plain = multiply(upload(tensor), x, new float[64], new float[0], DeviceMatrix.Mode.STORE);
        float[] added = multiply(upload(tensor), x, before, new float[0], DeviceMatrix.Mode.ADD);
        for (int i = 0; i < plain.length; i++) {
            assertThat(added[i]).isEqualTo(before[i] + plain[i]);
        }
    }

    @Test
    void pairs_of_tiles_are_gated() {
        int columns = 512;
        int outputs = 48;
        Tensor tensor = TestTensors.random(WeightType.Q8_0, 2 * outputs, columns, 1);
        DeviceMatrix matrix = upload(tensor);
        float[][] weights = rows(tensor);
        for (int tokens : new int[] {3, 40}) {
            float[] x = KernelBench.random(columns * tokens, 2);
            for (DeviceMatrix.Mode mode :
                    new DeviceMatrix.Mode[] {DeviceMatrix.Mode.GATED_SILU, DeviceMatrix.Mode.GATED_GELU}) {
                Gpu.Region out = bench.gpu.allocate(KernelBench.activationBytes(tokens, outputs));
                matrix.multiply(
                        bench.gpu, bench.activations(x, columns).address(), out.address(), 0, tokens, 0, mode, 0);
                float[] gated = bench.activations(out, tokens, outputs);
                for (int i = 0; i < gated.length; i++) {
                    int output = i % outputs;
                    int row = output / 16 * 32 + output % 16;
                    double gate = dot(weights[row], x, i / outputs * columns)[0];
                    double up = dot(weights[row + 16], x, i / outputs * columns)[0];
                    double wanted = up * (mode == DeviceMatrix.Mode.GATED_SILU ? silu(gate) : gelu(gate));
                    assertThat((double) gated[i])
                            .isCloseTo(wanted, Offset.offset(1e-3 * (1 + Math.abs(gate) + Math.abs(up))));
                }
            }
        }
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }
}
