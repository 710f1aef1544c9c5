package io.cocoon.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The suite itself: it passes on our recordings, and it notices. */
class ConformanceTest {

    private static final String FRAMES = "captures/session-any/query.frames.jsonl";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private boolean run() {
        return ConformanceMain.run(folder, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private String output() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private void put(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void should_pass_on_every_committed_recording() throws IOException {
        for (String recordings : new String[] {"captures", "captures-2026"}) {
            for (String file : TestData.list(recordings, ".jsonl")) {
                put(file, TestData.text(file));
            }
        }
        boolean passed = run();
        System.out.println(output());
        assertThat(passed).isTrue();
        assertThat(output()).doesNotContain("FAILED").containsPattern("\\d{4} passed, 0 failed\\R$");
    }

    @Test
    void should_judge_the_committed_replies_of_the_attestation_service() throws IOException {
        for (String file : TestData.list("nvidia", "")) {
            Path target = folder.resolve(file);
            Files.createDirectories(target.getParent());
            Files.write(target, TestData.bytes(file));
        }
        assertThat(run()).isTrue();
        assertThat(output()).contains("nvidia/nras/synthetic: passed 42, failed 0, absent 0");
    }

    @Test
    void should_name_a_frame_that_is_not_as_recorded() throws IOException {
        put(FRAMES, TestData.text(FRAMES).replaceFirst("f8ba179c", "f8ba179d"));
        assertThat(run()).isFalse();
        assertThat(output()).contains("FAILED " + FRAMES + " line ").containsPattern("passed, 1 failed\\R$");
    }

    @Test
    void should_fail_when_nothing_was_found() {
        assertThat(run()).isFalse();
        assertThat(output()).isEqualToIgnoringNewLines("0 passed, 0 failed");
    }

    @Test
    void should_name_what_it_cannot_check_and_not_count_it() throws IOException {
        put("unknown/cases.json", "{}");
        assertThat(run()).isFalse();
        assertThat(output()).contains("unknown: not checked yet, 1 files").contains("0 passed, 0 failed");
    }

    @Test
    void should_count_a_certificate_that_is_named_and_not_there_as_absent() throws IOException {
        put("ratls/cases.json", TestData.text("ratls/cases.json"));
        put("ratls/v3.pem", TestData.text("ratls/v3.pem"));
        assertThat(run()).isTrue();
        assertThat(output()).contains("ratls: passed 4, failed 0, absent ").doesNotContain("absent 0");
    }

    @Test
    void should_count_a_file_that_is_no_json_as_failed() throws IOException {
        put(FRAMES, "nonsense");
        assertThat(run()).isFalse();
        assertThat(output()).contains("FAILED " + FRAMES);
    }

    @Test
    void should_go_on_with_the_next_file_after_one_of_an_unexpected_form() throws IOException {
        put("captures/certs/broken.info.json", "{\"cases\": [], \"time\": \"not a time\"}");
        put(FRAMES, TestData.text(FRAMES));
        assertThat(run()).isFalse();
        assertThat(output()).contains("FAILED captures/certs/broken.info.json").containsPattern("passed, 1 failed\\R$");
        assertThat(output()).contains("captures/session-any: passed ");
    }

    @Test
    void should_check_the_code_of_a_deliberate_difference() throws IOException {
        String file = "captures/router-probes/tls-fake-client-none-cert.jsonl";
        put(file, TestData.text(file));
        assertThat(run()).isTrue();
        // The same peer, taken: we refuse by EVIDENCE_MISSING, and that is on the list.
        put(file, TestData.text(file).replace("\"reply\": \"\"", "\"reply\": \"PONG\""));
        assertThat(run()).isTrue();
        // Under another name there is no such difference.
        put(
                file,
                TestData.text(file)
                        .replace("\"reply\": \"\"", "\"reply\": \"PONG\"")
                        .replace("\"client_cert\": \"none\"", "\"client_cert\": \"other\""));
        assertThat(run()).isFalse();
        assertThat(output()).contains("the reference accepts, we refuse by EVIDENCE_MISSING");
    }
}
