package io.cocoon.ton.cell;

/**
 * What was looked for lies in a part of the tree that a proof leaves out. It may be there and it may not: the proof does
 * not say.
 */
public final class PrunedCellException extends CellException {

    private static final long serialVersionUID = 1L;

    /** Reports what was looked for. */
    public PrunedCellException(String message) {
        super(message);
    }
}
