package io.cocoon.engine.text;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.testdata.TestData;
import java.util.List;

/** The tokenizers of the tiny models in the test data. */
public final class TinyTokenizers {

    public static final List<String> MODELS =
            List.of("tiny-qwen3", "tiny-qwen2", "tiny-llama3", "tiny-llama3-k", "tiny-gemma3");

    private TinyTokenizers() {}

    public static Tokenizer of(String model) {
        String file = "models/" + model + "/tokenizer.json";
        int rows = TestData.json("models/" + model + "/config.json")
                .path("vocab_size")
                .intValue();
        try {
            return TokenizerReader.read(TestData.bytes(file), file, rows);
        } catch (ModelFormatException e) {
            throw new AssertionError(e);
        }
    }
}
