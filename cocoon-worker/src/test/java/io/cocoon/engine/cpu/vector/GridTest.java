package io.cocoon.engine.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Where weights lie. */
class GridTest {

    @ParameterizedTest
    @CsvSource({
        "1, 32, 8",
        "7, 32, 8",
        "12, 32, 8",
        "16, 32, 8",
        "36, 32, 8",
        "36, 32, 4",
        "72, 16, 4",
        "18, 64, 4",
        "131, 32, 4"
    })
    void every_weight_and_every_scale_has_a_place_of_its_own(int parts, int weights, int perInt) {
        for (Scaling scaling : List.of(Scaling.HALVES, Scaling.FLOATS)) {
            Grid grid = Grid.ofParts(parts, weights, perInt, scaling.ints());
            int[] tile = new int[grid.tileInts()];
            int[] seen = new int[parts * weights];

            grid.forEachLane((band, group, lane, part, from) -> {
                for (int row = 0; row < Grid.ROWS; row++) {
                    scaling.put(tile, band.groupAt(group), row, lane, 0x1001);
                    for (int i = 0; i < band.ints(); i++) {
                        int place = Grid.place(band, row, group, i, lane);
                        assertThat(tile[place]).isZero();
                        tile[place] = -1;
                    }
                }
                for (int k = 0; k < band.weights(); k++) {
                    seen[part * weights + from + k]++;
                }
            });

            assertThat(seen).containsOnly(1);
            assertThat(Arrays.stream(tile)).isSubsetOf(0, -1, scaling == Scaling.HALVES ? 0x10011001 : 0x1001);
            assertThat(Arrays.stream(tile).filter(each -> each == -1)).hasSize(Grid.ROWS * parts * weights / perInt);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Scaling.class,
            names = {"HALVES", "FLOATS"})
    void a_scale_is_read_as_it_was_put(Scaling scaling) {
        int[] w = new int[scaling.ints() + 1];
        float[] read = new float[Grid.ROWS * Lanes.COUNT];
        for (int row = 0; row < Grid.ROWS; row++) {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                float scale = (row % 2 == 0 ? 1 : -1) * (row * 32 + lane + 1) / 64f;
                boolean half = scaling == Scaling.HALVES;
                scaling.put(w, 1, row, lane, half ? half(scale) : Float.floatToRawIntBits(scale));
            }
        }

        scaling.widen(w, 1, read, 0);

        for (int i = 0; i < read.length; i++) {
            int row = i / Lanes.COUNT;
            assertThat(read[i]).isEqualTo((row % 2 == 0 ? 1 : -1) * (row * 32 + i % Lanes.COUNT + 1) / 64f);
        }
    }

    private static int half(float value) {
        int bits = Float.floatToRawIntBits(value);
        return bits >>> 16 & 0x8000 | (bits >>> 13) - (112 << 10) & 0x7fff;
    }

    @ParameterizedTest
    @CsvSource({"28, 32, 8", "36, 32, 8", "36, 32, 4", "152, 32, 8", "72, 16, 4"})
    void rows_of_real_models_that_vectors_do_not_divide_take_no_more_room_for_it(int parts, int weights, int perInt) {
        assertThat(Grid.ofParts(parts, weights, perInt, 0).tileInts()).isEqualTo(Grid.ROWS * parts * weights / perInt);
    }
}
