package io.cocoon.ton.cell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DictionaryTest {

    @Test
    void keys_of_any_width_should_survive_writing_reading_and_looking_up() throws Exception {
        for (int keyBits : new int[] {1, 4, 11, 15, 63}) {
            SortedMap<Bytes, Cell> values = new TreeMap<>();
            for (int i = 0; i < Math.min(9, 1 << keyBits); i++) {
                values.put(Dictionary.key(i, keyBits), value(i));
            }
            CellBuilder out = new CellBuilder();
            Dictionary.store(out, values, keyBits);
            Cell cell = out.build();
            assertThat(Dictionary.load(cell.beginParse(), keyBits).keySet()).isEqualTo(values.keySet());
            for (var entry : values.entrySet()) {
                CellSlice found =
                        Dictionary.lookup(cell.ref(0), entry.getKey(), keyBits).orElseThrow();
                assertThat(found.loadRest()).isEqualTo(entry.getValue());
            }
        }
    }

    @Test
    void what_a_proof_leaves_out_should_never_look_like_an_empty_place() throws Exception {
        SortedMap<Bytes, Cell> values = new TreeMap<>();
        values.put(Dictionary.key(0b0001, 4), value(1));
        values.put(Dictionary.key(0b1000, 4), value(2));
        values.put(Dictionary.key(0b1001, 4), value(3));
        CellBuilder out = new CellBuilder();
        Dictionary.store(out, values, 4);
        Cell whole = out.build().ref(0);
        Cell right = whole.ref(1);
        Cell pruned = new CellBuilder()
                .storeBits(whole.data(), whole.bits())
                .storeRef(whole.ref(0))
                .storeRef(Cell.pruned(right.hash(), right.depth()))
                .build();
        assertThat(pruned.hash(0)).isEqualTo(whole.hash());
        assertThat(Dictionary.lookup(pruned, Dictionary.key(0b0001, 4), 4)).isPresent();
        assertThat(Dictionary.lookup(pruned, Dictionary.key(0b0011, 4), 4)).isEmpty();
        assertThatThrownBy(() -> Dictionary.lookup(pruned, Dictionary.key(0b1000, 4), 4))
                .isInstanceOf(PrunedCellException.class);
        assertThatThrownBy(() -> Dictionary.lookup(pruned, Dictionary.key(0b1111, 4), 4))
                .isInstanceOf(PrunedCellException.class);
    }

    @Test
    void a_key_should_be_of_the_stated_width_and_left_aligned() {
        assertThat(Dictionary.key(5, 15).toHex()).isEqualTo("000a");
        assertThatThrownBy(() -> Dictionary.key(16, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Dictionary.lookup(Cell.EMPTY, Bytes.fromHex("01"), 4))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Cell value(int number) {
        return new CellBuilder().storeUint(number, 16).build();
    }
}
