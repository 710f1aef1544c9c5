package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The part of a quote that describes a trust domain. Immutable. TEE dossier 7.1.
 *
 * @param teeTcbSvn 16 bytes: security version of the TDX module, version of the module, version of late microcode, zeros
 * @param mrSeam 48 bytes, the TDX module
 * @param mrSignerSeam 48 bytes, who signed the module; zero is Intel
 * @param seamAttributes 8 bytes
 * @param tdAttributes bits of the domain, among them DEBUG; judged by {@link TdFinding}
 * @param xfam the extended features that the domain may use
 * @param measurements the eight registers
 * @param reportData 64 bytes that the domain chose
 * @param teeTcbSvn2 like the first, of the module that runs now; TD 1.5 only
 * @param mrServiceTd 48 bytes, the service domains bound to this one; TD 1.5 only
 */
public record TdBody(
        Bytes teeTcbSvn,
        Bytes mrSeam,
        Bytes mrSignerSeam,
        Bytes seamAttributes,
        long tdAttributes,
        long xfam,
        TdMeasurements measurements,
        Bytes reportData,
        Optional<Bytes> teeTcbSvn2,
        Optional<Bytes> mrServiceTd) {

    static final int BYTES_10 = 584;
    static final int BYTES_15 = 648;

    /** Reads a body of TD 1.0 (584 bytes) or TD 1.5 (648 bytes). */
    static TdBody read(Bytes body) {
        boolean is15 = body.length() == BYTES_15;
        return new TdBody(
                body.slice(0, 16),
                body.slice(16, 48),
                body.slice(64, 48),
                body.slice(112, 8),
                longLe(body, 120),
                longLe(body, 128),
                TdMeasurements.read(body, 136),
                body.slice(520, 64),
                is15 ? Optional.of(body.slice(584, 16)) : Optional.empty(),
                is15 ? Optional.of(body.slice(600, 48)) : Optional.empty());
    }

    static long longLe(Bytes source, int at) {
        return ByteBuffer.wrap(source.unsafeArray(), source.unsafeOffset() + at, 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
    }

    static boolean isZero(Bytes bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
