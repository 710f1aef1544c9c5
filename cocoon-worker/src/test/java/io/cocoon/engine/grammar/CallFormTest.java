package io.cocoon.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.engine.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Answers that are a document or calls. */
class CallFormTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Tokenizer QWEN = TinyTokenizers.of("tiny-qwen3");
    private static final Tokenizer GEMMA = TinyTokenizers.of("tiny-gemma3");
    private static final TokenBytes QWEN_BYTES = TokenBytes.of(QWEN);
    private static final TokenBytes GEMMA_BYTES = TokenBytes.of(GEMMA);
    private static final List<String> NAMES = List.of("weather", "weather in \"detail\"", "uhr-größe");
    private static final List<Integer> MARKERS = List.of(
            QWEN.addedToken("<tool_call>").orElseThrow(),
            QWEN.addedToken("</tool_call>").orElseThrow());

    private static final int LEAST_TRIES = 60;
    private static final int MOST_TRIES = 10_000;

    private static Grammar grammar(CallForm form) throws Exception {
        JsonNode schema = JSON.readTree(
                "{\"type\":\"object\",\"properties\":{\"rain\":{\"type\":\"boolean\"}},\"required\":[\"rain\"]}");
        return SchemaReader.read(schema, form);
    }

    private static CallForm form(String open, String close, boolean marked, boolean several) {
        return new CallForm(NAMES, open, close, marked, "arguments", several);
    }

    /** Draws tokens at random; in the long run it wants to end. */
    private static String draw(Grammar grammar, boolean marked, boolean calls, Random random) {
        Tokenizer tokenizer = marked ? QWEN : GEMMA;
        int end = tokenizer.size();
        JsonConstraint constraint = new JsonConstraint(
                grammar,
                marked ? QWEN_BYTES : GEMMA_BYTES,
                List.of(end),
                marked ? MARKERS : List.of(),
                new JsonConstraint.Thoughts(-1, -1, JsonConstraint.Thoughts.Where.BEHIND));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int i = 0; !constraint.isComplete(); i++) {
            int best = -1;
            float[] logits = new float[end + 1];
            for (int id = 0; id < logits.length; id++) {
                byte[] bytes = tokenizer.has(id) ? tokenizer.tokenBytes(id) : new byte[0];
                boolean closes = bytes.length == 1 && "\"]}0".indexOf(bytes[0]) >= 0;
                boolean opens = bytes.length > 0 && bytes[0] == '<' && calls && i <= 40;
                logits[id] = random.nextFloat() + (i > 40 && closes ? 3 : 0) + (i > 40 && id == end ? 9 : 0);
                logits[id] += opens ? 5 : 0;
            }
            constraint.mask(logits);
            for (int id = 0; id < logits.length; id++) {
                if (logits[id] > Float.NEGATIVE_INFINITY && (best < 0 || logits[id] > logits[best])) {
                    best = id;
                }
            }
            assertThat(best).as("after %s", text).isNotNegative();
            if (best == end) {
                break;
            }
            constraint.accept(best);
            text.writeBytes(tokenizer.tokenBytes(best));
            assertThat(i).isLessThan(5_000);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Returns how many calls a text is; 0 if it is a document. Whatever else it is fails. */
    private static int calls(String text, String open, String close) throws Exception {
        if (!text.strip().startsWith(open)) {
            assertThat(JSON.readTree(text).path("rain").isBoolean()).as(text).isTrue();
            return 0;
        }
        int count = 0;
        for (String rest = text.strip(); !rest.isEmpty(); count++) {
            assertThat(rest).startsWith(open);
            // A closing tag may stand in the arguments too: the parser says where they end.
            String inside = rest.substring(open.length());
            try (JsonParser parser = new ObjectMapper().createParser(inside)) {
                JsonNode call = parser.readValueAsTree();
                assertThat(NAMES).contains(call.path("name").asText());
                assertThat(call.path("arguments").isObject()).isTrue();
                assertThat(call).hasSize(2);
                rest = inside.substring((int) parser.currentLocation().getCharOffset())
                        .strip();
            }
            assertThat(rest).startsWith(close);
            rest = rest.substring(close.length()).strip();
        }
        return count;
    }

    @Property(tries = 150)
    void whatever_comes_is_a_document_or_calls_and_nothing_between(
            @ForAll long seed, @ForAll boolean marked, @ForAll boolean calls, @ForAll boolean several)
            throws Exception {
        String text =
                draw(grammar(form("<tool_call>", "</tool_call>", marked, several)), marked, calls, new Random(seed));

        assertThat(calls(text, "<tool_call>", "</tool_call>")).isBetween(0, several ? 5_000 : 1);
    }

    @Test
    void both_documents_and_calls_come_and_several_calls_only_where_they_may() throws Exception {
        long first = System.nanoTime();
        System.out.println("seed " + first);
        for (boolean several : new boolean[] {false, true}) {
            Grammar grammar = grammar(form("<tool_call>", "</tool_call>", true, several));
            Set<Integer> wanted = several ? Set.of(0, 1, 2) : Set.of(0, 1);
            Set<Integer> seen = new TreeSet<>();
            // Each is drawn in some share of the tries only, so they go on until all have come.
            for (int i = 0; i < LEAST_TRIES || i < MOST_TRIES && !seen.containsAll(wanted); i++) {
                String text = draw(grammar, true, i % 2 == 0, new Random(first + i));
                seen.add(Math.min(2, calls(text, "<tool_call>", "</tool_call>")));
            }
            assertThat(seen).as("numbers of calls, with 2 for more").isEqualTo(wanted);
        }
    }

    @Test
    void a_document_and_a_bare_call_are_told_apart_as_they_go() throws Exception {
        Grammar grammar = grammar(new CallForm(List.of("rainy"), "", "", false, "parameters", true));
        for (String text : List.of(
                "{\"rain\":true}",
                "{\"name\": \"rainy\", \"parameters\": {\"a\": [1]}}",
                "{\"name\":\"rainy\",\"parameters\":{}}; {\"name\":\"rainy\",\"parameters\":{}}")) {
            assertThat(takes(grammar, text)).as(text).isTrue();
        }
        for (String text : List.of(
                "{\"rain\":true};{\"rain\":true}",
                "{\"name\":\"snowy\",\"parameters\":{}}",
                "{\"name\":\"rainy\",\"parameters\":[]}",
                "{\"name\":\"rainy\",\"arguments\":{}}",
                "rain")) {
            assertThat(takes(grammar, text)).as(text).isFalse();
        }
    }

    private static boolean takes(Grammar grammar, String text) {
        Automaton.State state = new Automaton(grammar).start();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            Automaton.State next = state.next(b & 0xff);
            if (next == null) {
                return false;
            }
            state = next;
        }
        return state.accepts();
    }

    @Test
    void a_marker_of_a_call_never_stands_within_a_document() throws Exception {
        JsonNode schema = JSON.readTree("{\"type\":\"string\"}");
        JsonConstraint constraint = new JsonConstraint(
                SchemaReader.read(schema, form("<tool_call>", "</tool_call>", true, true)),
                QWEN_BYTES,
                List.of(),
                MARKERS,
                new JsonConstraint.Thoughts(-1, -1, JsonConstraint.Thoughts.Where.BEHIND));
        float[] atStart = new float[QWEN.size()];
        constraint.mask(atStart);
        assertThat(atStart[MARKERS.get(0)]).isZero();
        assertThat(atStart[MARKERS.get(1)]).isEqualTo(Float.NEGATIVE_INFINITY);

        constraint.accept(QWEN.encode("\"")[0]);
        float[] within = new float[QWEN.size()];
        constraint.mask(within);
        assertThat(within[MARKERS.get(0)]).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThatThrownBy(() -> constraint.accept(MARKERS.get(0))).isInstanceOf(IllegalStateException.class);
    }
}
