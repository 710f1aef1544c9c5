package io.cocoon.ton.center;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** An account's transactions, made by hand: rent only, each after the one before. */
final class TestChain {

    static final Instant NOW = Instant.parse("2026-07-01T00:00:00Z");
    static final Address ACCOUNT = new Address(0, Int256.fromHex("11".repeat(32)));
    static final Address OTHER = new Address(0, Int256.fromHex("22".repeat(32)));

    private TestChain() {}

    /** Returns so many transactions, the oldest first. */
    static List<Cell> history(Address account, int count) {
        List<Cell> cells = new ArrayList<>();
        TransactionId previous = TransactionId.NONE;
        for (int i = 1; i <= count; i++) {
            Cell cell = transaction(account, 10L * i, previous);
            cells.add(cell);
            previous = new TransactionId(10L * i, cell.hash());
        }
        return cells;
    }

    static Cell transaction(Address account, long lt, TransactionId previous) {
        return new CellBuilder()
                .storeUint(0b0111, 4)
                .storeInt256(account.hash())
                .storeUint(lt, 64)
                .storeInt256(previous.hash())
                .storeUint(previous.lt(), 64)
                .storeUint(NOW.getEpochSecond(), 32)
                .storeUint(0, 15) // sent nothing
                .storeUint(0b1010, 4) // was and is active
                .storeRef(new CellBuilder().storeUint(0, 2).build()) // nothing came in or went out
                .storeCoins(new Nanoton(7))
                .storeBit(false)
                .storeRef(new CellBuilder().storeUint(0x72, 8).build())
                .storeRef(new CellBuilder().storeUint(0b0001, 4).build())
                .build();
    }

    /** Returns the name of one of these transactions, counted from 1. */
    static TransactionId id(List<Cell> history, int number) {
        return number == 0
                ? TransactionId.NONE
                : new TransactionId(10L * number, history.get(number - 1).hash());
    }
}
