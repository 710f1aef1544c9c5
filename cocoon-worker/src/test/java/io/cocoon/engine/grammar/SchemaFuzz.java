package io.cocoon.engine.grammar;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A schema comes from anyone: it is followed or refused, and what it lets through can be brought to an end. */
class SchemaFuzz {

    private static final List<String> KEYWORDS = List.of(
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "enum",
            "const",
            "anyOf",
            "oneOf",
            "allOf",
            "$ref",
            "$defs",
            "title",
            "pattern",
            "format",
            "a",
            "b");
    private static final List<String> TEXTS = List.of(
            "object",
            "array",
            "string",
            "number",
            "integer",
            "boolean",
            "null",
            "#",
            "#/$defs/a",
            "#/properties/b",
            "^[a-c]{2}|\\d+",
            "date",
            "a");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    @FuzzTest
    void schemas(FuzzedDataProvider data) {
        byte[] wishes = data.consumeBytes(data.consumeInt(0, 60));
        walk(value(data, 0), wishes);
    }

    @FuzzTest
    void patterns(FuzzedDataProvider data) {
        byte[] wishes = data.consumeBytes(data.consumeInt(0, 60));
        walk(JSON.objectNode().put("pattern", data.consumeRemainingAsString()), wishes);
    }

    private static void walk(JsonNode schema, byte[] wishes) {
        Grammar grammar;
        try {
            grammar = SchemaReader.read(schema);
        } catch (SchemaException e) {
            // Refusing is fine.
            return;
        }
        Automaton.State state = new Automaton(grammar).start();
        for (byte wish : wishes) {
            Automaton.State next = null;
            for (int i = 0; i < 256 && next == null; i++) {
                next = state.next(wish + i & 0xff);
            }
            if (next == null) {
                if (!state.accepts()) {
                    throw new AssertionError("a dead end");
                }
                return;
            }
            state = next;
        }
    }

    private static JsonNode value(FuzzedDataProvider data, int depth) {
        switch (data.consumeInt(0, depth > 8 ? 4 : 7)) {
            case 0:
                return JSON.numberNode(data.consumeLong());
            case 1:
                return JSON.numberNode(data.consumeInt(-9, 99));
            case 2:
                return JSON.booleanNode(data.consumeBoolean());
            case 3:
                return JSON.textNode(data.consumeString(6));
            case 4:
                return JSON.textNode(data.pickValue(TEXTS));
            case 5:
                ArrayNode items = JSON.arrayNode();
                for (int i = data.consumeInt(0, 4); i > 0; i--) {
                    items.add(value(data, depth + 1));
                }
                return items;
            default:
                ObjectNode members = JSON.objectNode();
                for (int i = data.consumeInt(0, 5); i > 0; i--) {
                    members.set(data.pickValue(KEYWORDS), value(data, depth + 1));
                }
                return members;
        }
    }
}
