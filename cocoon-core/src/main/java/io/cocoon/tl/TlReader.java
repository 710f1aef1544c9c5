package io.cocoon.tl;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads TL values from a sequence of bytes, strictly and within its bounds.
 *
 * <p>Nothing is allocated from a count or a length that the input does not back with as many bytes. Byte strings are
 * views of the input, not copies. What is tolerated, because the reference tolerates it: longer length prefixes than
 * necessary, padding bytes other than zero, unknown flag bits.
 *
 * <p>Not thread-safe.
 */
public final class TlReader {

    private static final int BOOL_TRUE = 0x997275b5;
    private static final int BOOL_FALSE = 0xbc799737;

    private final byte[] array;
    private final int start;
    private final int end;
    private int at;

    /** Reads {@code input} from its first byte on. */
    public TlReader(Bytes input) {
        this.array = input.unsafeArray();
        this.start = input.unsafeOffset();
        this.end = start + input.length();
        this.at = start;
    }

    /** Reads one element of a vector, or one object. */
    @FunctionalInterface
    public interface Element<T> {
        /** Reads the element that begins here. */
        T read(TlReader in) throws TlException;
    }

    /**
     * Reads exactly one object from {@code input}: data that is left over is an error.
     *
     * @throws TlException if the input is not that object
     */
    public static <T> T readWhole(Bytes input, Element<? extends T> element) throws TlException {
        TlReader in = new TlReader(input);
        T value = element.read(in);
        in.expectEnd();
        return value;
    }

    /** Returns how many bytes are left. */
    public int remaining() {
        return end - at;
    }

    /** Returns how many bytes have been read. */
    public int offset() {
        return at - start;
    }

    /** Fails unless everything has been read. */
    public void expectEnd() throws TlException {
        if (at != end) {
            throw new TlException("Too much data to fetch: " + (end - at) + " bytes left", offset());
        }
    }

    private int take(int count) throws TlException {
        if (end - at < count) {
            throw new TlException("Not enough data to read: wanted " + count + " bytes, got " + (end - at), offset());
        }
        int from = at;
        at += count;
        return from;
    }

    /** Reads a signed 32-bit integer. */
    public int readInt() throws TlException {
        int from = take(4);
        return (array[from] & 0xff)
                | (array[from + 1] & 0xff) << 8
                | (array[from + 2] & 0xff) << 16
                | (array[from + 3] & 0xff) << 24;
    }

    /** Reads a flags word, which must not be negative. */
    public int readFlags() throws TlException {
        int value = readInt();
        if (value < 0) {
            throw new TlException("Variable of type # can't be negative", offset() - 4);
        }
        return value;
    }

    /** Reads a signed 64-bit integer. */
    public long readLong() throws TlException {
        long low = readInt() & 0xffff_ffffL;
        return low | (long) readInt() << 32;
    }

    /** Reads a binary64; any bit pattern is legal, also those of infinities and NaN. */
    public double readDouble() throws TlException {
        return Double.longBitsToDouble(readLong());
    }

    /** Reads {@code boolTrue} or {@code boolFalse}. */
    public boolean readBool() throws TlException {
        int id = readInt();
        if (id != BOOL_TRUE && id != BOOL_FALSE) {
            throw new TlException("Bool expected", offset() - 4);
        }
        return id == BOOL_TRUE;
    }

    /** Reads 32 raw bytes. */
    public Int256 readInt256() throws TlException {
        return Int256.read(array, take(Int256.BYTES));
    }

    /** Reads a byte string as a view of the input. */
    public Bytes readBytes() throws TlException {
        int from = at;
        int length = readStringLength();
        int content = at;
        if (end - at < length) {
            at = from;
            throw new TlException(
                    "Not enough data to read: a string of " + length + " bytes in " + (end - content), offset());
        }
        at += length;
        int padding = -(at - from) & 3;
        if (end - at < padding) {
            at = from;
            throw new TlException("Not enough data to read: padding of a string is missing", offset());
        }
        at += padding;
        return Bytes.wrapUnshared(array, content, length);
    }

    private int readStringLength() throws TlException {
        int first = array[take(1)] & 0xff;
        if (first < 254) {
            return first;
        }
        int count = first == 254 ? 3 : 7;
        int from = take(count);
        long length = 0;
        for (int i = count - 1; i >= 0; i--) {
            length = length << 8 | (array[from + i] & 0xff);
        }
        if (length > end - at) {
            at = from - 1;
            throw new TlException("Not enough data to read: a string of " + length + " bytes", offset());
        }
        return (int) length;
    }

    /** Reads text. Bytes that are not UTF-8 survive; see {@link TlText}. */
    public String readString() throws TlException {
        Bytes bytes = readBytes();
        return TlText.decode(bytes.unsafeArray(), bytes.unsafeOffset(), bytes.length());
    }

    /** Reads a bare vector: a count, then the elements. */
    public <T> List<T> readVector(Element<? extends T> element) throws TlException {
        int count = readInt();
        // As the reference: no element is shorter than a byte here, so a count above what is left is a lie.
        if (Integer.compareUnsigned(count, remaining()) > 0) {
            throw new TlException(
                    "Wrong vector length: " + Integer.toUnsignedLong(count) + " elements in " + remaining() + " bytes",
                    offset() - 4);
        }
        List<T> list = new ArrayList<>(Math.min(count, 64));
        for (int i = 0; i < count; i++) {
            list.add(element.read(this));
        }
        return List.copyOf(list);
    }

    /** Reports a constructor id that does not belong here. To be thrown right after the id was read. */
    public TlException unknownConstructor(int id) {
        return new TlException("Unknown constructor found 0x%08x".formatted(id), offset() - 4);
    }

    /** Reads a constructor id and fails unless it is {@code id}. */
    public void expectId(int id) throws TlException {
        int found = readInt();
        if (found != id) {
            throw unknownConstructor(found);
        }
    }
}
