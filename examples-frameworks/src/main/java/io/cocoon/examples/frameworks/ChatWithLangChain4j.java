package io.cocoon.examples.frameworks;

import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.langchain4j.CocoonChatModel;
import io.cocoon.langchain4j.CocoonChatResponseMetadata;
import io.cocoon.langchain4j.CocoonStreamingChatModel;
import io.cocoon.testkit.TestNetwork;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;

// An assistant of LangChain4j whose model is a worker of the network: it remembers the dialogue, answers whole or in
// pieces, and each answer knows what it cost.
//
//     examples/run ChatWithLangChain4j
//
// A network in this JVM, a few seconds; SIMULATED, nothing is paid. For the real one only the client changes
// (docs/client.md).

/** See the comment above. */
public final class ChatWithLangChain4j {

    /** What the application wants; LangChain4j writes the rest. */
    interface Assistant {
        String chat(String question);
    }

    /** The same in pieces. */
    interface StreamingAssistant {
        TokenStream chat(String question);
    }

    private ChatWithLangChain4j() {}

    public static void main(String[] args) {
        run(System.out);
    }

    static void run(PrintStream out) {
        try (TestNetwork network = DemonstrationNetwork.start();
                CocoonClient cocoon = network.newClient()) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(CocoonChatModel.builder(cocoon)
                            .modelName(network.model())
                            .build())
                    .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                    .build();
            out.println("> What is the capital of France?");
            out.println(assistant.chat("What is the capital of France?"));
            out.println("> And of Italy?");
            out.println(assistant.chat("And of Italy?"));

            StreamingAssistant streaming = AiServices.builder(StreamingAssistant.class)
                    .streamingChatModel(CocoonStreamingChatModel.builder(cocoon)
                            .modelName(network.model())
                            .build())
                    .build();
            out.println("> What is a quote?");
            CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
            streaming
                    .chat("What is a quote?")
                    .onPartialResponse(out::print)
                    .onCompleteResponse(whole::complete)
                    .onError(whole::completeExceptionally)
                    .start();
            ChatResponse response = whole.join();
            out.println();
            if (response.metadata() instanceof CocoonChatResponseMetadata known) {
                out.println("Bill: " + known.bill());
            }
        }
    }
}
