package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Reads DER: one-byte tags, definite minimal lengths. Walks forward inside a range, shares the input's array, allocates nothing
 * that the input's size does not bound, and never recurses. Confined to one caller. X.690 8.1 and 10.1.
 */
public final class Der {

    public static final int BOOLEAN = 0x01;
    public static final int INTEGER = 0x02;
    public static final int BIT_STRING = 0x03;
    public static final int OCTET_STRING = 0x04;
    public static final int NULL = 0x05;
    public static final int OBJECT_IDENTIFIER = 0x06;
    public static final int ENUMERATED = 0x0a;
    public static final int UTC_TIME = 0x17;
    public static final int GENERALIZED_TIME = 0x18;
    public static final int SEQUENCE = 0x30;
    public static final int SET = 0x31;

    /** Longest object identifier that is read; the longest of Intel's, AMD's and NVIDIA's have 11 bytes. */
    public static final int MAX_IDENTIFIER_BYTES = 32;

    /** Most length bytes of a value: the longest input, a revocation list, has below 16 MiB. */
    private static final int MAX_LENGTH_BYTES = 3;

    private final byte[] source;
    private final int end;
    private int position;

    /** Reads from the begin of an array, which must not change meanwhile. */
    public Der(byte[] source) {
        this(source, 0, source.length);
    }

    /** Reads from the begin of a sequence. */
    public Der(Bytes source) {
        this(source.unsafeArray(), source.unsafeOffset(), source.unsafeOffset() + source.length());
    }

    private Der(byte[] source, int position, int end) {
        this.source = source;
        this.position = position;
        this.end = end;
    }

    /** Returns whether something is left. */
    public boolean hasMore() {
        return position < end;
    }

    /** Returns the next tag, or -1 at the end. */
    public int peek() {
        return hasMore() ? source[position] & 0xff : -1;
    }

    /** Enters the next value, which must have this tag, and moves behind it. */
    public Der enter(int tag, String what) throws DerException {
        if (peek() != tag) {
            throw new DerException(what + " with tag " + peek(), "tag " + tag);
        }
        int at = position + 1;
        if (at >= end) {
            throw new DerException(what + " cut off before its length", "a length");
        }
        int length = source[at++] & 0xff;
        if (length >= 0x80) {
            int count = length - 0x80;
            if (count == 0 || count > MAX_LENGTH_BYTES) {
                throw new DerException(
                        what + " with length byte " + length,
                        "a definite length of at most " + MAX_LENGTH_BYTES + " bytes more");
            }
            if (count > end - at) {
                throw new DerException(what + " cut off in its length", count + " length bytes");
            }
            length = 0;
            for (int i = 0; i < count; i++) {
                length = length << 8 | source[at++] & 0xff;
            }
            if (length < 0x80 || length >>> (8 * (count - 1)) == 0) {
                throw new DerException(what + " with a length in more bytes than needed", "the shortest form");
            }
        }
        if (length > end - at) {
            throw new DerException(
                    what + " of " + length + " bytes where " + (end - at) + " are left", "a value that fits");
        }
        position = at + length;
        return new Der(source, at, position);
    }

    /** Moves behind the next value, whatever it is, and returns its encoding, tag and length included. */
    public Bytes skip(String what) throws DerException {
        int from = position;
        int tag = peek();
        if (tag < 0 || (tag & 0x1f) == 0x1f) {
            throw new DerException(what + " with tag " + tag, "a one-byte tag");
        }
        enter(tag, what);
        return Bytes.wrapUnshared(source, from, position - from);
    }

    /** Returns a view of everything that is left and moves to the end. */
    public Bytes rest() {
        Bytes rest = Bytes.wrapUnshared(source, position, end - position);
        position = end;
        return rest;
    }

    /** Returns a copy of everything that is left and moves to the end. */
    public byte[] bytes() {
        return rest().toByteArray();
    }

    /** Returns how many bytes are left. */
    public int remaining() {
        return end - position;
    }

    /** Refuses anything that is left. */
    public void expectEnd(String what) throws DerException {
        if (hasMore()) {
            throw new DerException((end - position) + " bytes after " + what, "nothing after " + what);
        }
    }

    /** Reads an object identifier, for example {@code 1.2.840.10045.2.1}. */
    public String identifier(String what) throws DerException {
        Der content = enter(OBJECT_IDENTIFIER, what);
        int length = content.remaining();
        if (length == 0 || length > MAX_IDENTIFIER_BYTES) {
            throw new DerException(what + " of " + length + " bytes", "1 to " + MAX_IDENTIFIER_BYTES + " bytes");
        }
        StringBuilder text = new StringBuilder(4 * length);
        long part = 0;
        int partBytes = 0;
        for (int i = content.position; i < content.end; i++) {
            int next = source[i] & 0xff;
            if ((partBytes == 0 && next == 0x80) || ++partBytes > 8) {
                throw new DerException(what + " with an arc in more bytes than needed", "the shortest form");
            }
            part = part << 7 | next & 0x7f;
            if (next < 0x80) {
                if (text.isEmpty()) {
                    long first = Math.min(part / 40, 2);
                    text.append(first).append('.').append(part - 40 * first);
                } else {
                    text.append('.').append(part);
                }
                part = 0;
                partBytes = 0;
            }
        }
        if (partBytes != 0) {
            throw new DerException(what + " cut off in an arc", "a whole object identifier");
        }
        return text.toString();
    }

    /**
     * Reads an integer as the magnitude of its content: without leading zero bytes, zero as one zero byte. A negative one is
     * read as the unsigned number with the same bytes, so that a careless issuer's serial number equals itself everywhere.
     */
    public Bytes magnitude(String what, int maxBytes) throws DerException {
        Bytes content = enter(INTEGER, what).rest();
        int length = content.length();
        if (length == 0 || length > maxBytes + 1) {
            throw new DerException(what + " of " + length + " bytes", "1 to " + (maxBytes + 1) + " bytes");
        }
        if (length > 1 && content.get(0) == 0) {
            if (content.get(1) >= 0) {
                throw new DerException(what + " with a leading zero byte too many", "the shortest form");
            }
            return content.sliceFrom(1);
        }
        return content;
    }

    /** Reads a non-negative integer of at most {@code max}. */
    public int smallInteger(int tag, String what, int max) throws DerException {
        Bytes content = enter(tag, what).rest();
        int length = content.length();
        if (length == 0
                || length > 4
                || content.get(0) < 0
                || (length > 1 && content.get(0) == 0 && content.get(1) >= 0)) {
            throw new DerException(
                    what + " that is negative, of " + length + " bytes or not in its shortest form", "0 to " + max);
        }
        int value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | content.get(i) & 0xff;
        }
        if (value > max) {
            throw new DerException(what + " " + value, "0 to " + max);
        }
        return value;
    }

    /** Reads a boolean, written as FF or 00. */
    public boolean bool(String what) throws DerException {
        Bytes content = enter(BOOLEAN, what).rest();
        if (content.length() != 1 || (content.get(0) != 0 && content.get(0) != (byte) 0xff)) {
            throw new DerException(what + " written as " + describe(content), "00 or FF");
        }
        return content.get(0) != 0;
    }

    /** Reads a bit string that is whole bytes. */
    public Bytes bitString(String what) throws DerException {
        Bytes content = enter(BIT_STRING, what).rest();
        if (content.isEmpty() || content.get(0) != 0) {
            throw new DerException(what + " with unused bits or without content", "whole bytes");
        }
        return content.sliceFrom(1);
    }

    /** Reads a UTCTime or a GeneralizedTime, both with seconds and in UTC (RFC 5280 4.1.2.5). */
    public Instant time(String what) throws DerException {
        int tag = peek();
        if (tag != UTC_TIME && tag != GENERALIZED_TIME) {
            throw new DerException(what + " with tag " + tag, "UTCTime or GeneralizedTime");
        }
        Bytes text = enter(tag, what).rest();
        int yearDigits = tag == UTC_TIME ? 2 : 4;
        int digits = yearDigits + 10;
        if (text.length() != digits + 1 || text.get(digits) != 'Z') {
            throw new DerException(what + " of " + text.length() + " characters", digits + " digits and Z");
        }
        int year = number(text, 0, yearDigits, what);
        if (tag == UTC_TIME) {
            year += year < 50 ? 2000 : 1900;
        }
        int[] part = new int[5];
        for (int i = 0; i < part.length; i++) {
            part[i] = number(text, yearDigits + 2 * i, 2, what);
        }
        try {
            return LocalDateTime.of(year, part[0], part[1], part[2], part[3], part[4])
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new DerException(what + " that no calendar has", "a time of the Gregorian calendar");
        }
    }

    private static int number(Bytes text, int from, int digits, String what) throws DerException {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = text.get(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new DerException(what + " with a character that is no digit", "digits and Z");
            }
            value = 10 * value + digit;
        }
        return value;
    }

    private static String describe(Bytes content) {
        return content.length() > 8 ? content.length() + " bytes" : content.toHex();
    }
}
