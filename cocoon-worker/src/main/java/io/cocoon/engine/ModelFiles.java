package io.cocoon.engine;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.StrictJson;
import io.cocoon.engine.file.WeightFiles;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.serve.SamplingOptions;
import io.cocoon.engine.template.ChatTemplate;
import io.cocoon.engine.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/**
 * All that the files of a model say.
 *
 * @param defaults what the model's maker recommends for sampling; OpenAI's defaults where nothing is said
 */
record ModelFiles(Model model, Tokenizer tokenizer, ChatTemplate template, SamplingOptions defaults) {

    private static final SamplingOptions PLAIN = new SamplingOptions(1, 1, 0, 0, 0, 0, 1, Map.of(), 0);

    /** Opens a folder as Hugging Face lays them out, or one GGUF file. */
    static ModelFiles open(Path path, Clock clock) throws IOException {
        return Files.isRegularFile(path) ? gguf(path, clock) : folder(path, clock);
    }

    private static ModelFiles gguf(Path file, Clock clock) throws IOException {
        WeightFiles files = WeightFiles.openGguf(file);
        Model model = ModelLoader.ofGguf(files);
        return new ModelFiles(
                model,
                Tokenizer.ofGguf(
                        files.metadata(), file.toString(), model.shape().vocabulary()),
                ChatTemplate.ofGguf(files.metadata(), file.toString(), clock),
                PLAIN);
    }

    private static ModelFiles folder(Path folder, Clock clock) throws IOException {
        Model model = ModelLoader.open(folder);
        return new ModelFiles(
                model,
                Tokenizer.load(folder, model.shape().vocabulary()),
                ChatTemplate.load(folder, clock),
                defaults(folder));
    }

    private static SamplingOptions defaults(Path folder) throws IOException {
        Path file = folder.resolve("generation_config.json");
        if (!Files.isRegularFile(file)) {
            return PLAIN;
        }
        JsonNode config = StrictJson.readObject(file);
        try {
            return new SamplingOptions(
                    config.path("do_sample").asBoolean(false)
                            ? config.path("temperature").asDouble(1)
                            : 0,
                    config.path("top_p").asDouble(1),
                    config.path("top_k").asInt(0),
                    config.path("min_p").asDouble(0),
                    0,
                    0,
                    config.path("repetition_penalty").asDouble(1),
                    Map.of(),
                    0);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }
}
