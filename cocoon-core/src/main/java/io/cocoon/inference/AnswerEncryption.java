package io.cocoon.inference;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.inference.PayloadCrypto.Direction;
import io.cocoon.internal.json.Json;
import io.cocoon.tl.Int256;
import java.security.SecureRandom;

/**
 * A worker's side of an encrypted request: encrypts each document of the answer for its sender, each with a nonce of its
 * own. Confined to the thread that meters the answer. 2026 part, section 4.7.
 */
public final class AnswerEncryption {

    private final Int256 networkKey;
    private final Int256 receiver;
    private final byte[] secret;
    private final SecureRandom random;

    private AnswerEncryption(Int256 networkKey, Int256 receiver, byte[] secret, SecureRandom random) {
        this.networkKey = networkKey;
        this.receiver = receiver;
        this.secret = secret;
        this.random = random;
    }

    /**
     * Makes one.
     *
     * @param receiver the sender of the request
     * @throws RequestException if no secret can be agreed on with that key
     */
    public static AnswerEncryption of(Ed25519Key networkKey, Int256 receiver, SecureRandom random)
            throws RequestException {
        return new AnswerEncryption(
                networkKey.publicKey(), receiver, PayloadCrypto.sharedSecret(networkKey, receiver), random);
    }

    /** Returns for whom the answer is encrypted. */
    public Int256 receiver() {
        return receiver;
    }

    void encrypt(Json.Obj document) {
        PayloadEncryption.encrypt(
                document,
                secret,
                PayloadEncryption.newNonce(random),
                Direction.WORKER_TO_CLIENT,
                networkKey,
                receiver,
                random);
    }
}
