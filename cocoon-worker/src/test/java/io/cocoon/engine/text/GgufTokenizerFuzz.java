package io.cocoon.engine.text;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.engine.file.ModelFormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Metadata of a file from anywhere is read or refused. */
class GgufTokenizerFuzz {

    private static final List<String> KEYS = List.of(
            "tokens",
            "token_type",
            "scores",
            "merges",
            "model",
            "pre",
            "bos_token_id",
            "unknown_token_id",
            "add_bos_token",
            "add_space_prefix");

    @FuzzTest
    void metadata(FuzzedDataProvider data) {
        Map<String, Object> metadata = new HashMap<>();
        boolean sentencePiece = data.consumeBoolean();
        List<Object> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(sentencePiece ? CharacterEncoder.nameOf(b) : ByteLevelEncoder.nameOf(b));
        }
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.model", sentencePiece ? "llama" : "gpt2");
        metadata.put("tokenizer.ggml.pre", "qwen2");
        metadata.put("tokenizer.ggml.merges", new ArrayList<>());
        metadata.put("tokenizer.ggml.add_space_prefix", false);
        while (data.remainingBytes() > 0) {
            tokens.add(value(data, 0));
            if (data.consumeBoolean()) {
                metadata.put("tokenizer.ggml." + data.pickValue(KEYS), value(data, 0));
            }
        }
        try {
            Tokenizer tokenizer = GgufTokenizer.read(metadata, "fuzz", 1000);
            tokenizer.decode(tokenizer.encode("the end"), true);
        } catch (ModelFormatException e) {
            // Refusing is fine.
        }
    }

    private static Object value(FuzzedDataProvider data, int depth) {
        switch (data.consumeInt(0, depth > 1 ? 3 : 4)) {
            case 0:
                return data.consumeLong();
            case 1:
                return data.consumeBoolean();
            case 2:
                return data.consumeDouble();
            case 3:
                return data.consumeString(8);
            default:
                List<Object> items = new ArrayList<>();
                int count = data.consumeInt(0, 300);
                for (int i = 0; i < count && data.remainingBytes() > 0; i++) {
                    items.add(value(data, depth + 1));
                }
                return items;
        }
    }
}
