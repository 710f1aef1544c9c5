package io.cocoon.ton.contract;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.WorkerContractState;
import java.time.Instant;

/**
 * What the contracts keep, read from their data cells and written to them. Payments dossier, section 4. Reading takes nothing
 * behind the last field.
 */
public final class ContractData {

    private ContractData() {}

    /**
     * A proxy contract.
     *
     * @param owner gets its earnings
     * @param publicKey the proxy's machine key
     * @param root the root contract
     * @param state whether it is in use
     * @param balance the owner's earnings that are still on the account
     * @param stake the proxy's own money on the account
     * @param unlockAt when closing can be completed
     * @param params the parameters that its address is derived from
     */
    public record Proxy(
            Address owner,
            Int256 publicKey,
            Address root,
            ContractState state,
            Nanoton balance,
            Nanoton stake,
            Instant unlockAt,
            RootState.Params params) {

        /** Reads a proxy contract's data. @throws CellException if it is anything else */
        public static Proxy read(Cell data) throws CellException {
            CellSlice in = data.beginParse();
            Proxy proxy = new Proxy(
                    in.loadAddress(),
                    in.loadInt256(),
                    in.loadAddress(),
                    ContractData.state(in),
                    in.loadCoins(),
                    in.loadCoins(),
                    time(in),
                    ParamsCell.read(in.loadRef()));
            in.end("the data of a proxy contract");
            return proxy;
        }

        /** Writes it. @throws CellException if a code of the parameters is no bag of cells */
        public Cell toCell() throws CellException {
            return new CellBuilder()
                    .storeAddress(owner)
                    .storeInt256(publicKey)
                    .storeAddress(root)
                    .storeUint(state.ordinal(), 2)
                    .storeCoins(balance)
                    .storeCoins(stake)
                    .storeUint(unlockAt.getEpochSecond(), 32)
                    .storeRef(ParamsCell.write(params, ParamsCell.MASK_PROXY))
                    .build();
        }
    }

    /**
     * A worker contract.
     *
     * @param owner gets the earnings
     * @param proxy the proxy contract that pays
     * @param publicKey that proxy's machine key
     * @param state whether it is in use, and what was paid
     * @param params the parameters that its address is derived from
     */
    public record Worker(
            Address owner, Address proxy, Int256 publicKey, WorkerContractState state, RootState.Params params) {

        /** Reads a worker contract's data. @throws CellException if it is anything else */
        public static Worker read(Cell data) throws CellException {
            CellSlice in = data.beginParse();
            Worker worker = new Worker(
                    in.loadAddress(),
                    in.loadAddress(),
                    in.loadInt256(),
                    new WorkerContractState(ContractData.state(in), tokens(in)),
                    ParamsCell.read(in.loadRef()));
            in.end("the data of a worker contract");
            return worker;
        }

        /** Writes it. @throws CellException if a code of the parameters is no bag of cells */
        public Cell toCell() throws CellException {
            return new CellBuilder()
                    .storeAddress(owner)
                    .storeAddress(proxy)
                    .storeInt256(publicKey)
                    .storeUint(state.state().ordinal(), 2)
                    .storeUint(state.tokensPaid(), 64)
                    .storeRef(ParamsCell.write(params, ParamsCell.MASK_NONE))
                    .build();
        }
    }

    /**
     * A client contract.
     *
     * @param owner who may withdraw; for a runner its Cocoon wallet
     * @param proxy the proxy contract that holds the money
     * @param publicKey that proxy's machine key
     * @param state what changes
     * @param unlockAt when a refund can be forced
     * @param params the parameters that its address is derived from
     */
    public record Client(
            Address owner,
            Address proxy,
            Int256 publicKey,
            ClientContractState state,
            Instant unlockAt,
            RootState.Params params) {

        /** Reads a client contract's data; a stake above 2^63-1 becomes that. @throws CellException if it is anything else */
        public static Client read(Cell data) throws CellException {
            CellSlice in = data.beginParse();
            ContractState phase = ContractData.state(in);
            Nanoton balance = in.loadCoins();
            // A client may state any stake at no cost; an absurd one must not make its contract unreadable.
            Nanoton stake = in.loadCappedCoins();
            long tokens = tokens(in);
            Instant unlockAt = time(in);
            Int256 secretHash = in.loadInt256();
            CellSlice constants = in.loadRef().beginParse();
            Client client = new Client(
                    constants.loadAddress(),
                    constants.loadAddress(),
                    constants.loadInt256(),
                    new ClientContractState(phase, balance, stake, tokens, secretHash),
                    unlockAt,
                    ParamsCell.read(in.loadRef()));
            constants.end("the constants of a client contract");
            in.end("the data of a client contract");
            return client;
        }

        /** Writes it. @throws CellException if a code of the parameters is no bag of cells */
        public Cell toCell() throws CellException {
            return new CellBuilder()
                    .storeUint(state.state().ordinal(), 2)
                    .storeCoins(state.balance())
                    .storeCoins(state.stake())
                    .storeUint(state.tokensUsed(), 64)
                    .storeUint(unlockAt.getEpochSecond(), 32)
                    .storeInt256(state.secretHash())
                    .storeRef(new CellBuilder()
                            .storeAddress(owner)
                            .storeAddress(proxy)
                            .storeInt256(publicKey)
                            .build())
                    .storeRef(ParamsCell.write(params, ParamsCell.MASK_NONE))
                    .build();
        }
    }

    /**
     * A Cocoon wallet.
     *
     * @param seqno the number that its next message must have
     * @param subwallet 0 for the network's programs
     * @param publicKey the node's key
     * @param blocked whether the owner has blocked that key
     * @param owner may do everything without the key
     */
    public record Wallet(int seqno, int subwallet, Int256 publicKey, boolean blocked, Address owner) {

        /** Reads a Cocoon wallet's data. @throws CellException if it is anything else */
        public static Wallet read(Cell data) throws CellException {
            CellSlice in = data.beginParse();
            Wallet wallet = new Wallet(
                    (int) in.loadUint(32),
                    (int) in.loadUint(32),
                    in.loadInt256(),
                    (in.loadUint(32) & 1) != 0,
                    in.loadAddress());
            in.end("the data of a Cocoon wallet");
            return wallet;
        }

        /** Writes it. */
        public Cell toCell() {
            return new CellBuilder()
                    .storeUint(Integer.toUnsignedLong(seqno), 32)
                    .storeUint(Integer.toUnsignedLong(subwallet), 32)
                    .storeInt256(publicKey)
                    .storeUint(blocked ? 1 : 0, 32)
                    .storeAddress(owner)
                    .build();
        }
    }

    static ContractState state(CellSlice in) throws CellException {
        int bits = (int) in.loadUint(2);
        if (bits >= ContractState.values().length) {
            throw new CellException("a contract state of " + bits + ", known are 0 to 2");
        }
        return ContractState.values()[bits];
    }

    private static Instant time(CellSlice in) throws CellException {
        return Instant.ofEpochSecond(in.loadUint(32));
    }

    /** The network's arithmetic has 63 bits where the cell has 64 (dossier 12.3). */
    private static long tokens(CellSlice in) throws CellException {
        long tokens = in.loadInt(64);
        if (tokens < 0) {
            throw new CellException(
                    "a contract counts at most 2^63-1 tokens here, this one " + Long.toUnsignedString(tokens));
        }
        return tokens;
    }
}
