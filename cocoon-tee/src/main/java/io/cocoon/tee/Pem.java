package io.cocoon.tee;

import java.util.Base64;

/** PEM blocks (RFC 7468) of certificates and keys. */
final class Pem {

    static final String BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----";
    static final String END_CERTIFICATE = "-----END CERTIFICATE-----";

    private Pem() {}

    static String encode(String label, byte[] content) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + label + "-----\n";
    }

    /**
     * Returns the content of the first block with this label.
     *
     * @throws IllegalArgumentException if there is none, or if it is not base64
     */
    static byte[] decode(String label, String text) {
        String begin = "-----BEGIN " + label + "-----";
        int from = text.indexOf(begin);
        int to = from < 0 ? -1 : text.indexOf("-----END " + label + "-----", from);
        if (to < 0) {
            throw new IllegalArgumentException("wanted a PEM block " + label + ", found none");
        }
        return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    }
}
