package io.cocoon.ton.channel;

/** What was wanted of a channel will not be done. The message says why, with the numbers, and what would help. */
public final class ChannelException extends Exception {

    private static final long serialVersionUID = 1L;

    ChannelException(String message) {
        super(message);
    }
}
