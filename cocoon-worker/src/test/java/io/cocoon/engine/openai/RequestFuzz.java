package io.cocoon.engine.openai;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.serve.SamplingOptions;
import java.util.List;
import java.util.Set;

/** A request comes from anyone: it is read or refused, and so is what a model writes. */
class RequestFuzz {

    private static final List<String> NAMES = List.of(
            "messages",
            "role",
            "content",
            "type",
            "text",
            "tools",
            "tool_choice",
            "function",
            "name",
            "parameters",
            "arguments",
            "tool_calls",
            "response_format",
            "json_schema",
            "schema",
            "stop",
            "n",
            "best_of",
            "logprobs",
            "top_logprobs",
            "max_tokens",
            "temperature",
            "top_k",
            "logit_bias",
            "seed",
            "prompt",
            "5",
            "stream_options",
            "chat_template_kwargs",
            "prompt_cache_key",
            "parallel_tool_calls",
            "suffix");
    private static final List<String> TEXTS = List.of(
            "user", "assistant", "function", "required", "auto", "none", "json_object", "text", "{\"a\":1}", "f");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    @FuzzTest
    void bodies(FuzzedDataProvider data) {
        boolean chat = data.consumeBoolean();
        ToolStyle style = data.pickValue(ToolStyle.values());
        JsonNode body = object(data, 0);
        try {
            CompletionRequest request = RequestReader.read(body.toString(), chat, "m", false, style);
            SamplingReader.read(request.body(), SamplingOptions.GREEDY, () -> 1);
            RequestReader.read(data.consumeRemainingAsString(), chat, "m", false, style);
        } catch (RefusedException e) {
            // Refusing is fine.
        }
    }

    @FuzzTest
    void calls(FuzzedDataProvider data) {
        ToolStyle style = data.pickValue(ToolStyle.values());
        ToolCallReader reader =
                new ToolCallReader(style, Set.of("f", "g"), data.consumeBoolean(), data.consumeBoolean());
        StringBuilder whole = new StringBuilder();
        Delta all = new Delta();
        while (data.remainingBytes() > 0) {
            String piece = switch (data.consumeInt(0, 4)) {
                case 0 -> "<tool_call>";
                case 1 -> "</tool_call>";
                case 2 -> "{\"name\":\"f\",\"arguments\":{}}";
                case 3 -> "\n";
                default -> data.consumeString(6);
            };
            whole.append(piece);
            reader.add(piece, all);
        }
        reader.finish(all);
        if (all.calls.isEmpty() && !all.content.toString().equals(whole.toString())) {
            throw new AssertionError("text was lost");
        }
    }

    private static ObjectNode object(FuzzedDataProvider data, int depth) {
        ObjectNode members = JSON.objectNode();
        for (int i = data.consumeInt(0, 6); i > 0; i--) {
            members.set(data.pickValue(NAMES), value(data, depth + 1));
        }
        return members;
    }

    private static JsonNode value(FuzzedDataProvider data, int depth) {
        switch (data.consumeInt(0, depth > 6 ? 5 : 8)) {
            case 0:
                return JSON.numberNode(data.consumeLong());
            case 1:
                return JSON.numberNode(data.consumeInt(-2, 30));
            case 2:
                return JSON.booleanNode(data.consumeBoolean());
            case 3:
                return JSON.textNode(data.consumeString(20));
            case 4:
                return JSON.textNode(data.pickValue(TEXTS));
            case 5:
                return JSON.nullNode();
            case 6:
                ArrayNode items = JSON.arrayNode();
                for (int i = data.consumeInt(0, 4); i > 0; i--) {
                    items.add(value(data, depth + 1));
                }
                return items;
            default:
                return object(data, depth);
        }
    }
}
