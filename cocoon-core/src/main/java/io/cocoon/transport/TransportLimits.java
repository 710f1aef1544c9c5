package io.cocoon.transport;

import java.time.Duration;

/**
 * Bounds of a connection. The defaults are those of the reference where it has one (wire dossier, appendix B).
 *
 * @param maxFrameBytes largest payload of a frame, 4 to 2^24 bytes
 * @param setup time for proof of work, TLS and hello together; the reference's acceptor has none (hazard H25)
 * @param pingAfter a dialler pings after this silence
 * @param dialerSilence a dialler closes after this silence
 * @param acceptorSilence an acceptor closes after this silence
 * @param answerWithin how long a handler may take to answer a query
 * @param maxOpenQueries how many unanswered queries of a peer are held at once
 * @param highWaterBytes above this many waiting bytes {@link Connection#isWritable} is false
 * @param maxPendingBytes above this many waiting bytes the connection is closed: the peer does not read
 * @param maxProofOfWorkDifficulty a dialler refuses more; 0 to 64 bits
 */
public record TransportLimits(
        int maxFrameBytes,
        Duration setup,
        Duration pingAfter,
        Duration dialerSilence,
        Duration acceptorSilence,
        Duration answerWithin,
        int maxOpenQueries,
        int highWaterBytes,
        long maxPendingBytes,
        int maxProofOfWorkDifficulty) {

    /** The largest payload that the reference accepts. */
    public static final int REFERENCE_FRAME_BYTES = 1 << 24;

    /** The defaults. */
    public static final TransportLimits DEFAULT = new TransportLimits(
            REFERENCE_FRAME_BYTES,
            Duration.ofSeconds(20),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(300),
            1024,
            1 << 20,
            64L << 20,
            28);

    public TransportLimits {
        require(maxFrameBytes >= 4 && maxFrameBytes <= REFERENCE_FRAME_BYTES, "maxFrameBytes", maxFrameBytes);
        require(maxOpenQueries > 0, "maxOpenQueries", maxOpenQueries);
        require(highWaterBytes > 0, "highWaterBytes", highWaterBytes);
        require(maxPendingBytes >= highWaterBytes, "maxPendingBytes", maxPendingBytes);
        require(
                maxProofOfWorkDifficulty >= 0 && maxProofOfWorkDifficulty <= 64,
                "difficulty",
                maxProofOfWorkDifficulty);
        requirePositive("setup", setup);
        requirePositive("pingAfter", pingAfter);
        requirePositive("dialerSilence", dialerSilence);
        requirePositive("acceptorSilence", acceptorSilence);
        requirePositive("answerWithin", answerWithin);
    }

    private static void requirePositive(String name, Duration value) {
        require(!value.isNegative() && !value.isZero(), name, value);
    }

    private static void require(boolean holds, String name, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is out of range: " + value);
        }
    }
}
