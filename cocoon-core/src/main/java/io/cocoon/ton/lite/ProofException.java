package io.cocoon.ton.lite;

import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.PrunedCellException;

/** A check failed: a server's answer is wrong, or not proven. The message says what was seen and what was wanted. */
final class ProofException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ProofCheck check;

    ProofException(ProofCheck check, String message) {
        super(check + ": " + message);
        this.check = check;
    }

    ProofException(CellException cause) {
        this(cause, cause instanceof PrunedCellException ? ProofCheck.PRUNED_AWAY : ProofCheck.MALFORMED);
    }

    private ProofException(CellException cause, ProofCheck check) {
        super(check + ": " + cause.getMessage(), cause);
        this.check = check;
    }

    /** Returns which check failed. */
    ProofCheck check() {
        return check;
    }
}
