package io.cocoon.ton.chain;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.cell.StateInit;
import java.time.Instant;

class ChainFuzz {

    private static final Address ANY = new Address(0, Int256.ZERO);
    private static final Head HEAD = new Head(0, Instant.EPOCH);

    /** Reads one kind of cell. */
    private interface Reader {
        Object read(Cell cell) throws CellException;
    }

    @FuzzTest
    void bytes_are_a_message_or_a_cell_exception(byte[] bytes) {
        readOrRefuse(bytes, MessageCodec::read);
    }

    @FuzzTest
    void bytes_are_a_transaction_or_a_cell_exception(byte[] bytes) {
        readOrRefuse(bytes, cell -> TransactionCodec.read(ANY, cell));
    }

    @FuzzTest
    void bytes_are_an_account_or_a_cell_exception(byte[] bytes) {
        readOrRefuse(bytes, cell -> AccountCodec.readShardAccount(ANY, cell, HEAD));
    }

    @FuzzTest
    void bytes_are_an_init_or_a_cell_exception(byte[] bytes) {
        readOrRefuse(bytes, StateInit::read);
    }

    @FuzzTest
    void bytes_have_a_key_or_not_or_are_refused(byte[] bytes) {
        readOrRefuse(bytes, cell -> Dictionary.lookup(cell, Dictionary.key(5, 15), 15));
    }

    static void readAnything(byte[] bytes) {
        readOrRefuse(bytes, MessageCodec::read);
        readOrRefuse(bytes, cell -> TransactionCodec.read(ANY, cell));
        readOrRefuse(bytes, cell -> AccountCodec.readShardAccount(ANY, cell, HEAD));
        readOrRefuse(bytes, StateInit::read);
    }

    private static void readOrRefuse(byte[] bytes, Reader reader) {
        try {
            reader.read(BagOfCells.read(Bytes.copyOf(bytes)));
        } catch (CellException expected) {
            // the one way in which bytes are refused
        }
    }
}
