package io.cocoon.ton.channel;

/** What was wanted of a channel will not be done. The message says why, with the numbers, and what would help. */
public final class ChannelException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean closed;

    ChannelException(String message, boolean closed) {
        super(message);
        this.closed = closed;
    }

    /** Returns whether the channels were closed meanwhile; then what was asked for goes on when they are opened again. */
    public boolean isClosed() {
        return closed;
    }
}
