package io.cocoon.examples.cli;

import io.cocoon.engine.BuiltInEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
        if (!Files.exists(model)) {
            throw new NoSuchFileException(
                    model + "; wanted a model folder as Hugging Face lays them out, or a GGUF file");
        }
        BuiltInEngine engine = BuiltInEngine.builder()
                .measured(true)
                .progress(step -> {
                    out.println(step);
                    out.flush();
                })
                .load(model);
        out.println(engine.card().orElseThrow());
        return engine;
    }
}
