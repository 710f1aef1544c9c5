package io.cocoon.engine.template;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.engine.text.Segment;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.testdata.TestData;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Nothing but the declared exception may come out, and nothing of a caller may be trusted. */
class TemplateFuzz {

    private static final TemplateLimits SMALL = new TemplateLimits(100_000, 100_000, 100);

    private static final List<ChatTemplate> GENUINE = new ArrayList<>();

    static {
        for (String model : TinyTokenizers.MODELS) {
            String source = TestData.json("models/" + model + "/tokenizer_config.json")
                    .path("chat_template")
                    .asText();
            try {
                GENUINE.add(ChatTemplate.parse(source, Map.of(), SMALL, Clock.systemUTC()));
            } catch (TemplateException e) {
                throw new AssertionError(e);
            }
        }
    }

    @FuzzTest
    void sources(FuzzedDataProvider data) {
        String source = data.consumeRemainingAsString();
        try {
            ChatTemplate.parse(source, Map.of("bos_token", "<s>"), SMALL, Clock.systemUTC())
                    .render(List.of(Map.of("role", "user", "content", "x")), List.of(), Map.of("x", List.of(1, "b")));
        } catch (TemplateException e) {
            // Refusing is fine.
        }
    }

    @FuzzTest
    void values(FuzzedDataProvider data) {
        ChatTemplate template = GENUINE.get(data.consumeInt(0, GENUINE.size() - 1));
        List<Object> messages = new ArrayList<>();
        while (data.remainingBytes() > 0 && messages.size() < 20) {
            messages.add(value(data, 4));
        }
        try {
            // No template writes this letter, so that wherever it stands a caller wrote it.
            for (Segment segment : template.render(messages, List.of(), Map.of())) {
                if (segment.trusted() && segment.text().indexOf('\u0416') >= 0) {
                    throw new AssertionError("a caller's text is trusted");
                }
            }
        } catch (TemplateException e) {
            // Refusing is fine.
        }
    }

    private static Object value(FuzzedDataProvider data, int depth) {
        int kind = depth == 0 ? 0 : data.consumeInt(0, 4);
        if (kind == 1) {
            return data.consumeLong();
        }
        if (kind == 2) {
            return data.consumeBoolean();
        }
        if (kind == 3) {
            Map<String, Object> map = new HashMap<>();
            for (String name : List.of("role", "content", "tool_calls", "function", "arguments", "type", "text")) {
                if (data.consumeBoolean()) {
                    map.put(
                            name,
                            name.equals("role")
                                    ? data.pickValue(List.of("user", "assistant", "tool", "system"))
                                    : value(data, depth - 1));
                }
            }
            return map;
        }
        if (kind == 4) {
            return new ArrayList<>(List.of(value(data, depth - 1), value(data, depth - 1)));
        }
        return "\u0416" + data.consumeString(20);
    }
}
