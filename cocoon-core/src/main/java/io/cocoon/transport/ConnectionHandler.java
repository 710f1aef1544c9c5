package io.cocoon.transport;

import io.cocoon.tl.Bytes;

/**
 * What a role does with a connection. All methods run on the connection's event loop, in the order of the packets, and
 * must not block. An exception thrown by one of them closes the connection with that reason; nothing that a peer sends
 * ends the process.
 */
public interface ConnectionHandler {

    /** The hello is done; from now on messages may be sent. */
    void connected(Connection connection);

    /** A one-way message came: one boxed object, not yet parsed. */
    void message(Connection connection, Bytes message);

    /**
     * A query came. Exactly one method of {@code responder} has to be called, from any thread; when it is never called,
     * the transport answers with an error after {@link TransportLimits#answerWithin()}.
     */
    void query(Connection connection, Bytes query, Responder responder);

    /** {@link Connection#isWritable} changed. */
    default void writabilityChanged(Connection connection) {}

    /** The connection has closed. Called exactly once if {@link #connected} was called. */
    void closed(Connection connection, CloseReason reason);
}
