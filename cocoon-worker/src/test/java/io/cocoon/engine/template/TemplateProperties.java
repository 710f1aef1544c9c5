package io.cocoon.engine.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.text.Segment;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.testdata.TestData;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every source and every conversation. */
class TemplateProperties {

    private static final TemplateLimits SMALL = new TemplateLimits(100_000, 100_000, 100);

    private static final List<String> WORDS = List.of(
            "{{",
            "}}",
            "{%",
            "%}",
            "{%-",
            "-%}",
            "{#",
            "#}",
            " if ",
            " for ",
            " in ",
            "endfor",
            "endif",
            " else ",
            "set ",
            "x",
            "messages",
            ".role",
            "[0]",
            "[::-1]",
            "| trim",
            "| tojson",
            "| length",
            " is ",
            " not ",
            "defined",
            "none",
            "'a'",
            "1",
            "2.5",
            "+",
            "-",
            "~",
            "*",
            "==",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ":",
            ",",
            "loop.last",
            "\n",
            " ",
            "macro f()",
            "endmacro",
            "f()",
            "range(9)",
            "namespace(a=1)",
            ".split('a')",
            "break",
            "raise_exception('x')");

    @Provide
    Arbitrary<String> sources() {
        return Arbitraries.of(WORDS).list().ofMaxSize(30).map(parts -> String.join("", parts));
    }

    private static void tryOut(String source) {
        try {
            ChatTemplate.parse(source, Map.of(), SMALL, Clock.systemUTC())
                    .render(List.of(Map.of("role", "user", "content", "x")), List.of(), Map.of("x", List.of(1, "b")));
        } catch (TemplateException e) {
            assertThat(e.line()).isPositive();
            assertThat(e.column()).isPositive();
        }
    }

    @Property(tries = 3000)
    void a_source_made_of_words_gives_a_prompt_or_the_declared_exception(@ForAll("sources") String source) {
        tryOut(source);
    }

    @Property
    void a_genuine_template_with_changes_gives_a_prompt_or_the_declared_exception(@ForAll Random random) {
        String model = TinyTokenizers.MODELS.get(random.nextInt(TinyTokenizers.MODELS.size()));
        StringBuilder source = new StringBuilder(TestData.json("models/" + model + "/tokenizer_config.json")
                .path("chat_template")
                .asText());
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(source.length());
            source.replace(
                    at, Math.min(source.length(), at + random.nextInt(3)), WORDS.get(random.nextInt(WORDS.size())));
        }
        tryOut(source.toString());
    }

    @Property
    void nothing_that_a_caller_writes_is_trusted(@ForAll String content, @ForAll Random random) throws Exception {
        String model = TinyTokenizers.MODELS.get(random.nextInt(TinyTokenizers.MODELS.size()));
        String source = TestData.json("models/" + model + "/tokenizer_config.json")
                .path("chat_template")
                .asText();
        ChatTemplate template = ChatTemplate.parse(source, Map.of(), TemplateLimits.DEFAULT, Clock.systemUTC());

        assertThat(trusted(template, content.replace("</think>", ""))).isEqualTo(trusted(template, "y"));
    }

    private static String trusted(ChatTemplate template, String content) throws TemplateException {
        Map<String, Object> message = new HashMap<>(Map.of("role", "user", "content", content));
        return template.render(List.of(message), List.of(), Map.of()).stream()
                .filter(Segment::trusted)
                .map(Segment::text)
                .collect(Collectors.joining());
    }

    @Property
    void json_of_any_text_reads_back(@ForAll String text) throws Exception {
        String printed = ChatTemplate.parse("{{ x | tojson }}", Map.of(), TemplateLimits.DEFAULT, Clock.systemUTC())
                .render(List.of(), List.of(), Map.of("x", text))
                .get(0)
                .text();

        assertThat(new ObjectMapper().readValue(printed, String.class)).isEqualTo(text);
    }
}
