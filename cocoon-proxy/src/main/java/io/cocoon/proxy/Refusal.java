package io.cocoon.proxy;

/** A peer is refused something: the code and the text that it is told. Control flow, so without a stack trace. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final int code;

    Refusal(int code, String text) {
        super(text, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }

    /** What the peer is told. */
    String text() {
        String text = getMessage();
        return text == null ? "" : text;
    }
}
