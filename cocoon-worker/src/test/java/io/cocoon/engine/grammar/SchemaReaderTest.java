package io.cocoon.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchemaReaderTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static Automaton.@Nullable State walk(Automaton.State from, String text) {
        Automaton.State state = from;
        for (byte b : text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)) {
            state = state == null ? null : state.next(b & 0xff);
        }
        return state;
    }

    private static boolean allows(String schema, String document) throws SchemaException {
        Automaton.State state = walk(new Automaton(SchemaReader.read(json(schema))).start(), document);
        return state != null && state.accepts();
    }

    private static void allowsOnly(String schema, List<String> good, List<String> bad) throws SchemaException {
        for (String each : good) {
            assertThat(allows(schema, each)).as(each).isTrue();
        }
        for (String each : bad) {
            assertThat(allows(schema, each)).as(each).isFalse();
        }
    }

    @Test
    void any_object_is_json_and_nothing_else() throws SchemaException {
        allowsOnly(
                "{'type':'object'}",
                List.of(
                        "{}",
                        "{'a': [1, -2.5e+3, {'b': null}], 'é€😀': 'x\\u00e9\\ud83d\\ude00\\n'}",
                        "{\n  'a': true\n}"),
                List.of(
                        "",
                        "[]",
                        "{",
                        "{'a'}",
                        "{'a':01}",
                        "{'a':.5}",
                        "{a:1}",
                        "{'a':1,}",
                        "{'a':'\\x'}",
                        "{'a':'\\ud83d'}",
                        "{'a':'\\ude00'}",
                        "{} ",
                        "{'a':'\n'}",
                        "{'a':+1}"));
    }

    @Test
    void members_come_in_order_and_optional_ones_may_be_left_out() throws SchemaException {
        allowsOnly(
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'integer'},'c':{'type':'integer'}},"
                        + "'required':['b'],'additionalProperties':false}",
                List.of("{'a':1,'b':2,'c':3}", "{'b':2}", "{'a':1, 'b':2}", "{'b':2,'c':3}"),
                List.of("{}", "{'a':1}", "{'b':1,'a':2}", "{'b':1,'b':2}", "{'b':1,'d':2}", "{,'b':1}"));
    }

    @Test
    void other_names_are_free_but_never_those_of_the_schema() throws SchemaException {
        allowsOnly(
                "{'type':'object','properties':{'ab':{'type':'integer'}},'additionalProperties':{'type':'boolean'}}",
                List.of("{}", "{'ab':1,'a':true}", "{'abc':true}", "{'':false,'ü':true}", "{'b':true,'ac':true}"),
                List.of("{'ab':true}", "{'ab':1,'ab':true}", "{'a':1}", "{'\\u0061b':true}"));
    }

    @Test
    void bounds_of_numbers_are_kept_to_the_digit() throws SchemaException {
        for (int least = -12; least <= 120; least += 11) {
            for (int most = least; most < 130; most += 13) {
                String schema = "{'type':'integer','minimum':" + least + ",'maximum':" + most + "}";
                for (int n = -20; n < 140; n++) {
                    assertThat(allows(schema, "" + n)).as(schema + n).isEqualTo(n >= least && n <= most);
                }
            }
        }
        allowsOnly(
                "{'type':'number','minimum':-1,'maximum':1}",
                List.of("0", "0.5", "1", "1.0", "-0.25", "-1.00", "-0"),
                List.of("1.01", "-1.1", "2", "10", "0.5e3"));
    }

    @Test
    void excluded_bounds_of_numbers_are_left_out_with_all_that_equals_them() throws SchemaException {
        List<String> numbers = new ArrayList<>();
        for (String whole : List.of("0", "1", "2", "3", "4", "9", "10", "11")) {
            for (String fraction : List.of("", ".0", ".000", ".001", ".5", ".99")) {
                numbers.add(whole + fraction);
                // Zero with a sign is a number that nobody needs, and is let in or not.
                if (new BigDecimal(whole + fraction).signum() != 0) {
                    numbers.add("-" + whole + fraction);
                }
            }
        }
        for (String low : List.of("minimum", "exclusiveMinimum")) {
            for (String high : List.of("maximum", "exclusiveMaximum")) {
                for (int least = -10; least <= 3; least++) {
                    for (int most = least + 1; most <= 10; most += 3) {
                        String schema = "{'type':'number','" + low + "':" + least + ",'" + high + "':" + most + "}";
                        Automaton automaton = new Automaton(SchemaReader.read(json(schema)));
                        for (String each : numbers) {
                            int toLow = new BigDecimal(each).compareTo(BigDecimal.valueOf(least));
                            int toHigh = new BigDecimal(each).compareTo(BigDecimal.valueOf(most));
                            boolean fits = toLow >= (low.equals("minimum") ? 0 : 1)
                                    && toHigh <= (high.equals("maximum") ? 0 : -1);
                            Automaton.State state = walk(automaton.start(), each);
                            assertThat(state != null && state.accepts())
                                    .as("%s in %s", each, schema)
                                    .isEqualTo(fits);
                        }
                    }
                }
            }
        }
        allowsOnly("{'type':'number','exclusiveMinimum':0}", List.of("0.1", "12.5"), List.of("0", "0.00", "-0", "-1"));
        allowsOnly("{'type':'number','minimum':1,'exclusiveMinimum':1}", List.of("1.5"), List.of("1"));
        allowsOnly("{'type':'number','minimum':2,'exclusiveMinimum':1}", List.of("2", "3"), List.of("1.5"));
        assertThatThrownBy(() -> SchemaReader.read(json("{'type':'number','minimum':1,'exclusiveMaximum':1}")))
                .hasMessageContaining("no document");
    }

    @Test
    void lengths_count_characters() throws SchemaException {
        allowsOnly(
                "{'type':'string','minLength':1,'maxLength':2}",
                List.of("'a'", "'😀é'", "'\\ud83d\\ude00x'", "'\\n\\\\'"),
                List.of("''", "'abc'", "'\\ud83d\\ude00xy'"));
        allowsOnly(
                "{'type':'array','items':{'type':'null'},'minItems':1,'maxItems':2}",
                List.of("[null]", "[null, null]"),
                List.of("[]", "[null,null,null]", "[1]"));
    }

    @Test
    void values_of_an_enumeration_may_begin_alike() throws SchemaException {
        allowsOnly(
                "{'enum':['ab','abc','abd','','é😀','é😁',1,12,null,{'k':[1,'x']}]}",
                List.of("'ab'", "'abc'", "'abd'", "''", "'é😀'", "'é😁'", "1", "12", "null", "{'k':[1,'x']}"),
                List.of("'a'", "'abe'", "2", "'é'", "{'k':[1]}", "{'k': [1,'x']}"));
    }

    @Test
    void references_may_go_round() throws SchemaException {
        allowsOnly(
                "{'$ref':'#/$defs/t','$defs':{'t':{'type':'object','properties':{'next':{'anyOf':"
                        + "[{'$ref':'#/$defs/t'},{'type':'null'}]}},'required':['next']}}}",
                List.of("{'next':null}", "{'next':{'next':{'next':null}}}"),
                List.of("{}", "{'next':{}}"));
    }

    @Test
    void alternatives_of_one_of_have_to_exclude_each_other() throws SchemaException {
        allowsOnly(
                "{'oneOf':[{'type':'object','properties':{'k':{'const':'x'}},'required':['k']},"
                        + "{'type':'object','properties':{'k':{'const':'y'},'v':{'type':'integer'}},'required':['k','v']}]}",
                List.of("{'k':'x'}", "{'k':'y','v':1}"),
                List.of("{'k':'y'}", "{'k':'x','v':1}"));
        assertThatThrownBy(() -> SchemaReader.read(json("{'oneOf':[{'type':'integer'},{'type':'number'}]}")))
                .hasMessageContaining("may both fit");
    }

    @Test
    void what_is_not_supported_is_named_with_its_place() {
        for (String keyword : List.of(
                "pattern",
                "format",
                "multipleOf",
                "uniqueItems",
                "minProperties",
                "patternProperties",
                "if",
                "not",
                "contains",
                "dependentRequired",
                "propertyNames",
                "unevaluatedProperties",
                "somethingElse")) {
            assertThatThrownBy(
                            () -> SchemaReader.read(json("{'type':'object','properties':{'p':{'" + keyword + "':1}}}")))
                    .as(keyword)
                    .isInstanceOf(SchemaException.class)
                    .hasMessageContaining("'" + keyword + "'")
                    .hasMessageContaining("#/properties/p");
        }
        assertThatThrownBy(() -> SchemaReader.read(json("{'$ref':'https://example.org/s.json'}")))
                .hasMessageContaining("reference");
    }

    @Test
    void schemas_without_a_finite_document_are_refused() {
        for (String schema : List.of(
                "{'type':'object','properties':{'x':{'$ref':'#'}},'required':['x']}",
                "{'$ref':'#'}",
                "{'anyOf':[{'$ref':'#'}]}",
                "false",
                "{'type':'integer','minimum':5,'maximum':4}",
                "{'enum':[]}")) {
            assertThatThrownBy(() -> SchemaReader.read(json(schema)))
                    .as(schema)
                    .hasMessageContaining("no document of finite depth");
        }
    }

    @Test
    void an_alternative_that_never_ends_is_left_out() throws SchemaException {
        allowsOnly(
                "{'type':'object','properties':{'x':{'$ref':'#/$defs/endless'},'y':{'type':'null'}},"
                        + "'$defs':{'endless':{'type':'array','items':{'$ref':'#/$defs/endless'},'minItems':1}}}",
                List.of("{}", "{'y':null}"),
                List.of("{'x':[]}"));
        assertThat(allows("{'type':'object','properties':{'x':{'type':'array','items':{'$ref':'#'}}}}", "{'x':[{}]}"))
                .isTrue();
    }

    @Test
    void large_and_deep_schemas_are_refused() {
        String deep = "{'type':'array','items':".repeat(100) + "{}" + "}".repeat(100);
        assertThatThrownBy(() -> SchemaReader.read(json(deep))).hasMessageContaining("deeper than 64");
        assertThatThrownBy(() -> SchemaReader.read(json("{'type':'string','minLength':50000}")))
                .hasMessageContaining("too large");
        StringBuilder chain = new StringBuilder("{'$ref':'#/$defs/d0','$defs':{");
        for (int i = 0; i < 5_000; i++) {
            chain.append("'d" + i + "':{'$ref':'#/$defs/d" + (i + 1) + "'},");
        }
        assertThatThrownBy(() -> SchemaReader.read(json(chain + "'d5000':{}}}")))
                .hasMessageContaining("deeper than 64");
        String many = "'x',".repeat(3_000);
        assertThatThrownBy(() -> SchemaReader.read(json("{'enum':[" + many + "1]}")))
                .hasMessageContaining("'enum' has 3001 values");
        assertThatThrownBy(() -> SchemaReader.read(json("{'type':'string','minLength':2000000000}")))
                .hasMessageContaining("minLength");
    }

    @Test
    void nesting_ends_before_a_reader_s_limit_and_never_in_a_dead_end() throws SchemaException {
        Automaton.State state = new Automaton(SchemaReader.read(json("{'type':'object'}"))).start();
        int depth = 0;
        for (Automaton.State deeper = state; deeper != null; depth++) {
            state = deeper;
            deeper = walk(state, "{'a':");
        }
        depth--;
        assertThat(depth).isBetween(30, 500);
        state = Objects.requireNonNull(walk(state, "1" + "}".repeat(depth)));
        assertThat(state.accepts() && state.isFinal()).isTrue();
    }
}
