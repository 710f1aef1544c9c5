package io.cocoon.examples;

import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

// The whole network in this JVM: asks one question, streams the answer, prints the bill and what was checked.
//
//     mvn -q -Pquickstart -pl examples -am package
//     mvn -q -Pquickstart -pl examples -am package -Dcocoon.args="'Why is the sky blue?'"
//     mvn -q -Pquickstart -pl examples -am package -Dcocoon.args="--upstream http://127.0.0.1:8000 --model
// Qwen/Qwen3-8B"
//
// Needs nothing but a JDK and Maven: the worker runs a very small model of our own in this JVM. With --model-folder it
// runs one
// of yours, with --upstream it asks a model server of yours (vLLM, SGLang, Ollama, …).

/** See the comment above. */
@Command(
        name = "Quickstart",
        mixinStandardHelpOptions = true,
        description = "Starts a proxy, a worker and a client in this JVM and asks one question.")
final class Quickstart implements Callable<Integer> {

    @Parameters(arity = "0..1", defaultValue = "What is Cocoon?", description = "What to ask.")
    private String question = "";

    @Option(
            names = "--upstream",
            description = "An OpenAI-compatible server that answers, such as http://127.0.0.1:8000")
    private @Nullable URI upstream;

    @Option(
            names = "--model-folder",
            description =
                    "A model folder as Hugging Face lays them out; the built-in engine loads it into this JVM's heap.")
    private @Nullable Path modelFolder;

    @Option(
            names = "--model",
            defaultValue = "cocoon/demonstration",
            description = "The model's name; with --upstream, its name there.")
    private String model = "";

    public static void main(String[] args) {
        int code = new CommandLine(new Quickstart()).execute(args);
        if (code != 0) {
            throw new IllegalStateException("Quickstart ended with code " + code);
        }
    }

    @Override
    public Integer call() throws Exception {
        System.out.println(
                "Starting a network in this JVM: proxy, worker, key manager. SIMULATED: nothing is proven or paid.");
        if (upstream == null && modelFolder == null) {
            System.out.println(
                    "The worker runs a model of 2.6 million parameters, made for this demonstration: expect little.");
        }
        try (TestNetwork network =
                        TestNetwork.builder().model(model).engine(this::engine).start();
                CocoonClient cocoon = network.newClient()) {
            System.out.println("\n> " + question + "\n");
            try (ChatStream stream = cocoon.chat(network.model()).user(question).maxTokens(160).stream()) {
                for (ChatChunk chunk : stream) {
                    System.out.print(chunk.text());
                    System.out.flush();
                }
                System.out.println("\n\n--- bill\n" + stream.bill());
                System.out.println("\n--- attestation\n" + stream.attestation());
            }
        }
        return 0;
    }

    private InferenceEngine engine() {
        URI server = upstream;
        if (server != null) {
            return HttpEngine.builder().baseUrl(server).build();
        }
        Path folder = modelFolder;
        try {
            return folder == null
                    ? DemonstrationModel.load()
                    : BuiltInEngine.builder().progress(System.out::println).load(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the model was not loaded: " + e.getMessage(), e);
        }
    }
}
