package io.cocoon.engine.cuda;

import java.io.IOException;

/** A model cannot be computed on a GPU here: there is none, it is too small, or it is too old. The message says which. */
public final class CudaException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Creates one with its message. */
    public CudaException(String message) {
        super(message);
    }
}
