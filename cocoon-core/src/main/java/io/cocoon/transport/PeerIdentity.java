package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.Optional;

/**
 * Who is at the other end of a connection.
 *
 * <p>The kinds never compare equal to each other: an unattested or a simulated peer can not be mistaken for an attested
 * one, not even by an image hash that happens to stand in a list (2026 part of the wire dossier, 11.2 and N14).
 *
 * @param kind what was proven
 * @param source who says so
 * @param publicKey the peer's Ed25519 key, 32 bytes; possession was proven in the handshake unless a router says so
 * @param imageHash hash of the measured image; {@link Int256#ZERO} unless the kind is {@link Kind#TDX}, {@link
 *     Kind#SEV_SNP} or {@link Kind#SIMULATED}
 * @param report the checks that were made, if this process made them
 */
public record PeerIdentity(
        Kind kind, Source source, Bytes publicKey, Int256 imageHash, Optional<? extends PeerReport> report) {

    /** What was proven about the peer. */
    public enum Kind {
        /** Nothing: no evidence was asked for, or none was shown. */
        UNATTESTED,
        /** Simulated evidence, which proves nothing: for test networks. */
        SIMULATED,
        /** Intel TDX evidence was verified. */
        TDX,
        /** AMD SEV-SNP evidence was verified. */
        SEV_SNP
    }

    /** Who says so. */
    public enum Source {
        /** This process verified it in its own TLS handshake. */
        OWN_HANDSHAKE,
        /** A router on this host wrote a peer record; whoever can reach the port can write one (hazard H23). */
        ROUTER
    }

    public PeerIdentity {
        boolean measured = kind != Kind.UNATTESTED;
        if (!measured && !imageHash.isZero()) {
            throw new IllegalArgumentException("an unattested peer has no image hash");
        }
    }

    /** Returns whether hardware evidence was verified. */
    public boolean isAttested() {
        return kind == Kind.TDX || kind == Kind.SEV_SNP;
    }
}
