package io.cocoon.client;

import io.cocoon.transport.PeerIdentity;

/**
 * What was proven about the proxy that served a request.
 *
 * @param proxy host and port
 * @param identity the result of the handshake, with its report when this process made the checks
 */
public record Attestation(String proxy, PeerIdentity identity) {

    /** Returns whether hardware evidence was verified, by this process or by a router on this host. */
    public boolean isAttested() {
        return identity.isAttested();
    }

    /** Prints every check that was made, or says in one line that none was. */
    @Override
    public String toString() {
        String head = "proxy " + proxy + ": " + identity.kind()
                + (identity.imageHash().isZero()
                        ? ""
                        : ", image " + identity.imageHash().toHex())
                + (identity.source() == PeerIdentity.Source.ROUTER ? ", as a router said" : "");
        return identity.report().map(report -> head + "\n" + report.toText()).orElse(head + ", no report");
    }
}
