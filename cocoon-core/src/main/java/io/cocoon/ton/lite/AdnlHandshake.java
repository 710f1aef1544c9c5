package io.cocoon.ton.lite;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * How an ADNL connection over TCP begins. The client sends 256 bytes: the server's key id, its own key, the hash of 160
 * random bytes, and these bytes encrypted with the agreed secret. The 160 bytes are the keys of both directions. The server
 * answers with an empty frame, which only the owner of its key can make.
 */
final class AdnlHandshake {

    static final int PACKET_BYTES = 256;
    static final int PARAMETER_BYTES = 160;

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 16;

    private AdnlHandshake() {}

    /**
     * A begun connection.
     *
     * @param packet what to send first
     * @param in decrypts what comes
     * @param out encrypts what goes
     */
    record Begun(byte[] packet, Cipher in, Cipher out) {}

    /** Begins a connection to the owner of {@code server}, under a key that is used once. */
    static Begun begin(Int256 server, SecureRandom random) {
        byte[] parameters = new byte[PARAMETER_BYTES];
        random.nextBytes(parameters);
        Ed25519Key own = Ed25519Key.generate(random);
        byte[] hash = AdnlKeys.sha256().digest(parameters);
        byte[] packet = new byte[PACKET_BYTES];
        System.arraycopy(AdnlKeys.shortId(server).toByteArray(), 0, packet, 0, KEY_BYTES);
        System.arraycopy(own.publicKey().toByteArray(), 0, packet, KEY_BYTES, KEY_BYTES);
        System.arraycopy(hash, 0, packet, 2 * KEY_BYTES, KEY_BYTES);
        byte[] sealed = parameterCipher(AdnlKeys.secret(own, server), hash).update(parameters);
        System.arraycopy(sealed, 0, packet, 3 * KEY_BYTES, PARAMETER_BYTES);
        return new Begun(packet, direction(parameters, 0), direction(parameters, 1));
    }

    /** Returns the cipher of the parameters, which is the same for both sides. */
    static Cipher parameterCipher(byte[] secret, byte[] hash) {
        byte[] key = new byte[KEY_BYTES];
        System.arraycopy(secret, 0, key, 0, 16);
        System.arraycopy(hash, 16, key, 16, 16);
        byte[] iv = new byte[NONCE_BYTES];
        System.arraycopy(hash, 0, iv, 0, 4);
        System.arraycopy(secret, 20, iv, 4, 12);
        return cipher(key, iv);
    }

    /** Returns the cipher of a direction: 0 is from server to client, 1 from client to server. */
    static Cipher direction(byte[] parameters, int which) {
        byte[] key = Arrays.copyOfRange(parameters, which * KEY_BYTES, (which + 1) * KEY_BYTES);
        int nonce = 2 * KEY_BYTES + which * NONCE_BYTES;
        return cipher(key, Arrays.copyOfRange(parameters, nonce, nonce + NONCE_BYTES));
    }

    private static Cipher cipher(byte[] key, byte[] iv) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            // Counter mode: encrypting and decrypting are one.
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES in counter mode", e);
        }
    }
}
