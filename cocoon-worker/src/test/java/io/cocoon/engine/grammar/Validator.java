package io.cocoon.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks documents against schemas, straight from the words of the specification. Knows nothing of grammars. */
final class Validator {

    private final JsonNode root;

    private Validator(JsonNode root) {
        this.root = root;
    }

    static boolean fits(JsonNode schema, JsonNode document) {
        return new Validator(schema).test(schema, document);
    }

    private boolean test(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.booleanValue();
        }
        if (schema.has("$ref")) {
            String pointer = schema.path("$ref").asText();
            return test(pointer.equals("#") ? root : root.at(pointer.substring(1)), value);
        }
        if (schema.has("const") && !schema.path("const").equals(value)) {
            return false;
        }
        if (schema.has("enum") && !list(schema.path("enum")).contains(value)) {
            return false;
        }
        if (schema.has("anyOf") && list(schema.path("anyOf")).stream().noneMatch(each -> test(each, value))) {
            return false;
        }
        if (schema.has("oneOf")
                && list(schema.path("oneOf")).stream()
                                .filter(each -> test(each, value))
                                .count()
                        != 1) {
            return false;
        }
        return type(schema, value)
                && number(schema, value)
                && text(schema, value)
                && array(schema, value)
                && object(schema, value);
    }

    private static List<JsonNode> list(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }

    private static boolean type(JsonNode schema, JsonNode value) {
        if (!schema.has("type")) {
            return true;
        }
        Set<String> types = new HashSet<>();
        types.add(schema.path("type").asText());
        schema.path("type").forEach(each -> types.add(each.asText()));
        return value.isObject() && types.contains("object")
                || value.isArray() && types.contains("array")
                || value.isTextual() && types.contains("string")
                || value.isBoolean() && types.contains("boolean")
                || value.isNull() && types.contains("null")
                || value.isNumber() && types.contains("number")
                || value.isNumber()
                        && value.decimalValue().stripTrailingZeros().scale() <= 0
                        && types.contains("integer");
    }

    private static boolean number(JsonNode schema, JsonNode value) {
        if (!value.isNumber()) {
            return true;
        }
        BigDecimal number = value.decimalValue();
        return !(schema.has("minimum")
                        && number.compareTo(schema.path("minimum").decimalValue()) < 0
                || schema.has("maximum")
                        && number.compareTo(schema.path("maximum").decimalValue()) > 0
                || schema.has("exclusiveMinimum")
                        && number.compareTo(schema.path("exclusiveMinimum").decimalValue()) <= 0
                || schema.has("exclusiveMaximum")
                        && number.compareTo(schema.path("exclusiveMaximum").decimalValue()) >= 0);
    }

    private static boolean text(JsonNode schema, JsonNode value) {
        int length = value.asText().codePointCount(0, value.asText().length());
        return !value.isTextual()
                || length >= schema.path("minLength").asInt(0)
                        && length <= schema.path("maxLength").asInt(Integer.MAX_VALUE)
                        && Pattern.compile(schema.path("pattern").asText(""))
                                .matcher(value.asText())
                                .find();
    }

    private boolean array(JsonNode schema, JsonNode value) {
        if (!value.isArray()) {
            return true;
        }
        JsonNode first = schema.path("prefixItems");
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = i < first.size() ? first.path(i) : schema.path("items");
            if (!item.isMissingNode() && !test(item, value.path(i))) {
                return false;
            }
        }
        return value.size() >= schema.path("minItems").asInt(0)
                && value.size() <= schema.path("maxItems").asInt(Integer.MAX_VALUE);
    }

    private boolean object(JsonNode schema, JsonNode value) {
        if (!value.isObject()) {
            return true;
        }
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asText())) {
                return false;
            }
        }
        return value.properties().stream().allMatch(each -> {
            JsonNode own = schema.path("properties").path(each.getKey());
            JsonNode rule = own.isMissingNode() ? schema.path("additionalProperties") : own;
            return rule.isMissingNode() || test(rule, each.getValue());
        });
    }
}
