package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlObject;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A connection whose hello is done: it carries queries with answers, and one-way messages.
 *
 * <p>All methods may be called from any thread and none of them blocks. What one thread sends arrives in the order in
 * which it was sent. When the connection closes, every open query fails at once with {@link ConnectionClosedException}
 * (hazard H26: the reference lets them run into their own time-outs).
 */
public interface Connection {

    /** Returns a number that no other connection of this process has, for logs. */
    long number();

    /** Returns who is at the other end, as proven by the handshake or as a router said. */
    PeerIdentity peer();

    /** Returns the other end's address, for logs and status pages. */
    InetSocketAddress remoteAddress();

    /**
     * Asks and returns the answer's boxed object.
     *
     * @return completes with the answer; fails with {@link RemoteErrorException} if the peer answered with an error,
     *     {@link java.util.concurrent.TimeoutException} if no answer came within {@code timeout}, {@link
     *     ConnectionClosedException} if the connection closed first, {@link FrameTooLargeException} if the query does
     *     not fit into a frame. Cancelling it forgets the query. Completed on the event loop
     */
    CompletableFuture<Bytes> ask(TlObject query, Duration timeout);

    /**
     * Sends a one-way message. On a connection that is closed the message is dropped; {@link #closed()} says so.
     *
     * @throws FrameTooLargeException if the message does not fit into a frame (hazard H14); nothing was sent
     */
    void send(TlObject message) throws FrameTooLargeException;

    /** Returns whether less than the high-water mark of bytes waits to be sent. */
    boolean isWritable();

    /** Returns how many bytes wait to be sent. */
    long pendingBytes();

    /** Stops and restarts reading from the peer, so that TCP slows it down. */
    void setReading(boolean on);

    /** Closes after what was sent before. Does nothing on a closed connection. */
    void close(String reason);

    /** Completes, never exceptionally, with the reason when the connection has closed. */
    CompletableFuture<CloseReason> closed();

    /** Returns an executor that runs tasks on this connection's event loop, in order with the callbacks. */
    Executor eventLoop();
}
