package io.cocoon.engine.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.serve.Generation;
import io.cocoon.engine.serve.Token;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.engine.text.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerStreamTest {

    private static final Tokenizer QWEN = TinyTokenizers.of("tiny-qwen3");
    private static final String CALL = "<tool_call>\n{\"name\":\"clock\",\"arguments\":{}}\n</tool_call>";

    private static final class Cancelled implements Generation {
        private final List<Integer> choices = new ArrayList<>();

        @Override
        public void cancel() {
            throw new AssertionError("only the choice that has called is over");
        }

        @Override
        public void cancel(int choice) {
            choices.add(choice);
        }
    }

    private static JsonNode answer(String more, String said, Cancelled cancelled) throws Exception {
        CompletionRequest request = RequestReader.read(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
                        + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\"}}]" + more + "}",
                true,
                "m",
                false,
                ToolStyle.TAGS);
        AnswerStream stream = new AnswerStream(request, new int[] {1}, QWEN, ThinkMarkers.of(QWEN), ToolStyle.TAGS, 0);
        int[] ids = QWEN.encodeWithMarkers(said);
        for (int id : ids) {
            stream.token(0, new Token(id, -1, List.of()));
        }
        stream.ended(0, Generation.End.STOP, ids.length, 0);
        List<JsonNode> documents = new ArrayList<>();
        stream.write(
                cancelled,
                new AnswerStream.Out() {
                    @Override
                    public void events(byte[] events) {
                        throw new AssertionError("not asked for");
                    }

                    @Override
                    public void document(byte[] json) {
                        try {
                            documents.add(new ObjectMapper().readTree(json));
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                },
                () -> false);
        assertThat(documents).hasSize(1);
        return documents.get(0);
    }

    @Test
    void where_one_call_may_be_the_first_one_ends_the_choice_and_the_bill() throws Exception {
        Cancelled cancelled = new Cancelled();
        JsonNode reply = answer(",\"parallel_tool_calls\":false", CALL + "\n" + CALL, cancelled);
        JsonNode choice = reply.path("choices").path(0);

        assertThat(choice.path("message").path("tool_calls")).hasSize(1);
        assertThat(choice.path("message").path("content").isNull()).isTrue();
        assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(cancelled.choices).containsExactly(0);
        assertThat(reply.path("usage").path("completion_tokens").asInt())
                .isEqualTo(QWEN.encodeWithMarkers(CALL).length);
    }

    @Test
    void several_calls_may_be_by_default() throws Exception {
        Cancelled cancelled = new Cancelled();
        JsonNode choice =
                answer("", CALL + "\n" + CALL, cancelled).path("choices").path(0);

        assertThat(choice.path("message").path("tool_calls")).hasSize(2);
        assertThat(cancelled.choices).isEmpty();
    }

    @Test
    void the_user_is_the_one_that_the_request_states_by_its_newer_name_first() throws Exception {
        for (String[] each : new String[][] {
            {"", ""},
            {",\"user\":\"u\"", "u"},
            {",\"user\":\"u\",\"safety_identifier\":\"s\"", "s"},
            {",\"user\":null,\"safety_identifier\":{}", ""}
        }) {
            String body = "{\"messages\":[{\"role\":\"user\"}]" + each[0] + "}";
            assertThat(RequestReader.read(body, true, "m", false, ToolStyle.TAGS)
                            .user())
                    .as(body)
                    .isEqualTo(each[1]);
        }
    }

    @Test
    void a_document_that_quotes_a_call_is_a_document() throws Exception {
        String quoted = "{\"a\":\"" + CALL.replace("\n", "") + "\"}";
        JsonNode message = answer(",\"response_format\":{\"type\":\"json_object\"}", quoted, new Cancelled())
                .path("choices")
                .path(0)
                .path("message");

        assertThat(message.path("content").asText()).isEqualTo(quoted);
        assertThat(message.has("tool_calls")).isFalse();
    }
}
