package io.cocoon.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.WeightFiles;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Broken and hostile model files are refused with a reason. Files: test data, models/malformed. */
class HostileModelTest {

    /** Those whose fault lies in the tokenizer or the template. */
    private static final Set<String> ABOUT_TEXT =
            Set.of("model-no-tokenizer", "model-merge-unknown", "model-id-outside", "model-template-endless");

    @TempDir
    static Path folder;

    @BeforeAll
    static void copy() {
        TestData.copy("models", folder);
    }

    private static Stream<String> named(String suffix) {
        return TestData.json("models/malformed/expected.json").properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> name.endsWith(suffix));
    }

    static Stream<String> safetensors() {
        return named(".safetensors");
    }

    static Stream<String> ggufs() {
        return named(".gguf");
    }

    static Stream<String> folders() {
        return named("").filter(name -> !name.contains(".")).filter(name -> !ABOUT_TEXT.contains(name));
    }

    @ParameterizedTest
    @MethodSource("safetensors")
    void a_broken_safetensors_file_is_refused_by_name(String name) throws IOException {
        Path model = Files.createDirectories(folder.resolve("single-" + name));
        Files.copy(folder.resolve("malformed").resolve(name), model.resolve("model.safetensors"));

        assertThatThrownBy(() -> WeightFiles.openFolder(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("model.safetensors");
    }

    @ParameterizedTest
    @MethodSource("ggufs")
    void a_broken_gguf_file_is_refused_by_name(String name) {
        assertThatThrownBy(() -> ModelLoader.open(folder.resolve("malformed").resolve(name)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(name);
    }

    @ParameterizedTest
    @MethodSource("folders")
    void a_model_that_contradicts_itself_is_refused(String name) throws IOException {
        JsonNode expected = TestData.json("models/malformed/expected.json").path(name);
        Path model = Files.createDirectories(folder.resolve("laid-" + name));
        overlay(folder.resolve(expected.path("over").asText()), model);
        overlay(folder.resolve("malformed").resolve(name), model);
        for (JsonNode each : expected.path("remove")) {
            Files.delete(model.resolve(each.asText()));
        }

        assertThatThrownBy(() -> ModelLoader.open(model)).isInstanceOf(ModelFormatException.class);
    }

    private static void overlay(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void sound_models_of_every_family_open() throws IOException {
        assertThat(ModelLoader.open(folder.resolve("tiny-qwen3")).shape().headSize())
                .isEqualTo(32);
        assertThat(ModelLoader.open(folder.resolve("tiny-qwen2")).shape().tied())
                .isTrue();
        assertThat(ModelLoader.open(folder.resolve("tiny-llama3")).shape().endTokens())
                .hasSize(3);
        assertThat(ModelLoader.open(folder.resolve("tiny-gemma3")).shape().window())
                .isEqualTo(16);
    }

    @Test
    void an_unknown_family_is_named_in_the_message() {
        assertThatThrownBy(() -> ModelLoader.open(folder.resolve("malformed/architecture-unknown.gguf")))
                .hasMessageContaining("'hamster'");
    }
}
