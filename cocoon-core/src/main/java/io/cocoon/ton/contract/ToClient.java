package io.cocoon.ton.contract;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.util.OptionalLong;

/** Messages to a client contract. Payments dossier 5.2; what they do, 6.2. */
public sealed interface ToClient extends MessageBody {

    /** Adds money. From anybody. */
    record TopUp(long queryId, Nanoton amount, Address excessesTo) implements ToClient {
        static final long OP = 0xf172e6c2L;

        @Override
        public Cell toCell() {
            return MessageBody.amount(OP, queryId, amount, excessesTo);
        }
    }

    /** Shows a proxy that the owner is there. From the owner. */
    record Register(long queryId, long nonce, Address excessesTo) implements ToClient {
        static final long OP = 0xc45f9f3bL;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeInt(nonce, 64)
                    .storeAddress(excessesTo)
                    .build();
        }
    }

    /** Sets the hash of the secret that opens connections. From the owner. */
    record ChangeSecret(long queryId, Int256 secretHash, Address excessesTo) implements ToClient {
        static final long OP = 0xa9357034L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeInt256(secretHash)
                    .storeAddress(excessesTo)
                    .build();
        }
    }

    /** Does both. From the owner. */
    record ChangeSecretAndTopUp(long queryId, Nanoton amount, Int256 secretHash, Address excessesTo)
            implements ToClient {
        static final long OP = 0x8473b408L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeCoins(amount)
                    .storeInt256(secretHash)
                    .storeAddress(excessesTo)
                    .build();
        }
    }

    /** Lets the proxy run further ahead of the chain. From the owner. */
    record IncreaseStake(long queryId, Nanoton newStake, Address excessesTo) implements ToClient {
        static final long OP = 0x6a1f6a60L;

        @Override
        public Cell toCell() {
            return MessageBody.amount(OP, queryId, newStake, excessesTo);
        }
    }

    /** Takes back what is above the stake. From the owner. */
    record Withdraw(long queryId, Address excessesTo) implements ToClient {
        static final long OP = 0xda068e78L;

        @Override
        public Cell toCell() {
            return MessageBody.plain(OP, queryId, excessesTo);
        }
    }

    /** Begins to close, or forces the refund after the delay. From the owner. */
    record RequestRefund(long queryId, Address excessesTo) implements ToClient {
        static final long OP = 0xfafa6cc1L;

        @Override
        public Cell toCell() {
            return MessageBody.plain(OP, queryId, excessesTo);
        }
    }

    /** States a new total of used tokens. From anybody. */
    record Charge(SignedEnvelope envelope) implements ToClient {
        static final long OP = 0xbb63ff93L;

        /** Signs one. */
        public static Charge sign(Ed25519Key key, long queryId, long tokens, Address contract, Address excessesTo) {
            return new Charge(SignedEnvelope.sign(key, OP, queryId, OptionalLong.of(tokens), contract, excessesTo));
        }

        @Override
        public Cell toCell() {
            return MessageBody.signed(OP, envelope);
        }
    }

    /** States the last total and pays everything else back. From anybody. */
    record GrantRefund(SignedEnvelope envelope) implements ToClient {
        static final long OP = 0xefd711e1L;

        /** Signs one. */
        public static GrantRefund sign(
                Ed25519Key key, long queryId, long tokens, Address contract, Address excessesTo) {
            return new GrantRefund(
                    SignedEnvelope.sign(key, OP, queryId, OptionalLong.of(tokens), contract, excessesTo));
        }

        @Override
        public Cell toCell() {
            return MessageBody.signed(OP, envelope);
        }
    }

    /** Reads a body. @throws CellException if it is none of these */
    static ToClient read(Cell body) throws CellException {
        CellSlice in = body.beginParse();
        long operation = in.loadUint(32);
        if (operation == Charge.OP) {
            return MessageBody.end(in, new Charge(SignedEnvelope.read(in)));
        }
        if (operation == GrantRefund.OP) {
            return MessageBody.end(in, new GrantRefund(SignedEnvelope.read(in)));
        }
        if (operation == TopUp.OP) {
            return MessageBody.end(in, new TopUp(in.loadInt(64), in.loadCoins(), in.loadAddress()));
        }
        if (operation == Register.OP) {
            return MessageBody.end(in, new Register(in.loadInt(64), in.loadInt(64), in.loadAddress()));
        }
        if (operation == ChangeSecret.OP) {
            return MessageBody.end(in, new ChangeSecret(in.loadInt(64), in.loadInt256(), in.loadAddress()));
        }
        if (operation == ChangeSecretAndTopUp.OP) {
            return MessageBody.end(
                    in, new ChangeSecretAndTopUp(in.loadInt(64), in.loadCoins(), in.loadInt256(), in.loadAddress()));
        }
        if (operation == IncreaseStake.OP) {
            return MessageBody.end(in, new IncreaseStake(in.loadInt(64), in.loadCoins(), in.loadAddress()));
        }
        if (operation == Withdraw.OP) {
            return MessageBody.end(in, new Withdraw(in.loadInt(64), in.loadAddress()));
        }
        if (operation == RequestRefund.OP) {
            return MessageBody.end(in, new RequestRefund(in.loadInt(64), in.loadAddress()));
        }
        throw MessageBody.unknown(operation, "client");
    }
}
