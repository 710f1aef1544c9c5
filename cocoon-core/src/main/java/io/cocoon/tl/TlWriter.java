package io.cocoon.tl;

import java.util.Arrays;
import java.util.List;

/** Writes TL values into a growing array. Not thread-safe. */
public final class TlWriter {

    private static final int BOOL_TRUE = 0x997275b5;
    private static final int BOOL_FALSE = 0xbc799737;
    private static final int LONGEST_SHORT_STRING = 253;
    private static final int LONGEST_MIDDLE_STRING = (1 << 24) - 1;

    private byte[] array;
    private int at;

    /** Starts with room for a typical message. */
    public TlWriter() {
        this(256);
    }

    /** Starts with room for {@code capacity} bytes; it grows as needed. */
    public TlWriter(int capacity) {
        array = new byte[Math.max(capacity, 16)];
    }

    private int reserve(int count) {
        int from = at;
        int needed = Math.addExact(from, count);
        if (needed > array.length) {
            array = Arrays.copyOf(array, (int) Math.max(needed, Math.min(2L * array.length, Integer.MAX_VALUE - 8)));
        }
        at = needed;
        return from;
    }

    /** Returns how many bytes have been written. */
    public int length() {
        return at;
    }

    /** Writes a signed 32-bit integer. */
    public TlWriter writeInt(int value) {
        int from = reserve(4);
        putInt(from, value);
        return this;
    }

    private void putInt(int from, int value) {
        array[from] = (byte) value;
        array[from + 1] = (byte) (value >>> 8);
        array[from + 2] = (byte) (value >>> 16);
        array[from + 3] = (byte) (value >>> 24);
    }

    /** Overwrites four bytes written earlier, for a length that is known only later. */
    public void patchInt(int position, int value) {
        java.util.Objects.checkFromIndexSize(position, 4, at);
        putInt(position, value);
    }

    /** Writes a signed 64-bit integer. */
    public TlWriter writeLong(long value) {
        writeInt((int) value);
        return writeInt((int) (value >>> 32));
    }

    /** Writes a binary64 with its exact bits. */
    public TlWriter writeDouble(double value) {
        return writeLong(Double.doubleToRawLongBits(value));
    }

    /** Writes {@code boolTrue} or {@code boolFalse}. */
    public TlWriter writeBool(boolean value) {
        return writeInt(value ? BOOL_TRUE : BOOL_FALSE);
    }

    /** Writes 32 raw bytes. */
    public TlWriter writeInt256(Int256 value) {
        int from = reserve(Int256.BYTES);
        value.write(array, from);
        return this;
    }

    /** Writes a byte string with the shortest prefix and zero padding. */
    public TlWriter writeBytes(Bytes value) {
        writeString(value.unsafeArray(), value.unsafeOffset(), value.length());
        return this;
    }

    /** Writes text. Text that came from {@link TlReader#readString} is written with the bytes that it had. */
    public TlWriter writeString(String value) {
        byte[] bytes = TlText.encode(value);
        writeString(bytes, 0, bytes.length);
        return this;
    }

    private void writeString(byte[] source, int offset, int length) {
        int prefix = length <= LONGEST_SHORT_STRING ? 1 : length <= LONGEST_MIDDLE_STRING ? 4 : 8;
        int padding = -(prefix + length) & 3;
        int from = reserve(Math.addExact(length, prefix + padding));
        if (prefix == 1) {
            array[from] = (byte) length;
        } else {
            array[from] = (byte) (prefix == 4 ? 254 : 255);
            for (int i = 1; i < prefix; i++) {
                array[from + i] = i <= 4 ? (byte) (length >>> 8 * (i - 1)) : 0;
            }
        }
        System.arraycopy(source, offset, array, from + prefix, length);
        Arrays.fill(array, from + prefix + length, at, (byte) 0);
    }

    /** Writes bytes as they are, without a length. */
    public TlWriter writeRaw(Bytes value) {
        int from = reserve(value.length());
        value.copyTo(array, from);
        return this;
    }

    /** Writes one element of a vector. */
    @FunctionalInterface
    public interface Element<T> {
        /** Writes {@code value}. */
        void write(TlWriter out, T value);
    }

    /** Writes a bare vector: a count, then the elements. */
    public <T> TlWriter writeVector(List<T> values, Element<? super T> element) {
        writeInt(values.size());
        for (T value : values) {
            element.write(this, value);
        }
        return this;
    }

    /** Returns a copy of what has been written. */
    public Bytes toBytes() {
        return Bytes.copyOf(array, 0, at);
    }

    /** Returns what has been written, without copying; the writer must not be used again. */
    public Bytes seal() {
        Bytes result = Bytes.wrapUnshared(array, 0, at);
        array = new byte[0];
        at = 0;
        return result;
    }
}
