package io.cocoon.examples.cli;

import io.cocoon.engine.BuiltInEngine;
import io.cocoon.engine.cpu.Activations;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What computes the answers. */
final class EngineOptions {

    @Option(
            names = "--model-folder",
            paramLabel = "FOLDER",
            description = "A model as Hugging Face lays it out, or a GGUF file: the built-in engine loads it.")
    @Nullable
    Path folder;

    @Option(
            names = "--upstream",
            paramLabel = "URL",
            description = "An OpenAI-compatible server that answers, such as http://127.0.0.1:8000")
    @Nullable
    URI upstream;

    @Option(
            names = "--cache-tokens",
            paramLabel = "N",
            description =
                    "Room for so many tokens of keys and values at most, for each model of the built-in engine; as many as fit by"
                            + " default. Less leaves memory for a model that is changed to.")
    private long cacheTokens = Long.MAX_VALUE;

    @Option(
            names = "--exact-activations",
            description =
                    "Do not round activations to 8 bits where the weights of a model have 4: answers of the processor take a third"
                            + " longer or twice as long, and are those of the weights as they are stored.")
    private boolean exactActivations;

    /**
     * Loads it; the demonstration model if nothing was chosen. The built-in engine measures its speed, and prints the card of its
     * model. The caller closes it.
     */
    InferenceEngine load(PrintWriter out) throws IOException {
        Path model = folder;
        URI server = upstream;
        if (model != null && server != null) {
            throw new IllegalArgumentException("--model-folder and --upstream exclude each other");
        }
        if (server != null) {
            return HttpEngine.builder().baseUrl(server).build();
        }
        if (model == null) {
            out.println(
                    "The engine is the demonstration model of 2.7 million parameters; see --model-folder, --upstream.");
            return OpenNetwork.demonstration();
        }
        return loadAll(List.of(model), out).get(0);
    }

    /** Checks that nothing was chosen here. */
    void requireNone() {
        if (folder != null || upstream != null) {
            throw new IllegalArgumentException("--model NAME=PATH excludes --model-folder and --upstream");
        }
    }

    /** Loads several models into one machine, or none; measures each and prints its card. The caller closes them. */
    List<BuiltInEngine> loadAll(List<Path> models, PrintWriter out) throws IOException {
        if (cacheTokens < 1) {
            throw new IllegalArgumentException("--cache-tokens is 1 or more, got " + cacheTokens);
        }
        for (Path model : models) {
            if (!Files.exists(model)) {
                throw new NoSuchFileException(
                        model + "; wanted a model folder as Hugging Face lays them out, or a GGUF file");
            }
        }
        List<BuiltInEngine> engines = BuiltInEngine.builder()
                .measured(true)
                .cacheTokens(cacheTokens)
                .activations(exactActivations ? Activations.EXACT : Activations.ROUNDED)
                .progress(step -> {
                    out.println(models.size() == 1 ? step.toString() : step.model() + ": " + step);
                    out.flush();
                })
                .loadAll(models);
        engines.forEach(engine -> out.println(engine.card().orElseThrow()));
        return engines;
    }
}
