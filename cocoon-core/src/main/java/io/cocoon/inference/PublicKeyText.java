package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A public key as text: 32 raw bytes, 64 hexadecimal digits or 44 characters of base64. 2026 part, section 4.5. */
public final class PublicKeyText {

    private static final int HEX_LENGTH = 64;
    private static final int BASE64_LENGTH = 44;

    private PublicKeyText() {}

    /**
     * Parses a key; which form it is follows from the length in bytes.
     *
     * @throws RequestException code 621 for another length, 0 for wrong characters
     */
    public static Int256 parse(String text) throws RequestException {
        return parse(Bytes.utf8(text));
    }

    /**
     * Parses a key; which form it is follows from the length.
     *
     * @throws RequestException code 621 for another length, 0 for wrong characters
     */
    public static Int256 parse(Bytes text) throws RequestException {
        switch (text.length()) {
            case Int256.BYTES:
                return Int256.of(text.toByteArray());
            case HEX_LENGTH:
                try {
                    return Int256.of(Bytes.fromHex(new String(text.toByteArray(), StandardCharsets.ISO_8859_1))
                            .toByteArray());
                } catch (IllegalArgumentException e) {
                    throw RequestException.unspecified("Wrong hex string");
                }
            case BASE64_LENGTH:
                return parseBase64(text);
            default:
                throw RequestException.invalid("public_key bad length");
        }
    }

    private static Int256 parseBase64(Bytes text) throws RequestException {
        byte[] key;
        try {
            key = Base64.getDecoder().decode(text.toByteArray());
        } catch (IllegalArgumentException e) {
            throw RequestException.unspecified("Wrong character in the string");
        }
        if (key.length != Int256.BYTES) {
            // The reference aborts or reads an undefined byte here (hazard N10).
            throw RequestException.invalid("public_key bad length");
        }
        return Int256.of(key);
    }
}
