package io.cocoon.transport;

/**
 * Makes TLS channels: our certificate, and the policy for peers. Thread-safe.
 *
 * <p>Implemented by the attestation module, so that the transport knows nothing of evidence.
 */
public interface SecureChannelProvider {

    /** Makes a channel for a connection that this side opened. */
    SecureChannel newClientChannel();

    /** Makes a channel for a connection that the peer opened; the peer has to show a certificate. */
    SecureChannel newServerChannel();
}
