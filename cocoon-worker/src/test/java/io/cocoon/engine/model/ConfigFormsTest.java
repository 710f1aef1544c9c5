package io.cocoon.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders say the same thing in several ways, by the age of the program that wrote them. */
class ConfigFormsTest {

    @TempDir
    Path folder;

    private TestFolder model(String name) throws IOException {
        TestData.copy("models", folder.resolve("models"));
        return TestFolder.read(folder.resolve("models").resolve(name));
    }

    private ModelShape shape(TestFolder model) throws IOException {
        model.write(folder.resolve("written"));
        return ModelLoader.open(folder.resolve("written")).shape();
    }

    private static void refused(Path folder, TestFolder model, String why) throws IOException {
        model.write(folder);
        assertThatThrownBy(() -> ModelLoader.open(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(why);
    }

    /** As transformers 5 writes it: frequencies for each kind of layer. */
    private static void newer(ObjectNode config) {
        config.remove(List.of("rope_theta", "rope_local_base_freq", "rope_scaling", "sliding_window_pattern"));
        config.put("_sliding_window_pattern", 6);
        ObjectNode parameters = config.putObject("rope_parameters");
        parameters
                .putObject("full_attention")
                .put("rope_type", "linear")
                .put("factor", 8.0)
                .put("rope_theta", 1_000_000.0);
        parameters.putObject("sliding_attention").put("rope_type", "default").put("rope_theta", 10_000.0);
    }

    @Test
    void frequencies_by_kind_of_layer_are_those_of_the_older_form() throws IOException {
        TestFolder gemma = model("tiny-gemma3");
        ModelShape older = shape(gemma.copy());
        newer(gemma.config);

        gemma.write(folder.resolve("newer"));

        assertThat(ModelLoader.open(folder.resolve("newer")).shape()).isEqualTo(older);
        assertThat(older.ropeBase()).isEqualTo(1e6);
        assertThat(older.ropeScaling()).isEqualTo(new RopeScaling.Linear(8));
    }

    @Test
    void a_pattern_with_an_underscore_counts_where_no_kinds_of_layers_are_stated() throws IOException {
        TestFolder gemma = model("tiny-gemma3");
        gemma.config.remove(List.of("layer_types", "sliding_window_pattern"));
        gemma.config.put("_sliding_window_pattern", 3);

        assertThat(shape(gemma).local()).containsExactly(true, true, false, true, true, false, true);
    }

    /** The published 4B model states nothing else; 8 heads of 256, and a base of a million. */
    @Test
    void gemma_means_what_its_files_leave_out() throws IOException {
        TestFolder gemma = model("tiny-gemma3");
        ObjectNode text = gemma.config.deepCopy();
        text.retain(
                "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "rope_scaling", "vocab_size");
        gemma.config.removeAll();
        gemma.config.put("model_type", "gemma3").set("text_config", text);
        String layer = "model.layers.%d.self_attn.%s.weight";
        for (int i = 0; i < 7; i++) {
            gemma.tensors.put(layer.formatted(i, "q_proj"), zeros(8 * 256, 64));
            gemma.tensors.put(layer.formatted(i, "k_proj"), zeros(4 * 256, 64));
            gemma.tensors.put(layer.formatted(i, "v_proj"), zeros(4 * 256, 64));
            gemma.tensors.put(layer.formatted(i, "o_proj"), zeros(64, 8 * 256));
            gemma.tensors.put(layer.formatted(i, "q_norm"), zeros(256));
            gemma.tensors.put(layer.formatted(i, "k_norm"), zeros(256));
        }

        ModelShape shape = shape(gemma);

        assertThat(shape.heads()).isEqualTo(8);
        assertThat(shape.kvHeads()).isEqualTo(4);
        assertThat(shape.headSize()).isEqualTo(256);
        assertThat(shape.ropeBase()).isEqualTo(1e6);
        assertThat(shape.localRopeBase()).isEqualTo(1e4);
        assertThat(shape.scoreScale()).isEqualTo(1.0 / 16);
        assertThat(shape.window()).isEqualTo(4096);
        assertThat(shape.context()).isEqualTo(131_072);
    }

    private static TestFolder.Stored zeros(long... shape) {
        long count = 1;
        for (long each : shape) {
            count *= each;
        }
        return new TestFolder.Stored("BF16", shape, new byte[(int) count * Short.BYTES]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"language_model.model.", "model.language_model."})
    void a_text_model_is_found_beside_one_that_reads_images(String place) throws IOException {
        TestFolder gemma = model("tiny-gemma3");
        Map<String, TestFolder.Stored> moved = new TreeMap<>();
        gemma.tensors.forEach((name, stored) -> moved.put(name.replaceFirst("^model\\.", place), stored));
        moved.put("vision_tower.vision_model.embeddings.patch_embedding.weight", zeros(4, 4));
        gemma.tensors.clear();
        gemma.tensors.putAll(moved);

        assertThat(shape(gemma).hidden()).isEqualTo(64);
    }

    private void refusesOption(String name, Consumer<ObjectNode> change, String why) throws IOException {
        TestFolder model = model(name);
        change.accept(model.config);
        refused(Files.createTempDirectory(folder, "refused").resolve("written"), model, why);
    }

    @Test
    void another_activation_is_refused() throws IOException {
        refusesOption("tiny-qwen3", config -> config.put("hidden_act", "gelu"), "hidden_act is \"gelu\"");
    }

    @Test
    void biases_that_the_family_does_not_have_are_refused() throws IOException {
        refusesOption("tiny-llama3", config -> config.put("attention_bias", true), "attention_bias");
        refusesOption("tiny-llama3", config -> config.put("mlp_bias", true), "mlp_bias");
    }

    @Test
    void frequencies_of_a_part_of_the_head_are_refused() throws IOException {
        refusesOption(
                "tiny-llama3", config -> config.put("partial_rotary_factor", 0.5), "partial_rotary_factor is 0.5");
    }

    @Test
    void scaled_frequencies_in_local_layers_are_refused() throws IOException {
        refusesOption(
                "tiny-gemma3",
                config -> {
                    newer(config);
                    ((ObjectNode) config.path("rope_parameters").path("sliding_attention"))
                            .put("rope_type", "linear")
                            .put("factor", 2.0);
                },
                "sliding_attention are scaled");
    }

    @Test
    void weights_in_a_layer_that_nothing_would_read_are_refused() throws IOException {
        TestFolder model = model("tiny-qwen3");
        model.tensors.put("model.layers.1.self_attn.o_proj.bias", zeros(64));

        refused(folder.resolve("written"), model, "model.layers.1.self_attn.o_proj.bias is in no model of the family");
    }

    @Test
    void tables_and_layers_beyond_the_last_one_are_no_such_weights() throws IOException {
        TestFolder model = model("tiny-qwen3");
        model.tensors.put("model.layers.1.self_attn.rotary_emb.inv_freq", zeros(16));
        model.tensors.put("model.layers.3.mlp.extra.weight", zeros(4, 4));

        assertThat(shape(model).layers()).isEqualTo(3);
    }
}
