package io.cocoon.ton.lite;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;

/** What a liteserver answers when it has no answer: {@code liteServer.error}. */
final class LiteServerError extends Exception {

    static final int ID = 0xbba9e148;

    private static final long serialVersionUID = 1L;
    private static final int MAX_SHOWN = 200;
    private static final int NOT_READY = 651;
    private static final int TIMEOUT = 652;

    private final int code;

    LiteServerError(int code, String text) {
        super("error " + code + ": " + shown(text));
        this.code = code;
    }

    static LiteServerError read(TlReader in) throws TlException {
        return new LiteServerError(in.readInt(), in.readString());
    }

    /** Returns whether the server says that it does not have a block yet. */
    boolean isBehind() {
        return code == NOT_READY || code == TIMEOUT;
    }

    /** A server's text is for people; it is cut, and cannot begin a new line of a log. */
    private static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "…";
    }
}
