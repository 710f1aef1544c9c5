package io.cocoon.testkit.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** TL-B of what the emulator takes and gives (TON's {@code block.tlb}), as far as the library does not read it anyway. */
final class ChainCells {

    /** TL-B {@code ShardAccount}: an account that never was. */
    static final Cell NOBODY = new CellBuilder()
            .storeRef(new CellBuilder().storeBit(false).build())
            .storeInt256(Int256.ZERO)
            .storeUint(0, 64)
            .build();

    private static final int OUT_KEY_BITS = 15;
    /** Tag, account, logical time, the transaction before, time. */
    private static final int BITS_BEFORE_OUT_COUNT = 4 + 256 + 64 + 256 + 64 + 32;

    private ChainCells() {}

    /** Makes an internal message that comes from nowhere. */
    static Cell mint(
            Address from,
            Address to,
            Nanoton value,
            boolean bounce,
            Optional<Cell> init,
            Cell body,
            long lt,
            Instant time) {
        CellBuilder out = new CellBuilder()
                .storeUint(bounce ? 0b0110 : 0b0100, 4)
                .storeAddress(from)
                .storeAddress(to)
                .storeCoins(value)
                .storeUint(0, 1 + 4 + 4)
                .storeUint(lt, 64)
                .storeUint(time.getEpochSecond(), 32);
        if (init.isPresent()) {
            out.storeUint(0b11, 2).storeRef(init.get());
        } else {
            out.storeBit(false);
        }
        return out.storeBit(true).storeRef(body).build();
    }

    /** Returns the cells of the messages that a transaction sent, in their order. */
    static List<Cell> sent(Cell transaction) throws CellException {
        CellSlice in = transaction.beginParse();
        in.skip(BITS_BEFORE_OUT_COUNT);
        int count = (int) in.loadUint(OUT_KEY_BITS);
        CellSlice messages = in.loadRef().beginParse();
        messages.loadMaybeRef();
        Optional<Cell> tree = messages.loadMaybeRef();
        List<Cell> sent = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sent.add(Dictionary.lookup(tree.orElseThrow(), Dictionary.key(i, OUT_KEY_BITS), OUT_KEY_BITS)
                    .orElseThrow()
                    .loadRef());
        }
        return sent;
    }
}
