package io.cocoon.ton.cell;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class CellProperties {

    @Property(tries = 200)
    void a_random_tree_survives_writing_and_reading(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int cells)
            throws CellException {
        Random random = new Random(seed);
        List<Cell> made = new ArrayList<>();
        for (int i = 0; i < cells; i++) {
            CellBuilder builder = new CellBuilder();
            for (int bits = random.nextInt(Cell.MAX_BITS + 1); bits > 0; bits--) {
                builder.storeBit(random.nextBoolean());
            }
            for (int refs = Math.min(random.nextInt(5), made.size()); refs > 0; refs--) {
                builder.storeRef(made.get(random.nextInt(made.size())));
            }
            made.add(builder.build());
        }
        Cell root = made.get(cells - 1);
        assertThat(BagOfCells.read(BagOfCells.write(root))).isEqualTo(root);
    }

    @Property(tries = 500)
    void changed_bytes_give_a_cell_or_a_cell_exception(@ForAll long seed) {
        Random random = new Random(seed);
        Cell leaf = new CellBuilder().storeUint(random.nextLong(), 64).build();
        byte[] bag = BagOfCells.write(new CellBuilder()
                        .storeRef(leaf)
                        .storeRef(Cell.pruned(leaf.hash(), 3))
                        .build())
                .toByteArray();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bag[random.nextInt(bag.length)] = (byte) random.nextInt();
        }
        assertThat(BagOfCellsFuzz.readOrRefuse(bag)).isIn(true, false);
    }

    @Property(tries = 200)
    void a_dictionary_survives_writing_and_reading(@ForAll long seed, @ForAll @IntRange(max = 40) int entries)
            throws CellException {
        Random random = new Random(seed);
        int keyBits = random.nextBoolean() ? 32 : 256;
        SortedMap<Bytes, Cell> values = new TreeMap<>();
        for (int i = 0; i < entries; i++) {
            byte[] key = new byte[keyBits / 8];
            key[key.length - 1] = (byte) random.nextInt();
            key[random.nextInt(key.length)] = (byte) random.nextInt();
            values.put(
                    Bytes.wrapUnshared(key), new CellBuilder().storeUint(i, 32).build());
        }
        CellBuilder out = new CellBuilder();
        Dictionary.store(out, values, keyBits);
        SortedMap<Bytes, CellSlice> read = Dictionary.load(out.build().beginParse(), keyBits);
        assertThat(read.keySet()).isEqualTo(values.keySet());
        for (Map.Entry<Bytes, CellSlice> entry : read.entrySet()) {
            Cell value = new CellBuilder().storeSlice(entry.getValue()).build();
            assertThat(value).isEqualTo(values.get(entry.getKey()));
        }
    }
}
