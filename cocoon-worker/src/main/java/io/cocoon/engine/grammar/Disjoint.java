package io.cocoon.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Whether two schemas can fit the same document, as far as types and constants tell. */
final class Disjoint {

    private Disjoint() {}

    /** Returns true only if no document fits both. */
    static boolean test(JsonNode a, JsonNode b) {
        Set<String> types = types(a);
        types.retainAll(types(b));
        if (types.isEmpty()) {
            return true;
        }
        if (!constants(a).isEmpty() && !constants(b).isEmpty()) {
            Set<JsonNode> both = constants(a);
            both.retainAll(constants(b));
            return both.isEmpty();
        }
        if (!types.equals(Set.of("object"))) {
            return false;
        }
        for (Map.Entry<String, JsonNode> each : a.path("properties").properties()) {
            Set<JsonNode> one = constants(each.getValue());
            Set<JsonNode> other = constants(b.path("properties").path(each.getKey()));
            if (!one.isEmpty() && !other.isEmpty() && requires(a, each.getKey()) && requires(b, each.getKey())) {
                one.retainAll(other);
                if (one.isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean requires(JsonNode schema, String name) {
        for (JsonNode each : schema.path("required")) {
            if (each.asText().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static Set<JsonNode> constants(JsonNode schema) {
        Set<JsonNode> values = new HashSet<>();
        if (schema.has("const")) {
            values.add(schema.path("const"));
        }
        schema.path("enum").forEach(values::add);
        return values;
    }

    private static Set<String> types(JsonNode schema) {
        Set<String> types = new HashSet<>();
        constants(schema).forEach(value -> types.add(typeOf(value)));
        if (types.isEmpty() && schema.path("type").isTextual()) {
            types.add(schema.path("type").asText());
        }
        if (types.isEmpty()) {
            schema.path("type").forEach(each -> types.add(each.asText()));
        }
        if (types.isEmpty()) {
            types.addAll(Set.of("object", "array", "string", "number", "boolean", "null"));
        }
        if (types.contains("number")) {
            types.add("integer");
        }
        return types;
    }

    static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            case BOOLEAN -> "boolean";
            default -> "null";
        };
    }

    static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }
}
