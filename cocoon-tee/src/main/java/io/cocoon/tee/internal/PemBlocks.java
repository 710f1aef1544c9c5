package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Reads and writes PEM blocks (RFC 7468). Only white space, and NUL bytes as C programs leave them, may stand around blocks. */
public final class PemBlocks {

    private PemBlocks() {}

    /**
     * Reads certificates, in the order in which they stand.
     *
     * @param max how many are read before it is an error
     * @throws DerException if the text is anything but at most {@code max} blocks, each a certificate
     */
    public static List<Certificate> certificates(Bytes text, int max) throws DerException {
        List<Certificate> certificates = new ArrayList<>();
        for (Bytes block : read("CERTIFICATE", text, max)) {
            certificates.add(Certificate.parse(block));
        }
        return List.copyOf(certificates);
    }

    /**
     * Reads blocks with a label.
     *
     * @throws DerException if the text is anything but at most {@code max} such blocks, each at most as long as a certificate
     */
    public static List<Bytes> read(String label, Bytes text, int max) throws DerException {
        byte[] begin = ("-----BEGIN " + label + "-----").getBytes(StandardCharsets.US_ASCII);
        byte[] end = ("-----END " + label + "-----").getBytes(StandardCharsets.US_ASCII);
        List<Bytes> blocks = new ArrayList<>();
        byte[] in = text.unsafeArray();
        int at = text.unsafeOffset();
        int stop = at + text.length();
        while (true) {
            while (at < stop && isBlank(in[at])) {
                at++;
            }
            if (at == stop) {
                return blocks;
            }
            if (!startsWith(in, at, stop, begin)) {
                throw new DerException("text that is not a block of " + label, "PEM blocks of " + label + " only");
            }
            if (blocks.size() == max) {
                throw new DerException("more than " + max + " PEM blocks", "at most " + max);
            }
            at += begin.length;
            int from = at;
            while (at < stop && in[at] != '-') {
                at++;
            }
            if (!startsWith(in, at, stop, end)) {
                throw new DerException("a PEM block that does not end", "-----END " + label + "-----");
            }
            blocks.add(decode(in, from, at));
            at += end.length;
        }
    }

    /** Returns the block of a certificate, DER, with lines of 64 characters. */
    public static Bytes ofCertificate(Bytes encoded) {
        return Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded.toByteArray())
                + "\n-----END CERTIFICATE-----\n");
    }

    private static Bytes decode(byte[] in, int from, int to) throws DerException {
        // Four characters stand for three bytes; line breaks make it a little longer.
        if (to - from > 2 * Certificate.MAX_BYTES) {
            throw new DerException(
                    "a PEM block of " + (to - from) + " characters", "at most " + 2 * Certificate.MAX_BYTES);
        }
        byte[] packed = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (in[i] != '\n' && in[i] != '\r' && in[i] != ' ' && in[i] != '\t') {
                packed[length++] = in[i];
            }
        }
        try {
            return Bytes.wrapUnshared(Base64.getDecoder().decode(Arrays.copyOf(packed, length)));
        } catch (IllegalArgumentException e) {
            throw new DerException("a PEM block that is not base64", "base64");
        }
    }

    private static boolean isBlank(byte b) {
        return b == '\n' || b == '\r' || b == ' ' || b == '\t' || b == 0;
    }

    private static boolean startsWith(byte[] in, int at, int stop, byte[] wanted) {
        return stop - at >= wanted.length && Arrays.equals(in, at, at + wanted.length, wanted, 0, wanted.length);
    }
}
