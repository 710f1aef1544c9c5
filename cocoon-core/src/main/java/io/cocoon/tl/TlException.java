package io.cocoon.tl;

/** Bytes are not the TL object that was expected. The message says what was wrong and at which offset. */
public final class TlException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int offset;

    /** Reports a problem at {@code offset} bytes from the start of the object. */
    public TlException(String message, int offset) {
        super(message + " at " + offset);
        this.offset = offset;
    }

    /** Returns the distance from the start of the object in bytes. */
    public int offset() {
        return offset;
    }
}
