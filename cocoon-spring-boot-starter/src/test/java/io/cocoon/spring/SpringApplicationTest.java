package io.cocoon.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.ChatModel;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.testkit.TestNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;

/** A whole application, as a user of the starter tests it: nothing but the network is replaced. */
@SpringBootTest(
        classes = SpringApplicationTest.Application.class,
        properties = {"cocoon.model=demo/words", "cocoon.spending.limit=2.5"})
@Timeout(180)
class SpringApplicationTest {

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {

        @Bean(destroyMethod = "close")
        TestNetwork testNetwork() {
            return TestNetwork.builder().withoutChain().start();
        }

        @Bean
        Network network(TestNetwork network) {
            return Network.of(network.contracts());
        }

        @Bean
        Wallet wallet() {
            return Wallet.ofAddress("0:" + "2".repeat(64));
        }

        @Bean
        CocoonClientCustomizer simulated() {
            return builder -> builder.simulatedAttestation().emptySecretSoThatAnyoneCanSpend();
        }
    }

    @Test
    void should_answer_through_the_auto_configured_model(@Autowired ChatModel model) {
        assertThat(model.chat("Does anybody hear me?")).contains("Does anybody hear me?");
    }
}
