package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.testdata.TestData;
import io.cocoon.worker.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers in the shapes of the OpenAI API, from a random model. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ServingTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";
    private static final String TEXT = "/v1/completions";

    /** The model ends its turn with these. */
    private static final String NO_END = ",\"logit_bias\":{\"558\":-100,\"556\":-100}";

    @TempDir
    static Path folder;

    @Nullable
    private static BuiltInEngine shared;

    @BeforeAll
    static void load() throws IOException {
        TestData.copy("models/tiny-qwen3", folder);
        shared = BuiltInEngine.builder().threads(2).load(folder);
    }

    @AfterAll
    static void close() {
        engine().close();
    }

    private static BuiltInEngine engine() {
        return Objects.requireNonNull(shared);
    }

    private static String chat(String more) {
        return "{\"model\":\"tiny\",\"max_tokens\":12,\"temperature\":0,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
    }

    private static String text(String more) {
        return "{\"model\":\"tiny\",\"max_tokens\":8,\"temperature\":0,\"prompt\":\"Hello, world!\"" + more + "}";
    }

    private static JsonNode choice(String path, String body) throws Exception {
        return EngineClient.document(engine(), path, body).path("choices").path(0);
    }

    @Test
    void a_chat_answer_has_exactly_the_members_of_the_api() throws Exception {
        JsonNode reply = EngineClient.document(engine(), CHAT, chat(""));

        assertThat(names(reply)).containsExactly("id", "object", "created", "model", "choices", "usage");
        assertThat(names(reply.path("choices").path(0)))
                .containsExactly("index", "message", "logprobs", "finish_reason");
        assertThat(names(reply.path("usage")))
                .containsExactly(
                        "prompt_tokens",
                        "completion_tokens",
                        "total_tokens",
                        "prompt_tokens_details",
                        "completion_tokens_details");
        assertThat(reply.path("object").asText()).isEqualTo("chat.completion");
    }

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void log_probabilities_of_a_chat_come_with_the_likeliest_tokens_and_their_bytes() throws Exception {
        JsonNode choice = choice(CHAT, chat(NO_END + ",\"logprobs\":true,\"top_logprobs\":3"));
        JsonNode content = choice.path("logprobs").path("content");

        assertThat(content).hasSize(12);
        StringBuilder bytes = new StringBuilder();
        for (JsonNode entry : content) {
            assertThat(entry.path("top_logprobs")).hasSize(3);
            assertThat(entry.path("logprob").asDouble()).isNegative();
            double last = 0;
            for (JsonNode top : entry.path("top_logprobs")) {
                assertThat(top.path("logprob").asDouble()).isLessThanOrEqualTo(last);
                last = top.path("logprob").asDouble();
            }
            entry.path("bytes").forEach(b -> bytes.append((char) b.intValue()));
        }
        assertThat(new String(bytes.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                .isEqualTo(choice.path("message").path("content").asText());
    }

    @Test
    void the_log_probability_is_the_model_s_own_whatever_the_sampling_does() throws Exception {
        JsonNode cold = choice(TEXT, text(",\"logprobs\":5,\"max_tokens\":1"));
        JsonNode bent = choice(
                TEXT,
                text(",\"logprobs\":5,\"max_tokens\":1,\"temperature\":1.7,\"top_k\":1,\"presence_penalty\":2,"
                        + "\"repetition_penalty\":2"));

        assertThat(bent.path("logprobs").path("top_logprobs"))
                .isEqualTo(cold.path("logprobs").path("top_logprobs"));
        double sum = 0;
        for (JsonNode share : cold.path("logprobs").path("top_logprobs").path(0)) {
            sum += Math.exp(share.asDouble());
        }
        assertThat(sum).isBetween(0.0, 1.0);
    }

    @Test
    void a_stream_carries_the_same_log_probabilities_as_the_document() throws Exception {
        String more = NO_END + ",\"logprobs\":true,\"top_logprobs\":2,\"stop\":[\"qqq\"]";
        JsonNode whole = choice(CHAT, chat(more)).path("logprobs").path("content");
        List<JsonNode> streamed = new ArrayList<>();
        for (JsonNode event : EngineClient.events(engine(), CHAT, chat(more + ",\"stream\":true"))) {
            event.path("choices").path(0).path("logprobs").path("content").forEach(streamed::add);
        }
        assertThat(streamed).containsExactlyElementsOf(whole);
    }

    @Test
    void a_text_completion_has_the_older_shape_of_log_probabilities() throws Exception {
        JsonNode choice = choice(TEXT, text(NO_END + ",\"logprobs\":2"));
        JsonNode logprobs = choice.path("logprobs");

        assertThat(names(logprobs)).containsExactly("tokens", "token_logprobs", "top_logprobs", "text_offset");
        assertThat(logprobs.path("tokens")).hasSize(8);
        String text = choice.path("text").asText();
        for (int i = 0; i < 8; i++) {
            String token = logprobs.path("tokens").path(i).asText();
            int offset = logprobs.path("text_offset").path(i).asInt();
            String before = logprobs.path("tokens").path(i - 1).asText();
            if (!token.startsWith("bytes:") && !before.startsWith("bytes:")) {
                assertThat(text.substring(offset)).startsWith(token);
            }
        }
    }

    @Test
    void several_choices_differ_repeat_with_the_seed_and_count_the_prompt_once() throws Exception {
        String body = chat(NO_END + ",\"n\":4,\"seed\":3").replace("\"temperature\":0", "\"temperature\":1.5");
        JsonNode reply = EngineClient.document(engine(), CHAT, body);
        Set<String> texts = new HashSet<>();
        reply.path("choices")
                .forEach(each -> texts.add(each.path("message").path("content").asText()));

        assertThat(texts).hasSize(4);
        assertThat(reply.path("usage").path("prompt_tokens").asInt()).isEqualTo(17);
        assertThat(reply.path("usage").path("completion_tokens").asInt()).isEqualTo(48);
        assertThat(EngineClient.document(engine(), CHAT, body).path("choices")).isEqualTo(reply.path("choices"));
    }

    @Test
    void the_first_of_several_choices_is_the_answer_that_is_given_alone() throws Exception {
        String body = chat(NO_END + ",\"seed\":3").replace("\"temperature\":0", "\"temperature\":1.5");

        assertThat(choice(CHAT, body.replace("\"seed\":3", "\"seed\":3,\"n\":3")))
                .isEqualTo(choice(CHAT, body));
    }

    @Test
    void a_stream_of_several_choices_gives_each_a_role_its_text_and_an_end() throws Exception {
        String more = NO_END + ",\"n\":3,\"seed\":8";
        JsonNode whole = EngineClient.document(engine(), CHAT, chat(more)).path("choices");
        TreeMap<Integer, StringBuilder> texts = new TreeMap<>();
        List<Integer> ended = new ArrayList<>();
        List<Integer> begun = new ArrayList<>();
        for (JsonNode event : EngineClient.events(engine(), CHAT, chat(more + ",\"stream\":true"))) {
            for (JsonNode choice : event.path("choices")) {
                int index = choice.path("index").asInt();
                texts.computeIfAbsent(index, any -> new StringBuilder())
                        .append(choice.path("delta").path("content").asText());
                if (choice.path("delta").has("role")) {
                    begun.add(index);
                }
                if (!choice.path("finish_reason").isNull()) {
                    ended.add(index);
                }
            }
        }
        assertThat(begun).containsExactly(0, 1, 2);
        assertThat(ended).containsExactlyInAnyOrder(0, 1, 2);
        for (int i = 0; i < 3; i++) {
            assertThat(texts.get(i))
                    .hasToString(whole.path(i).path("message").path("content").asText());
        }
    }

    @Test
    void a_stream_states_its_usage_only_where_it_is_wanted() throws Exception {
        List<JsonNode> without = EngineClient.events(engine(), CHAT, chat(",\"stream\":true"));
        List<JsonNode> with = EngineClient.events(
                engine(), CHAT, chat(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));

        assertThat(without).noneMatch(event -> event.has("usage"));
        assertThat(with.subList(0, with.size() - 1))
                .allMatch(event -> event.path("usage").isNull());
        JsonNode last = with.get(with.size() - 1);
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.path("usage").path("prompt_tokens").asInt()).isEqualTo(17);
    }

    @Test
    void a_stop_text_ends_one_choice_and_no_other() throws Exception {
        String more = NO_END + ",\"n\":2,\"seed\":4";
        String warm = chat(more).replace("\"temperature\":0", "\"temperature\":1.5");
        JsonNode free = EngineClient.document(engine(), CHAT, warm).path("choices");
        String first = free.path(0).path("message").path("content").asText();
        String second = free.path(1).path("message").path("content").asText();
        String stop = first.substring(first.length() / 2, first.length() / 2 + 3);
        assertThat(second).doesNotContain(stop);
        JsonNode stopped = EngineClient.document(
                        engine(), CHAT, warm.replace("\"seed\":4", "\"seed\":4,\"stop\":[\"" + stop + "\",\"never\"]"))
                .path("choices");

        assertThat(stopped.path(0).path("message").path("content").asText())
                .isEqualTo(first.substring(0, first.indexOf(stop)));
        assertThat(stopped.path(0).path("finish_reason").asText()).isEqualTo("stop");
        assertThat(stopped.path(1)).isEqualTo(free.path(1));
    }

    @Test
    void a_penalty_changes_what_is_said() throws Exception {
        String plain = choice(TEXT, text(NO_END + ",\"max_tokens\":40")).toString();
        String penalised = choice(TEXT, text(NO_END + ",\"max_tokens\":40,\"repetition_penalty\":5"))
                .toString();

        assertThat(penalised).isNotEqualTo(plain);
    }

    @Test
    void values_out_of_range_are_refused_by_name() {
        for (String each : List.of("n", "top_logprobs", "temperature", "max_tokens", "min_p")) {
            assertThatThrownBy(() -> EngineClient.answer(
                            engine(),
                            CHAT,
                            "{\"messages\":[{\"role\":\"user\"}],\"logprobs\":true,\"" + each + "\":-1}"))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining(each);
        }
    }

    @Test
    void one_prefix_serves_the_next_request_of_the_same_key_and_changes_nothing() throws Exception {
        String key = ",\"prompt_cache_key\":\"a long and secret key\"";
        String body = chat(NO_END + ",\"logprobs\":true,\"top_logprobs\":5,\"seed\":1" + key)
                .replace("\"Hi\"", "\"Hi, tell me of the harbour and of the sailors and the rain\"")
                .replace("\"temperature\":0", "\"temperature\":1");
        JsonNode cold = EngineClient.document(engine(), CHAT, body);
        JsonNode warm = EngineClient.document(engine(), CHAT, body);

        assertThat(cached(cold)).isZero();
        assertThat(cached(warm))
                .isPositive()
                .isLessThan(cold.path("usage").path("prompt_tokens").asInt());
        assertThat(warm.path("choices")).isEqualTo(cold.path("choices"));
    }

    private static int cached(JsonNode reply) {
        return reply.path("usage")
                .path("prompt_tokens_details")
                .path("cached_tokens")
                .asInt(-1);
    }

    @Test
    void requests_without_a_key_or_with_another_or_a_short_one_share_nothing() throws Exception {
        String body = chat("").replace("\"Hi\"", "\"Something that two clients happen to say, word for word\"");
        for (String key : List.of("", ",\"prompt_cache_key\":\"short\"", ",\"prompt_cache_key\":null")) {
            for (int i = 0; i < 2; i++) {
                assertThat(cached(EngineClient.document(engine(), CHAT, body.replace("}]}", "}]" + key + "}"))))
                        .as(key)
                        .isZero();
            }
        }
        for (String key : List.of("sixteen letters A", "sixteen letters B")) {
            assertThat(cached(EngineClient.document(
                            engine(), CHAT, body.replace("}]}", "}],\"prompt_cache_key\":\"" + key + "\"}"))))
                    .isZero();
        }
    }

    @Test
    void an_operator_may_let_all_requests_share() throws Exception {
        String body = chat("").replace("\"Hi\"", "\"Something that two clients happen to say, word for word\"");
        try (BuiltInEngine open =
                BuiltInEngine.builder().threads(1).sharedPrefixes(true).load(folder)) {
            assertThat(cached(EngineClient.document(open, CHAT, body))).isZero();
            assertThat(cached(EngineClient.document(open, CHAT, body))).isPositive();
        }
    }

    @Test
    void tools_reach_the_template_and_none_keeps_them_out() throws Exception {
        String tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\","
                + "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}}]";

        int plain = prompt(chat(""));
        assertThat(prompt(chat(tools))).isGreaterThan(plain + 40);
        assertThat(prompt(chat(tools + ",\"tool_choice\":\"none\""))).isEqualTo(plain);
    }

    @Test
    void earlier_tool_calls_and_their_results_reach_the_template() throws Exception {
        String call = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":null,"
                + "\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"weather\","
                + "\"arguments\":\"{\\\"city\\\":\\\"Rome\\\"}\"}}]},"
                + "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"rain\"}],\"max_tokens\":2}";

        assertThat(prompt(call)).isGreaterThan(60);
        assertThatThrownBy(() -> prompt(call.replace("{\\\"city\\\":\\\"Rome\\\"}", "[1]")))
                .hasMessageContaining("no JSON object");
    }

    private static int prompt(String body) throws Exception {
        return EngineClient.document(engine(), CHAT, body)
                .path("usage")
                .path("prompt_tokens")
                .asInt();
    }

    @Test
    void what_a_model_thinks_is_not_its_content() throws Exception {
        // The bias makes the model think first; random as it is, it never stops by itself.
        JsonNode reply = EngineClient.document(engine(), CHAT, chat(",\"logit_bias\":{\"561\":100,\"562\":-100}"));
        JsonNode message = reply.path("choices").path(0).path("message");

        assertThat(message.path("content").asText()).isEmpty();
        assertThat(reply.path("usage")
                        .path("completion_tokens_details")
                        .path("reasoning_tokens")
                        .asInt())
                .isEqualTo(12);
        assertThat(message.path("reasoning_content").asText()).isNotEmpty();
        assertThat(reply.path("usage").path("total_tokens").asInt()).isEqualTo(29);
    }

    private static String format(String schema) {
        return ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":" + schema
                + "}}";
    }

    @Test
    void a_schema_is_kept_by_a_model_that_would_say_anything() throws Exception {
        String schema = "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"maxLength\":9},"
                + "\"rain\":{\"type\":\"boolean\"},\"degrees\":{\"type\":\"integer\",\"minimum\":-50,\"maximum\":50},"
                + "\"day\":{\"type\":\"string\",\"format\":\"date\"},"
                + "\"station\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}\\\\d{2,4}$\"}},"
                + "\"required\":[\"city\",\"rain\",\"degrees\",\"day\",\"station\"],\"additionalProperties\":false}";
        for (int seed = 0; seed < 5; seed++) {
            String body = chat(format(schema) + ",\"seed\":" + seed
                            + ",\"chat_template_kwargs\":{\"enable_thinking\":false}")
                    .replace("\"max_tokens\":12", "\"max_tokens\":200")
                    .replace("\"temperature\":0", "\"temperature\":2");
            JsonNode choice = choice(CHAT, body);

            assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
            JsonNode document =
                    JSON.readTree(choice.path("message").path("content").asText());
            assertThat(names(document)).containsExactly("city", "rain", "degrees", "day", "station");
            assertThat(document.path("degrees").asInt()).isBetween(-50, 50);
            assertThat(LocalDate.parse(document.path("day").asText())).isNotNull();
            assertThat(document.path("station").asText()).matches("[A-Z]{2}[0-9]{2,4}");
        }
    }

    @Test
    void a_model_may_think_before_it_writes_json() throws Exception {
        // The bias opens the thoughts, and closes them as soon as they are open.
        String body = chat(",\"response_format\":{\"type\":\"json_object\"},\"logit_bias\":{\"561\":90,\"562\":100}")
                .replace("\"max_tokens\":12", "\"max_tokens\":300");
        JsonNode reply = EngineClient.document(engine(), CHAT, body);
        String content =
                reply.path("choices").path(0).path("message").path("content").asText();

        assertThat(reply.path("usage")
                        .path("completion_tokens_details")
                        .path("reasoning_tokens")
                        .asInt())
                .isEqualTo(2);
        assertThat(content).startsWith("{");
    }

    @Test
    void a_schema_that_cannot_be_followed_is_refused_with_the_keyword() {
        assertThatThrownBy(() ->
                        EngineClient.answer(engine(), CHAT, chat(format("{\"type\":\"integer\",\"multipleOf\":5}"))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("'multipleOf' is not supported");
        assertThatThrownBy(() -> EngineClient.answer(
                        engine(), CHAT, chat(format("{\"type\":\"string\",\"pattern\":\"a(?=b)\"}"))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("the pattern 'a(?=b)' at character");
        assertThatThrownBy(() -> EngineClient.answer(engine(), CHAT, chat(",\"response_format\":{\"type\":\"yaml\"}")))
                .hasMessageContaining("yaml");
    }

    @Test
    void a_call_that_is_insisted_on_is_made_with_fitting_arguments() throws Exception {
        String tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\"}},"
                + "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\","
                + "\"properties\":{\"day\":{\"enum\":[\"today\",\"tomorrow\"]}},\"required\":[\"day\"]}}}]"
                + ",\"chat_template_kwargs\":{\"enable_thinking\":false}";
        String forced = chat(tools + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}")
                .replace("\"max_tokens\":12", "\"max_tokens\":300");
        JsonNode choice = choice(CHAT, forced);
        JsonNode call = choice.path("message").path("tool_calls").path(0);

        assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(choice.path("message").path("content").isNull()).isTrue();
        assertThat(names(call)).containsExactly("id", "type", "function");
        assertThat(call.path("function").path("name").asText()).isEqualTo("weather");
        assertThat(JSON.readTree(call.path("function").path("arguments").asText())
                        .path("day")
                        .asText())
                .isIn("today", "tomorrow");

        List<JsonNode> deltas = new ArrayList<>();
        for (JsonNode event : EngineClient.events(
                engine(), CHAT, forced.replace("\"temperature\":0", "\"temperature\":0,\"stream\":true"))) {
            event.path("choices").path(0).path("delta").path("tool_calls").forEach(deltas::add);
        }
        assertThat(deltas).hasSize(1);
        assertThat(names(deltas.get(0))).containsExactly("index", "id", "type", "function");
        assertThat(deltas.get(0).path("function")).isEqualTo(call.path("function"));
        assertThatThrownBy(() -> choice(CHAT, forced.replace("{\"name\":\"weather\"}", "{\"name\":\"tide\"}")))
                .hasMessageContaining("not among the tools");
    }

    private static final String TOOL_AND_SCHEMA =
            ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}],"
                    + "\"chat_template_kwargs\":{\"enable_thinking\":false}"
                    + format("{\"type\":\"object\",\"properties\":{\"rain\":{\"type\":\"boolean\"}},"
                            + "\"required\":[\"rain\"]}");

    /** Biases the marker of a call, and the end of an object. */
    private static String calling(int bias, String more) {
        int end = TinyTokenizers.of("tiny-qwen3").encode("}")[0];
        return chat(TOOL_AND_SCHEMA + ",\"logit_bias\":{\"559\":" + bias + ",\"" + end + "\":90}" + more)
                .replace("\"max_tokens\":12", "\"max_tokens\":200");
    }

    @Test
    void a_model_with_tools_and_a_schema_may_call() throws Exception {
        JsonNode choice = choice(CHAT, calling(100, ",\"parallel_tool_calls\":false"));

        assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(choice.path("message").path("content").isNull()).isTrue();
        JsonNode calls = choice.path("message").path("tool_calls");
        assertThat(calls).hasSize(1);
        assertThat(calls.path(0).path("function").path("name").asText()).isEqualTo("weather");
        assertThat(calls.path(0).path("function").path("arguments").asText()).isEqualTo("{}");
        assertThat(choice(CHAT, calling(100, ""))
                        .path("message")
                        .path("tool_calls")
                        .size())
                .isGreaterThan(1);
    }

    @Test
    void a_model_with_tools_and_a_schema_that_does_not_call_keeps_to_the_schema() throws Exception {
        JsonNode choice = choice(CHAT, calling(-100, ""));

        assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
        assertThat(choice.path("message").has("tool_calls")).isFalse();
        assertThat(names(JSON.readTree(choice.path("message").path("content").asText())))
                .containsExactly("rain");
    }

    @Test
    void a_call_that_is_insisted_on_comes_before_a_schema_and_none_leaves_the_schema_alone() throws Exception {
        assertThat(choice(CHAT, calling(-100, ",\"tool_choice\":\"required\""))
                        .path("message")
                        .path("tool_calls"))
                .hasSize(1);
        assertThat(choice(CHAT, calling(100, ",\"tool_choice\":\"none\""))
                        .path("message")
                        .path("content")
                        .asText())
                .contains("rain");
        assertThatThrownBy(() -> choice(CHAT, calling(0, ",\"parallel_tool_calls\":2")))
                .hasMessageContaining("parallel_tool_calls has to be true or false");
    }

    @Test
    void an_answer_without_a_limit_is_as_long_as_the_cache_has_room_for() throws Exception {
        Scheduler.Limits limits = new Scheduler.Limits(2, 2, 100, 64);
        try (BuiltInEngine small =
                BuiltInEngine.builder().threads(1).limits(limits).load(folder)) {
            JsonNode reply = EngineClient.document(small, CHAT, chat(NO_END).replace("\"max_tokens\":12,", ""));

            // Six whole pages of 16.
            assertThat(reply.path("usage").path("total_tokens").asInt()).isEqualTo(96);
            assertThat(reply.path("choices").path(0).path("finish_reason").asText())
                    .isEqualTo("length");
        }
    }
}
