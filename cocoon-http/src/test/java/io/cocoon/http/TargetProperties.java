package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Targets of requests: what was written comes back, and what is anything else is refused in one way. */
class TargetProperties {

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings()
                .all()
                .ofMaxLength(20)
                .map(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .filter(text -> text.chars().noneMatch(c -> c < ' ' || c == 0x7f));
    }

    @Provide
    Arbitrary<Map<String, String>> queries() {
        return Arbitraries.maps(texts(), texts()).ofMaxSize(8).map(LinkedHashMap::new);
    }

    private static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Property
    void should_read_back_what_was_written(@ForAll("texts") String path, @ForAll("queries") Map<String, String> query)
            throws BadRequestException {
        String written = "/" + escape(path).replace("+", "%20") + "?"
                + query.entrySet().stream()
                        .map(pair -> escape(pair.getKey()) + "=" + escape(pair.getValue()))
                        .collect(Collectors.joining("&"));
        assertThat(Target.parse(written)).isEqualTo(new Target("/" + path, query));
    }

    @Property
    void should_read_any_text_or_refuse_it(@ForAll @Size(max = 200) String text) {
        check("/" + text);
        check(text);
    }

    @Property
    void should_read_any_escapes_or_refuse_them(@ForAll @Size(max = 40) byte[] bytes) {
        StringBuilder text = new StringBuilder("/a?");
        for (byte each : bytes) {
            text.append('%').append(Integer.toHexString(each & 0xff));
        }
        check(text.toString());
    }

    static void check(String text) {
        try {
            Target target = Target.parse(text);
            assertThat(target.path()).startsWith("/");
            assertThat(target.path().chars()).noneMatch(c -> c < ' ' || c == 0x7f);
            assertThat(target.query()).hasSizeLessThanOrEqualTo(Target.MAX_PAIRS);
            assertThat(target.path().length()).isLessThanOrEqualTo(text.length());
        } catch (BadRequestException expected) {
            assertThat(expected.status()).isEqualTo(400);
        }
    }

    @Property(tries = 20)
    void should_refuse_more_pairs_than_a_request_has(
            @ForAll @net.jqwik.api.constraints.IntRange(min = 1, max = 200) int count) throws BadRequestException {
        String text = java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> "n" + i + "=1")
                .collect(Collectors.joining("&", "/?", ""));
        if (count <= Target.MAX_PAIRS) {
            assertThat(Target.parse(text).query()).hasSize(count);
        } else {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> Target.parse(text))
                    .isInstanceOf(BadRequestException.class);
        }
    }
}
