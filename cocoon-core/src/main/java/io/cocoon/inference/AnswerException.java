package io.cocoon.inference;

/** An answer that cannot be passed on: beyond a limit, or not what encryption demands. Quotes nothing of the answer. */
public final class AnswerException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Makes one. */
    public AnswerException(String message) {
        super(message);
    }
}
