package io.cocoon.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.model.Fp8Form;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Floats of 8 bits. */
class E4m3Test {

    private static final int[] NO_NUMBERS = {0x7f, 0xff};

    @Test
    void should_widen_every_code_to_what_the_definition_says() {
        IntStream.range(0, 256)
                .filter(code -> code % 128 != 127)
                .forEach(code -> assertThat((double) E4m3.toFloat((byte) code))
                        .as("0x%02x", code)
                        .isEqualTo(Fp8Form.value(code)));
    }

    @Test
    void should_have_the_range_that_the_format_is_known_for() {
        assertThat(E4m3.toFloat((byte) 0x7e)).isEqualTo(448);
        assertThat(E4m3.toFloat((byte) 0xfe)).isEqualTo(-448);
        assertThat(E4m3.toFloat((byte) 0x01)).as("the least subnormal number").isEqualTo(0x1p-9f);
        assertThat(E4m3.toFloat((byte) 0x08)).as("the least normal number").isEqualTo(0x1p-6f);
        assertThat(E4m3.toFloat((byte) 0x80)).isEqualTo(-0f);
    }

    @Test
    void should_have_two_codes_that_are_no_numbers_and_no_infinity() {
        for (int code = 0; code < 256; code++) {
            float value = E4m3.toFloat((byte) code);
            assertThat(Float.isFinite(value)).isEqualTo(code != 0x7f && code != 0xff);
            assertThat(Float.isNaN(value)).isEqualTo(code == 0x7f || code == 0xff);
        }
    }

    @Test
    void should_find_the_first_code_that_is_no_number_wherever_it_lies() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int length = 0; length < 40; length++) {
            byte[] codes = new byte[length];
            for (int i = 0; i < length; i++) {
                codes[i] = (byte) (random.nextInt(2) << 7 | random.nextInt(0x7f));
            }
            assertThat(E4m3.firstNaN(ByteBuffer.wrap(codes)))
                    .as("seed %d", seed)
                    .isEqualTo(-1);
            for (int at = 0; at < length; at++) {
                byte[] damaged = codes.clone();
                damaged[at] = (byte) NO_NUMBERS[random.nextInt(2)];
                assertThat(E4m3.firstNaN(ByteBuffer.wrap(damaged)))
                        .as("seed %d", seed)
                        .isEqualTo(at);
                damaged[length - 1] = (byte) NO_NUMBERS[random.nextInt(2)];
                assertThat(E4m3.firstNaN(ByteBuffer.wrap(damaged)))
                        .as("before another one, seed %d", seed)
                        .isEqualTo(at);
            }
        }
    }
}
