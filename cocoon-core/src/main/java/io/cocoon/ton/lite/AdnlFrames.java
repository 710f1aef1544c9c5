package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Frames of ADNL over TCP, in the clear: a length, a nonce, the payload, SHA-256 of nonce and payload. An instance cuts one
 * stream into payloads; not thread-safe.
 *
 * <p>A length is judged before anything is allocated for it, and what is allocated grows with the bytes that came.
 */
final class AdnlFrames {

    /** The longest frame; the reference's own bound. */
    static final int MAX_FRAME_BYTES = 1 << 24;

    static final int NONCE_BYTES = 32;
    private static final int HASH_BYTES = 32;
    private static final int LENGTH_BYTES = 4;
    private static final int FIRST_ALLOCATION = 1 << 14;

    private final int limit;
    private byte[] buffer = new byte[FIRST_ALLOCATION];
    private int filled;

    /** Takes payloads. */
    @FunctionalInterface
    interface Sink {
        /** Takes one; an empty one is the answer to a handshake. */
        void payload(Bytes payload) throws AdnlException;
    }

    /** Cuts frames of at most {@code limit} bytes after their length. */
    AdnlFrames(int limit) {
        this.limit = limit;
    }

    /** Returns a frame. */
    static byte[] frame(Bytes payload, byte[] nonce) {
        int length = NONCE_BYTES + payload.length() + HASH_BYTES;
        byte[] frame = new byte[LENGTH_BYTES + length];
        for (int i = 0; i < LENGTH_BYTES; i++) {
            frame[i] = (byte) (length >>> 8 * i);
        }
        System.arraycopy(nonce, 0, frame, LENGTH_BYTES, NONCE_BYTES);
        payload.copyTo(frame, LENGTH_BYTES + NONCE_BYTES);
        MessageDigest digest = AdnlKeys.sha256();
        digest.update(frame, LENGTH_BYTES, NONCE_BYTES + payload.length());
        System.arraycopy(digest.digest(), 0, frame, frame.length - HASH_BYTES, HASH_BYTES);
        return frame;
    }

    /** Takes bytes as they come; payloads are copies. */
    void feed(byte[] piece, Sink sink) throws AdnlException {
        int at = 0;
        while (at < piece.length) {
            int wanted = LENGTH_BYTES;
            if (filled >= LENGTH_BYTES) {
                wanted += length();
            }
            int count = Math.min(wanted - filled, piece.length - at);
            reserve(filled + count, wanted);
            System.arraycopy(piece, at, buffer, filled, count);
            filled += count;
            at += count;
            if (filled == LENGTH_BYTES) {
                judge(length());
            } else if (filled == wanted && filled > LENGTH_BYTES) {
                sink.payload(take(wanted));
            }
        }
    }

    private int length() {
        return (buffer[0] & 0xff) | (buffer[1] & 0xff) << 8 | (buffer[2] & 0xff) << 16 | (buffer[3] & 0xff) << 24;
    }

    private void judge(int length) throws AdnlException {
        int least = NONCE_BYTES + HASH_BYTES;
        if (length < least || length > limit) {
            throw AdnlException.broken(
                    "a frame of " + Integer.toUnsignedString(length) + " bytes; allowed are " + least + " to " + limit);
        }
    }

    private void reserve(int needed, int most) {
        if (needed > buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(Math.max(2L * buffer.length, needed), most));
        }
    }

    private Bytes take(int end) throws AdnlException {
        int hashAt = end - HASH_BYTES;
        MessageDigest digest = AdnlKeys.sha256();
        digest.update(buffer, LENGTH_BYTES, hashAt - LENGTH_BYTES);
        if (!MessageDigest.isEqual(digest.digest(), Arrays.copyOfRange(buffer, hashAt, end))) {
            throw AdnlException.broken("the checksum of a frame of " + (end - LENGTH_BYTES) + " bytes is wrong");
        }
        int from = LENGTH_BYTES + NONCE_BYTES;
        Bytes payload = Bytes.copyOf(buffer, from, hashAt - from);
        filled = 0;
        if (buffer.length > FIRST_ALLOCATION) {
            buffer = new byte[FIRST_ALLOCATION];
        }
        return payload;
    }

    /** Returns how much memory waits for the rest of a frame. */
    int allocated() {
        return buffer.length;
    }
}
