package io.cocoon.ton.contract;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.ContractState;
import java.util.Optional;
import java.util.OptionalLong;

/** Messages to a proxy contract. Payments dossier 5.1 and 5.4; what they do, 6.4. */
public sealed interface ToProxy extends MessageBody {

    /** What a client contract asks or tells. Notifications come without a payload, and anybody can send one (H6). */
    record ClientRequest(
            long queryId,
            Address owner,
            ContractState state,
            Nanoton balance,
            Nanoton stake,
            long tokensUsed,
            Int256 secretHash,
            Optional<ClientPayload> payload)
            implements ToProxy {
        static final long OP = 0x65448ff4L;

        @Override
        public Cell toCell() {
            CellBuilder out = MessageBody.begin(OP, queryId)
                    .storeAddress(owner)
                    .storeRef(new CellBuilder()
                            .storeUint(state.ordinal(), 2)
                            .storeCoins(balance)
                            .storeCoins(stake)
                            .storeInt(tokensUsed, 64)
                            .storeInt256(secretHash)
                            .build());
            storeMaybe(out, payload.map(ClientPayload::toCell));
            return out.build();
        }
    }

    /** What a client contract asks for. */
    sealed interface ClientPayload {

        /** Money comes with it. */
        record TopUp(Nanoton amount, Address excessesTo) implements ClientPayload {
            private static final long OP = 0x5cfc6b87L;
        }

        /** The owner is there. */
        record Register(long nonce) implements ClientPayload {
            private static final long OP = 0xa35cb580L;
        }

        /** Pay this back. */
        record RefundGranted(Nanoton amount, Address excessesTo) implements ClientPayload {
            private static final long OP = 0xc68ebc7bL;
        }

        /** Pay this back, out of the proxy's stake. */
        record RefundForce(Nanoton amount, Address excessesTo) implements ClientPayload {
            private static final long OP = 0xf4c354c9L;
        }

        private Cell toCell() {
            if (this instanceof TopUp topUp) {
                return amount(TopUp.OP, topUp.amount, topUp.excessesTo);
            }
            if (this instanceof RefundGranted granted) {
                return amount(RefundGranted.OP, granted.amount, granted.excessesTo);
            }
            if (this instanceof RefundForce forced) {
                return amount(RefundForce.OP, forced.amount, forced.excessesTo);
            }
            return new CellBuilder()
                    .storeUint(Register.OP, 32)
                    .storeInt(((Register) this).nonce, 64)
                    .build();
        }

        private static Cell amount(long operation, Nanoton amount, Address excessesTo) {
            return new CellBuilder()
                    .storeUint(operation, 32)
                    .storeCoins(amount)
                    .storeAddress(excessesTo)
                    .build();
        }

        private static ClientPayload read(Cell cell) throws CellException {
            CellSlice in = cell.beginParse();
            long operation = in.loadUint(32);
            if (operation == Register.OP) {
                return MessageBody.end(in, new Register(in.loadInt(64)));
            }
            if (operation == TopUp.OP) {
                return MessageBody.end(in, new TopUp(in.loadCoins(), in.loadAddress()));
            }
            if (operation == RefundGranted.OP) {
                return MessageBody.end(in, new RefundGranted(in.loadCoins(), in.loadAddress()));
            }
            if (operation == RefundForce.OP) {
                return MessageBody.end(in, new RefundForce(in.loadCoins(), in.loadAddress()));
            }
            throw new CellException("no payload of a client contract has operation %08x".formatted(operation));
        }
    }

    /** What a worker contract asks or tells. */
    record WorkerRequest(long queryId, Address owner, ContractState state, long tokens, Optional<WorkerPayout> payload)
            implements ToProxy {
        static final long OP = 0x4d725d2cL;

        @Override
        public Cell toCell() {
            CellBuilder out = MessageBody.begin(OP, queryId)
                    .storeAddress(owner)
                    .storeUint(state.ordinal(), 2)
                    .storeInt(tokens, 64);
            storeMaybe(out, payload.map(WorkerPayout::toCell));
            return out.build();
        }
    }

    /** Pay the worker's owner and yourself. */
    record WorkerPayout(Nanoton workerPart, Nanoton proxyPart, Address excessesTo) {
        private static final long OP = 0x08e7d036L;

        private Cell toCell() {
            return new CellBuilder()
                    .storeUint(OP, 32)
                    .storeCoins(workerPart)
                    .storeCoins(proxyPart)
                    .storeAddress(excessesTo)
                    .build();
        }

        private static WorkerPayout read(Cell cell) throws CellException {
            CellSlice in = cell.beginParse();
            long operation = in.loadUint(32);
            if (operation != OP) {
                throw new CellException("no payload of a worker contract has operation %08x".formatted(operation));
            }
            return MessageBody.end(in, new WorkerPayout(in.loadCoins(), in.loadCoins(), in.loadAddress()));
        }
    }

    /** Pays the proxy's earnings to its owner. From anybody. */
    record PayoutRequest(long queryId, Address excessesTo) implements ToProxy {
        static final long OP = 0x7610e6ebL;

        @Override
        public Cell toCell() {
            return MessageBody.plain(OP, queryId, excessesTo);
        }
    }

    /** Adds to the proxy's stake. From anybody. */
    record IncreaseStake(long queryId, Nanoton amount, Address excessesTo) implements ToProxy {
        static final long OP = 0x9713f187L;

        @Override
        public Cell toCell() {
            return MessageBody.amount(OP, queryId, amount, excessesTo);
        }
    }

    /** Begins to close. From the owner. */
    record OwnerClose(long queryId, Address excessesTo) implements ToProxy {
        static final long OP = 0xb51d5a01L;

        @Override
        public Cell toCell() {
            return MessageBody.plain(OP, queryId, excessesTo);
        }
    }

    /** Begins to close. From anybody. */
    record CloseRequest(SignedEnvelope envelope) implements ToProxy {
        static final long OP = 0x636a4391L;

        /** Signs one. */
        public static CloseRequest sign(Ed25519Key key, long queryId, Address contract, Address excessesTo) {
            return new CloseRequest(SignedEnvelope.sign(key, OP, queryId, OptionalLong.empty(), contract, excessesTo));
        }

        @Override
        public Cell toCell() {
            return MessageBody.signed(OP, envelope);
        }
    }

    /** Ends. From anybody. */
    record CloseComplete(SignedEnvelope envelope) implements ToProxy {
        static final long OP = 0xe511abc7L;

        /** Signs one. */
        public static CloseComplete sign(Ed25519Key key, long queryId, Address contract, Address excessesTo) {
            return new CloseComplete(SignedEnvelope.sign(key, OP, queryId, OptionalLong.empty(), contract, excessesTo));
        }

        @Override
        public Cell toCell() {
            return MessageBody.signed(OP, envelope);
        }
    }

    /** A command by a person's wallet: {@code c} closes, {@code w} withdraws. From the owner. */
    record Text(char command) implements ToProxy {
        static final long OP = 0;

        @Override
        public Cell toCell() {
            return new CellBuilder().storeUint(OP, 32).storeUint(command, 8).build();
        }
    }

    /** Does nothing but stand in the list of transactions: the proxy's second stage of a commit (dossier 14.2). */
    record SaveState(long queryId, int seqno, Int256 sessionHash) implements ToProxy {
        static final long OP = 0x9a1247c0L;
        static final long INNER_OP = 0x53109c0fL;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeUint(INNER_OP, 32)
                    .storeInt(seqno, 32)
                    .storeInt256(sessionHash)
                    .build();
        }
    }

    /** Reads a body. @throws CellException if it is none of these */
    static ToProxy read(Cell body) throws CellException {
        CellSlice in = body.beginParse();
        long operation = in.loadUint(32);
        if (operation == ClientRequest.OP) {
            return clientRequest(in);
        }
        if (operation == WorkerRequest.OP) {
            return MessageBody.end(
                    in,
                    new WorkerRequest(in.loadInt(64), in.loadAddress(), state(in), in.loadInt(64), workerPayload(in)));
        }
        if (operation == SaveState.OP) {
            long queryId = in.loadInt(64);
            long inner = in.loadUint(32);
            if (inner != SaveState.INNER_OP) {
                throw new CellException("a message that is not to be processed, of kind %08x".formatted(inner));
            }
            return MessageBody.end(in, new SaveState(queryId, (int) in.loadInt(32), in.loadInt256()));
        }
        if (operation == PayoutRequest.OP) {
            return MessageBody.end(in, new PayoutRequest(in.loadInt(64), in.loadAddress()));
        }
        if (operation == IncreaseStake.OP) {
            return MessageBody.end(in, new IncreaseStake(in.loadInt(64), in.loadCoins(), in.loadAddress()));
        }
        if (operation == OwnerClose.OP) {
            return MessageBody.end(in, new OwnerClose(in.loadInt(64), in.loadAddress()));
        }
        if (operation == CloseRequest.OP) {
            return MessageBody.end(in, new CloseRequest(SignedEnvelope.read(in)));
        }
        if (operation == CloseComplete.OP) {
            return MessageBody.end(in, new CloseComplete(SignedEnvelope.read(in)));
        }
        if (operation == Text.OP) {
            return MessageBody.end(in, new Text((char) in.loadUint(8)));
        }
        throw MessageBody.unknown(operation, "proxy");
    }

    private static ClientRequest clientRequest(CellSlice in) throws CellException {
        long queryId = in.loadInt(64);
        Address owner = in.loadAddress();
        CellSlice state = in.loadRef().beginParse();
        Optional<Cell> payload = maybe(in);
        in.end("the body of a message");
        ClientRequest request = new ClientRequest(
                queryId,
                owner,
                state(state),
                state.loadCoins(),
                state.loadCappedCoins(),
                state.loadInt(64),
                state.loadInt256(),
                payload.isEmpty() ? Optional.empty() : Optional.of(ClientPayload.read(payload.get())));
        state.end("the state in a client contract's request");
        return request;
    }

    private static Optional<WorkerPayout> workerPayload(CellSlice in) throws CellException {
        Optional<Cell> payload = maybe(in);
        return payload.isEmpty() ? Optional.empty() : Optional.of(WorkerPayout.read(payload.get()));
    }

    private static ContractState state(CellSlice in) throws CellException {
        return ContractData.state(in);
    }

    private static Optional<Cell> maybe(CellSlice in) throws CellException {
        return in.loadBit() ? Optional.of(in.loadRef()) : Optional.empty();
    }

    private static void storeMaybe(CellBuilder out, Optional<Cell> cell) {
        out.storeBit(cell.isPresent());
        cell.ifPresent(out::storeRef);
    }
}
