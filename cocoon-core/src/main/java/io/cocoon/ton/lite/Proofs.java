package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellType;
import java.util.ArrayList;
import java.util.List;

/** Bags of Merkle proofs. Pure functions. */
final class Proofs {

    /** What fits a frame, and no more cells than a proof of the largest list of validators needs many times over. */
    static final BagOfCells.Limits LIMITS = new BagOfCells.Limits(AdnlFrames.MAX_FRAME_BYTES, 1 << 16, 512);

    private Proofs() {}

    /** Returns the tree that a bag with one Merkle proof proves a part of. Its hash at level 0 is that of the whole tree. */
    static Cell read(Bytes bag, String what) throws ProofException, CellException {
        return read(bag, 1, what).get(0);
    }

    /** Likewise for a bag with {@code count} Merkle proofs. */
    static List<Cell> read(Bytes bag, int count, String what) throws ProofException, CellException {
        List<Cell> roots = BagOfCells.readRoots(bag, LIMITS, count);
        if (roots.size() != count) {
            throw new ProofException(
                    ProofCheck.PROOF_SHAPE, what + " has " + roots.size() + " proofs, wanted " + count);
        }
        List<Cell> trees = new ArrayList<>();
        for (Cell root : roots) {
            if (root.type() != CellType.MERKLE_PROOF) {
                throw new ProofException(
                        ProofCheck.PROOF_SHAPE, what + " is a " + root.type() + " cell, wanted a Merkle proof");
            }
            // That it states its child's hash and depth was checked when the cell was made.
            trees.add(root.ref(0));
        }
        return trees;
    }
}
