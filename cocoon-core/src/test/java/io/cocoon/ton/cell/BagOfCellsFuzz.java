package io.cocoon.ton.cell;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;

class BagOfCellsFuzz {

    @FuzzTest
    void bytes_are_a_bag_or_a_cell_exception(byte[] bytes) {
        readOrRefuse(bytes);
    }

    @FuzzTest
    void text_is_an_address_or_an_illegal_argument(byte[] bytes) {
        try {
            Address.parse(new String(bytes, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException expected) {
            // the one way in which text is refused
        }
    }

    /** Returns whether it was a bag; then reading what was written gives the same. */
    static boolean readOrRefuse(byte[] bytes) {
        Cell cell;
        try {
            cell = BagOfCells.read(Bytes.copyOf(bytes));
        } catch (CellException e) {
            return false;
        }
        try {
            if (!BagOfCells.read(BagOfCells.write(cell)).equals(cell)) {
                throw new AssertionError("another cell after writing");
            }
        } catch (CellException e) {
            throw new AssertionError("what was written is not read", e);
        }
        return true;
    }
}
