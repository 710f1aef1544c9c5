package io.cocoon.ton4j;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.ChainException;

class LiteSourceFuzz {

    @FuzzTest
    void bytes_are_a_proof_or_refused(byte[] bytes) {
        try {
            LiteSource.newest(Bytes.copyOf(bytes), new Address(0, Int256.ZERO), Cell.EMPTY);
        } catch (CellException | ChainException expected) {
            // the ways in which bytes are refused
        }
    }
}
