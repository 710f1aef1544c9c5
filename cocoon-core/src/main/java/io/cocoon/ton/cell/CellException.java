package io.cocoon.ton.cell;

/** Bytes are not a bag of cells, or a cell does not hold what it should. The message says what was seen and wanted. */
public class CellException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Reports what is wrong. */
    public CellException(String message) {
        super(message);
    }
}
