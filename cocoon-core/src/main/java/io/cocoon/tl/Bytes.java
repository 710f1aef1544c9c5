package io.cocoon.tl;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable sequence of bytes: a view of an array that nobody changes any more.
 *
 * <p>A request's body crosses this library without being copied at each layer, so {@link #slice} shares the array.
 * {@link #copyOf} copies; {@link #wrapUnshared} does not and is for callers that give their array away.
 *
 * <p>Equality and hash are by content. Immutable and thread-safe as long as the rule of {@link #wrapUnshared} is kept.
 */
public final class Bytes implements Comparable<Bytes> {

    private static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

    private final byte[] array;
    private final int offset;
    private final int length;

    private Bytes(byte[] array, int offset, int length) {
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /** Returns the empty sequence. */
    public static Bytes empty() {
        return EMPTY;
    }

    /** Returns a copy of {@code source}. */
    public static Bytes copyOf(byte[] source) {
        return source.length == 0 ? EMPTY : new Bytes(source.clone(), 0, source.length);
    }

    /**
     * Returns a copy of a part of {@code source}.
     *
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public static Bytes copyOf(byte[] source, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, source.length);
        return length == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(source, offset, offset + length), 0, length);
    }

    /** Returns a view of {@code source} without copying. The caller must never write to the array again. */
    public static Bytes wrapUnshared(byte[] source) {
        return source.length == 0 ? EMPTY : new Bytes(source, 0, source.length);
    }

    /**
     * Returns a view of a part of {@code source} without copying. The caller must never write to the array again.
     *
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public static Bytes wrapUnshared(byte[] source, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, source.length);
        return length == 0 ? EMPTY : new Bytes(source, offset, length);
    }

    /** Returns the UTF-8 bytes of {@code text}. */
    public static Bytes utf8(String text) {
        return wrapUnshared(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Parses hexadecimal digits of either case, without separators.
     *
     * @throws IllegalArgumentException if the text is not such digits in pairs
     */
    public static Bytes fromHex(CharSequence hex) {
        return wrapUnshared(HexFormat.of().parseHex(hex));
    }

    /** Returns the number of bytes. */
    public int length() {
        return length;
    }

    /** Returns whether there is no byte. */
    public boolean isEmpty() {
        return length == 0;
    }

    /**
     * Returns the byte at {@code index}.
     *
     * @throws IndexOutOfBoundsException if the index is not inside
     */
    public byte get(int index) {
        return array[offset + java.util.Objects.checkIndex(index, length)];
    }

    /**
     * Returns the four bytes at {@code index} as a little-endian integer: where TL has a constructor id.
     *
     * @throws IndexOutOfBoundsException if fewer than four bytes are there
     */
    public int intLeAt(int index) {
        java.util.Objects.checkFromIndexSize(index, 4, length);
        int at = offset + index;
        return (array[at] & 0xff)
                | (array[at + 1] & 0xff) << 8
                | (array[at + 2] & 0xff) << 16
                | (array[at + 3] & 0xff) << 24;
    }

    /**
     * Returns a view of a part, sharing the array.
     *
     * @throws IndexOutOfBoundsException if the range is not inside
     */
    public Bytes slice(int from, int count) {
        java.util.Objects.checkFromIndexSize(from, count, length);
        return count == 0 ? EMPTY : new Bytes(array, offset + from, count);
    }

    /** Returns the rest from {@code from} on, sharing the array. */
    public Bytes sliceFrom(int from) {
        return slice(from, length - from);
    }

    /** Returns a new array with the content. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(array, offset, offset + length);
    }

    /** Copies all bytes into {@code target} from {@code at} on. */
    public void copyTo(byte[] target, int at) {
        System.arraycopy(array, offset, target, at, length);
    }

    /** Returns a read-only buffer over the content, position 0, limit {@link #length()}. */
    public ByteBuffer asByteBuffer() {
        return ByteBuffer.wrap(array, offset, length).slice().asReadOnlyBuffer();
    }

    /** The array behind this view, for callers in this library that promise not to write to it. */
    public byte[] unsafeArray() {
        return array;
    }

    /** Where this view begins in {@link #unsafeArray()}. */
    public int unsafeOffset() {
        return offset;
    }

    /** Decodes the content as UTF-8; malformed input becomes U+FFFD. For text that only people read. */
    public String toUtf8() {
        return new String(array, offset, length, StandardCharsets.UTF_8);
    }

    /** Returns lower-case hexadecimal digits. */
    public String toHex() {
        return HexFormat.of().formatHex(array, offset, offset + length);
    }

    /** Returns this followed by {@code other}. */
    public Bytes concat(Bytes other) {
        if (isEmpty()) {
            return other;
        }
        if (other.isEmpty()) {
            return this;
        }
        byte[] both = new byte[Math.addExact(length, other.length)];
        copyTo(both, 0);
        other.copyTo(both, length);
        return wrapUnshared(both);
    }

    /** Compares as unsigned bytes, a prefix before its continuation. */
    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(
                array, offset, offset + length, other.array, other.offset, other.offset + other.length);
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Bytes other
                && Arrays.equals(
                        array, offset, offset + length, other.array, other.offset, other.offset + other.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + array[offset + i];
        }
        return hash;
    }

    /** Says only the length: the content may be a prompt, an answer or a secret. */
    @Override
    public String toString() {
        return "Bytes[" + length + "]";
    }
}
