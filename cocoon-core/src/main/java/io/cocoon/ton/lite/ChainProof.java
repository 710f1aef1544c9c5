package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import java.util.List;
import java.util.Optional;

/**
 * Checks chains of proofs through the masterchain. Pure; payments dossier 11.2, "Block chain of trust".
 *
 * @param hardForks the blocks at which the network was restarted by hand; a header counts those before it
 */
record ChainProof(List<BlockId> hardForks) {

    ChainProof {
        hardForks = List.copyOf(hardForks);
    }

    /**
     * Checks one step.
     *
     * @param link whose source is trusted
     * @return the destination's header, trusted now
     * @throws ProofException if a check fails
     */
    BlockHeader check(BlockLink link) throws ProofException {
        BlockId from = link.from();
        BlockId to = link.to();
        if (!from.isMasterchain() || !to.isMasterchain()) {
            throw new ProofException(
                    ProofCheck.MASTERCHAIN, "a link leads from " + from + " to " + to + ", outside the masterchain");
        }
        try {
            BlockHeader destination =
                    BlockHeader.check(Proofs.read(link.destinationProof(), "the proof of block " + to), to);
            if (destination.keyBlock() != link.toKeyBlock()) {
                throw new ProofException(
                        ProofCheck.KEY_BLOCK,
                        "block " + to + " is " + (destination.keyBlock() ? "a" : "no")
                                + " key block, the link says otherwise");
            }
            requireHardForks(destination);
            if (link instanceof BlockLink.Forward forward) {
                checkForward(forward, destination);
            } else if (link instanceof BlockLink.Back back) {
                checkBack(back);
            }
            return destination;
        } catch (CellException e) {
            throw new ProofException(e);
        }
    }

    private void requireHardForks(BlockHeader header) throws ProofException {
        long before = hardForks.stream()
                .filter(fork -> fork.seqno() <= header.id().seqno())
                .count();
        if (header.verticalSeqno() != before) {
            throw new ProofException(
                    ProofCheck.HARD_FORK,
                    "block " + header.id() + " comes after " + header.verticalSeqno()
                            + " hard forks, the configuration lists " + before + " before it");
        }
    }

    private static void checkForward(BlockLink.Forward link, BlockHeader destination)
            throws ProofException, CellException {
        if (link.to().seqno() <= link.from().seqno()) {
            throw new ProofException(
                    ProofCheck.LINK, "a link forward leads from " + link.from() + " back to " + link.to());
        }
        SignatureSet signatures = link.signatures();
        NetworkConfig config = config(link.from(), link.configProof());
        ValidatorSet validators = config.masterchainValidators(destination.catchainSeqno());
        boolean same = destination.validatorSetHash() == validators.shortHash()
                && signatures.validatorSetHash() == destination.validatorSetHash()
                && signatures.catchainSeqno() == destination.catchainSeqno();
        if (!same) {
            throw new ProofException(
                    ProofCheck.VALIDATOR_SET,
                    ("block %s was made by list %08x in catchain %d, its signatures are of %08x in %d,"
                                    + " and block %s names list %08x")
                            .formatted(
                                    destination.id(),
                                    destination.validatorSetHash(),
                                    destination.catchainSeqno(),
                                    signatures.validatorSetHash(),
                                    signatures.catchainSeqno(),
                                    link.from(),
                                    validators.shortHash()));
        }
        Signatures.check(signatures, validators, link.to());
    }

    /** The zero state holds its configuration itself; it has no block. */
    private static NetworkConfig config(BlockId from, Bytes proof) throws ProofException, CellException {
        Cell root = Proofs.read(proof, "the proof of the configuration in block " + from);
        if (from.seqno() == 0) {
            return ShardState.check(root, from.rootHash(), from)
                    .requireMasterchain()
                    .config();
        }
        return NetworkConfig.ofKeyBlock(BlockHeader.check(root, from));
    }

    private static void checkBack(BlockLink.Back link) throws ProofException, CellException {
        BlockId from = link.from();
        BlockId to = link.to();
        if (to.seqno() >= from.seqno()) {
            throw new ProofException(ProofCheck.LINK, "a link back leads from " + from + " forward to " + to);
        }
        BlockHeader source = BlockHeader.check(Proofs.read(link.proof(), "the proof of block " + from), from);
        Cell stateRoot = Proofs.read(link.stateProof(), "the proof of the state after block " + from);
        ShardState state = ShardState.check(stateRoot, source.requireStateHash(), from);
        Optional<BlockId> remembered = oldBlock(state.requireMasterchain(), to.seqno());
        if (!remembered.equals(Optional.of(to))) {
            throw new ProofException(
                    ProofCheck.OLD_BLOCK,
                    "the state after block " + from + " remembers "
                            + remembered.map(BlockId::toString).orElse("nothing") + " at number " + to.seqno()
                            + ", not " + to);
        }
    }

    private static Optional<BlockId> oldBlock(ShardState.Masterchain state, int seqno) throws CellException {
        CellSlice more = state.more().beginParse();
        more.loadUint(16); // flags
        more.loadUint(32); // short hash of the list of validators
        more.loadUint(32); // number of the catchain
        more.loadBit(); // next catchain
        if (!more.loadBit()) {
            return Optional.empty();
        }
        Optional<CellSlice> found =
                Dictionary.lookup(more.loadRef(), Dictionary.key(Integer.toUnsignedLong(seqno), 32), 32);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        CellSlice value = found.get();
        value.loadBit(); // sum: key block
        value.loadUint(64); // sum: logical time
        value.loadBit(); // key block
        value.loadUint(64); // logical time
        int number = (int) value.loadUint(32);
        Int256 rootHash = value.loadInt256();
        return Optional.of(BlockId.masterchain(number, rootHash, value.loadInt256()));
    }
}
