package io.cocoon.benchmarks.gpu;

import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/** A model of a known shape whose weights are zeros, in a file that takes no space: time depends on shapes, not on values. */
final class EmptyModel {

    /** Shapes of engine dossier 7, and one that the stand-in driver computes. */
    enum Shape {
        TINY("qwen3", 2, 64, 128, 4, 2, 32, 512, true),
        QWEN3_0_6B("qwen3", 28, 1024, 3072, 16, 8, 128, 151_936, true),
        LLAMA_3_2_1B("llama", 16, 2048, 8192, 32, 8, 64, 128_256, true),
        LLAMA_3_1_8B("llama", 32, 4096, 14_336, 32, 8, 128, 128_256, false);

        private final String type;
        private final int layers;
        private final int hidden;
        private final int feedForward;
        private final int heads;
        private final int kvHeads;
        private final int headSize;
        private final int vocabulary;
        private final boolean tied;

        Shape(
                String type,
                int layers,
                int hidden,
                int feedForward,
                int heads,
                int kvHeads,
                int headSize,
                int vocabulary,
                boolean tied) {
            this.type = type;
            this.layers = layers;
            this.hidden = hidden;
            this.feedForward = feedForward;
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headSize = headSize;
            this.vocabulary = vocabulary;
            this.tied = tied;
        }
    }

    private final StringJoiner header = new StringJoiner(",", "{", "}");
    private long bytes;

    private EmptyModel() {}

    /** Writes the files of a shape into a folder, as BF16, and opens them. */
    static Model write(Shape shape, Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), config(shape));
        EmptyModel model = new EmptyModel();
        model.add("model.embed_tokens.weight", shape.vocabulary, shape.hidden);
        model.add("model.norm.weight", shape.hidden);
        if (!shape.tied) {
            model.add("lm_head.weight", shape.vocabulary, shape.hidden);
        }
        for (int i = 0; i < shape.layers; i++) {
            model.layer("model.layers." + i + ".", shape);
        }
        byte[] text = model.header.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            file.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(text.length)
                    .array());
            file.write(text);
            file.setLength(8L + text.length + model.bytes);
        }
        return ModelLoader.open(folder);
    }

    private void layer(String prefix, Shape shape) {
        int q = shape.heads * shape.headSize;
        int kv = shape.kvHeads * shape.headSize;
        add(prefix + "input_layernorm.weight", shape.hidden);
        add(prefix + "self_attn.q_proj.weight", q, shape.hidden);
        add(prefix + "self_attn.k_proj.weight", kv, shape.hidden);
        add(prefix + "self_attn.v_proj.weight", kv, shape.hidden);
        add(prefix + "self_attn.o_proj.weight", shape.hidden, q);
        if (shape.type.equals("qwen3")) {
            add(prefix + "self_attn.q_norm.weight", shape.headSize);
            add(prefix + "self_attn.k_norm.weight", shape.headSize);
        }
        add(prefix + "post_attention_layernorm.weight", shape.hidden);
        add(prefix + "mlp.gate_proj.weight", shape.feedForward, shape.hidden);
        add(prefix + "mlp.up_proj.weight", shape.feedForward, shape.hidden);
        add(prefix + "mlp.down_proj.weight", shape.hidden, shape.feedForward);
    }

    private void add(String name, int... sizes) {
        long length = 2;
        StringJoiner shape = new StringJoiner(",", "[", "]");
        for (int size : sizes) {
            length *= size;
            shape.add(String.valueOf(size));
        }
        header.add("\"" + name + "\":{\"dtype\":\"BF16\",\"shape\":" + shape + ",\"data_offsets\":[" + bytes + ","
                + (bytes + length) + "]}");
        bytes += length;
    }

    private static String config(Shape shape) {
        return "{\"model_type\":\"" + shape.type + "\",\"hidden_size\":" + shape.hidden + ",\"intermediate_size\":"
                + shape.feedForward + ",\"num_hidden_layers\":" + shape.layers + ",\"num_attention_heads\":"
                + shape.heads + ",\"num_key_value_heads\":" + shape.kvHeads + ",\"head_dim\":" + shape.headSize
                + ",\"vocab_size\":" + shape.vocabulary + ",\"max_position_embeddings\":16384,\"rms_norm_eps\":1e-6,"
                + "\"tie_word_embeddings\":" + shape.tied + ",\"eos_token_id\":0}";
    }
}
