package io.cocoon.inference;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.math.ec.rfc7748.X25519;

/**
 * Key agreement and the encryption of one string. 2026 part, sections 4.2 and 4.3.
 *
 * <p>An instance holds the key of one document and is confined to one thread.
 */
final class PayloadCrypto {

    /** Which way a document travels; part of its key. */
    enum Direction {
        CLIENT_TO_WORKER('c'),
        WORKER_TO_CLIENT('w');

        private final byte suffix;

        Direction(char suffix) {
            this.suffix = (byte) suffix;
        }
    }

    private static final BigInteger PRIME = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));
    private static final int BLOCK = 16;
    private static final int MIN_PREFIX = 16;
    private static final byte[] LABEL = "tde2e_encrypt_data".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final byte[] NO_ADDITIONAL_DATA = new byte[4];
    private static final HexFormat HEX = HexFormat.of();

    private final Mac bodyKeys;
    private final Mac messageIds;
    private final Cipher cipher;

    PayloadCrypto(byte[] messageKey) {
        try {
            byte[] keys = mac("HmacSHA512", messageKey, 0, messageKey.length).doFinal(LABEL);
            bodyKeys = mac("HmacSHA512", keys, 0, 32);
            messageIds = mac("HmacSHA256", keys, 32, 32);
            cipher = Cipher.getInstance("AES/CBC/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime lacks HMAC-SHA-2 or AES-CBC", e);
        }
    }

    private static Mac mac(String algorithm, byte[] key, int from, int length) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(key, from, length, algorithm));
        return mac;
    }

    /** Agrees on the secret of two keys; both sides get the same one. */
    static byte[] sharedSecret(Int256 ownSeed, Int256 peer) throws RequestException {
        byte[] scalar = Arrays.copyOf(digest("SHA-512", ownSeed.toByteArray()), X25519.SCALAR_SIZE);
        byte[] point = montgomery(peer);
        byte[] secret = new byte[X25519.POINT_SIZE];
        // Clamps the scalar; false stands for an all-zero secret.
        if (!X25519.calculateAgreement(scalar, 0, point, 0, secret, 0)) {
            throw RequestException.unspecified("Failed to compute shared secret");
        }
        return secret;
    }

    private static byte[] montgomery(Int256 edwards) throws RequestException {
        byte[] bigEndian = reversed(edwards.toByteArray());
        bigEndian[0] &= 0x7f;
        BigInteger y = new BigInteger(1, bigEndian);
        BigInteger divisor = BigInteger.ONE.subtract(y).mod(PRIME);
        if (divisor.signum() == 0) {
            throw RequestException.unspecified("Failed to compute modulo inverse");
        }
        byte[] u = BigInteger.ONE
                .add(y)
                .multiply(divisor.modInverse(PRIME))
                .mod(PRIME)
                .toByteArray();
        byte[] point = new byte[X25519.POINT_SIZE];
        for (int i = 0; i < Math.min(u.length, point.length); i++) {
            point[i] = u[u.length - 1 - i];
        }
        return point;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = bytes[bytes.length - 1 - i];
        }
        return result;
    }

    static byte[] messageKey(byte[] sharedSecret, byte[] nonce, Direction direction) {
        MessageDigest sha = newDigest("SHA-256");
        sha.update(sharedSecret);
        sha.update(nonce);
        sha.update(direction.suffix);
        return sha.digest();
    }

    private static byte[] digest(String algorithm, byte[] input) {
        return newDigest(algorithm).digest(input);
    }

    private static MessageDigest newDigest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime lacks " + algorithm, e);
        }
    }

    /** Encrypts; the random source is asked once, for the bytes in front of the plaintext. */
    byte[] encrypt(byte[] plain, SecureRandom random) {
        int prefix = MIN_PREFIX + Math.floorMod(-plain.length, BLOCK);
        byte[] noise = new byte[prefix - 1];
        random.nextBytes(noise);
        byte[] padded = new byte[Math.addExact(prefix, plain.length)];
        padded[0] = (byte) prefix;
        System.arraycopy(noise, 0, padded, 1, noise.length);
        System.arraycopy(plain, 0, padded, prefix, plain.length);
        byte[] id = messageId(padded, 0);
        byte[] result = Arrays.copyOf(id, Math.addExact(BLOCK, padded.length));
        crypt(Cipher.ENCRYPT_MODE, id, padded, 0, result, BLOCK);
        return result;
    }

    /** Decrypts and checks; code 0 says what is wrong. */
    byte[] decrypt(byte[] data) throws RequestException {
        if (data.length < BLOCK) {
            throw RequestException.unspecified("Failed to decrypt: encrypted_data is less than 16 bytes");
        }
        if (data.length % BLOCK != 0) {
            throw RequestException.unspecified("Failed to decrypt: data size is not divisible by 16");
        }
        byte[] id = Arrays.copyOf(data, BLOCK);
        byte[] padded = new byte[data.length - BLOCK];
        crypt(Cipher.DECRYPT_MODE, id, data, BLOCK, padded, 0);
        if (!MessageDigest.isEqual(id, messageId(padded, 0))) {
            throw RequestException.unspecified("Failed to decrypt: msg_id mismatch");
        }
        int prefix = padded.length == 0 ? 0 : padded[0] & 0xff;
        if (prefix < MIN_PREFIX || prefix > padded.length) {
            throw RequestException.unspecified("Failed to decrypt: invalid prefix size");
        }
        return Arrays.copyOfRange(padded, prefix, padded.length);
    }

    private byte[] messageId(byte[] padded, int from) {
        messageIds.update(padded, from, padded.length - from);
        return Arrays.copyOf(messageIds.doFinal(NO_ADDITIONAL_DATA), BLOCK);
    }

    private void crypt(int mode, byte[] id, byte[] in, int from, byte[] out, int to) {
        byte[] key = bodyKeys.doFinal(id);
        try {
            cipher.init(mode, new SecretKeySpec(key, 0, 32, "AES"), new IvParameterSpec(key, 32, BLOCK));
            cipher.doFinal(in, from, in.length - from, out, to);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-CBC refused whole blocks", e);
        }
    }

    String encryptToText(byte[] plain, SecureRandom random) {
        return PayloadEncryption.ENCRYPTED_TAG + HEX.formatHex(encrypt(plain, random));
    }

    byte[] decryptText(String text, boolean clearTagAllowed) throws RequestException {
        if (text.startsWith(PayloadEncryption.ENCRYPTED_TAG)) {
            return decrypt(fromHex(text.substring(PayloadEncryption.ENCRYPTED_TAG.length())));
        }
        if (clearTagAllowed && text.startsWith(PayloadEncryption.CLEAR_TAG)) {
            return text.substring(PayloadEncryption.CLEAR_TAG.length())
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        }
        throw RequestException.invalid("bad encryption method");
    }

    private static byte[] fromHex(String digits) throws RequestException {
        if (digits.length() % 2 != 0) {
            throw RequestException.unspecified("Wrong hex string length");
        }
        try {
            return HEX.parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw RequestException.unspecified("Wrong hex string");
        }
    }

    static byte[] sharedSecret(Ed25519Key own, Int256 peer) throws RequestException {
        return sharedSecret(own.seed(), peer);
    }
}
