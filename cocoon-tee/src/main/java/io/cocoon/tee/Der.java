package io.cocoon.tee;

import java.util.Arrays;

/**
 * Reads the DER subset that certificates use: one-byte tags, definite minimal lengths. Walks forward inside a range;
 * nothing is allocated but what {@link #bytes} returns, and nothing recurses. Confined to one caller.
 */
final class Der {

    static final int BOOLEAN = 0x01;
    static final int INTEGER = 0x02;
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int UTC_TIME = 0x17;
    static final int GENERALIZED_TIME = 0x18;
    static final int SEQUENCE = 0x30;

    private static final String RULE = "X.690 8.1, 10.1";

    private final byte[] source;
    private final int end;
    private int position;

    Der(byte[] source) {
        this(source, 0, source.length);
    }

    private Der(byte[] source, int position, int end) {
        this.source = source;
        this.position = position;
        this.end = end;
    }

    boolean hasMore() {
        return position < end;
    }

    /** Returns the next tag, or -1 at the end. */
    int peek() {
        return hasMore() ? source[position] & 0xff : -1;
    }

    int position() {
        return position;
    }

    /** Enters the next value, which must have this tag, and moves behind it. */
    Der enter(int tag, String what) throws CertificateRefusal {
        if (peek() != tag) {
            throw refusal(what + " with tag " + peek(), "tag " + tag);
        }
        int at = position + 1;
        if (at >= end) {
            throw refusal(what + " cut off before its length", "a length");
        }
        int length = source[at++] & 0xff;
        if (length > 0x82 || length == 0x80) {
            throw refusal(what + " with length byte " + length, "a definite length of at most two bytes more");
        }
        if (length >= 0x81) {
            int count = length - 0x80;
            if (count > end - at) {
                throw refusal(what + " cut off in its length", count + " length bytes");
            }
            length = count == 1 ? source[at] & 0xff : (source[at] & 0xff) << 8 | source[at + 1] & 0xff;
            if (length < (count == 1 ? 0x80 : 0x100)) {
                throw refusal(what + " with a length in more bytes than needed", "the shortest form");
            }
            at += count;
        }
        if (length > end - at) {
            throw refusal(what + " of " + length + " bytes where " + (end - at) + " are left", "a value that fits");
        }
        position = at + length;
        return new Der(source, at, position);
    }

    /** Moves behind the next value, whatever it is, and returns its encoding. */
    byte[] skip(String what) throws CertificateRefusal {
        int from = position;
        int tag = peek();
        if (tag < 0 || (tag & 0x1f) == 0x1f) {
            throw refusal(what + " with tag " + tag, "a one-byte tag");
        }
        enter(tag, what);
        return Arrays.copyOfRange(source, from, position);
    }

    /** Returns everything that is left and moves to the end. */
    byte[] bytes() {
        byte[] rest = Arrays.copyOfRange(source, position, end);
        position = end;
        return rest;
    }

    int remaining() {
        return end - position;
    }

    void expectEnd(String what) throws CertificateRefusal {
        if (hasMore()) {
            throw refusal((end - position) + " bytes after " + what, "nothing after " + what);
        }
    }

    static CertificateRefusal refusal(String seen, String wanted) {
        return new CertificateRefusal("ratls.certificate.encoding", "TLS_CERT_ENCODING", seen, wanted, RULE);
    }
}
