package io.cocoon.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.engine.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever a schema and whatever a model wants to say: what comes out is JSON that fits. */
class SchemaProperties {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final Tokenizer QWEN = TinyTokenizers.of("tiny-qwen3");
    private static final Tokenizer GEMMA = TinyTokenizers.of("tiny-gemma3");
    private static final TokenBytes QWEN_BYTES = TokenBytes.of(QWEN);
    private static final TokenBytes GEMMA_BYTES = TokenBytes.of(GEMMA);
    private static final List<String> NAMES = List.of("a", "ab", "b", "naïve", "with space", "quote\"", "日本");

    private static ObjectNode schema(Random random, int depth) {
        ObjectNode schema = JSON.createObjectNode();
        switch (random.nextInt(depth > 2 ? 6 : 12)) {
            case 0 -> {
                schema.put("type", "string");
                if (random.nextBoolean()) {
                    int least = random.nextInt(4);
                    schema.put("minLength", least).put("maxLength", least + random.nextInt(5));
                } else if (random.nextInt(3) == 0) {
                    schema.put(
                            "pattern",
                            List.of("^[A-Z][a-zé]{0,6}$", "^ü?\\d|^\"", "^(?:\\w+ ?)+$")
                                    .get(random.nextInt(3)));
                }
            }
            case 1 -> {
                schema.put("type", "integer");
                long least = random.nextInt(20_000) - 10_000;
                if (random.nextBoolean()) {
                    schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", least);
                }
                if (random.nextBoolean()) {
                    schema.put(
                            random.nextBoolean() ? "maximum" : "exclusiveMaximum", least + 2 + random.nextInt(3_000));
                }
            }
            case 2 -> {
                schema.put("type", "number");
                long least = random.nextInt(200) - 100;
                if (random.nextBoolean()) {
                    schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", least);
                }
                if (random.nextBoolean()) {
                    schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", least + random.nextInt(120));
                }
            }
            case 3 -> schema.putArray("type").add("boolean").add("null");
            case 4 -> {
                ArrayNode values = schema.putArray("enum");
                values.add("red").add("redder").add(7).add(-0.5).addNull().add(true);
                values.addObject().put("k", "ü\n\"");
            }
            case 5 -> schema.put("const", NAMES.get(random.nextInt(NAMES.size())));
            case 6, 7, 8 -> object(schema, random, depth);
            case 9 -> {
                schema.put("type", "array").set("items", schema(random, depth + 1));
                int least = random.nextInt(3);
                if (random.nextBoolean()) {
                    schema.put("minItems", least);
                }
                if (random.nextBoolean()) {
                    schema.put("maxItems", least + random.nextInt(3));
                }
                if (random.nextBoolean()) {
                    schema.putArray("prefixItems")
                            .add(schema(random, depth + 1))
                            .add(schema(random, depth + 1));
                }
            }
            case 10 -> schema.putArray("anyOf").add(schema(random, depth + 1)).add(schema(random, depth + 1));
            default -> {
                schema.putArray("anyOf").addObject().put("$ref", "#/$defs/node");
                schema.withArray("anyOf").addObject().put("type", "null");
            }
        }
        return schema;
    }

    private static void object(ObjectNode schema, Random random, int depth) {
        schema.put("type", "object");
        ObjectNode properties = JSON.createObjectNode();
        ArrayNode required = JSON.createArrayNode();
        boolean plain = random.nextBoolean();
        for (String name : NAMES) {
            boolean ascii = name.chars().allMatch(c -> c < 128 && c != '"');
            if (random.nextInt(3) == 0 && (ascii || !plain)) {
                properties.set(name, schema(random, depth + 1));
                if (random.nextBoolean()) {
                    required.add(name);
                }
            }
        }
        if (!properties.isEmpty() || random.nextBoolean()) {
            schema.set("properties", properties);
            schema.set("required", required);
        }
        if (random.nextInt(3) == 0) {
            schema.put("additionalProperties", false);
        } else if (plain) {
            schema.set("additionalProperties", schema(random, depth + 1));
        }
    }

    private static JsonNode whole(Random random) throws JsonProcessingException {
        ObjectNode schema = schema(random, 0);
        ObjectNode node = JSON.createObjectNode();
        node.put("type", "object").putArray("required").add("left");
        ArrayNode left = node.putObject("properties").putObject("left").putArray("anyOf");
        left.addObject().put("$ref", "#/$defs/node");
        left.addObject().put("type", "integer");
        schema.putObject("$defs").set("node", node);
        // Read back, so that its numbers equal those of documents.
        return JSON.readTree(schema.toString());
    }

    /** Draws tokens at random until the document is whole. */
    private static byte[] draw(Grammar grammar, Tokenizer tokenizer, TokenBytes bytes, Random random) {
        int end = tokenizer.size();
        JsonConstraint constraint = new JsonConstraint(
                grammar,
                bytes,
                List.of(end),
                List.of(),
                new JsonConstraint.Thoughts(-1, -1, JsonConstraint.Thoughts.Where.BEHIND));
        ByteArrayOutputStream document = new ByteArrayOutputStream();
        for (int i = 0; !constraint.isComplete(); i++) {
            // In the long run it wants to end: else what may go on without end would.
            int best = -1;
            float[] logits = new float[end + 1];
            for (int id = 0; id < logits.length; id++) {
                logits[id] = random.nextFloat() + (i > 60 ? pull(tokenizer, id, end) : 0);
            }
            constraint.mask(logits);
            for (int id = 0; id < logits.length; id++) {
                if (logits[id] > Float.NEGATIVE_INFINITY && (best < 0 || logits[id] > logits[best])) {
                    best = id;
                }
            }
            assertThat(best).as("after %s", document).isNotNegative();
            if (best == end) {
                break;
            }
            constraint.accept(best);
            document.writeBytes(tokenizer.tokenBytes(best));
            assertThat(i).isLessThan(5_000);
        }
        return document.toByteArray();
    }

    private static float pull(Tokenizer tokenizer, int id, int end) {
        if (id == end) {
            return 9;
        }
        if (!tokenizer.has(id)) {
            return 0;
        }
        byte[] bytes = tokenizer.tokenBytes(id);
        return bytes.length == 1 && "\"]}0".indexOf(bytes[0]) >= 0 ? 3 : 0;
    }

    @Property(tries = 400)
    void every_document_of_every_schema_fits(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        JsonNode schema = whole(random);
        Grammar grammar;
        try {
            grammar = SchemaReader.read(schema);
        } catch (SchemaException e) {
            // Bounds that leave nothing, or names beside which others are not supported.
            assertThat(e).hasMessageMatching("(?s).*(no document of finite depth|plain ASCII).*");
            return;
        }
        boolean qwen = random.nextBoolean();
        byte[] bytes = draw(grammar, qwen ? QWEN : GEMMA, qwen ? QWEN_BYTES : GEMMA_BYTES, random);
        String text = utf8(bytes);
        JsonNode document = JSON.readTree(text);
        assertThat(Validator.fits(schema, document))
                .as("seed %d, schema %s, document %s", seed, schema, text)
                .isTrue();
        assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(document.toString()))
                .as(text)
                .isTrue();
    }

    private static String utf8(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    @Property(tries = 200)
    void what_the_mask_allows_is_what_the_bytes_of_each_token_allow(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Grammar grammar = SchemaReader.read(JSON.createObjectNode().put("type", "object"));
        Automaton.State state = new Automaton(grammar).start();
        for (int i = 0; i < 12; i++) {
            List<Integer> allowed = QWEN_BYTES.allowed(state).stream().boxed().toList();
            for (int id = 0; id < QWEN.size(); id++) {
                Automaton.State at = state;
                for (byte b : QWEN.has(id) ? QWEN.tokenBytes(id) : new byte[0]) {
                    at = at == null ? null : at.next(b & 0xff);
                }
                boolean text = QWEN.has(id) && !QWEN.isMarker(id);
                assertThat(allowed.contains(id)).isEqualTo(text && at != null);
            }
            if (allowed.isEmpty()) {
                return;
            }
            for (byte b : QWEN.tokenBytes(allowed.get(random.nextInt(allowed.size())))) {
                state = Objects.requireNonNull(state.next(b & 0xff));
            }
        }
    }
}
