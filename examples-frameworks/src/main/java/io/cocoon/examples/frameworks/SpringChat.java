package io.cocoon.examples.frameworks;

import dev.langchain4j.model.chat.ChatModel;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.spring.CocoonClientCustomizer;
import io.cocoon.testkit.TestNetwork;
import java.io.PrintStream;
import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

// A Spring Boot application with the starter: client and chat model are there because of properties, nothing is wired
// by
// hand.
//
//     examples/run SpringChat
//
// A network in this JVM, a few seconds; SIMULATED, nothing is paid. The beans below put that network in place of the
// real one; an application on the main network has none of them and sets cocoon.network.kind, cocoon.wallet.… and
// cocoon.channels.… (docs/integrations.md).

/** See the comment above. */
public final class SpringChat {

    private SpringChat() {}

    /** The application. */
    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {

        @Bean(destroyMethod = "close")
        TestNetwork testNetwork() {
            return DemonstrationNetwork.start();
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

    public static void main(String[] args) {
        run(System.out);
    }

    static void run(PrintStream out) {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .bannerMode(org.springframework.boot.Banner.Mode.OFF)
                .properties(Map.of("cocoon.model", DemonstrationNetwork.MODEL, "cocoon.spending.limit", "2.5"))
                .run()) {
            out.println("> What is a worker?");
            out.println(context.getBean(ChatModel.class).chat("What is a worker?"));
            out.println("Spent: " + context.getBean(CocoonClient.class).spent() + " of 2.5 TON a day");
        }
    }
}
