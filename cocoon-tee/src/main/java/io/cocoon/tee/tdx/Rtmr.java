package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;

/** How run-time measurement registers grow. TEE dossier 8.2. */
public final class Rtmr {

    /** A register before its first extension: 48 zero bytes. */
    public static final Bytes START = Bytes.wrapUnshared(new byte[TdMeasurements.REGISTER_BYTES]);

    private Rtmr() {}

    /**
     * Returns the register after it was extended with a digest.
     *
     * @throws IllegalArgumentException if one of them has not 48 bytes
     */
    public static Bytes extend(Bytes register, Bytes digest) {
        if (register.length() != TdMeasurements.REGISTER_BYTES || digest.length() != TdMeasurements.REGISTER_BYTES) {
            throw new IllegalArgumentException("a register and a digest have 48 bytes, these have " + register.length()
                    + " and " + digest.length());
        }
        return Bytes.wrapUnshared(Signatures.sha384(register.concat(digest)));
    }

    /** Returns the 48 bytes that stand for a line of the log, which is ASCII without a line end. */
    public static Bytes digest(String message) {
        return Bytes.wrapUnshared(Signatures.sha384(Bytes.wrapUnshared(message.getBytes(StandardCharsets.US_ASCII))));
    }
}
