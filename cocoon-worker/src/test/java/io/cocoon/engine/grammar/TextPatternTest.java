package io.cocoon.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts that follow a regular expression or a format. */
class TextPatternTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Automaton automaton(String keyword, String value) throws SchemaException {
        ObjectNode schema = JSON.createObjectNode().put("type", "string").put(keyword, value);
        return new Automaton(SchemaReader.read(schema));
    }

    private static boolean allows(Automaton automaton, String text) {
        try {
            return walks(automaton, JSON.writeValueAsString(text));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean walks(Automaton automaton, String document) {
        Automaton.@Nullable State state = automaton.start();
        for (byte b : document.getBytes(StandardCharsets.UTF_8)) {
            state = state == null ? null : state.next(b & 0xff);
        }
        return state != null && state.accepts();
    }

    private static boolean matches(String pattern, String text) throws SchemaException {
        return allows(automaton("pattern", pattern), text);
    }

    private static boolean fits(String format, String text) throws SchemaException {
        return allows(automaton("format", format), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " ~ ",
            quoteCharacter = '`',
            value = {
                "^[A-Z]{2}\\d+$ ~ AB12 ~ ABC1",
                "^a|b$ ~ axx ~ xa",
                "^a|b$ ~ xxb ~ bx",
                "b ~ abc ~ ac",
                "^(?:ab)*$ ~ abab ~ aba",
                "^(a|bc){1,2}?$ ~ bca ~ abca",
                "^[^a-c\"]+$ ~ xé😀\\ ~ xb",
                "^[\\w.-]+@[\\w-]+$ ~ a.b-c@d ~ a b@c",
                "^.$ ~ 😀 ~ ab",
                "^\\S+\\s\\S+$ ~ a b ~ ab",
                "^\\x41\\u00e9$ ~ Aé ~ A",
                "^[à-ö]+$ ~ éà ~ ù",
                "^[\\u0430-\\u044f]{2}$ ~ да ~ д",
                "^\\$\\^\\/$ ~ $^/ ~ $",
                "^[+*\\-]$ ~ - ~ a",
                "^$ ~ `` ~ a",
            })
    void an_expression_allows_what_it_says(String pattern, String good, String bad) throws SchemaException {
        assertThat(matches(pattern, good)).as(good).isTrue();
        assertThat(matches(pattern, bad)).as(bad).isFalse();
    }

    @Test
    void a_character_has_one_form_in_the_text() throws SchemaException {
        Automaton any = automaton("pattern", "^[\\x00-\\x7f]$");
        assertThat(walks(any, "\"\\n\"")).isTrue();
        assertThat(walks(any, "\"\\u0001\"")).isTrue();
        assertThat(walks(any, "\"\\\\\"")).isTrue();
        assertThat(walks(any, "\"\\u000a\"")).as("a second form").isFalse();
        assertThat(walks(any, "\"\\/\"")).as("a second form").isFalse();
        assertThat(walks(any, "\"\n\"")).as("a bare line end").isFalse();
        assertThat(walks(any, "\"\"\"")).as("a bare quote").isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " ~ ",
            quoteCharacter = '`',
            value = {
                "a(?=b) ~ only (?: is supported",
                "(?<n>a) ~ only (?: is supported",
                "(a)\\1 ~ '\\1' is not supported",
                "\\bword ~ '\\b' is not supported",
                "\\p{L} ~ '\\p' is not supported",
                "(a ~ a group has no end",
                "a) ~ a bracket too many",
                "[a ~ a class has no end",
                "[z-a] ~ to a later one",
                "[\\d-z] ~ to a later one",
                "*a ~ a count of nothing",
                "a{2 ~ wanted '}'",
                "a{3,2} ~ counts from 3 to 2",
                "a{,2} ~ wanted a count",
                "a{123456} ~ wanted a count",
                "a** ~ a count of a count",
                "(^a) ~ an anchor",
                "a$b ~ an anchor",
                "\\ ~ ends with a backslash",
                "\\u12 ~ wanted 4 hexadecimal digits",
                "\\ud83d ~ half of a character",
            })
    void what_is_no_expression_or_not_supported_is_refused_with_its_place(String pattern, String why) {
        assertThatThrownBy(() -> automaton("pattern", pattern))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("the JSON schema at #: the pattern '")
                .hasMessageContaining(why);
    }

    @Test
    void large_and_deep_expressions_are_refused() {
        assertThatThrownBy(() -> automaton("pattern", "(".repeat(2000) + ")".repeat(2000)))
                .hasMessageContaining("more than 64 groups");
        assertThatThrownBy(() -> automaton("pattern", "((a{999}){999}){999}")).hasMessageContaining("too large");
        assertThatThrownBy(() -> automaton("pattern", "a".repeat(4097))).hasMessageContaining("at most 4096");
        assertThatThrownBy(() -> automaton("pattern", "\\D".repeat(2048))).hasMessageContaining("too large");
    }

    @Test
    void repetitions_of_nothing_end() throws SchemaException {
        assertThat(matches("^(a*)*$", "aaa")).isTrue();
        assertThat(matches("^(|a)+$", "")).isTrue();
        assertThat(matches("^((a?){3}b?)*$", "aabab")).isTrue();
    }

    @Test
    void one_text_has_one_kind_of_bound() {
        ObjectNode schema = JSON.createObjectNode()
                .put("type", "string")
                .put("pattern", "a")
                .put("maxLength", 3);
        assertThatThrownBy(() -> SchemaReader.read(schema))
                .hasMessageContaining("one of 'pattern', 'format', and lengths");
    }

    @Test
    void a_format_of_numbers_says_nothing() throws SchemaException {
        ObjectNode schema = JSON.createObjectNode().put("type", "integer").put("format", "int32");
        assertThat(walks(new Automaton(SchemaReader.read(schema)), "12")).isTrue();
    }

    @Test
    void unknown_formats_are_refused_with_those_that_are_known() {
        assertThatThrownBy(() -> automaton("format", "colour"))
                .hasMessageContaining("'colour' is not supported")
                .hasMessageContaining("date-time");
    }

    @ParameterizedTest
    @CsvSource({
        "date-time, 2026-11-28T05:10:00Z, 2026-11-28 05:10:00",
        "date-time, 2026-11-28T05:10:00.25+01:00, 2026-11-28T05:10:00",
        "time, 23:59:59Z, 24:00:00Z",
        "duration, P1Y2M3DT4H5M6S, P1S",
        "duration, PT36H, P",
        "duration, P2W, P1Y2D",
        "uuid, 123e4567-e89b-12d3-a456-426614174000, 123e4567e89b12d3a456426614174000",
        "email, a.b+c@mail.example.org, a@b",
        "email, x_y@example.com, a..b@example.com",
        "hostname, a-1.example, -a.example",
        "ipv4, 192.168.0.255, 192.168.0.256",
        "ipv4, 0.0.0.0, 01.0.0.0",
        "ipv6, 2001:db8::1, 2001:db8:::1",
        "ipv6, ::, 1::2::3",
        "ipv6, 1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7",
        "ipv6, 1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:8::",
        "uri, https://example.org/a%20b?c=d#e, example.org",
        "uri, urn:isbn:123, https://a b",
    })
    void a_format_allows_what_its_rule_says(String format, String good, String bad) throws SchemaException {
        assertThat(fits(format, good)).as(good).isTrue();
        assertThat(fits(format, bad)).as(bad).isFalse();
    }

    @Test
    void dates_are_those_of_the_calendar() throws SchemaException {
        Automaton dates = automaton("format", "date");
        for (int year : List.of(1900, 1999, 2000, 2023, 2024, 2100, 2400)) {
            for (int month = 0; month <= 13; month++) {
                for (int day = 0; day <= 32; day++) {
                    String text = String.format("%04d-%02d-%02d", year, month, day);
                    assertThat(allows(dates, text)).as(text).isEqualTo(isDate(text));
                }
            }
        }
    }

    private static boolean isDate(String text) {
        try {
            LocalDate.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static String expression(Random random, int depth) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            text.append(
                    switch (random.nextInt(depth > 2 ? 8 : 11)) {
                        case 0, 1, 2 ->
                            List.of("a", "b", "c", "é", "😀", "\\\\", "\\.").get(random.nextInt(7));
                        case 3 -> "[a-cé]";
                        case 4 -> "[^b\\\\]";
                        case 5 -> ".";
                        case 6 -> "\\w";
                        case 7 -> "[^\\W\\d]";
                        case 8 -> "(?:" + expression(random, depth + 1) + "|" + expression(random, depth + 1) + ")";
                        default -> "(" + expression(random, depth + 1) + ")";
                    });
            text.append(
                    List.of("", "", "", "*", "+?", "?", "{2}", "{1,2}", "{1,}").get(random.nextInt(9)));
        }
        return text.toString();
    }

    /** The one of the JDK stands for the rule; where both know a syntax they mean the same but for the end of lines. */
    @Property(tries = 300)
    void random_expressions_allow_what_another_implementation_matches(@ForAll long seed) throws SchemaException {
        Random random = new Random(seed);
        String pattern = (random.nextBoolean() ? "^" : "") + expression(random, 0) + (random.nextBoolean() ? "$" : "");
        if (random.nextInt(4) == 0) {
            pattern += "|^" + expression(random, 1);
        }
        Automaton ours = automaton("pattern", pattern);
        Pattern other = Pattern.compile(pattern);
        for (int i = 0; i < 60; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(7); length > 0; length--) {
                text.append(List.of("a", "b", "c", "d", "é", "😀", "\\", "\"", ".", "7", "日")
                        .get(random.nextInt(11)));
            }
            assertThat(allows(ours, text.toString()))
                    .as("pattern %s, text %s, seed %s", pattern, text, seed)
                    .isEqualTo(other.matcher(text).find());
        }
    }

    @Test
    void code_points_are_in_a_class_or_not_wherever_utf8_grows() throws SchemaException {
        Automaton others = automaton("pattern", "^[^x]$");
        Automaton some = automaton("pattern", "^[a-\\uffff]$");
        for (int c : new int[] {0x20, 'x', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff}) {
            assertThat(allows(others, Character.toString(c))).as("%x", c).isEqualTo(c != 'x');
            assertThat(allows(some, Character.toString(c))).as("%x", c).isEqualTo(c >= 'a' && c <= 0xffff);
        }
    }

    @Test
    void a_class_with_nothing_in_it_fits_no_text() {
        assertThatThrownBy(() -> automaton("pattern", "^[]a$")).hasMessageContaining("no document");
    }
}
