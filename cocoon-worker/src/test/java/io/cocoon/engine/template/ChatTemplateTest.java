package io.cocoon.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.text.Segment;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The language of templates, feature by feature. */
class ChatTemplateTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-07T15:04:09Z"), ZoneOffset.UTC);

    private static final List<Map<String, Object>> MESSAGES = List.of(
            Map.of("role", "system", "content", " Be kind. "),
            Map.of("role", "user", "content", "Hi <there> & \"you\""),
            Map.of("role", "assistant", "content", "Zürich 🙂"));

    private static List<Segment> segments(String source, Map<String, ?> options) throws TemplateException {
        return ChatTemplate.parse(source, Map.of("bos_token", "<s>"), TemplateLimits.DEFAULT, CLOCK)
                .render(MESSAGES, List.of(), options);
    }

    private static String render(String source) throws TemplateException {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("b", 2);
        numbers.put("a", 1.5);
        numbers.put("n", null);
        Map<String, Object> options = new HashMap<>();
        options.put("numbers", numbers);
        options.put("names", List.of("x", "y", "z"));
        options.put("big", 1e16);
        options.put("nothing", null);
        return segments(source, options).stream().map(Segment::text).collect(Collectors.joining());
    }

    static List<List<String>> features() {
        return List.of(
                List.of("{{ 1 + 2 * 3 - 4 // 3 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ 2 ** 3 }}", "6 3.5 2 8"),
                List.of("{{ 'a' ~ 1 ~ none ~ true }}", "a1NoneTrue"),
                List.of("{{ 'a' 'b' + \"c\\n\" }}", "abc\n"),
                List.of("{{ big }} {{ 0.1 }} {{ numbers }}", "1e+16 0.1 {'b': 2, 'a': 1.5, 'n': None}"),
                List.of("{{ 1 if false else 2 }}{{ 1 if false }}{{ not 1 == 2 and 3 in [1, 3] }}", "2True"),
                List.of("{{ 'x' not in names }} {{ 'b' in numbers }} {{ 'ab' in 'cabd' }}", "False True True"),
                List.of("{{ 1 or missing.x }} {{ none and missing.x }} {{ 1 < 2 and 'a' <= 'b' }}", "1 None True"),
                List.of("{{ names[0] }}{{ names[-1] }}{{ names[::-1] }}{{ names[1:] }}", "xz['z', 'y', 'x']['y', 'z']"),
                List.of("{{ 'abcdef'[1:-1] }} {{ 'abcdef'[::-2] }} {{ '🙂b'[0] }}{{ '🙂b'[1:] }}", "bcde fdb 🙂b"),
                List.of("{{ names[5] is defined }} {{ names[-9:2] }} {{ names[9:] }}", "False ['x', 'y'] []"),
                List.of("{{ messages[0].role }} {{ messages[0]['content'] | trim }}", "system Be kind."),
                List.of(
                        "{% for m in messages if m.role != 'user' %}{{ loop.index }}{{ m.role }},{% endfor %}",
                        "1system,2assistant,"),
                List.of(
                        "{% for n in names %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}"
                                + "{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}",
                        "03TrueFalsey 12FalseFalsexz 21FalseTruey "),
                List.of("{% for n in [] %}x{% else %}none{% endfor %}", "none"),
                List.of("{% for k, v in numbers.items() %}{{ k }}={{ v }};{% endfor %}", "b=2;a=1.5;n=None;"),
                List.of("{% for n in names %}{% if n == 'y' %}{% break %}{% endif %}{{ n }}{% endfor %}", "x"),
                List.of("{% for n in names %}{% if n == 'y' %}{% continue %}{% endif %}{{ n }}{% endfor %}", "xz"),
                List.of("{% set a = 1 %}{% for n in names %}{% set a = n %}{% endfor %}{{ a }}", "1"),
                List.of(
                        "{% set ns = namespace(a=1) %}{% for n in names %}{% set ns.a = n %}{% endfor %}{{ ns.a }}",
                        "z"),
                List.of("{% set a, b = 'x', 'y' %}{{ b }}{{ a }}{% set c %}in{{ a }}{% endset %}{{ c }}", "yxinx"),
                List.of(
                        "{% macro f(a, b='d') %}[{{ a }}{{ b }}]{% endmacro %}{{ f('x') }}{{ f('x', b=2) }}",
                        "[xd][x2]"),
                List.of("{% if a is defined %}1{% elif names %}2{% else %}3{% endif %}", "2"),
                List.of(
                        "{{ none is none }} {{ 'a' is string }} {{ numbers is mapping }} {{ names is iterable }}"
                                + " {{ names is sequence }} {{ true is true }} {{ 0 is false }} {{ 1 is number }}",
                        "True True True True True True False True"),
                List.of(
                        "{{ 4 is divisibleby 2 }} {{ 3 is odd }} {{ 'a' is eq 'a' }} {{ 1 is not none }}",
                        "True True True True"),
                List.of("{{ numbers | tojson }}", "{\"b\": 2, \"a\": 1.5, \"n\": null}"),
                List.of(
                        "{{ [numbers, [], {}] | tojson(indent=2) }}",
                        "[\n  {\n    \"b\": 2,\n    \"a\": 1.5,\n    \"n\": null\n  },\n  [],\n  {}\n]"),
                List.of(
                        "{{ numbers | tojson(separators=(',', ':'), sort_keys=true) }}",
                        "{\"a\":1.5,\"b\":2,\"n\":null}"),
                List.of(
                        "{{ {'b': [1, 2], 'a': {}} | tojson(indent=1, separators=(';', '='), sort_keys=true) }}",
                        "{\n \"a\"={};\n \"b\"=[\n  1;\n  2\n ]\n}"),
                List.of("{{ 'é😀' | tojson(ensure_ascii=true) }}", "\"\\u00e9\\ud83d\\ude00\""),
                List.of("{{ 'é😀' | tojson(ensure_ascii=false, indent=none, separators=none) }}", "\"é😀\""),
                List.of("{{ messages[1].content | tojson }}", "\"Hi <there> & \\\"you\\\"\""),
                List.of("{{ messages[2].content | tojson }} {{ messages[2].content | length }}", "\"Zürich 🙂\" 8"),
                List.of(
                        "{{ names | length }} {{ names | join(', ') }} {{ names | first }}{{ names | last }}",
                        "3 x, y, z xz"),
                List.of("{{ messages | map(attribute='role') | join('/') }}", "system/user/assistant"),
                List.of("{{ names | map('upper') | list }}", "['X', 'Y', 'Z']"),
                List.of("{{ messages | selectattr('role', 'equalto', 'user') | list | length }}", "1"),
                List.of(
                        "{{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='role') | list }}",
                        "['assistant']"),
                List.of("{{ messages | selectattr('name', 'defined') | list }}", "[]"),
                List.of("{{ missing | default('d') }}{{ '' | default('e', true) }}{{ '' | d('f') }}", "de"),
                List.of(
                        "{{ 'hello wORLD-x' | title }} {{ 'ab' | upper }} {{ 'AB' | lower }} {{ 'aB' | capitalize }}",
                        "Hello World-X AB ab Ab"),
                List.of(
                        "{{ \"they're\".title() }} {{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }}",
                        "They'Re ['a', 'b', '', 'c'] ['a', 'b']"),
                List.of(
                        "{{ 'a-b-c'.split('-', 1)[1] }} {{ 'xxaxx'.strip('x') }} {{ '\\na'.lstrip('\\n') }}|{{ 'a '.rstrip() }}|",
                        "b-c a a|a|"),
                List.of(
                        "{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'aXbX' | replace('X', '') }}",
                        "True True ab"),
                List.of(
                        "{{ 'aaa'.replace('a', 'b', 2) }} {{ numbers.get('zz', 5) }} {{ numbers.get('zz') }}",
                        "bba 5 None"),
                List.of(
                        "{{ numbers | items | list | length }} {{ names | reverse | join }} {{ 'abc' | reverse }}",
                        "3 zyx cba"),
                List.of(
                        "{{ '12' | int + 1 }} {{ 'x' | int }} {{ 3.9 | int }} {{ 5 | string + '!' }} {{ 'x' | safe }}",
                        "13 0 3 5! x"),
                List.of("{{ range(3) | list }} {{ range(5, 0, -2) | list }}", "[0, 1, 2] [5, 3, 1]"),
                List.of("{{ strftime_now('%d %b %Y, %A %H:%M:%S %-d %B') }}", "07 Mar 2026, Saturday 15:04:09 7 March"),
                List.of("{% generation %}answer{% endgeneration %}{# a comment #}", "answer"),
                List.of("{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}{{ tools is none }}", "<s>TrueTrue"),
                List.of("{{ nothing is none }}{{ {'a': 1}['a'] }}{{ {'a': {'b': 2}} }}", "True1{'a': {'b': 2}}"),
                List.of("{{ \"it's\" }} {{ [\"it's\"] }}", "it's [\"it's\"]"));
    }

    @ParameterizedTest
    @MethodSource("features")
    void a_feature_gives_what_the_reference_gives(List<String> sourceAndResult) throws TemplateException {
        assertThat(render(sourceAndResult.get(0))).isEqualTo(sourceAndResult.get(1));
    }

    @Test
    void white_space_goes_as_with_trim_blocks_and_lstrip_blocks() throws TemplateException {
        assertThat(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n")).isEqualTo("a\n  b\nc");
        assertThat(render("a \n {%- if true -%} \n b \n {%- endif %}\nc")).isEqualTo("abc");
        assertThat(render("  {{ 1 }}\n  {{- 2 -}}  \n 3")).isEqualTo("  123");
        assertThat(render("x {% if true %}\ny{% endif %}")).isEqualTo("x y");
        assertThat(render("  {%+ if true %}y{% endif +%}\nz")).isEqualTo("  y\nz");
        assertThat(render("  {# c #}\n  {% set a = 1 %}\n  {% set b = 2 %}\nz")).isEqualTo("z");
        assertThat(render("a\r\n{% if true %}\r\nb{% endif %}")).isEqualTo("a\nb");
        assertThat(render("{ % } {")).isEqualTo("{ % } {");
    }

    @Test
    void every_character_keeps_its_origin() throws TemplateException {
        Map<String, ?> options = Map.of("x", " Caller,text ", "n", 5);

        assertThat(segments("<{{ x.strip().split(',')[1] ~ '|' }}>", options))
                .containsExactly(Segment.ofTemplate("<"), Segment.ofCaller("text"), Segment.ofTemplate("|>"));
        assertThat(segments("{{ ('<' + x + '>')[2:8] | upper }}!", options))
                .containsExactly(Segment.ofCaller("CALLER"), Segment.ofTemplate("!"));
        assertThat(segments("{{ 'a,b' | replace(',', x | trim) }}", options))
                .containsExactly(Segment.ofTemplate("a"), Segment.ofCaller("Caller,text"), Segment.ofTemplate("b"));
        assertThat(segments("{{ [x | trim, 'b'] | join('-') }}", options))
                .containsExactly(Segment.ofCaller("Caller,text"), Segment.ofTemplate("-b"));
        assertThat(segments("{{ ('a' ~ x | trim)[::-1] | title }}", options))
                .containsExactly(Segment.ofCaller("Txet,rellac"), Segment.ofTemplate("a"));
        assertThat(segments("{% macro f(a) %}<{{ a }}>{% endmacro %}{{ f(x | trim) | lower }}", options))
                .containsExactly(Segment.ofTemplate("<"), Segment.ofCaller("caller,text"), Segment.ofTemplate(">"));
        assertThat(segments("<|{{ n }}|>{{ {'k': '<s>'} | tojson }}", options))
                .containsExactly(
                        Segment.ofTemplate("<|"),
                        Segment.ofCaller("5"),
                        Segment.ofTemplate("|>"),
                        Segment.ofCaller("{\"k\": \"<s>\"}"));
        assertThat(segments("{% for k, v in o.items() %}{{ k }}{% endfor %}", Map.of("o", Map.of("<s>", 1))))
                .containsExactly(Segment.ofCaller("<s>"));
        assertThat(segments("{{ bos_token }}", Map.of("bos_token", "mine"))).containsExactly(Segment.ofTemplate("<s>"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{{ ; 1; 1",
                "a\\n {{ 'x }}; 2; 5",
                "{% if x %}; 1; 11",
                "{% endif %}; 1; 4",
                "{% include 'x' %}; 1; 4",
                "{% extends 'x' %}; 1; 4",
                "{% break %}; 1; 4",
                "{% for x in y %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}; 1; 35",
                "{{ 1 < 2 < 3 }}; 1; 10",
                "{{ a b }}; 1; 6",
                "{{ (1, 2 }}; 1; 10",
                "{{ x[1:2:3:4] }}; 1; 5",
                "{{ x[] }}; 1; 5",
                "{{ ! }}; 1; 4",
                "{{ '\\u00g0' }}; 1; 9",
                "{# open; 1; 1",
                "{{ 1234567890123456789 }}; 1; 4",
            })
    void a_broken_source_is_refused_with_its_place(String source, int line, int column) {
        String real = source.replace("\\n", "\n");
        TemplateException e = catchThrowableOfType(
                TemplateException.class, () -> ChatTemplate.parse(real, Map.of(), TemplateLimits.DEFAULT, CLOCK));

        assertThat(e).isNotNull().hasMessageStartingWith("template, line ");
        assertThat(List.of(e.line(), e.column())).isEqualTo(List.of(line, column));
        assertThat(e.raised()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{{ missing.x }}; 'missing', which is undefined",
                "{{ 'a' + 1 }}; cannot add a string and a number",
                "{{ 'a' + missing }}; 'missing', which is undefined",
                "{{ 1 // 0 }}; division by 0",
                "{{ 9223372036 * 9223372036 }}; 64 bits",
                "{{ [] < 1 }}; cannot compare",
                "{{ 'a' | shout }}; no filter 'shout'",
                "{{ 'a' is loud }}; no test 'loud'",
                "{{ 'a'.shout() }}; no method 'shout'",
                "{{ missing() }}; cannot call",
                "{{ range }}; cannot print",
                "{{ missing | tojson }}; tojson",
                "{{ 1 | tojson(separators=[',']) }}; wanted two separators, found 1",
                "{% for x in 5 %}{% endfor %}; cannot go over a number",
                "{% for a, b in names %}{% endfor %}; wanted 2 values",
                "{% set x.y = 1 %}; no namespace",
                "{{ ''.split('') }}; separator is empty",
                "{{ 'a'.replace('', 'b') }}; to replace is empty",
                "{{ [1][::0] }}; step of a slice",
                "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}; takes [a] only",
                "{{ strftime_now('%Q') }}; '%Q' is not supported",
                "{{ raise_exception() }}; 'message' is missing",
            })
    void what_goes_wrong_is_named(String source, String problem) {
        assertThatThrownBy(() -> render(source))
                .isInstanceOf(TemplateException.class)
                .hasMessageStartingWith("template, line 1, column ")
                .hasMessageContaining(problem);
    }

    @Test
    void what_the_template_raises_comes_out_as_it_is() {
        TemplateException e = catchThrowableOfType(
                TemplateException.class,
                () -> render("\n{% if true %}{{ raise_exception('no ' + messages[0].role) }}{% endif %}"));

        assertThat(e).hasMessage("no system");
        assertThat(e.raised()).isTrue();
        assertThat(e.line()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(1000000000) %}{{ 'x' * 1000000 }}{% endfor %}",
                "{% for i in range(100000) %}{{ 'x' * 1000000 }}{% endfor %}",
                "{{ 'x' * 9223372036854775 }}",
                "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(30) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
                "{% set a = [] %}{% set _ = a.append(a) %}{{ a }}",
                "{% set a = [] %}{% set _ = a.append(a) %}{{ a == a[:] }}{{ [a] == [[a]] }}{{ a | tojson }}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{% for i in range(n) %}{{ f(n) }}{% endfor %}{% endmacro %}{{ f(9) }}",
                "{% set x = 'a' * 4000000 %}{% for i in range(1000) %}{{ x.split('a' * 1000 + 'b') }}{% endfor %}",
                "{% for a in range(3000) %}{% for b in range(3000) %}{% for c in range(3000) %}{% endfor %}{% endfor %}{% endfor %}",
            })
    void an_endless_template_is_stopped_by_a_limit(String source) {
        assertThatThrownBy(() -> render(source))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("limit");
    }

    @Test
    void a_source_that_nests_too_deep_or_is_too_long_is_refused() {
        for (String source : List.of(
                "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
                "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ " + "-".repeat(100_000) + "1 }}",
                "{{ " + "[".repeat(100_000) + " }}",
                "{% if 1 %}".repeat(100_000),
                " ".repeat(TemplateLimits.MAX_SOURCE + 1))) {
            assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateException.class);
        }
        assertThatThrownBy(() -> render("{{ " + "1 + ".repeat(100_000) + "1 }}"))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("limit");
        assertThatThrownBy(() -> render("{{ a" + ".b".repeat(100_000) + " }}"))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("limit");
    }

    @Test
    void a_callers_values_are_bounded_too() {
        List<Object> knot = new ArrayList<>();
        knot.add(knot);

        assertThatThrownBy(() -> segments("x", Map.of("v", knot)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("deeper");
        assertThatThrownBy(() -> segments("x", Map.of("v", new Object())))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("java.lang.Object");
        assertThatThrownBy(() -> segments("x", Map.of("range", 1)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("'range'");
    }

    private static Path folderWith(Path folder, String config) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        return folder;
    }

    @Test
    void the_endless_template_of_the_test_data_is_stopped(@TempDir Path folder) throws IOException {
        TestData.copy("models/malformed/model-template-endless", folder);
        ChatTemplate template = ChatTemplate.load(folder, CLOCK);

        assertThatThrownBy(() -> template.render(MESSAGES, List.of(), Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("steps, the limit");
    }

    @Test
    void a_file_of_its_own_wins_over_the_configuration(@TempDir Path folder) throws Exception {
        folderWith(folder, "{\"chat_template\": \"config\", \"bos_token\": {\"content\": \"<b>\"}}");
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ bos_token }}file");

        assertThat(ChatTemplate.load(folder, CLOCK).render(MESSAGES, List.of(), Map.of()))
                .containsExactly(Segment.ofTemplate("<b>file"));
    }

    @Test
    void a_template_for_tools_is_used_when_there_are_tools(@TempDir Path folder) throws Exception {
        folderWith(
                folder,
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"d\"}, {\"name\": \"tool_use\", \"template\": \"t\"}]}");
        ChatTemplate template = ChatTemplate.load(folder, CLOCK);

        assertThat(template.render(MESSAGES, List.of(), Map.of())).containsExactly(Segment.ofTemplate("d"));
        assertThat(template.render(MESSAGES, List.of(Map.of("type", "function")), Map.of()))
                .containsExactly(Segment.ofTemplate("t"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"chat_template\": null}", "{\"chat_template\": []}", "{\"chat_template\": \"{{\"}", "[]"
            })
    void a_folder_without_a_readable_template_is_refused(String config, @TempDir Path folder) throws IOException {
        folderWith(folder, config);

        assertThatThrownBy(() -> ChatTemplate.load(folder, CLOCK)).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void numbers_are_written_as_python_writes_them() {
        double[] numbers = {0.0, -0.0, 1, -2.5, 1e15, 1e16, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, 0.1 + 0.2};

        assertThat(Arrays.stream(numbers).mapToObj(Values::real))
                .containsExactly(
                        "0.0",
                        "-0.0",
                        "1.0",
                        "-2.5",
                        "1000000000000000.0",
                        "1e+16",
                        "1.2345678901234568e+17",
                        "0.0001",
                        "1e-05",
                        "1.5e+300",
                        "0.30000000000000004");
    }
}
