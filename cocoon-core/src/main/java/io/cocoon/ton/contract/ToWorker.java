package io.cocoon.ton.contract;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.util.OptionalLong;

/** Messages to a worker contract. Payments dossier 5.3; what they do, 6.3. Attach 0.5 TON or more to a payout (H2). */
public sealed interface ToWorker extends MessageBody {

    /** Shows itself to the proxy. From the owner. */
    record Register(long queryId, Address excessesTo) implements ToWorker {
        static final long OP = 0x26ed7f65L;

        @Override
        public Cell toCell() {
            return MessageBody.plain(OP, queryId, excessesTo);
        }
    }

    /** Pays for a new total of tokens. From anybody; the money goes to the owner. */
    record Payout(SignedEnvelope envelope) implements ToWorker {
        static final long OP = 0xa040ad28L;

        /** Signs one. */
        public static Payout sign(Ed25519Key key, long queryId, long tokens, Address contract, Address excessesTo) {
            return new Payout(SignedEnvelope.sign(key, OP, queryId, OptionalLong.of(tokens), contract, excessesTo));
        }

        @Override
        public Cell toCell() {
            return MessageBody.signed(OP, envelope);
        }
    }

    /** Pays for the last total and closes. From anybody. */
    record LastPayout(SignedEnvelope envelope) implements ToWorker {
        static final long OP = 0xf5f26a36L;

        /** Signs one. */
        public static LastPayout sign(Ed25519Key key, long queryId, long tokens, Address contract, Address excessesTo) {
            return new LastPayout(SignedEnvelope.sign(key, OP, queryId, OptionalLong.of(tokens), contract, excessesTo));
        }

        @Override
        public Cell toCell() {
            return MessageBody.signed(OP, envelope);
        }
    }

    /** Reads a body. @throws CellException if it is none of these */
    static ToWorker read(Cell body) throws CellException {
        CellSlice in = body.beginParse();
        long operation = in.loadUint(32);
        if (operation == Payout.OP) {
            return MessageBody.end(in, new Payout(SignedEnvelope.read(in)));
        }
        if (operation == LastPayout.OP) {
            return MessageBody.end(in, new LastPayout(SignedEnvelope.read(in)));
        }
        if (operation == Register.OP) {
            return MessageBody.end(in, new Register(in.loadInt(64), in.loadAddress()));
        }
        throw MessageBody.unknown(operation, "worker");
    }
}
