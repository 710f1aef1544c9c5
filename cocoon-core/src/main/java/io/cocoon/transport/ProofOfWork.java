package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * The proof of work in front of TLS. Wire dossier 4.2.
 *
 * <p>Not the usual count of leading zeros: the first eight bytes of the digest are read as a little-endian integer, and
 * the leading zero bits of that integer count (hazard H1). Pure functions; thread-safe.
 */
public final class ProofOfWork {

    /** How many bytes a challenge has. */
    public static final int CHALLENGE_BYTES = 24;

    /** How many bytes a response has. */
    public static final int RESPONSE_BYTES = 12;

    /** How many bytes of a challenge are random. */
    public static final int SALT_BYTES = 16;

    private static final int CHALLENGE_MAGIC = 0x418e1291;
    private static final int RESPONSE_MAGIC = 0x01827319;
    private static final int LOOK_UP_EVERY = 1 << 10;

    private ProofOfWork() {}

    /**
     * What an acceptor asks for.
     *
     * @param difficulty bits; zero or below is satisfied by every nonce
     * @param salt 16 random bytes
     */
    public record Challenge(int difficulty, Bytes salt) {

        public Challenge {
            if (salt.length() != SALT_BYTES) {
                throw new IllegalArgumentException("a salt has 16 bytes, not " + salt.length());
            }
        }

        /** Returns the 24 bytes on the wire. */
        public byte[] toByteArray() {
            byte[] out = new byte[CHALLENGE_BYTES];
            putLe(out, 0, CHALLENGE_MAGIC, 4);
            putLe(out, 4, difficulty, 4);
            salt.copyTo(out, 8);
            return out;
        }

        /**
         * Reads the 24 bytes of a challenge.
         *
         * @throws ConnectionClosedException if the length or the magic number is wrong
         */
        public static Challenge parse(Bytes wire) throws ConnectionClosedException {
            requireShape("challenge", wire, CHALLENGE_BYTES, CHALLENGE_MAGIC);
            return new Challenge(wire.intLeAt(4), Bytes.copyOf(wire.unsafeArray(), wire.unsafeOffset() + 8, 16));
        }
    }

    /** Returns the 12 bytes that answer a challenge. */
    public static byte[] response(long nonce) {
        byte[] out = new byte[RESPONSE_BYTES];
        putLe(out, 0, RESPONSE_MAGIC, 4);
        putLe(out, 4, nonce, 8);
        return out;
    }

    /**
     * Reads the nonce of a response.
     *
     * @throws ConnectionClosedException if the length or the magic number is wrong
     */
    public static long parseResponse(Bytes wire) throws ConnectionClosedException {
        requireShape("response", wire, RESPONSE_BYTES, RESPONSE_MAGIC);
        return Integer.toUnsignedLong(wire.intLeAt(4)) | (long) wire.intLeAt(8) << 32;
    }

    private static void requireShape(String what, Bytes wire, int length, int magic) throws ConnectionClosedException {
        if (wire.length() != length || wire.intLeAt(0) != magic) {
            throw new ConnectionClosedException(new CloseReason(
                    CloseReason.Cause.PROTOCOL,
                    "not a proof-of-work " + what + ": " + wire.length() + " bytes"
                            + (wire.length() >= 4 ? " that begin with 0x%08x".formatted(wire.intLeAt(0)) : "")
                            + "; wanted are " + length + " bytes that begin with 0x%08x".formatted(magic)));
        }
    }

    /** Returns whether {@code nonce} solves the challenge. */
    public static boolean verify(Challenge challenge, long nonce) {
        byte[] input = input(challenge);
        putLe(input, SALT_BYTES, nonce, 8);
        return zeros(sha256().digest(input)) >= challenge.difficulty();
    }

    /**
     * Looks for a nonce, counting from zero. Takes about 2^difficulty tries; allocates nothing for a try.
     *
     * @param maxTries where to give up
     * @param cancelled asked every thousand tries; the thread's interrupt flag counts as well
     * @return the nonce, or empty if it was cancelled or gave up
     */
    public static OptionalLong solve(Challenge challenge, long maxTries, BooleanSupplier cancelled) {
        byte[] input = input(challenge);
        byte[] digest = new byte[32];
        MessageDigest sha256 = sha256();
        try {
            for (long nonce = 0; nonce < maxTries; nonce++) {
                if (nonce % LOOK_UP_EVERY == 0
                        && (cancelled.getAsBoolean() || Thread.currentThread().isInterrupted())) {
                    return OptionalLong.empty();
                }
                putLe(input, SALT_BYTES, nonce, 8);
                sha256.update(input);
                sha256.digest(digest, 0, digest.length);
                if (zeros(digest) >= challenge.difficulty()) {
                    return OptionalLong.of(nonce);
                }
            }
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes are enough for SHA-256", e);
        }
        return OptionalLong.empty();
    }

    /** The rule of hazard H1. */
    static int zeros(byte[] digest) {
        long value = 0;
        for (int i = 7; i >= 0; i--) {
            value = value << 8 | (digest[i] & 0xff);
        }
        return Long.numberOfLeadingZeros(value);
    }

    private static byte[] input(Challenge challenge) {
        return Arrays.copyOf(challenge.salt().toByteArray(), SALT_BYTES + 8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void putLe(byte[] target, int at, long value, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = (byte) (value >>> 8 * i);
        }
    }
}
