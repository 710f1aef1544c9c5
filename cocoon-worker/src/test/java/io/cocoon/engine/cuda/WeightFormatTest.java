package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.WeightType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What weights take of a device. */
class WeightFormatTest {

    @ParameterizedTest
    @CsvSource({
        "BF16, 16",
        "INT8, 9",
        "INT8_BY_16, 10",
        "INT4, 5",
        "INT4_WITH_MINIMUM, 6",
        "FP8, 8.25",
    })
    void should_take_as_many_bits_a_weight_as_docs_say(WeightFormat format, double bits) {
        assertThat(format.bytes(4096, 1024) * 8.0 / (4096 * 1024)).isEqualTo(bits);
    }

    @Test
    void should_count_rows_and_groups_that_are_filled_up() {
        // 64 rows by 160 columns, and two scales for each row.
        assertThat(WeightFormat.FP8.bytes(33, 160)).isEqualTo(64 * 160 + 64 * 2 * 4);
    }

    @ParameterizedTest
    @EnumSource(WeightPrecision.class)
    void should_keep_fp8_whatever_is_made_of_floats(WeightPrecision precision) {
        assertThat(WeightFormat.of(WeightType.FP8, precision)).isEqualTo(WeightFormat.FP8);
        assertThat(WeightFormat.ofVocabulary(WeightType.FP8, precision)).isEqualTo(WeightFormat.FP8);
    }
}
