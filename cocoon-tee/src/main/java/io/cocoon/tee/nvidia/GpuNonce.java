package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The nonce that evidence must answer to, and whether it binds the evidence to a peer. Whoever has a GPU's evidence can show
 * it to anyone; only a nonce made of the peer's TLS key and of a fresh challenge says that the peer's machine asked for it,
 * and only if that machine's CPU evidence covers the software that asked. Immutable. 2026 part of the TEE dossier, 10.3.
 */
public final class GpuNonce {

    /** Shortest challenge, in bytes. */
    public static final int MIN_CHALLENGE_LENGTH = 16;

    /** Longest challenge, in bytes. */
    public static final int MAX_CHALLENGE_LENGTH = 64;

    private static final Bytes DOMAIN = Bytes.utf8("cocoon-gpu-nonce-v1");

    private final Bytes value;
    private final boolean bound;

    private GpuNonce(Bytes value, boolean bound) {
        this.value = value;
        this.bound = bound;
    }

    /**
     * Returns SHA-256 of: the text {@code cocoon-gpu-nonce-v1}, the 32 bytes of the peer's RA-TLS key, the challenge.
     *
     * @param key the peer's RA-TLS key, from a handshake that proved its possession
     * @param challenge chosen at random by the verifier for this evidence, 16 to 64 bytes
     */
    public static GpuNonce bound(Int256 key, Bytes challenge) {
        if (challenge.length() < MIN_CHALLENGE_LENGTH || challenge.length() > MAX_CHALLENGE_LENGTH) {
            throw new IllegalArgumentException("a challenge of " + challenge.length() + " bytes; wanted: "
                    + MIN_CHALLENGE_LENGTH + " to " + MAX_CHALLENGE_LENGTH);
        }
        Bytes content = DOMAIN.concat(key.toBytes()).concat(challenge);
        try {
            return new GpuNonce(
                    Bytes.wrapUnshared(MessageDigest.getInstance("SHA-256").digest(content.toByteArray())), true);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /**
     * Returns a nonce that binds nothing: evidence for it is fresh, but may be that of any GPU in the world.
     *
     * @param nonce 32 bytes
     */
    public static GpuNonce unbound(Bytes nonce) {
        if (nonce.length() != GpuReport.NONCE_LENGTH) {
            throw new IllegalArgumentException(
                    "a nonce of " + nonce.length() + " bytes; wanted: " + GpuReport.NONCE_LENGTH);
        }
        return new GpuNonce(nonce, false);
    }

    /** Returns the 32 bytes to ask with. */
    public Bytes value() {
        return value;
    }

    /** Returns whether it was made of a peer's key and a challenge. */
    public boolean isBound() {
        return bound;
    }

    /** Adds the check that says whether the evidence is bound; it never passes for a nonce that binds nothing. */
    void addCheck(CheckList checks, String name) {
        String rule = "2026 part of the TEE dossier, 10.3";
        if (bound) {
            checks.pass(name, "the nonce is made of the peer's TLS key and a challenge", "so", rule);
        } else {
            checks.skip(
                    name,
                    "UNBOUND: the nonce is not made of the peer's TLS key and a challenge, so that this may be the "
                            + "evidence of any GPU, in any machine",
                    rule);
        }
    }

    @Override
    public String toString() {
        return "GpuNonce[" + value.toHex() + (bound ? ", bound]" : ", UNBOUND]");
    }
}
