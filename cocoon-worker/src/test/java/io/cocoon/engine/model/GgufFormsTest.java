package io.cocoon.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.file.WeightFiles;
import io.cocoon.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of GGUF files that only some of them have. */
class GgufFormsTest {

    private static final String GEMMA = "models/tiny-gemma3/tiny-gemma3.BF16.gguf";
    private static final int AFTER_COUNTS = 24;
    private static final int PAIR_COUNT = 16;
    private static final int ALIGNMENT = 32;
    private static final int UINT32 = 4;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    @TempDir
    Path folder;

    private ModelShape shape(byte[] file) throws IOException {
        Path path = Files.createTempFile(folder, "model", ".gguf");
        Files.write(path, file);
        return GgufConfigReader.read(WeightFiles.openGguf(path));
    }

    private static byte[] gemma() {
        return TestData.bytes(GEMMA);
    }

    /** Puts one pair before all others, and a second one that makes the whole a multiple of the alignment. */
    private static byte[] with(byte[] file, String key, byte[] typeAndValue) {
        ByteArrayOutputStream pairs = new ByteArrayOutputStream();
        pairs.writeBytes(string(key));
        pairs.writeBytes(typeAndValue);
        pairs.writeBytes(string("filler"));
        pairs.writeBytes(number(STRING));
        int filler = Math.floorMod(-(pairs.size() + Long.BYTES), ALIGNMENT);
        pairs.writeBytes(string("x".repeat(filler)));
        ByteBuffer result = ByteBuffer.allocate(file.length + pairs.size()).order(ByteOrder.LITTLE_ENDIAN);
        result.put(file, 0, AFTER_COUNTS).put(pairs.toByteArray()).put(file, AFTER_COUNTS, file.length - AFTER_COUNTS);
        result.putLong(PAIR_COUNT, result.getLong(PAIR_COUNT) + 2);
        return result.array();
    }

    private static byte[] string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(Long.BYTES + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.length)
                .put(bytes)
                .array();
    }

    private static byte[] number(int... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(numbers);
        return bytes.array();
    }

    private static byte[] booleans(boolean... values) {
        ByteBuffer bytes = ByteBuffer.allocate(16 + values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(ARRAY).putInt(BOOL).putLong(values.length);
        for (boolean each : values) {
            bytes.put((byte) (each ? 1 : 0));
        }
        return bytes.array();
    }

    @Test
    void without_a_pattern_every_sixth_layer_is_global() throws IOException {
        assertThat(shape(gemma()).local()).containsExactly(true, true, true, true, true, false, true);
    }

    @Test
    void a_pattern_may_be_a_number() throws IOException {
        byte[] file = with(gemma(), "gemma3.attention.sliding_window_pattern", number(UINT32, 2));

        assertThat(shape(file).local()).containsExactly(true, false, true, false, true, false, true);
    }

    @Test
    void a_pattern_may_say_it_of_each_layer() throws IOException {
        byte[] file = with(
                gemma(),
                "gemma3.attention.sliding_window_pattern",
                booleans(true, false, false, true, true, true, false));

        assertThat(shape(file).local()).containsExactly(true, false, false, true, true, true, false);
    }

    @Test
    void a_pattern_of_another_number_of_layers_is_refused() {
        byte[] file = with(gemma(), "gemma3.attention.sliding_window_pattern", booleans(true, false));

        assertThatThrownBy(() -> shape(file)).hasMessageContaining("has 2 entries for 7 layers");
    }

    @Test
    void a_pattern_of_zero_is_refused() {
        byte[] file = with(gemma(), "gemma3.attention.sliding_window_pattern", number(UINT32, 0));

        assertThatThrownBy(() -> shape(file)).hasMessageContaining("sliding_window_pattern is 0");
    }

    @Test
    void local_layers_may_have_a_base_of_their_own() throws IOException {
        byte[] file = with(gemma(), "gemma3.rope.freq_base_swa", number(FLOAT32, Float.floatToRawIntBits(5000)));

        assertThat(shape(gemma()).localRopeBase()).isEqualTo(10_000);
        assertThat(shape(file).localRopeBase()).isEqualTo(5000);
    }

    /** Its 62 layers are how readers of this format know it: 5,376 numbers over 32 heads, where a head has 128. */
    @Test
    void scores_of_the_largest_gemma_are_scaled_by_its_width_over_its_heads() throws IOException {
        byte[] file = gemma();
        assertThat(shape(file).scoreScale()).isEqualTo(1 / Math.sqrt(32));
        byte[] key = "gemma3.block_count".getBytes(StandardCharsets.US_ASCII);
        List<Byte> bytes = list(file);
        int at = Collections.indexOfSubList(bytes, list(key)) + key.length;
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(at + Integer.BYTES, 62);

        assertThat(shape(file).scoreScale()).isEqualTo(1 / Math.sqrt(64.0 / 4));
    }

    private static List<Byte> list(byte[] bytes) {
        Byte[] boxed = new Byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            boxed[i] = bytes[i];
        }
        return List.of(boxed);
    }
}
