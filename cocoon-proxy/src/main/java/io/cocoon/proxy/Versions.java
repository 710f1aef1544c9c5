package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;

/** Choice of the protocol version. Wire dossier 5.1; 2026 part, section 3. */
final class Versions {

    /** The highest version that this proxy speaks; the lowest is 0. */
    static final int HIGHEST = 4;

    /** From here on queries carry keys for payload encryption. */
    static final int WITH_KEYS = 3;

    /** From here on final infos carry times. */
    static final int WITH_TIMES = 2;

    /** From here on answers are the {@code Ex} constructors. */
    static final int WITH_FINAL_INFO = 1;

    private static final int RANGE_FLAG = 2;

    private Versions() {}

    /** Chooses the highest common version; a peer that names no range speaks version 0 only. */
    static int negotiate(int flags, int peerLowest, int peerHighest) throws Refusal {
        int lowest = (flags & RANGE_FLAG) != 0 ? peerLowest : 0;
        int highest = (flags & RANGE_FLAG) != 0 ? peerHighest : 0;
        // A range that is empty or negative is nobody's: the reference would go on with a version below 0.
        if (highest < 0 || lowest > HIGHEST || lowest > highest) {
            throw new Refusal(PROTOCOL_VIOLATION, "cannot choose common protocol version");
        }
        return Math.min(highest, HIGHEST);
    }
}
