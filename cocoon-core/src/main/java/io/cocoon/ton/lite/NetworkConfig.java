package io.cocoon.ton.lite;

import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import java.util.Optional;

/**
 * The configuration of the network, as far as a proof shows it.
 *
 * @param root the dictionary of parameters
 */
record NetworkConfig(Cell root) {

    private static final int CATCHAIN = 28;
    private static final int VALIDATORS = 34;
    private static final int TEMPORARY_VALIDATORS = 35;

    private static final int BLOCK_EXTRA = 0x4a33f6fd;
    private static final int MASTERCHAIN_BLOCK_EXTRA = 0xcca5;

    /** Reads the configuration in a key block. @throws ProofException if the block is none */
    static NetworkConfig ofKeyBlock(BlockHeader header) throws ProofException, CellException {
        if (!header.keyBlock()) {
            throw new ProofException(
                    ProofCheck.KEY_BLOCK, "block " + header.id() + " is no key block, it cannot name validators");
        }
        CellSlice extra = header.extra().beginParse();
        BlockHeader.requireTag("the content of a block", extra, BLOCK_EXTRA);
        extra.loadRef(); // messages in
        extra.loadRef(); // messages out
        extra.loadRef(); // transactions
        extra.loadInt256(); // random seed
        extra.loadInt256(); // creator
        if (!extra.loadBit()) {
            throw new CellException("a key block has nothing of the masterchain in it");
        }
        CellSlice masterchain = extra.loadRef().beginParse();
        int tag = (int) masterchain.loadUint(16);
        if (tag != MASTERCHAIN_BLOCK_EXTRA || !masterchain.loadBit()) {
            throw new CellException("the masterchain's part of a key block begins with %04x".formatted(tag));
        }
        if (masterchain.loadBit()) {
            masterchain.loadRef(); // shards
        }
        if (masterchain.loadBit()) {
            masterchain.loadRef(); // fees of shards
        }
        for (int i = 0; i < 2; i++) { // sums of the fees of shards
            masterchain.loadBigCoins();
            if (masterchain.loadBit()) {
                masterchain.loadRef();
            }
        }
        masterchain.loadRef(); // signatures of earlier blocks, messages that make money
        masterchain.loadInt256(); // address of the configuration
        return new NetworkConfig(masterchain.loadRef());
    }

    /** Returns a parameter, if there is one. @throws CellException if the proof does not say */
    Optional<Cell> parameter(int number) throws CellException {
        Optional<CellSlice> value = Dictionary.lookup(root, Dictionary.key(Integer.toUnsignedLong(number), 32), 32);
        return value.isPresent() ? Optional.of(value.get().loadRef()) : Optional.empty();
    }

    /** Computes who signs blocks of the masterchain in a catchain. Temporary validators go first where there are any. */
    ValidatorSet masterchainValidators(int catchainSeqno) throws ProofException, CellException {
        Optional<Cell> list = parameter(TEMPORARY_VALIDATORS);
        if (list.isEmpty()) {
            list = parameter(VALIDATORS);
        }
        Cell validators = list.orElseThrow(
                () -> new ProofException(ProofCheck.VALIDATORS, "the configuration has no list of validators"));
        return ValidatorSet.ofMasterchain(validators, parameter(CATCHAIN).orElse(null), catchainSeqno);
    }
}
