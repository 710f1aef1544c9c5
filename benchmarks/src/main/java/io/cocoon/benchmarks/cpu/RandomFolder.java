package io.cocoon.benchmarks.cpu;

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
import java.util.StringJoiner;

/**
 * A folder as Hugging Face lays them out: a small Llama in bfloat16 with weights from a seed, for rivals that read no GGUF. Its
 * vocabulary has no meaning.
 */
final class RandomFolder {

    private static final int LAYERS = 16;
    private static final int HIDDEN = 1024;
    private static final int FEED_FORWARD = 3072;
    private static final int HEADS = 16;
    private static final int KV_HEADS = 8;
    private static final int HEAD_SIZE = HIDDEN / HEADS;
    private static final int VOCABULARY = 32_000;

    private record Matrix(String name, int rows, int columns) {
        long bytes() {
            return 2L * rows * columns;
        }

        String shape() {
            return rows == 1 ? "[" + columns + "]" : "[" + rows + "," + columns + "]";
        }
    }

    private RandomFolder() {}

    private static List<Matrix> matrices() {
        List<Matrix> all = new ArrayList<>();
        all.add(new Matrix("model.embed_tokens.weight", VOCABULARY, HIDDEN));
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            all.add(new Matrix(layer + "input_layernorm.weight", 1, HIDDEN));
            all.add(new Matrix(layer + "self_attn.q_proj.weight", HIDDEN, HIDDEN));
            all.add(new Matrix(layer + "self_attn.k_proj.weight", KV_HEADS * HEAD_SIZE, HIDDEN));
            all.add(new Matrix(layer + "self_attn.v_proj.weight", KV_HEADS * HEAD_SIZE, HIDDEN));
            all.add(new Matrix(layer + "self_attn.o_proj.weight", HIDDEN, HIDDEN));
            all.add(new Matrix(layer + "post_attention_layernorm.weight", 1, HIDDEN));
            all.add(new Matrix(layer + "mlp.gate_proj.weight", FEED_FORWARD, HIDDEN));
            all.add(new Matrix(layer + "mlp.up_proj.weight", FEED_FORWARD, HIDDEN));
            all.add(new Matrix(layer + "mlp.down_proj.weight", HIDDEN, FEED_FORWARD));
        }
        all.add(new Matrix("model.norm.weight", 1, HIDDEN));
        return all;
    }

    /** Writes the files into an empty folder. */
    static void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":%d,"intermediate_size":%d,
                "num_hidden_layers":%d,"num_attention_heads":%d,"num_key_value_heads":%d,"vocab_size":%d,
                "max_position_embeddings":4096,"rms_norm_eps":1e-5,"rope_theta":10000.0,"hidden_act":"silu",
                "bos_token_id":1,"eos_token_id":2,"tie_word_embeddings":true,"torch_dtype":"bfloat16"}
                """.formatted(
                        HIDDEN, FEED_FORWARD, LAYERS, HEADS, KV_HEADS, VOCABULARY));
        StringJoiner vocabulary = new StringJoiner(",", "{", "}");
        for (int i = 0; i < VOCABULARY; i++) {
            vocabulary.add("\"w" + i + "\":" + i);
        }
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"version\":\"1.0\",\"added_tokens\":[],\"model\":{\"type\":\"BPE\",\"vocab\":" + vocabulary
                        + ",\"merges\":[]}}");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        weights(folder.resolve("model.safetensors"));
    }

    private static void weights(Path file) throws IOException {
        List<Matrix> matrices = matrices();
        StringJoiner header = new StringJoiner(",", "{", "}");
        long at = 0;
        for (Matrix each : matrices) {
            header.add("\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(each.name, each.shape(), at, at + each.bytes()));
            at += each.bytes();
        }
        byte[] head = header.toString().getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(7);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(head.length)
                    .array());
            out.write(head);
            for (Matrix each : matrices) {
                byte[] row = new byte[2 * each.columns];
                ByteBuffer numbers = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < each.rows; i++) {
                    random.nextBytes(row);
                    for (int j = 0; j < row.length; j += 2) {
                        // Norms of 1, and weights of about 0.02 either way.
                        numbers.putShort(j, each.rows == 1 ? 0x3f80 : (short) (numbers.getShort(j) & 0x807f | 0x3c80));
                    }
                    out.write(row);
                }
            }
        }
    }
}
