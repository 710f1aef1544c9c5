package io.cocoon.transport;

import java.net.InetSocketAddress;

/** A listening socket. Thread-safe. */
public interface Listener extends AutoCloseable {

    /** Returns where it listens, with the port that the system chose if 0 was asked for. */
    InetSocketAddress address();

    /** Returns how many connections came through it and are open, those in handshake included. */
    int connections();

    /** Stops listening; connections stay open. Does nothing on a closed listener. */
    @Override
    void close();
}
