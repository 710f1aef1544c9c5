package io.cocoon.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.client.ChatReply;
import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class DemonstrationModelTest {

    @Test
    void should_answer_questions_over_the_network_with_what_it_was_trained_on() {
        try (TestNetwork network = TestNetwork.builder()
                        .engine(() -> {
                            try {
                                return DemonstrationModel.load();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        })
                        .start();
                CocoonClient cocoon = network.newClient()) {
            assertThat(ask(cocoon, network, "What is the capital of France?"))
                    .isEqualTo("The capital of France is Paris.");
            assertThat(ask(cocoon, network, "What is 2 plus 3?")).isEqualTo("2 + 3 = 5.");
            assertThat(ask(cocoon, network, "Write a poem about rain?")).contains("demonstration model");
        }
    }

    private static String ask(CocoonClient cocoon, TestNetwork network, String question) {
        ChatReply reply =
                cocoon.chat(network.model()).user(question).maxTokens(60).send();
        return reply.text();
    }
}
