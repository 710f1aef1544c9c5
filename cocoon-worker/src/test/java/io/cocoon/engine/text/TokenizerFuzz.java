package io.cocoon.engine.text;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.engine.file.ModelFormatException;
import java.util.ArrayList;
import java.util.List;

/** Nothing but the declared exceptions may come out, and no marker out of a caller's text. */
class TokenizerFuzz {

    private static final Tokenizer QWEN = TinyTokenizers.of("tiny-qwen3");
    private static final Tokenizer GEMMA = TinyTokenizers.of("tiny-gemma3");

    @FuzzTest
    void files(byte[] input) {
        try {
            Tokenizer tokenizer = TokenizerReader.read(input, "fuzz", 1000);
            tokenizer.decode(tokenizer.encode("the end"), true);
        } catch (ModelFormatException e) {
            // Refusing is fine.
        }
    }

    @FuzzTest
    void texts(FuzzedDataProvider data) {
        Tokenizer tokenizer = data.consumeBoolean() ? QWEN : GEMMA;
        List<Segment> segments = new ArrayList<>();
        while (data.remainingBytes() > 0) {
            String text = data.consumeString(20);
            segments.add(new Segment(text, data.consumeBoolean()));
            for (int id : tokenizer.encode(text)) {
                if (tokenizer.isMarker(id)) {
                    throw new AssertionError("a caller's text became the marker " + id);
                }
            }
        }
        int[] ids = tokenizer.encode(segments);
        Detokenizer detokenizer = tokenizer.detokenizer(true);
        StringBuilder joined = new StringBuilder();
        for (int id : ids) {
            joined.append(detokenizer.push(id));
        }
        if (!joined.append(detokenizer.finish()).toString().equals(tokenizer.decode(ids, true))) {
            throw new AssertionError("the pieces do not equal the whole");
        }
    }
}
