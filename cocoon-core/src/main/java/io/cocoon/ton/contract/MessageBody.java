package io.cocoon.ton.contract;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;

/**
 * The body of a message between Cocoon's contracts and wallets; one record each, in sealed families by destination. Payments
 * dossier, section 5. Bodies are closed: a body with anything behind its last field is none.
 *
 * <p>Query ids and nonces are 64 bits without a sign. Immutable.
 */
public sealed interface MessageBody
        permits ToClient, ToWorker, ToProxy, ToWallet, ToRoot, MessageBody.Excesses, MessageBody.Payout {

    /** Returns the body's cell. */
    Cell toCell();

    /** Unused value on its way back. From any contract. */
    record Excesses(long queryId) implements MessageBody {
        static final long OP = 0x2565934cL;

        @Override
        public Cell toCell() {
            return begin(OP, queryId).build();
        }
    }

    /** Money on its way to an owner. From the proxy contract. */
    record Payout(long queryId) implements MessageBody {
        static final long OP = 0xc59a7cd3L;

        @Override
        public Cell toCell() {
            return begin(OP, queryId).build();
        }
    }

    /** Returns the operation of a body; 0 for one that has none. */
    static long operation(Cell body) {
        try {
            return body.bits() < 32 ? 0 : body.beginParse().loadUint(32);
        } catch (CellException e) {
            return 0;
        }
    }

    /** Begins a body. */
    static CellBuilder begin(long operation, long queryId) {
        return new CellBuilder().storeUint(operation, 32).storeInt(queryId, 64);
    }

    /** A body of an operation, a query id and an address for what is left. */
    static Cell plain(long operation, long queryId, Address excessesTo) {
        return begin(operation, queryId).storeAddress(excessesTo).build();
    }

    /** A body of an operation, a query id, an amount and an address for what is left. */
    static Cell amount(long operation, long queryId, Nanoton amount, Address excessesTo) {
        return begin(operation, queryId)
                .storeCoins(amount)
                .storeAddress(excessesTo)
                .build();
    }

    /** A body of an operation and a hash. */
    static Cell hash(long operation, long queryId, Int256 hash) {
        return begin(operation, queryId).storeInt256(hash).build();
    }

    /** A signed body. */
    static Cell signed(long operation, SignedEnvelope envelope) {
        CellBuilder out = new CellBuilder().storeUint(operation, 32);
        envelope.write(out);
        return out.build();
    }

    /** A body that this family does not have. */
    static CellException unknown(long operation, String family) {
        return new CellException("no message to a %s contract has operation %08x".formatted(family, operation));
    }

    /** Ends reading. */
    static <T> T end(CellSlice in, T read) throws CellException {
        in.end("the body of a message");
        return read;
    }
}
