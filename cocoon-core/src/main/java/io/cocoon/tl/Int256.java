package io.cocoon.tl;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * 32 bytes in the order in which a hash is printed: TL's {@code int256}. Used for hashes, Ed25519 keys and request ids.
 *
 * <p>Immutable, thread-safe, and cheap as a key of a map.
 */
public final class Int256 implements Comparable<Int256> {

    /** How many bytes the value has. */
    public static final int BYTES = 32;

    /** 32 zero bytes; on the wire this stands for "none" where a key or a hash is optional. */
    public static final Int256 ZERO = new Int256(0, 0, 0, 0);

    private final long a;
    private final long b;
    private final long c;
    private final long d;

    private Int256(long a, long b, long c, long d) {
        this.a = a;
        this.b = b;
        this.c = c;
        this.d = d;
    }

    /**
     * Copies exactly 32 bytes.
     *
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    public static Int256 of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an int256 has 32 bytes, got " + bytes.length);
        }
        return read(bytes, 0);
    }

    static Int256 read(byte[] bytes, int offset) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, BYTES);
        return new Int256(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    /**
     * Parses 64 hexadecimal digits of either case.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Int256 fromHex(CharSequence hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /** Returns whether all bytes are zero. */
    public boolean isZero() {
        return (a | b | c | d) == 0;
    }

    /** Returns a new array of 32 bytes. */
    public byte[] toByteArray() {
        byte[] bytes = new byte[BYTES];
        write(bytes, 0);
        return bytes;
    }

    void write(byte[] target, int offset) {
        ByteBuffer.wrap(target, offset, BYTES).putLong(a).putLong(b).putLong(c).putLong(d);
    }

    /** Returns the content as a sequence. */
    public Bytes toBytes() {
        return Bytes.wrapUnshared(toByteArray());
    }

    /** Returns 64 lower-case hexadecimal digits. */
    public String toHex() {
        return HexFormat.of().formatHex(toByteArray());
    }

    @Override
    public int compareTo(Int256 other) {
        int result = Long.compareUnsigned(a, other.a);
        if (result == 0) {
            result = Long.compareUnsigned(b, other.b);
        }
        if (result == 0) {
            result = Long.compareUnsigned(c, other.c);
        }
        return result != 0 ? result : Long.compareUnsigned(d, other.d);
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Int256 other && a == other.a && b == other.b && c == other.c && d == other.d;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(a ^ Long.rotateLeft(b, 17) ^ Long.rotateLeft(c, 31) ^ Long.rotateLeft(d, 47));
    }

    /** Says the first four bytes only: the value may be a private key. Use {@link #toHex} where all of it is wanted. */
    @Override
    public String toString() {
        return "%08x…".formatted(a >>> 32);
    }
}
