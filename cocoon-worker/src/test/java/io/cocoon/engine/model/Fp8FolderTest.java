package io.cocoon.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.TestFolder.Stored;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Folders with FP8 weights are read, or refused with what was found and what is supported. */
class Fp8FolderTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GATE = "model.layers.0.mlp.gate_proj.weight";
    private static final String KEY = "model.layers.1.self_attn.k_proj.weight";

    @TempDir
    static Path folder;

    @TempDir
    Path scratch;

    @BeforeAll
    static void copy() {
        TestData.copy("models/tiny-qwen3", folder);
    }

    private Model open(TestFolder model) throws IOException {
        Path written = scratch.resolve("model");
        model.write(written);
        return ModelLoader.open(written);
    }

    private static TestFolder converted(Fp8Form form) throws IOException {
        return form.converted(folder, false);
    }

    private static ObjectNode quantization(TestFolder model) {
        return (ObjectNode) model.config.get("quantization_config");
    }

    private static ObjectNode group(TestFolder model) {
        return (ObjectNode) quantization(model).at("/config_groups/group_0");
    }

    @ParameterizedTest
    @EnumSource(Fp8Form.class)
    void should_find_the_scale_of_every_weight(Fp8Form form) throws IOException {
        Path fp8 = scratch.resolve("fp8");
        Path widened = scratch.resolve("widened");
        form.write(folder, fp8, widened);

        ModelWeights found = ModelLoader.open(fp8).weights();
        ModelWeights wanted = ModelLoader.open(widened).weights();

        assertThat(found.mostlyOf()).isEqualTo(WeightType.FP8);
        for (int layer = 0; layer < 3; layer++) {
            Tensor tensor = found.layers().get(layer).down();
            assertThat(tensor.type()).isEqualTo(WeightType.FP8);
            for (int row = 0; row < tensor.rows(); row++) {
                float[] numbers = new float[160];
                wanted.layers().get(layer).down().row(row).asFloatBuffer().get(numbers);
                float[] scales = new float[2];
                tensor.scales(row, scales);
                for (int i = 0; i < numbers.length; i++) {
                    int code = tensor.row(row).get(i) & 0xff;
                    assertThat((float) Fp8Form.value(code) * scales[i / 128]).isEqualTo(numbers[i]);
                }
            }
        }
    }

    @Test
    void should_leave_what_was_not_converted_as_it_is() throws IOException {
        ModelWeights found = open(converted(Fp8Form.BLOCKS)).weights();

        assertThat(found.layers().get(1).key().type()).isEqualTo(WeightType.BF16);
        assertThat(found.layers().get(1).query().type()).isEqualTo(WeightType.FP8);
        assertThat(found.head().type()).isEqualTo(WeightType.BF16);
        assertThat(found.layers().get(0).attentionNorm().type()).isEqualTo(WeightType.BF16);
    }

    @Test
    void should_count_scales_to_what_a_model_takes_in_its_files() throws IOException {
        TestFolder model = converted(Fp8Form.CHANNEL);
        long bytes = model.tensors.values().stream()
                .mapToLong(each -> each.data().length)
                .sum();

        ModelWeights found = open(model).weights();

        assertThat(found.bytes()).isEqualTo(bytes);
        assertThat(found.parameters()).isEqualTo(240_256);
    }

    @Test
    void should_take_what_is_not_said_for_what_is_common() throws IOException {
        TestFolder model = converted(Fp8Form.BLOCKS);
        quantization(model).putNull("fmt").remove("activation_scheme");
        assertThat(open(model).weights().mostlyOf()).isEqualTo(WeightType.FP8);
    }

    @Test
    void should_take_blocks_of_other_heights_and_whole_multiples_of_128_columns() throws IOException {
        TestFolder model = converted(Fp8Form.BLOCKS);
        quantization(model).putArray("weight_block_size").add(64).add(256);
        model.tensors.replaceAll((name, stored) -> {
            Stored weights = model.tensor(name.replace("_scale_inv", ""));
            long down = (weights.shape()[0] + 63) / 64;
            return name.endsWith("_scale_inv") ? Stored.floats(ones((int) down), down, 1) : stored;
        });

        assertThat(open(model).weights().mostlyOf()).isEqualTo(WeightType.FP8);
    }

    @Test
    void should_read_weights_that_stay_with_activations_that_stay() throws IOException {
        TestFolder model = converted(Fp8Form.CHANNEL);
        group(model).putNull("input_activations");
        assertThat(open(model).weights().mostlyOf()).isEqualTo(WeightType.FP8);
    }

    private static float[] ones(int count) {
        float[] all = new float[count];
        Arrays.fill(all, 1);
        return all;
    }

    /** Form, pointer into the configuration, JSON to put there or nothing to remove it, and what is said of it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "BLOCKS  | /quant_method | 'gptq' | 'gptq' is not supported; weights in F8_E4M3 with 'fp8' or 'compressed-tensors' are",
                "BLOCKS  | /quant_method | 8 | '8' is not supported",
                "BLOCKS  | /fmt | 'e5m2' | quant_method fp8 has fmt \"e5m2\", which is not supported; 'e4m3' is",
                "BLOCKS  | /activation_scheme | 'static' | has activation_scheme \"static\", which is not supported; 'dynamic' is",
                "BLOCKS  | /weight_block_size | [128, 64] | weight_block_size is [128,64]; wanted [rows, columns] with a multiple of 128 columns",
                "BLOCKS  | /weight_block_size | [128, 192] | weight_block_size is [128,192]; wanted [rows, columns]",
                "BLOCKS  | /weight_block_size | [0, 128] | weight_block_size is [0,128]",
                "BLOCKS  | /weight_block_size | [128, 128, 128] | weight_block_size is [128,128,128]",
                "BLOCKS  | /weight_block_size | [128.5, 128] | weight_block_size is [128.5,128]",
                "BLOCKS  | /weight_block_size | [128, 4294967296] | weight_block_size is [128,4294967296]",
                "BLOCKS  | /weight_block_size | 128 | weight_block_size is 128",
                "BLOCKS  | /weight_block_size | | has the shape [2, 1], wanted [1, 1] for the 160 by 64 weights",
                "CHANNEL | /format | 'pack-quantized' | has format \"pack-quantized\", which is not supported; 'float-quantized' is",
                "CHANNEL | /format | | has format absent, which is not supported; 'float-quantized' is",
                "CHANNEL | /kv_cache_scheme | {'num_bits': 8} | has kv_cache_scheme {\"num_bits\":8}, which is not supported; none is",
                "CHANNEL | /sparsity_config | {'format': 'sparse-24-bitmask'} | has format \"sparse-24-bitmask\"",
                "CHANNEL | /transform_config | {'R1': {}} | has transform_config",
                "CHANNEL | /config_groups | {} | has no config_groups; wanted at least one",
                "CHANNEL | /config_groups/group_0/format | 'nvfp4-pack-quantized' | group_0 has format",
                "CHANNEL | /config_groups/group_0/output_activations | {'num_bits': 8} | has output_activations",
                "CHANNEL | /config_groups/group_0/input_activations/dynamic | false | input_activations has dynamic false, which is not supported; true is",
                "CHANNEL | /config_groups/group_0/input_activations/dynamic | 'local' | input_activations has dynamic \"local\"",
                "CHANNEL | /config_groups/group_0/weights | | weights has type absent",
                "CHANNEL | /config_groups/group_0/weights/num_bits | 4 | has num_bits 4, which is not supported; 8 is",
                "CHANNEL | /config_groups/group_0/weights/num_bits | 8.5 | has num_bits 8.5",
                "CHANNEL | /config_groups/group_0/weights/type | 'int' | has type \"int\", which is not supported; 'float' is",
                "CHANNEL | /config_groups/group_0/weights/symmetric | false | has symmetric false, which is not supported; true is",
                "CHANNEL | /config_groups/group_0/weights/dynamic | true | has dynamic true, which is not supported; false is",
                "CHANNEL | /config_groups/group_0/weights/strategy | 'group' | has strategy \"group\", which is not supported; 'channel' or 'tensor' is",
                "TENSOR  | /config_groups/group_0/weights/strategy | 'channel' | has the shape [1, 1], wanted [576, 1] for the 576 by 64 weights",
            })
    void should_refuse_a_configuration_of_another_kind(Fp8Form form, String pointer, String json, String message)
            throws IOException {
        TestFolder model = converted(form);
        int name = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) quantization(model).at(pointer.substring(0, name));
        if (json == null) {
            parent.remove(pointer.substring(name + 1));
        } else {
            parent.set(pointer.substring(name + 1), JSON.readTree(json.replace('\'', '"')));
        }

        assertThatThrownBy(() -> open(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void should_repeat_no_more_of_a_configuration_than_a_person_reads() throws IOException {
        TestFolder model = converted(Fp8Form.BLOCKS);
        ArrayNode size = quantization(model).putArray("weight_block_size");
        IntStream.range(0, 10_000).forEach(size::add);

        assertThatThrownBy(() -> open(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("weight_block_size is [0,1,2,3")
                .hasMessageContaining("...; wanted [rows, columns]")
                .message()
                .hasSizeLessThan(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"'fp8'|wanted an object", "[]|wanted an object", "{}|'?' is not supported"})
    void should_refuse_a_configuration_that_is_none(String json, String message) throws IOException {
        TestFolder model = converted(Fp8Form.BLOCKS);
        model.config.set("quantization_config", JSON.readTree(json.replace('\'', '"')));

        assertThatThrownBy(() -> open(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    private static Arguments fault(Fp8Form form, String message, Consumer<TestFolder> change) {
        return Arguments.of(message, form, change);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        Fp8Form.BLOCKS,
                        GATE + " is F8_E4M3; wanted its scales " + GATE + "_scale_inv, found none",
                        model -> model.tensors.remove(GATE + "_scale_inv")),
                fault(
                        Fp8Form.BLOCKS,
                        "found none",
                        model -> model.tensors.put(GATE + "_scale", model.tensors.remove(GATE + "_scale_inv"))),
                fault(
                        Fp8Form.MATRIX,
                        "wanted its scales " + GATE + "_scale or " + GATE + "_scale_inv, found both",
                        model -> model.tensors.put(GATE + "_scale_inv", model.tensor(GATE + "_scale"))),
                fault(
                        Fp8Form.BLOCKS,
                        GATE
                                + "_scale_inv has the shape [1, 2], wanted [2, 1] for the 160 by 64 weights that it scales (fp8)",
                        model -> model.tensors.put(GATE + "_scale_inv", Stored.floats(ones(2), 1, 2))),
                fault(
                        Fp8Form.CHANNEL,
                        "has the shape [1, 160], wanted [160, 1]",
                        model -> model.tensors.put(GATE + "_scale", Stored.floats(ones(160), 160))),
                fault(
                        Fp8Form.BLOCKS,
                        "the scale [1, 0] of " + GATE
                                + "_scale_inv is 0.0; wanted a number above 0 that is finite with 448 times as much",
                        model -> model.tensors.put(GATE + "_scale_inv", Stored.floats(new float[] {1, 0}, 2, 1))),
                fault(
                        Fp8Form.BLOCKS,
                        "is -1.0; wanted a number above 0",
                        model -> model.tensors.put(GATE + "_scale_inv", Stored.floats(new float[] {-1, 1}, 2, 1))),
                fault(
                        Fp8Form.MATRIX,
                        "is NaN; wanted a number above 0",
                        model -> model.tensors.put(GATE + "_scale", Stored.floats(new float[] {Float.NaN}))),
                fault(
                        Fp8Form.MATRIX,
                        "is Infinity; wanted a number above 0",
                        model -> model.tensors.put(
                                GATE + "_scale", Stored.floats(new float[] {Float.POSITIVE_INFINITY}))),
                fault(
                        Fp8Form.MATRIX,
                        "is 8.0E35; wanted a number above 0 that is finite",
                        model -> model.tensors.put(GATE + "_scale", Stored.floats(new float[] {8e35f}))),
                fault(
                        Fp8Form.MATRIX,
                        GATE + "_scale are FP8; F32, F16 and BF16 are supported",
                        model ->
                                model.tensors.put(GATE + "_scale", new Stored("F8_E4M3", new long[] {1}, new byte[1]))),
                fault(
                        Fp8Form.MATRIX,
                        "found none",
                        model -> model.tensors.put(GATE + "_scale", new Stored("I32", new long[] {1}, new byte[4]))),
                fault(
                        Fp8Form.BLOCKS,
                        KEY + "_scale_inv scales " + KEY + ", which is BF16; wanted F8_E4M3",
                        model -> model.tensors.put(KEY + "_scale_inv", Stored.floats(ones(1), 1, 1))),
                fault(
                        Fp8Form.BLOCKS,
                        "scales model.stray.weight, which is absent; wanted F8_E4M3",
                        model -> model.tensors.put("model.stray.weight_scale", Stored.floats(ones(1)))),
                fault(
                        Fp8Form.BLOCKS,
                        "is F8_E4M3, and config.json has no quantization_config",
                        model -> model.config.remove("quantization_config")),
                fault(
                        Fp8Form.BLOCKS,
                        "is F8_E5M2 with 2 dimensions; F32, F16, BF16 and F8_E4M3 with at most 2 dimensions are read",
                        model -> {
                            Stored gate = model.tensor(GATE);
                            model.tensors.remove(GATE + "_scale_inv");
                            model.tensors.put(GATE, new Stored("F8_E5M2", gate.shape(), gate.data()));
                        }),
                fault(
                        Fp8Form.BLOCKS,
                        "model.norm.weight is F8_E4M3; only matrices may be, norms and biases not",
                        model -> model.tensors.put(
                                "model.norm.weight", new Stored("F8_E4M3", new long[] {64}, new byte[64]))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void should_refuse_weights_and_scales_that_do_not_belong_together(
            String message, Fp8Form form, Consumer<TestFolder> change) throws IOException {
        TestFolder model = converted(form);
        change.accept(model);

        assertThatThrownBy(() -> open(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void should_find_a_weight_that_is_no_number_when_its_row_is_read() throws IOException {
        TestFolder model = converted(Fp8Form.BLOCKS);
        model.tensor(GATE).data()[64 * 7 + 5] = (byte) 0xff;
        Tensor gate = open(model).weights().layers().get(0).gate();

        assertThat(gate.row(6).remaining()).isEqualTo(64);
        assertThatThrownBy(() -> gate.row(7))
                .isInstanceOf(UncheckedIOException.class)
                .cause()
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(
                        "tensor " + GATE + ": the weight [7, 5] is 0xff, which is no number; the file is damaged, or"
                                + " was not made as it says");
    }
}
