package io.cocoon.examples;

import io.cocoon.engine.BuiltInEngine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The model that comes with the examples: 2.7 million parameters, trained from scratch by {@code tools/demo-model} on text of our
 * own, good for showing that a real model runs and for nothing else. It knows the words of the network, capitals and small
 * sums.
 */
public final class DemonstrationModel {

    private static final List<String> FILES = List.of(
            "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    private DemonstrationModel() {}

    /** Loads it into this JVM. The engine reads weights from files, so they are unpacked for as long as that takes. */
    public static BuiltInEngine load() throws IOException {
        Path temporary = Files.createTempDirectory("cocoon-");
        try {
            // The engine's card has its name.
            Path folder = Files.createDirectory(temporary.resolve("demonstration-model"));
            for (String name : FILES) {
                try (InputStream in = DemonstrationModel.class.getResourceAsStream("/demonstration-model/" + name)) {
                    if (in == null) {
                        throw new IOException("the demonstration model lacks its file " + name + "; was the jar cut?");
                    }
                    Files.copy(in, folder.resolve(name));
                }
            }
            return BuiltInEngine.load(folder);
        } finally {
            Endings.delete(temporary);
        }
    }
}
