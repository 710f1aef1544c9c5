package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into frames. Wire dossier 2.2. Not thread-safe.
 *
 * <p>A length is judged before anything is allocated for it, and what is allocated grows with the bytes that came, not
 * with the length that was promised. A frame that came in one piece is not copied.
 */
final class FrameDecoder {

    /** Takes the payload of one frame. */
    @FunctionalInterface
    interface Sink {
        /** Returns whether to go on; after false nothing more is read. */
        boolean frame(Bytes payload) throws ConnectionClosedException;
    }

    private static final int MIN_PAYLOAD = 4;
    private static final int FIRST_ALLOCATION = 1 << 16;

    private final int limit;
    private final byte[] head = new byte[OutFrame.HEAD];
    private int headLength;
    private int expected;
    private byte[] payload = new byte[0];
    private int payloadLength;
    private int sequence;

    FrameDecoder(int limit) {
        this.limit = limit;
    }

    /**
     * Takes bytes; the array must not be changed afterwards, because frames are views of it.
     *
     * @throws ConnectionClosedException if the peer broke the rules, or if {@code sink} threw it
     */
    void feed(byte[] source, int offset, int length, Sink sink) throws ConnectionClosedException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (headLength < OutFrame.HEAD) {
                int count = Math.min(OutFrame.HEAD - headLength, end - at);
                System.arraycopy(source, at, head, headLength, count);
                headLength += count;
                at += count;
                if (headLength < OutFrame.HEAD) {
                    return;
                }
                judgeHead();
            }
            int missing = expected - payloadLength;
            int count = Math.min(missing, end - at);
            Bytes whole;
            if (payloadLength == 0 && count == expected) {
                whole = Bytes.wrapUnshared(source, at, count);
            } else {
                append(source, at, count);
                whole = Bytes.wrapUnshared(payload, 0, payloadLength);
            }
            at += count;
            if (count < missing) {
                return;
            }
            payload = new byte[0];
            payloadLength = 0;
            headLength = 0;
            if (!sink.frame(whole)) {
                return;
            }
        }
    }

    private void judgeHead() throws ConnectionClosedException {
        long size = Integer.toUnsignedLong(intLe(head, 0));
        if (size < MIN_PAYLOAD || size > limit) {
            throw protocol("a frame of " + size + " bytes; allowed are " + MIN_PAYLOAD + " to " + limit);
        }
        int number = intLe(head, 4);
        if (number != sequence) {
            throw protocol("a frame with sequence number " + number + "; expected was " + sequence);
        }
        sequence++;
        expected = (int) size;
    }

    private void append(byte[] source, int at, int count) {
        int needed = payloadLength + count;
        if (needed > payload.length) {
            int roomy = Math.max(Math.max(needed, FIRST_ALLOCATION), (int) Math.min(2L * payload.length, expected));
            payload = Arrays.copyOf(payload, Math.min(roomy, expected));
        }
        System.arraycopy(source, at, payload, payloadLength, count);
        payloadLength = needed;
    }

    /** Returns whether the stream stands between two frames. */
    boolean atBoundary() {
        return headLength == 0;
    }

    /** Returns how much memory waits for the rest of a frame. */
    int allocated() {
        return payload.length;
    }

    static int intLe(byte[] array, int at) {
        return (array[at] & 0xff)
                | (array[at + 1] & 0xff) << 8
                | (array[at + 2] & 0xff) << 16
                | (array[at + 3] & 0xff) << 24;
    }

    private static ConnectionClosedException protocol(String detail) {
        return new ConnectionClosedException(new CloseReason(CloseReason.Cause.PROTOCOL, detail));
    }
}
