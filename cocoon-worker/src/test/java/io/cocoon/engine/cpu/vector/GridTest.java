package io.cocoon.engine.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void every_weight_has_a_place_of_its_own(int parts, int weights, int perInt) {
        Grid grid = Grid.ofParts(parts, weights, perInt);
        BitSet ints = new BitSet();
        BitSet scales = new BitSet();
        int[] seen = new int[parts * weights];

        grid.forEachLane((band, group, lane, part, from) -> {
            for (int row = 0; row < Grid.ROWS; row++) {
                int scale = Grid.scalePlace(band, row, group, lane);
                assertThat(scales.get(scale)).isFalse();
                scales.set(scale);
                for (int i = 0; i < band.ints(); i++) {
                    int place = Grid.place(band, row, group, i, lane);
                    assertThat(ints.get(place)).isFalse();
                    ints.set(place);
                }
            }
            for (int k = 0; k < band.weights(); k++) {
                seen[part * weights + from + k]++;
            }
        });

        assertThat(seen).containsOnly(1);
        assertThat(ints.cardinality()).isEqualTo(Grid.ROWS * parts * weights / perInt);
        assertThat(ints.length()).isLessThanOrEqualTo(Grid.ROWS * grid.rowInts());
        assertThat(scales.length()).isLessThanOrEqualTo(grid.scales());
    }

    @ParameterizedTest
    @CsvSource({"28, 32, 8", "36, 32, 8", "36, 32, 4", "152, 32, 8", "72, 16, 4"})
    void rows_of_real_models_that_vectors_do_not_divide_take_no_more_room_for_it(int parts, int weights, int perInt) {
        assertThat(Grid.ofParts(parts, weights, perInt).rowInts()).isEqualTo(parts * weights / perInt);
    }
}
