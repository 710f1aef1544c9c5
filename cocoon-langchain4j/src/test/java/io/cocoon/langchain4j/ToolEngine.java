package io.cocoon.langchain4j;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A model that calls the tool {@code add} once, and then says what came back. Keeps the bodies that it saw. */
final class ToolEngine implements InferenceEngine {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String USAGE = "{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}";
    private static final String CALL =
            "{\"id\":\"call-1\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":20,\\\"b\\\":22}\"}}";

    private final Queue<JsonNode> seen = new ConcurrentLinkedQueue<>();

    List<JsonNode> seen() {
        return List.copyOf(seen);
    }

    @Override
    public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
        JsonNode body = JSON.readTree(request.body().toUtf8());
        seen.add(body);
        JsonNode last = body.path("messages").path(body.path("messages").size() - 1);
        boolean after = last.path("role").asText().equals("tool");
        String text = after ? "The sum is " + last.path("content").asText() + "." : "";
        if (request.stream()) {
            sink.head(200, List.of(new HttpHeader("Content-Type", "text/event-stream")));
            if (after) {
                for (String word : text.split("(?<= )")) {
                    event(
                            sink,
                            "{\"choices\":[{\"index\":0,\"delta\":{\"content\":" + JSON.writeValueAsString(word)
                                    + "}}]}");
                }
            } else {
                event(
                        sink,
                        "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":["
                                + CALL.replaceFirst("\\{", "{\"index\":0,") + "]}}]}");
            }
            event(
                    sink,
                    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" + reason(after) + "\"}],\"usage\":"
                            + USAGE + "}");
            sink.write(Bytes.utf8("data: [DONE]\n\n"));
            sink.complete();
            return;
        }
        String message = after
                ? "{\"role\":\"assistant\",\"content\":" + JSON.writeValueAsString(text) + "}"
                : "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" + CALL + "]}";
        sink.answer(
                200,
                List.of(new HttpHeader("Content-Type", "application/json")),
                Bytes.utf8("{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":" + message
                        + ",\"finish_reason\":\"" + reason(after) + "\"}],\"usage\":" + USAGE + "}"));
    }

    private static String reason(boolean after) {
        return after ? "stop" : "tool_calls";
    }

    private static void event(AnswerSink sink, String json) {
        sink.write(Bytes.utf8("data: " + json + "\n\n"));
    }
}
