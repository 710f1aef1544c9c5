package io.cocoon.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both examples run, and say what their headers promise. */
@Timeout(180)
class FrameworkExamplesTest {

    private static String output(Consumer<PrintStream> example) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            example.accept(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void should_remember_a_dialogue_stream_and_show_the_bill_with_langchain4j() {
        assertThat(output(ChatWithLangChain4j::run))
                .contains("The capital of France is Paris.")
                .contains("The capital of Italy is Rome.")
                .contains("A quote is evidence signed by an Intel TDX machine")
                .containsPattern("Bill: \\d+ adjusted tokens .* confirmed by");
    }

    @Test
    void should_answer_in_a_spring_application() {
        assertThat(output(SpringChat::run))
                .contains("A worker runs a model on its own hardware")
                .containsPattern("Spent: 0\\.\\d+ TON of 2\\.5 TON a day");
    }
}
