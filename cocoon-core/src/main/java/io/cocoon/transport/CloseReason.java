package io.cocoon.transport;

import java.util.Optional;

/**
 * Why a connection closed.
 *
 * @param cause what kind of end it was
 * @param detail for people: what was seen and what was wanted; never content or keys
 * @param report what was checked of a peer whose evidence was refused by this process; else empty
 */
public record CloseReason(Cause cause, String detail, Optional<PeerReport> report) {

    /** Makes one without a report. */
    public CloseReason(Cause cause, String detail) {
        this(cause, detail, Optional.empty());
    }

    /** The kinds of end. */
    public enum Cause {
        /** This side called {@link Connection#close}. */
        LOCAL,
        /** The peer closed in an orderly way. */
        REMOTE,
        /** The peer broke the protocol. */
        PROTOCOL,
        /** Nothing came for too long. */
        TIMEOUT,
        /** The evidence or the certificate was refused. */
        ATTESTATION,
        /** The network failed. */
        NETWORK,
        /** A callback failed: a defect on this side. */
        INTERNAL
    }

    @Override
    public String toString() {
        return cause + ": " + detail;
    }
}
