package io.cocoon.tee.collateral;

import io.cocoon.tl.Bytes;
import java.util.Locale;

/**
 * Intel's name for a kind of platform: 6 bytes out of its PCK certificate (TEE dossier 7.4). A peer chooses which one it
 * shows, so only the bytes ever go into an address, as hexadecimal digits. Immutable.
 *
 * @param value exactly 6 bytes
 */
public record Fmspc(Bytes value) {

    /** How many bytes it has. */
    public static final int BYTES = 6;

    public Fmspc {
        if (value.length() != BYTES) {
            throw new IllegalArgumentException("an FMSPC has " + BYTES + " bytes, got " + value.length());
        }
        // A copy, so that a key of the cache does not hold a whole quote in memory.
        value = Bytes.copyOf(value.toByteArray());
    }

    /**
     * Parses 12 hexadecimal digits of either case.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Fmspc fromHex(CharSequence digits) {
        if (digits.length() != 2 * BYTES) {
            throw new IllegalArgumentException(
                    "an FMSPC is " + 2 * BYTES + " hexadecimal digits, got " + digits.length() + " characters");
        }
        return new Fmspc(Bytes.fromHex(digits));
    }

    /** Returns lower-case digits. */
    public String toHex() {
        return value.toHex();
    }

    /** Returns upper-case digits, as Intel writes them. */
    String toUpperHex() {
        return value.toHex().toUpperCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "Fmspc[" + toHex() + "]";
    }
}
