package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What an application gets with the client is written down, jar by jar, in docs/closure.md. */
class ClosureTest {

    /** Written by Maven before the tests run. */
    private static final Path RESOLVED = Path.of("target", "runtime.classpath");

    private static final Path RECORDED = Path.of("..", "docs", "closure.md");
    private static final Pattern ROW = Pattern.compile("\\| (\\S+\\.jar) \\| (\\d+) \\| (.+) \\|");
    private static final Pattern TOTAL = Pattern.compile("\\*\\*(\\d+) jars, ([\\d,]+) bytes");

    private static Map<String, Long> resolved() throws IOException {
        assertThat(RESOLVED).as("written by 'mvn process-test-classes'").exists();
        Map<String, Long> jars = new TreeMap<>();
        for (String entry : Files.readString(RESOLVED).trim().split(Pattern.quote(File.pathSeparator), -1)) {
            Path path = Path.of(entry);
            String name = path.getFileName().toString();
            if (name.endsWith(".jar") && !name.startsWith("cocoon-")) {
                jars.put(name, Files.size(path));
            }
        }
        return jars;
    }

    private static Map<String, Long> recorded(String page) {
        Map<String, Long> jars = new TreeMap<>();
        Matcher rows = ROW.matcher(page);
        while (rows.find()) {
            jars.put(rows.group(1), Long.parseLong(rows.group(2)));
        }
        return jars;
    }

    @Test
    void should_be_what_the_page_says_jar_by_jar() throws IOException {
        Map<String, Long> now = resolved();
        long bytes = now.values().stream().mapToLong(Long::longValue).sum();
        System.out.println("The closure of cocoon-client: " + now.size() + " jars, " + bytes + " bytes");
        assertThat(recorded(Files.readString(RECORDED)))
                .as(
                        "the table of docs/closure.md; a new jar is a decision and needs its reason there and in docs/dependencies.md")
                .isEqualTo(now);
    }

    @Test
    void should_have_its_sum_on_the_page() throws IOException {
        String page = Files.readString(RECORDED);
        Map<String, Long> rows = recorded(page);
        Matcher total = TOTAL.matcher(page);
        assertThat(total.find()).isTrue();
        assertThat(Integer.parseInt(total.group(1))).isEqualTo(rows.size());
        assertThat(Long.parseLong(total.group(2).replace(",", "")))
                .isEqualTo(rows.values().stream().mapToLong(Long::longValue).sum());
    }
}
