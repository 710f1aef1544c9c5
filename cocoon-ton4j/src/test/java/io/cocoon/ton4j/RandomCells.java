package io.cocoon.ton4j;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes random values, and the same cells with ton4j's builder, bit by bit. */
final class RandomCells {

    private RandomCells() {}

    /** A cell of ours and one of ton4j that should be the same. */
    record Pair(Cell ours, org.ton.ton4j.cell.Cell theirs) {}

    static Pair tree(Random random, int cells) {
        List<Pair> made = new ArrayList<>();
        for (int i = 0; i < cells; i++) {
            CellBuilder ours = new CellBuilder();
            var theirs = org.ton.ton4j.cell.CellBuilder.beginCell();
            for (int bits = random.nextInt(Cell.MAX_BITS + 1); bits > 0; bits--) {
                boolean bit = random.nextBoolean();
                ours.storeBit(bit);
                theirs.storeBit(bit);
            }
            for (int refs = Math.min(random.nextInt(5), made.size()); refs > 0; refs--) {
                Pair child = made.get(random.nextInt(made.size()));
                ours.storeRef(child.ours());
                theirs.storeRef(child.theirs());
            }
            made.add(new Pair(ours.build(), theirs.endCell()));
        }
        return made.get(cells - 1);
    }

    static Int256 int256(Random random) {
        byte[] bytes = new byte[Int256.BYTES];
        random.nextBytes(bytes);
        return Int256.of(bytes);
    }

    static Address address(Random random) {
        return new Address(random.nextBoolean() ? 0 : -1, int256(random));
    }
}
