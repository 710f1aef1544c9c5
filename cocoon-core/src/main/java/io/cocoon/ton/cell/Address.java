package io.cocoon.ton.cell;

import io.cocoon.tl.Int256;
import java.util.Base64;

/**
 * An account on the chain, without the flags of a text form: two addresses are equal when they name one account.
 *
 * @param workchain 0 for everything of Cocoon, -1 for the masterchain
 * @param hash the account id
 */
public record Address(int workchain, Int256 hash) {

    private static final int BOUNCEABLE = 0x11;
    private static final int NON_BOUNCEABLE = 0x51;
    private static final int TESTNET = 0x80;
    private static final int TEXT_BYTES = 36;

    public Address {
        if (workchain < Byte.MIN_VALUE || workchain > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("a workchain has 8 bits here, got " + workchain);
        }
    }

    /**
     * Parses any text form: 48 characters of base64 or base64url, or {@code workchain:hex}.
     *
     * @throws IllegalArgumentException if it is none of these or the checksum is wrong
     */
    public static Address parse(String text) {
        int colon = text.indexOf(':');
        if (colon > 0) {
            try {
                return new Address(
                        Integer.parseInt(text.substring(0, colon)), Int256.fromHex(text.substring(colon + 1)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("not an address: " + shorten(text), e);
            }
        }
        byte[] raw;
        try {
            raw = Base64.getUrlDecoder().decode(text.replace('+', '-').replace('/', '_'));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not an address: " + shorten(text), e);
        }
        if (raw.length != TEXT_BYTES || text.length() != 48) {
            throw new IllegalArgumentException("an address has 48 characters, this has " + text.length());
        }
        int tag = raw[0] & 0xff & ~TESTNET;
        if (tag != BOUNCEABLE && tag != NON_BOUNCEABLE) {
            throw new IllegalArgumentException(
                    "an address begins with tag 0x11 or 0x51, this with 0x%02x".formatted(tag));
        }
        int crc = crc16(raw, TEXT_BYTES - 2);
        int found = (raw[34] & 0xff) << 8 | (raw[35] & 0xff);
        if (crc != found) {
            throw new IllegalArgumentException(
                    "wrong checksum in an address: computed %04x, found %04x".formatted(crc, found));
        }
        return new Address(raw[1], Int256.of(java.util.Arrays.copyOfRange(raw, 2, 34)));
    }

    /** Prints the form that runners use on the wire: base64url, non-bounceable. */
    public String toText(boolean testnet) {
        return toText(false, testnet);
    }

    /** Prints the 48-character base64url form. */
    public String toText(boolean bounceable, boolean testnet) {
        byte[] raw = new byte[TEXT_BYTES];
        raw[0] = (byte) ((bounceable ? BOUNCEABLE : NON_BOUNCEABLE) | (testnet ? TESTNET : 0));
        raw[1] = (byte) workchain;
        System.arraycopy(hash.toByteArray(), 0, raw, 2, Int256.BYTES);
        int crc = crc16(raw, TEXT_BYTES - 2);
        raw[34] = (byte) (crc >>> 8);
        raw[35] = (byte) crc;
        return Base64.getUrlEncoder().encodeToString(raw);
    }

    /** Prints {@code workchain:hex}. */
    @Override
    public String toString() {
        return workchain + ":" + hash.toHex();
    }

    /** CRC-16/XMODEM. */
    private static int crc16(byte[] data, int length) {
        int crc = 0;
        for (int i = 0; i < length; i++) {
            crc ^= (data[i] & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
            }
        }
        return crc & 0xffff;
    }

    private static String shorten(String text) {
        return text.length() <= 80
                ? "'" + text + "'"
                : "'" + text.substring(0, 80) + "…' (" + text.length() + " characters)";
    }
}
