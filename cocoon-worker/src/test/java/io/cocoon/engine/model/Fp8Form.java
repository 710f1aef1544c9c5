package io.cocoon.engine.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.Halves;
import io.cocoon.engine.model.TestFolder.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The forms that folders with FP8 weights come in, made of a folder with BF16 weights. */
public enum Fp8Form {
    /** As Qwen's own: {@code fp8} with blocks of 128 by 128 and scales in BF16. One matrix is not converted. */
    BLOCKS(128, 128, "_scale_inv"),
    /** {@code fp8} with one scale for a matrix, which is no array. */
    MATRIX(1 << 20, 1 << 20, "_scale"),
    /** {@code compressed-tensors} with a scale for each row; the head is not converted. */
    CHANNEL(1, 1 << 20, "_scale"),
    /** {@code compressed-tensors} with one scale for a matrix, which is an array of one. The head is converted too. */
    TENSOR(1 << 20, 1 << 20, "_scale");

    private static final String UNCONVERTED = "model.layers.1.self_attn.k_proj.weight";

    private static final double[] POSITIVE =
            IntStream.range(0, 127).mapToDouble(Fp8Form::value).toArray();

    private final int blockRows;
    private final int blockColumns;
    final String suffix;

    Fp8Form(int blockRows, int blockColumns, String suffix) {
        this.blockRows = blockRows;
        this.blockColumns = blockColumns;
        this.suffix = suffix;
    }

    /** Writes two folders of the same numbers: {@code fp8} in this form, and {@code widened} as F32. */
    public void write(Path from, Path fp8, Path widened) throws IOException {
        converted(from, false).write(fp8);
        converted(from, true).write(widened);
    }

    /** Writes a folder in this form in which a weight is no number. */
    public void writeDamaged(Path from, Path to) throws IOException {
        TestFolder folder = converted(from, false);
        folder.tensor("model.layers.2.mlp.down_proj.weight").data()[3] = 0x7f;
        folder.write(to);
    }

    TestFolder converted(Path from, boolean widened) throws IOException {
        TestFolder folder = TestFolder.read(from);
        if (!widened) {
            configure(folder.config.putObject("quantization_config"));
        }
        Map<String, Stored> all = new TreeMap<>(folder.tensors);
        all.forEach((name, stored) -> {
            if (name.endsWith("_proj.weight") && !(this == BLOCKS && name.equals(UNCONVERTED))
                    || name.equals("lm_head.weight") && this == TENSOR) {
                convert(folder, name, stored, widened);
            }
        });
        return folder;
    }

    private void configure(ObjectNode config) {
        switch (this) {
            case BLOCKS -> {
                config.put("quant_method", "fp8").put("fmt", "e4m3").put("activation_scheme", "dynamic");
                config.putArray("weight_block_size").add(128).add(128);
                config.putArray("modules_to_not_convert").add(UNCONVERTED.replace(".weight", ""));
            }
            case MATRIX -> config.put("quant_method", "fp8").put("activation_scheme", "dynamic");
            case CHANNEL, TENSOR -> {
                config.put("quant_method", "compressed-tensors").put("format", "float-quantized");
                config.putNull("kv_cache_scheme");
                config.putArray("ignore").add("lm_head");
                ObjectNode group = config.putObject("config_groups").putObject("group_0");
                group.putArray("targets").add("Linear");
                group.putNull("output_activations");
                group.putObject("input_activations")
                        .put("num_bits", 8)
                        .put("type", "float")
                        .put("strategy", "token")
                        .put("dynamic", true);
                group.putObject("weights")
                        .put("num_bits", 8)
                        .put("type", "float")
                        .put("symmetric", true)
                        .put("dynamic", false)
                        .put("strategy", this == CHANNEL ? "channel" : "tensor");
            }
        }
    }

    private void convert(TestFolder folder, String name, Stored stored, boolean widened) {
        int rows = (int) stored.shape()[0];
        int columns = (int) stored.shape()[1];
        int across = (columns + blockColumns - 1) / blockColumns;
        float[] scales = new float[(rows + blockRows - 1) / blockRows * across];
        float[] numbers = numbers(stored);
        for (int i = 0; i < numbers.length; i++) {
            int block = i / columns / blockRows * across + i % columns / blockColumns;
            float largest = Math.abs(numbers[i]) / 448;
            // Rounded, the largest number of a block may be a little beyond 448, and gets it.
            scales[block] = Math.max(scales[block], Halves.roundToBfloat(largest));
        }
        byte[] codes = new byte[numbers.length];
        for (int i = 0; i < codes.length; i++) {
            float scale = scales[i / columns / blockRows * across + i % columns / blockColumns];
            codes[i] = nearest(numbers[i] / scale);
            numbers[i] = (float) value(codes[i] & 0xff) * scale;
        }
        if (widened) {
            folder.tensors.put(name, Stored.floats(numbers, rows, columns));
            return;
        }
        folder.tensors.put(name, new Stored("F8_E4M3", new long[] {rows, columns}, codes));
        folder.tensors.put(
                name + suffix,
                switch (this) {
                    case BLOCKS -> Stored.bfloats(scales, scales.length / across, across);
                    case MATRIX -> Stored.floats(scales);
                    case CHANNEL -> Stored.floats(scales, rows, 1);
                    case TENSOR -> Stored.bfloats(scales, 1);
                });
    }

    /** What a code stands for, by the definition; not for the two that are no numbers. */
    public static double value(int code) {
        int exponent = code / 8 % 16;
        double fraction = code % 8 / 8.0;
        double size = exponent == 0 ? fraction * Math.pow(2, -6) : (1 + fraction) * Math.pow(2, exponent - 7);
        return code < 128 ? size : -size;
    }

    private static float[] numbers(Stored stored) {
        ByteBuffer data = ByteBuffer.wrap(stored.data()).order(ByteOrder.LITTLE_ENDIAN);
        float[] numbers = new float[stored.data().length / Short.BYTES];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Halves.bfloat(data.getShort());
        }
        return numbers;
    }

    /** Positive codes are in the order of what they stand for. */
    private static byte nearest(float number) {
        int code = Arrays.binarySearch(POSITIVE, Math.abs(number));
        if (code < 0) {
            int above = Math.min(-code - 1, POSITIVE.length - 1);
            int below = Math.max(0, above - 1);
            code = POSITIVE[above] - Math.abs(number) < Math.abs(number) - POSITIVE[below] ? above : below;
        }
        return (byte) (number < 0 ? code + 128 : code);
    }
}
