package io.cocoon.ton.lite;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.util.Optional;

/**
 * The state of a shard after a block, as far as a proof shows it: {@code ShardStateUnsplit} of block.tlb.
 *
 * @param accounts {@code ^ShardAccounts}
 * @param masterchain {@code ^McStateExtra}; only in the masterchain
 */
record ShardState(Cell accounts, Optional<Cell> masterchain) {

    private static final int SHARD_STATE = 0x9023afe2;
    private static final int MASTERCHAIN_EXTRA = 0xcc26;

    /**
     * What only the masterchain's state has.
     *
     * @param shards root of the dictionary of workchains; empty if there is none
     * @param config the configuration
     * @param more the cell of validators and old blocks
     */
    record Masterchain(Optional<Cell> shards, NetworkConfig config, Cell more) {}

    /**
     * Reads the state after a block.
     *
     * @param root the state, or the tree that a proof proves a part of
     * @param hash of the state, as the block's header states it
     * @throws ProofException if it is another state
     */
    static ShardState check(Cell root, Int256 hash, BlockId block) throws ProofException, CellException {
        if (!root.hash(0).equals(hash)) {
            throw new ProofException(
                    ProofCheck.STATE,
                    "block " + block + " leads to state " + hash.toHex() + ", the proof is of "
                            + root.hash(0).toHex());
        }
        CellSlice state = root.beginParse();
        BlockHeader.requireTag("a state", state, SHARD_STATE);
        state.loadUint(32); // network
        ShardId.load(state);
        state.loadUint(64); // seqno, vertical seqno
        state.loadUint(32 + 32); // time, upper half of the logical time
        state.loadUint(32 + 32); // lower half, number of the masterchain's block
        state.loadRef(); // queue of messages
        state.loadBit(); // before split
        Cell accounts = state.loadRef();
        state.loadRef(); // totals
        return new ShardState(accounts, state.loadBit() ? Optional.of(state.loadRef()) : Optional.empty());
    }

    /** Reads what only the masterchain has. */
    Masterchain requireMasterchain() throws CellException {
        CellSlice extra = masterchain
                .orElseThrow(() -> new CellException("a state of the masterchain has nothing of the masterchain in it"))
                .beginParse();
        int tag = (int) extra.loadUint(16);
        if (tag != MASTERCHAIN_EXTRA) {
            throw new CellException("the masterchain's part of a state begins with %04x".formatted(tag));
        }
        Optional<Cell> shards = extra.loadBit() ? Optional.of(extra.loadRef()) : Optional.empty();
        extra.loadInt256(); // address of the configuration
        NetworkConfig config = new NetworkConfig(extra.loadRef());
        return new Masterchain(shards, config, extra.loadRef());
    }
}
