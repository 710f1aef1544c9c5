package io.cocoon.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns a JSON schema into a grammar. Every document of the grammar fits the schema; not every document that fits is in the
 * grammar, because members come in the order of the schema and numbers are bounded. What cannot be followed is refused by name.
 */
public final class SchemaReader {

    /** How deep schemas may be within each other, references followed. */
    private static final int MAX_DEPTH = 64;

    /** How many values one enumeration may have. */
    private static final int MAX_VALUES = 2_000;

    /** How many alternatives may have to exclude each other: all pairs of them are compared. */
    private static final int MAX_EXCLUSIVE = 100;

    /** How many characters the names may have together beside which others are allowed. */
    private static final int MAX_NAMES = 2_000;

    private static final Set<String> REMARKS = Set.of(
            "title",
            "description",
            "default",
            "examples",
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "deprecated",
            "readOnly",
            "writeOnly",
            "discriminator",
            "strict");

    private static final Map<String, Set<String>> OF_TYPE = Map.of(
            "object", Set.of("properties", "required", "additionalProperties"),
            "array", Set.of("items", "prefixItems", "minItems", "maxItems"),
            "string", Set.of("minLength", "maxLength", "pattern", "format"),
            "number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
            "integer", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
            "boolean", Set.of(),
            "null", Set.of());

    private static final List<String> TYPES =
            List.of("object", "array", "string", "number", "integer", "boolean", "null");

    private final JsonNode root;
    private final Grammar grammar = new Grammar();
    private final JsonGrammar json = new JsonGrammar(grammar);
    private final NumberRange numbers = new NumberRange(grammar, json);
    private final Map<String, Node.Rule> references = new HashMap<>();
    private int depth;

    private SchemaReader(JsonNode root) {
        this.root = root;
    }

    /**
     * Reads a schema.
     *
     * @throws SchemaException if it uses what is not supported, contradicts itself, is too large, or fits no finite document
     */
    public static Grammar read(JsonNode schema) throws SchemaException {
        return new SchemaReader(schema).whole(null);
    }

    /**
     * Reads a schema, for an answer that is a document of it or calls of functions.
     *
     * @throws SchemaException as above, or if the names of the functions are too many
     */
    public static Grammar read(JsonNode schema, CallForm calls) throws SchemaException {
        return new SchemaReader(schema).whole(calls);
    }

    private Grammar whole(@Nullable CallForm calls) throws SchemaException {
        Node document = grammar.call(rule(root, "#"), grammar.end());
        if (calls != null) {
            document = grammar.either(document, calls.before(grammar, json, grammar.end()));
        }
        Node content = document;
        // What stands between a model's thoughts and its answer.
        return grammar.startingAt(grammar.repeat(n -> grammar.oneOf(" \n", n), 0, 4, content));
    }

    private static SchemaException problem(String where, String what) {
        return new SchemaException("the JSON schema at " + where + ": " + what);
    }

    private Node.Rule rule(JsonNode schema, String where) throws SchemaException {
        Node.Rule rule = new Node.Rule();
        rule.start(node(schema, where));
        return rule;
    }

    /** One value, to the end of its rule. */
    private Node node(JsonNode schema, String where) throws SchemaException {
        if (depth >= MAX_DEPTH) {
            throw problem(where, "schemas are nested deeper than " + MAX_DEPTH);
        }
        depth++;
        try {
            return nested(schema, where);
        } finally {
            depth--;
        }
    }

    private Node nested(JsonNode schema, String where) throws SchemaException {
        if (schema.isBoolean() || schema.isEmpty() && schema.isObject()) {
            return schema.isBoolean() && !schema.booleanValue() ? grammar.either() : any();
        }
        if (!schema.isObject()) {
            throw problem(where, "a schema is an object, true or false");
        }
        for (String name : List.of("$ref", "anyOf", "oneOf", "allOf", "const", "enum")) {
            if (schema.has(name)) {
                return combined(schema, name, where);
            }
        }
        List<String> types = types(schema, where);
        refuseOthers(schema, where);
        List<Node> ways = new ArrayList<>();
        for (String type : types) {
            ways.add(typed(schema, type, where));
        }
        return grammar.either(ways);
    }

    private Node any() throws SchemaException {
        return grammar.call(json.value(), grammar.end());
    }

    private static void refuseOthers(JsonNode schema, String where) throws SchemaException {
        for (Map.Entry<String, JsonNode> each : schema.properties()) {
            String name = each.getKey();
            boolean known = name.equals("type") || REMARKS.contains(name);
            for (String type : TYPES) {
                // What is said of other types says nothing.
                known |= OF_TYPE.getOrDefault(type, Set.of()).contains(name);
            }
            if (!known) {
                throw problem(where, "'" + name + "' is not supported");
            }
        }
    }

    private static List<String> types(JsonNode schema, String where) throws SchemaException {
        Set<String> types = new LinkedHashSet<>();
        JsonNode stated = schema.path("type");
        if (stated.isTextual()) {
            types.add(stated.asText());
        }
        stated.forEach(each -> types.add(each.asText()));
        if (types.isEmpty()) {
            for (String type : List.of("object", "array", "string", "number")) {
                if (OF_TYPE.getOrDefault(type, Set.of()).stream().anyMatch(schema::has)) {
                    types.add(type);
                }
            }
        }
        if (types.isEmpty()) {
            types.addAll(List.of("object", "array", "string", "number", "boolean", "null"));
        }
        for (String type : types) {
            if (!TYPES.contains(type)) {
                throw problem(where, "there is no such type; there are " + TYPES);
            }
        }
        return List.copyOf(types);
    }

    private Node combined(JsonNode schema, String name, String where) throws SchemaException {
        for (Map.Entry<String, JsonNode> each : schema.properties()) {
            boolean fits = each.getKey().equals("type") && (name.equals("const") || name.equals("enum"));
            if (!each.getKey().equals(name) && !REMARKS.contains(each.getKey()) && !fits) {
                throw problem(where, "'" + each.getKey() + "' together with '" + name + "' is not supported");
            }
        }
        JsonNode value = schema.path(name);
        String inner = where + "/" + name;
        switch (name) {
            case "$ref" -> {
                return grammar.call(reference(value.asText(), inner), grammar.end());
            }
            case "const" -> {
                return literals(List.of(value), schema, where);
            }
            case "enum" -> {
                List<JsonNode> values = new ArrayList<>();
                value.forEach(values::add);
                return literals(values, schema, where);
            }
            default -> {
                return alternatives(value, name, inner);
            }
        }
    }

    private Node alternatives(JsonNode list, String name, String where) throws SchemaException {
        if (!list.isArray() || list.isEmpty()) {
            throw problem(where, "wanted a list of schemas");
        }
        if (name.equals("allOf") && list.size() > 1) {
            throw problem(where, "'allOf' of more than one schema is not supported");
        }
        if (name.equals("oneOf")) {
            if (list.size() > MAX_EXCLUSIVE) {
                throw problem(where, "'oneOf' has " + list.size() + " alternatives; at most " + MAX_EXCLUSIVE);
            }
            for (int i = 0; i < list.size(); i++) {
                for (int j = 0; j < i; j++) {
                    if (!Disjoint.test(target(list.path(i)), target(list.path(j)))) {
                        throw problem(
                                where,
                                "alternatives " + j + " and " + i + " may both fit one document, which "
                                        + "'oneOf' forbids; use 'anyOf', or tell them apart by type or by a constant member");
                    }
                }
            }
        }
        List<Node> ways = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            ways.add(grammar.call(rule(list.path(i), where + "/" + i), grammar.end()));
        }
        return grammar.either(ways);
    }

    /** What a schema refers to, or itself. */
    private JsonNode target(JsonNode schema) {
        JsonNode at = schema;
        for (int i = 0; i < MAX_DEPTH && at.has("$ref"); i++) {
            String pointer = at.path("$ref").asText();
            at = pointer.startsWith("#/") ? root.at(pointer.substring(1)) : root;
        }
        return at;
    }

    private Node.Rule reference(String pointer, String where) throws SchemaException {
        Node.Rule known = references.get(pointer);
        if (known != null) {
            return known;
        }
        JsonNode target = pointer.equals("#") ? root : pointer.startsWith("#/") ? root.at(pointer.substring(1)) : null;
        if (target == null || target.isMissingNode()) {
            throw problem(where, "only references to a place in the schema itself are followed, and it has to exist");
        }
        Node.Rule rule = new Node.Rule();
        references.put(pointer, rule);
        rule.start(node(target, pointer));
        return rule;
    }

    private Node literals(List<JsonNode> values, JsonNode schema, String where) throws SchemaException {
        if (values.size() > MAX_VALUES) {
            throw problem(where, "'enum' has " + values.size() + " values; at most " + MAX_VALUES);
        }
        Set<String> texts = new TreeSet<>();
        List<String> types = schema.has("type") ? types(schema, where) : TYPES;
        for (JsonNode value : values) {
            if (types.contains(Disjoint.typeOf(value))
                    || types.contains("number") && Disjoint.typeOf(value).equals("integer")) {
                texts.add(value.toString());
            }
        }
        return literals(List.copyOf(texts), 0, grammar.end());
    }

    /** Sorted texts that are equal up to {@code from}. What they have in common is there once, so that a text has one place. */
    private Node literals(List<String> texts, int from, Node next) throws SchemaException {
        if (texts.isEmpty()) {
            return grammar.either();
        }
        String first = texts.get(0);
        String last = texts.get(texts.size() - 1);
        int common = from;
        while (common < Math.min(first.length(), last.length()) && first.charAt(common) == last.charAt(common)) {
            common++;
        }
        if (common > 0 && common < last.length() && Character.isLowSurrogate(last.charAt(common))) {
            common--;
        }
        List<Node> ways = new ArrayList<>();
        for (int i = 0; i < texts.size(); ) {
            if (texts.get(i).length() == common) {
                ways.add(next);
                i++;
                continue;
            }
            int c = texts.get(i).codePointAt(common);
            int to = i + 1;
            while (to < texts.size() && texts.get(to).codePointAt(common) == c) {
                to++;
            }
            int behind = common + Character.charCount(c);
            ways.add(
                    to == i + 1
                            ? grammar.text(texts.get(i).substring(common), next)
                            : grammar.text(Character.toString(c), literals(texts.subList(i, to), behind, next)));
            i = to;
        }
        return grammar.text(first.substring(from, common), grammar.either(ways));
    }

    private Node typed(JsonNode schema, String type, String where) throws SchemaException {
        Node end = grammar.end();
        return switch (type) {
            case "object" -> object(schema, where);
            case "array" -> array(schema, where);
            case "string" -> text(schema, where);
            case "number" -> number(schema, where);
            case "integer" -> integer(schema, where);
            case "boolean" -> grammar.either(grammar.text("true", end), grammar.text("false", end));
            default -> grammar.text("null", end);
        };
    }

    private Node text(JsonNode schema, String where) throws SchemaException {
        int least = count(schema, "minLength", where, 0);
        int most = count(schema, "maxLength", where, -1);
        List<String> patterns = new ArrayList<>();
        try {
            if (schema.has("pattern")) {
                patterns.add(said(schema, "pattern"));
            }
            if (schema.has("format")) {
                patterns.add(TextFormat.pattern(said(schema, "format")));
            }
            if (patterns.isEmpty()) {
                return most >= 0 && least > most ? grammar.either() : json.text(least, most, grammar.end());
            }
            if (patterns.size() > 1 || least > 0 || most >= 0) {
                throw new SchemaException(
                        "a text has one of 'pattern', 'format', and lengths; in a pattern, counts say a length: ^.{2,5}$");
            }
            return json.quoted(TextPattern.read(grammar, json, patterns.get(0)), grammar.end());
        } catch (SchemaException e) {
            throw problem(where, String.valueOf(e.getMessage()));
        }
    }

    private static String said(JsonNode schema, String name) throws SchemaException {
        if (!schema.path(name).isTextual()) {
            throw new SchemaException("'" + name + "' has to be a text");
        }
        return schema.path(name).asText();
    }

    private Node orNone(@Nullable Node node) throws SchemaException {
        return node == null ? grammar.either() : node;
    }

    private Node number(JsonNode schema, String where) throws SchemaException {
        NumberRange.Bound least = tighter(schema, "minimum", "exclusiveMinimum", 1, where);
        NumberRange.Bound most = tighter(schema, "maximum", "exclusiveMaximum", -1, where);
        return least == null && most == null
                ? json.number(grammar.end())
                : orNone(numbers.numbers(least, most, grammar.end()));
    }

    /** @param sign 1 if the greater one of two bounds is the tighter, -1 if the lesser is */
    private static NumberRange.@Nullable Bound tighter(
            JsonNode schema, String including, String excluding, int sign, String where) throws SchemaException {
        Long with = bound(schema, including, where);
        Long without = bound(schema, excluding, where);
        if (without == null || with != null && sign * Long.compare(with, without) > 0) {
            return with == null ? null : new NumberRange.Bound(with, false);
        }
        return new NumberRange.Bound(without, true);
    }

    private Node integer(JsonNode schema, String where) throws SchemaException {
        Long least = bound(schema, "minimum", where);
        Long most = bound(schema, "maximum", where);
        Long above = bound(schema, "exclusiveMinimum", where);
        Long below = bound(schema, "exclusiveMaximum", where);
        if (above != null) {
            least = Math.max(least == null ? Long.MIN_VALUE : least, Math.addExact(above, 1));
        }
        if (below != null) {
            most = Math.min(most == null ? Long.MAX_VALUE : most, Math.subtractExact(below, 1));
        }
        return orNone(numbers.integers(least, most, grammar.end()));
    }

    private static @Nullable Long bound(JsonNode schema, String name, String where) throws SchemaException {
        JsonNode value = schema.path(name);
        if (value.isMissingNode()) {
            return null;
        }
        // The range that a double holds exactly is far beyond the digits that are written.
        if (!value.isNumber()
                || value.doubleValue() != Math.rint(value.doubleValue())
                || Math.abs(value.doubleValue()) > 1L << 53) {
            throw problem(where, "'" + name + "' has to be a whole number of at most 16 digits");
        }
        return (long) value.doubleValue();
    }

    private static int count(JsonNode schema, String name, String where, int absent) throws SchemaException {
        JsonNode value = schema.path(name);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.canConvertToInt()
                || value.doubleValue() != value.intValue()
                || value.intValue() < 0
                || value.intValue() > Grammar.MAX_NODES) {
            throw problem(where, "'" + name + "' has to be a whole number from 0 to " + Grammar.MAX_NODES);
        }
        return value.intValue();
    }

    private Node array(JsonNode schema, String where) throws SchemaException {
        int least = count(schema, "minItems", where, 0);
        int most = count(schema, "maxItems", where, -1);
        List<Node.Rule> first = new ArrayList<>();
        for (int i = 0; i < schema.path("prefixItems").size(); i++) {
            first.add(rule(schema.path("prefixItems").path(i), where + "/prefixItems/" + i));
        }
        JsonNode items = schema.path("items");
        if (items.isArray()) {
            throw problem(where, "'items' as a list is not supported; use 'prefixItems'");
        }
        Node.Rule rest = items.isMissingNode() ? json.value() : rule(items, where + "/items");
        Node close = grammar.oneOf("]", grammar.end());
        Node end = json.space(close);
        if (most >= 0 && least > most) {
            return grammar.either();
        }
        // From the last item to the first; "at" is where to go on behind as many as were passed.
        int named = most < 0 ? Math.max(first.size(), least) : most;
        Node at = most < 0 ? grammar.repeat(n -> json.comma(grammar.call(rest, n)), 0, -1, end) : end;
        for (int i = named - 1; i >= 0; i--) {
            Node.Rule item = i < first.size() ? first.get(i) : rest;
            Node value = grammar.call(item, at);
            Node with = i == 0 ? json.space(value) : json.comma(value);
            Node without = i == 0 ? json.space(close) : end;
            at = i < least ? with : grammar.either(with, without);
        }
        if (named == 0 && most < 0) {
            return grammar.oneOf("[", json.list(n -> grammar.call(rest, n), close));
        }
        return grammar.oneOf("[", at);
    }

    private Node object(JsonNode schema, String where) throws SchemaException {
        Map<String, Node.Rule> members = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : schema.path("properties").properties()) {
            members.put(each.getKey(), rule(each.getValue(), where + "/properties/" + each.getKey()));
        }
        JsonNode extra = schema.path("additionalProperties");
        // A schema that names its members and is silent about others gets none: what is not asked for is not made up.
        boolean open =
                members.isEmpty() ? !extra.isBoolean() || extra.booleanValue() : extra.isObject() || extra.asBoolean();
        Node.Rule extraRule = extra.isObject() ? rule(extra, where + "/additionalProperties") : json.value();
        Set<String> required = new TreeSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        for (String name : required) {
            members.putIfAbsent(name, extraRule);
        }
        Node close = json.space(grammar.oneOf("}", grammar.end()));
        Node behind = close;
        Node first = close;
        if (open) {
            Grammar.Part name = next -> name(members.keySet(), where, next);
            Grammar.Part member = next -> name.before(json.colon(grammar.call(extraRule, next)));
            behind = grammar.repeat(n -> json.comma(member.before(n)), 0, -1, close);
            first = grammar.either(json.space(member.before(behind)), close);
        }
        List<String> names = new ArrayList<>(members.keySet());
        for (int i = names.size() - 1; i >= 0; i--) {
            Node.Rule rule = members.getOrDefault(names.get(i), extraRule);
            Node value = grammar.text(Disjoint.quoted(names.get(i)), json.colon(grammar.call(rule, behind)));
            Node then = json.comma(value);
            Node begin = json.space(value);
            boolean must = required.contains(names.get(i));
            behind = must ? then : grammar.either(then, behind);
            first = must ? begin : grammar.either(begin, first);
        }
        return grammar.oneOf("{", first);
    }

    private Node name(Set<String> others, String where, Node next) throws SchemaException {
        if (others.isEmpty()) {
            return json.anyText(next);
        }
        if (others.stream().mapToInt(String::length).sum() > MAX_NAMES) {
            throw problem(where, "'additionalProperties' beside names of more than " + MAX_NAMES + " characters");
        }
        for (String other : others) {
            if (!other.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"' && c != '\\')) {
                throw problem(where, "'additionalProperties' beside a name that is not plain ASCII is not supported");
            }
        }
        return json.nameBut(List.copyOf(others), next);
    }
}
