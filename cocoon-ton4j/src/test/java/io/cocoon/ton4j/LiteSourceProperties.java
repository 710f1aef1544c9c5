package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class LiteSourceProperties {

    @Property(tries = 500)
    void changed_bytes_are_a_proof_or_refused(@ForAll long seed) {
        Random random = new Random(seed);
        Cell accounts = new CellBuilder()
                .storeBit(true)
                .storeRef(RandomCells.tree(random, 5).ours())
                .build();
        Cell state = new CellBuilder().storeRef(Cell.EMPTY).storeRef(accounts).build();
        byte[] bag = BagOfCells.write(
                        List.of(Cell.EMPTY, new CellBuilder().storeRef(state).build()))
                .toByteArray();
        for (int i = random.nextInt(3); i > 0; i--) {
            bag[random.nextInt(bag.length)] = (byte) random.nextInt();
        }
        assertThatCode(() -> new LiteSourceFuzz().bytes_are_a_proof_or_refused(bag))
                .doesNotThrowAnyException();
    }
}
