package io.cocoon.tl.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Objects as JSON, in two forms.
 *
 * <p>The exact form, for people and test vectors: {@code @type} with the name, longs as decimal strings, bytes and
 * int256 as hexadecimal digits, absent fields left out; a double that is not finite is a string. The form of the
 * reference's configuration files is read only; wire dossier 8.1.
 *
 * <p>Immutable and thread-safe. Every method throws {@link IllegalArgumentException} with the path of the member for
 * text that is not what it should be. Input may be at most 48 Mi characters and 64 levels deep.
 */
public final class TlJson {

    private static final int MAX_TEXT = 48 << 20;
    private static final int MAX_NESTING = 64;

    private static final ObjectMapper MAPPER = mapper();

    private final TlSchema schema;

    /** Converts objects of this schema. */
    public TlJson(TlSchema schema) {
        this.schema = schema;
    }

    private static ObjectMapper mapper() {
        JsonMapper mapper = JsonMapper.builder().build();
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_NESTING)
                        .maxStringLength(MAX_TEXT)
                        .build());
        return mapper;
    }

    /** Writes an object in the exact form. */
    public String toJson(TlNode node) {
        try {
            return MAPPER.writeValueAsString(exact(node));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values could not be written as JSON", e);
        }
    }

    private static JsonNode exact(Object value) {
        JsonNodeFactory make = JsonNodeFactory.instance;
        if (value instanceof TlNode node) {
            ObjectNode object = make.objectNode().put("@type", node.type());
            node.fields().forEach((name, field) -> object.set(name, exact(field)));
            return object;
        } else if (value instanceof List<?> list) {
            var array = make.arrayNode();
            list.forEach(element -> array.add(exact(element)));
            return array;
        } else if (value instanceof Integer number) {
            return make.numberNode(number);
        } else if (value instanceof Double number) {
            return Double.isFinite(number) ? make.numberNode(number) : make.textNode(number.toString());
        } else if (value instanceof Boolean bool) {
            return make.booleanNode(bool);
        } else if (value instanceof Bytes bytes) {
            return make.textNode(bytes.toHex());
        } else if (value instanceof Int256 bytes) {
            return make.textNode(bytes.toHex());
        }
        return make.textNode(value.toString());
    }

    /** Reads an object in the exact form; every field must be there unless its flag bit is off. */
    public TlNode fromJson(String json) {
        JsonNode tree = parse(json);
        return object(schema.combinator(tree.path("@type").asText()), tree, Form.EXACT, "$");
    }

    /**
     * Reads a configuration file: all members are optional, null and a missing member are the zero value, unknown
     * members are ignored, numbers may be strings, Bools may be numbers, bytes are Base64.
     *
     * @param type the constructor's name, for example {@code workerRunner.config}
     */
    public TlNode fromConfig(String type, String json) {
        return object(schema.combinator(type), parse(json), Form.CONFIG, "$");
    }

    private static JsonNode parse(String json) {
        if (json.length() > MAX_TEXT) {
            throw new IllegalArgumentException(
                    "JSON of " + json.length() + " characters, at most " + MAX_TEXT + " are read");
        }
        try {
            JsonNode tree = MAPPER.readTree(json);
            if (!tree.isObject()) {
                throw new IllegalArgumentException("a JSON object is wanted, got " + tree.getNodeType());
            }
            return tree;
        } catch (JsonProcessingException e) {
            // Its own message quotes the input, which may hold a private key.
            e.clearLocation();
            throw new IllegalArgumentException("not JSON: " + e.getClass().getSimpleName());
        }
    }

    private enum Form {
        EXACT,
        CONFIG
    }

    private TlNode object(Combinator combinator, JsonNode json, Form form, String path) {
        if (!json.isObject()) {
            throw wrong(path, "an object", json);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Combinator.Field field : combinator.fields()) {
            if (TlSchema.isPresent(field, fields)) {
                fields.put(field.name(), value(field.type(), json.path(field.name()), form, path + '.' + field.name()));
            }
        }
        return new TlNode(combinator.name(), fields);
    }

    private Object value(TlType type, JsonNode json, Form form, String path) {
        if (type instanceof TlType.Vector vector) {
            return vector(vector, json, form, path);
        } else if (type instanceof TlType.Bare bare) {
            return object(schema.combinator(bare.constructor()), orEmpty(json, form), form, path);
        } else if (type instanceof TlType.Boxed boxed) {
            return boxed(boxed, json, form, path);
        }
        TlType.Scalar scalar = (TlType.Scalar) type;
        try {
            return form == Form.EXACT ? exactScalar(scalar, json, path) : configScalar(scalar, json, path);
        } catch (NumberFormatException e) {
            throw wrong(path, "a decimal integer in range", json);
        }
    }

    private static JsonNode orEmpty(JsonNode json, Form form) {
        return form == Form.CONFIG && (json.isMissingNode() || json.isNull())
                ? JsonNodeFactory.instance.objectNode()
                : json;
    }

    private TlNode boxed(TlType.Boxed boxed, JsonNode json, Form form, String path) {
        String name = json.path("@type").asText();
        for (Combinator each : schema.combinators()) {
            if (each.name().equals(name) && each.result().equals(boxed.result())) {
                return object(each, json, form, path);
            }
        }
        throw wrong(path, "an object whose @type is a " + boxed.result(), json);
    }

    private List<Object> vector(TlType.Vector vector, JsonNode json, Form form, String path) {
        if (form == Form.CONFIG && (json.isMissingNode() || json.isNull())) {
            return List.of();
        }
        if (!json.isArray()) {
            throw wrong(path, "an array", json);
        }
        List<Object> list = new ArrayList<>(json.size());
        for (int i = 0; i < json.size(); i++) {
            list.add(value(vector.element(), json.get(i), form, path + '[' + i + ']'));
        }
        return List.copyOf(list);
    }

    private static Object exactScalar(TlType.Scalar type, JsonNode json, String path) {
        switch (type) {
            case INT, FLAGS:
                if (json.canConvertToInt() && json.isIntegralNumber()) {
                    return json.intValue();
                }
                throw wrong(path, "a 32-bit integer", json);
            case DOUBLE:
                return json.isTextual() ? Double.valueOf(json.textValue()) : Double.valueOf(number(json, path));
            case BOOL:
                if (json.isBoolean()) {
                    return json.booleanValue();
                }
                throw wrong(path, "true or false", json);
            default:
                String text = text(json, path);
                return switch (type) {
                    case LONG -> Long.valueOf(text);
                    case BYTES -> bytes(() -> Bytes.fromHex(text), path, "hexadecimal digits", json);
                    case INT256 -> bytes(() -> Int256.fromHex(text), path, "64 hexadecimal digits", json);
                    default -> text;
                };
        }
    }

    private static Object configScalar(TlType.Scalar type, JsonNode json, String path) {
        boolean isAbsent = json.isMissingNode() || json.isNull();
        return switch (type) {
            case INT, FLAGS -> isAbsent ? Integer.valueOf(0) : Integer.valueOf(integer(json, path));
            case LONG -> isAbsent ? Long.valueOf(0) : Long.valueOf(integer(json, path));
            case DOUBLE -> isAbsent ? Double.valueOf(0) : Double.valueOf(number(json, path));
            case BOOL -> json.isBoolean() ? json.booleanValue() : !isAbsent && Long.parseLong(integer(json, path)) != 0;
            case STRING -> isAbsent ? "" : text(json, path);
            case BYTES -> isAbsent ? Bytes.empty() : base64(json, path);
            case INT256 ->
                isAbsent
                        ? Int256.ZERO
                        : bytes(() -> Int256.of(base64(json, path).toByteArray()), path, "Base64 of 32 bytes", json);
        };
    }

    private static Bytes base64(JsonNode json, String path) {
        String text = text(json, path);
        return bytes(() -> Bytes.wrapUnshared(Base64.getDecoder().decode(text)), path, "Base64", json);
    }

    private static <T> T bytes(java.util.function.Supplier<T> parse, String path, String wanted, JsonNode json) {
        try {
            return parse.get();
        } catch (IllegalArgumentException e) {
            throw wrong(path, wanted, json);
        }
    }

    private static String integer(JsonNode json, String path) {
        if (json.isIntegralNumber() || json.isTextual()) {
            return json.asText();
        }
        throw wrong(path, "an integer, as number or string", json);
    }

    private static double number(JsonNode json, String path) {
        if (json.isNumber()) {
            return json.doubleValue();
        }
        throw wrong(path, "a number", json);
    }

    private static String text(JsonNode json, String path) {
        if (json.isTextual()) {
            return json.textValue();
        }
        throw wrong(path, "a string", json);
    }

    /** Names the kind of what was found, never its content: a configuration holds private keys. */
    private static IllegalArgumentException wrong(String path, String wanted, JsonNode json) {
        return new IllegalArgumentException(path + ": " + wanted + " is wanted, got "
                + (json.isMissingNode() ? "nothing" : "a JSON " + json.getNodeType()));
    }
}
