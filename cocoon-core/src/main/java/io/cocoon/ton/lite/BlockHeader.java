package io.cocoon.ton.lite;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.CellType;
import java.time.Instant;
import java.util.Optional;

/**
 * What a block says about itself, as far as proofs need it: {@code Block} and {@code BlockInfo} of block.tlb.
 *
 * @param id which block
 * @param verticalSeqno how many hard forks the chain went through before it
 * @param keyBlock whether it holds the configuration
 * @param time when it was made, in whole seconds
 * @param catchainSeqno number of the catchain that made it
 * @param validatorSetHash short hash of the validators that made it
 * @param extra the cell of the block's content
 * @param stateHash hash of the state after it; empty if the proof leaves it out
 */
record BlockHeader(
        BlockId id,
        int verticalSeqno,
        boolean keyBlock,
        Instant time,
        int catchainSeqno,
        int validatorSetHash,
        Cell extra,
        Optional<Int256> stateHash) {

    private static final int BLOCK = 0x11ef55aa;
    private static final int BLOCK_INFO = 0x9bc7a987;

    /**
     * Reads the header of a block.
     *
     * @param root the block, or the tree that a proof proves a part of
     * @param id which block it should be
     * @throws ProofException if it is another block, or the proof leaves the header out
     */
    static BlockHeader check(Cell root, BlockId id) throws ProofException, CellException {
        if (!root.hash(0).equals(id.rootHash())) {
            throw new ProofException(
                    ProofCheck.BLOCK_HASH,
                    "the proof of block " + id + " is of a cell with hash "
                            + root.hash(0).toHex());
        }
        CellSlice block = root.beginParse();
        requireTag("a block", block, BLOCK);
        block.loadUint(32);
        CellSlice info = block.loadRef().beginParse();
        block.loadRef(); // value flow
        Optional<Int256> stateHash = stateHash(block.loadRef());
        Cell extra = block.loadRef();

        requireTag("a header", info, BLOCK_INFO);
        info.loadUint(32); // version
        boolean notMaster = info.loadBit();
        info.loadUint(5); // splits and merges
        boolean keyBlock = info.loadBit();
        info.loadUint(1 + 8); // hard fork here, flags
        int seqno = (int) info.loadUint(32);
        int verticalSeqno = (int) info.loadUint(32);
        ShardId shard = ShardId.load(info);
        long time = info.loadUint(32);
        info.loadUint(64); // logical times
        info.loadUint(64);
        int validatorSetHash = (int) info.loadUint(32);
        int catchainSeqno = (int) info.loadUint(32);
        boolean same = seqno == id.seqno()
                && shard.workchain() == id.workchain()
                && shard.prefix() == id.shard()
                && notMaster != (id.workchain() == BlockId.MASTERCHAIN);
        if (!same) {
            throw new ProofException(
                    ProofCheck.BLOCK_ID,
                    "the header of block " + id + " is that of number " + Integer.toUnsignedString(seqno) + " in shard "
                            + shard);
        }
        return new BlockHeader(
                id,
                verticalSeqno,
                keyBlock,
                Instant.ofEpochSecond(time),
                catchainSeqno,
                validatorSetHash,
                extra,
                stateHash);
    }

    /** Returns the hash of the state after the block. @throws ProofException if the proof leaves it out */
    Int256 requireStateHash() throws ProofException {
        return stateHash.orElseThrow(() -> new ProofException(
                ProofCheck.PRUNED_AWAY, "the proof of block " + id + " leaves out how it changes the state"));
    }

    private static Optional<Int256> stateHash(Cell update) throws CellException {
        if (update.type() == CellType.PRUNED_BRANCH) {
            return Optional.empty();
        }
        if (update.type() != CellType.MERKLE_UPDATE) {
            throw new CellException("a block has a " + update.type() + " cell where it should change the state");
        }
        CellSlice slice = update.beginParseRaw();
        slice.loadUint(8);
        slice.loadInt256();
        return Optional.of(slice.loadInt256());
    }

    static void requireTag(String what, CellSlice slice, int tag) throws CellException {
        int found = (int) slice.loadUint(32);
        if (found != tag) {
            throw new CellException("%s begins with %08x, not %08x".formatted(what, found, tag));
        }
    }
}
