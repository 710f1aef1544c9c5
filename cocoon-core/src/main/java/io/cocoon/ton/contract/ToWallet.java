package io.cocoon.ton.contract;

import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;

/** Messages from its owner to a Cocoon wallet: the way to the money when the node's key is lost. Payments dossier 5.6. */
public sealed interface ToWallet extends MessageBody {

    /**
     * Sends a message in the wallet's name.
     *
     * @param mode of sending, 8 bits
     * @param message the whole of it
     */
    record Send(long queryId, int mode, Cell message) implements ToWallet {
        static final long OP = 0x9c69f376L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeUint(mode, 8)
                    .storeRef(message)
                    .build();
        }
    }

    /** {@code w} withdraws all, {@code b} blocks the node's key, {@code u} unblocks it. */
    record Text(char command) implements ToWallet {
        static final long OP = 0;

        @Override
        public Cell toCell() {
            return new CellBuilder().storeUint(OP, 32).storeUint(command, 8).build();
        }
    }

    /** Reads a body. @throws CellException if it is none of these */
    static ToWallet read(Cell body) throws CellException {
        CellSlice in = body.beginParse();
        long operation = in.loadUint(32);
        if (operation == Send.OP) {
            return MessageBody.end(in, new Send(in.loadInt(64), (int) in.loadUint(8), in.loadRef()));
        }
        if (operation == Text.OP) {
            return MessageBody.end(in, new Text((char) in.loadUint(8)));
        }
        throw MessageBody.unknown(operation, "wallet");
    }
}
