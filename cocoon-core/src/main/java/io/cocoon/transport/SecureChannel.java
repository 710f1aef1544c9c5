package io.cocoon.transport;

import java.io.IOException;

/**
 * One TLS connection without a socket: bytes in, bytes out. Confined to one event loop; nothing blocks.
 *
 * <p>The order of use: {@link #start}, then, until closed, {@link #receive} what the socket gave, read {@link
 * #nextOutput} until it is null and send it, read {@link #nextPlaintext} until it is null and process it.
 *
 * <p>Promise: {@link #peer} is not available, and no plaintext comes out, before the peer has proven that it holds the
 * key of its certificate and its evidence was accepted (TEE dossier 4.5, T1).
 */
public interface SecureChannel {

    /** Begins the handshake; a client's first flight becomes output. */
    void start() throws IOException;

    /**
     * Takes bytes from the socket.
     *
     * @throws IOException if the peer broke TLS; what {@link #nextOutput} then has (an alert) should still be sent
     */
    void receive(byte[] source, int offset, int length) throws IOException;

    /** Returns bytes for the socket, or null if there are none now. */
    byte @org.jspecify.annotations.Nullable [] nextOutput();

    /** Returns decrypted bytes, or null if there are none now. */
    byte @org.jspecify.annotations.Nullable [] nextPlaintext() throws IOException;

    /** Encrypts; the result becomes output. Only after the handshake. */
    void send(byte[] source, int offset, int length) throws IOException;

    /** Returns whether the handshake is complete and the peer accepted. */
    boolean isReady();

    /**
     * Completes when the peer's evidence has been judged: normally if it was accepted, exceptionally with the reason if
     * not. Judging may take place on another thread; the transport then calls {@link #receive} with no bytes to go on.
     */
    java.util.concurrent.CompletionStage<PeerIdentity> peer();

    /**
     * Completes when a peer that was accepted no longer is, with the reason: the connection is to be closed. By default never.
     * Completed on any thread.
     */
    default java.util.concurrent.CompletionStage<IOException> lapsed() {
        return new java.util.concurrent.CompletableFuture<>();
    }

    /** The connection is gone: nothing is called any more, and the channel lets go of what it holds elsewhere. */
    default void released() {}

    /** Ends the connection: a close_notify becomes output. */
    void close();
}
