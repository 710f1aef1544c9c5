package io.cocoon.benchmarks.cpu;

import io.cocoon.engine.file.RandomTensor;
import io.cocoon.engine.file.WeightType;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A GGUF file in the shape of Qwen3-0.6B with weights from a seed: time depends on shapes, not on values. Its vocabulary has the
 * true size and no meaning.
 */
final class RandomModel {

    private static final int LAYERS = 28;
    private static final int HIDDEN = 1024;
    private static final int FEED_FORWARD = 3072;
    private static final int HEADS = 16;
    private static final int KV_HEADS = 8;
    private static final int HEAD_SIZE = 128;
    static final int VOCABULARY = 151_936;

    private static final int ALIGNMENT = 32;

    private record Matrix(String name, WeightType type, int rows, int columns) {
        long bytes() {
            return rows * type.rowBytes(columns);
        }
    }

    private final WeightType type;
    private final List<Matrix> matrices = new ArrayList<>();
    private final ByteBuffer head = ByteBuffer.allocate(16 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private int pairs;

    private RandomModel(WeightType type) {
        this.type = type;
        vector("output_norm.weight", HIDDEN);
        matrix("token_embd.weight", VOCABULARY, HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String layer = "blk." + i + ".";
            vector(layer + "attn_norm.weight", HIDDEN);
            matrix(layer + "attn_q.weight", HEADS * HEAD_SIZE, HIDDEN);
            matrix(layer + "attn_k.weight", KV_HEADS * HEAD_SIZE, HIDDEN);
            matrix(layer + "attn_v.weight", KV_HEADS * HEAD_SIZE, HIDDEN);
            matrix(layer + "attn_output.weight", HIDDEN, HEADS * HEAD_SIZE);
            vector(layer + "attn_q_norm.weight", HEAD_SIZE);
            vector(layer + "attn_k_norm.weight", HEAD_SIZE);
            vector(layer + "ffn_norm.weight", HIDDEN);
            matrix(layer + "ffn_gate.weight", FEED_FORWARD, HIDDEN);
            matrix(layer + "ffn_up.weight", FEED_FORWARD, HIDDEN);
            matrix(layer + "ffn_down.weight", HIDDEN, FEED_FORWARD);
        }
    }

    /** Writes the file for one type of weights; fails before if the disk has no room for it. */
    static void write(WeightType type, Path file) throws IOException {
        RandomModel model = new RandomModel(type);
        long bytes = model.matrices.stream().mapToLong(Matrix::bytes).sum() + (32 << 20);
        long room = Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
        if (room < bytes) {
            throw new IOException(
                    "the model takes " + (bytes >> 20) + " MiB and " + (room >> 20) + " are left at " + file);
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            model.write(out);
        }
    }

    private void vector(String name, int columns) {
        matrices.add(new Matrix(name, WeightType.F32, 1, columns));
    }

    private void matrix(String name, int rows, int columns) {
        matrices.add(new Matrix(name, type, rows, columns));
    }

    private void write(OutputStream out) throws IOException {
        ByteBuffer begin = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        metadata();
        descriptions();
        begin.putInt(0x46554747).putInt(3).putLong(matrices.size()).putLong(pairs);
        out.write(begin.array());
        out.write(head.array(), 0, head.position());
        out.write(new byte[padding(24L + head.position())]);
        SplittableRandom random = new SplittableRandom(6);
        for (Matrix each : matrices) {
            byte[] row = new byte[Math.toIntExact(each.type.rowBytes(each.columns))];
            for (int i = 0; i < each.rows; i++) {
                RandomTensor.fill(each.type, row, random);
                out.write(row);
            }
            out.write(new byte[padding(each.bytes())]);
        }
    }

    private static int padding(long bytes) {
        return (int) ((ALIGNMENT - bytes % ALIGNMENT) % ALIGNMENT);
    }

    private void descriptions() {
        long offset = 0;
        for (Matrix each : matrices) {
            string(each.name);
            boolean vector = each.rows == 1;
            head.putInt(vector ? 1 : 2).putLong(each.columns);
            if (!vector) {
                head.putLong(each.rows);
            }
            head.putInt(id(each.type)).putLong(offset);
            offset += each.bytes() + padding(each.bytes());
        }
    }

    private static int id(WeightType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q8_0 -> 8;
            case Q4_K -> 12;
            case Q6_K -> 14;
            case BF16 -> 30;
            case FP8 -> throw new IllegalArgumentException("a GGUF file has no FP8");
        };
    }

    private void metadata() {
        text("general.architecture", "qwen3");
        text("general.name", "random weights");
        number("qwen3.block_count", LAYERS);
        number("qwen3.context_length", 4096);
        number("qwen3.embedding_length", HIDDEN);
        number("qwen3.feed_forward_length", FEED_FORWARD);
        number("qwen3.attention.head_count", HEADS);
        number("qwen3.attention.head_count_kv", KV_HEADS);
        number("qwen3.attention.key_length", HEAD_SIZE);
        number("qwen3.attention.value_length", HEAD_SIZE);
        fraction("qwen3.attention.layer_norm_rms_epsilon", 1e-6f);
        fraction("qwen3.rope.freq_base", 1e6f);
        text("tokenizer.ggml.model", "gpt2");
        text("tokenizer.ggml.pre", "qwen2");
        number("tokenizer.ggml.eos_token_id", VOCABULARY - 1);
        array("tokenizer.ggml.tokens", 8, VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
            string("t" + i);
        }
        array("tokenizer.ggml.token_type", 5, VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
            head.putInt(1);
        }
        array("tokenizer.ggml.merges", 8, 1);
        string("t 0");
    }

    private void key(String key, int valueType) {
        pairs++;
        string(key);
        head.putInt(valueType);
    }

    private void text(String key, String value) {
        key(key, 8);
        string(value);
    }

    private void number(String key, int value) {
        key(key, 4);
        head.putInt(value);
    }

    private void fraction(String key, float value) {
        key(key, 6);
        head.putFloat(value);
    }

    private void array(String key, int itemType, int length) {
        key(key, 9);
        head.putInt(itemType).putLong(length);
    }

    private void string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        head.putLong(bytes.length).put(bytes);
    }
}
