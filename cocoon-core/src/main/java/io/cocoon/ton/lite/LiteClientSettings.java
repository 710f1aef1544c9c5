package io.cocoon.ton.lite;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link LiteClient} works. Immutable; {@code with} methods make changed copies.
 *
 * @param config the network
 * @param testnet whether addresses carry the test network's flag
 * @param trustedBlockFile where the newest proven key block is kept; null to keep none. Whoever can write it is trusted
 * @param maxHeadAge how old the newest block may be by {@code clock}; older is {@code STALE}
 * @param queryTimeout for one question to one server
 * @param deadline for a whole call, all servers together; the first one proves the way from the initial block
 * @param setAside how long a server that gave a wrong answer is not asked
 * @param mostWait the longest wait before a server that failed is tried again
 * @param onLie is told who gave a wrong answer and what was wrong; on a thread that it must not block
 * @param clock what time it is
 * @param random for keys and nonces
 * @param connections bounds of connections
 */
public record LiteClientSettings(
        GlobalConfig config,
        boolean testnet,
        @Nullable Path trustedBlockFile,
        Duration maxHeadAge,
        Duration queryTimeout,
        Duration deadline,
        Duration setAside,
        Duration mostWait,
        BiConsumer<LiteServerAddress, String> onLie,
        Clock clock,
        SecureRandom random,
        Connections connections) {

    /**
     * Bounds of connections.
     *
     * @param setup for connecting and the handshake together
     * @param ping how often to ask whether the server is there; one that is silent for three of these is gone
     * @param frameBytes the longest frame that is taken
     */
    public record Connections(Duration setup, Duration ping, int frameBytes) {

        /** The defaults. */
        public static final Connections DEFAULT =
                new Connections(Duration.ofSeconds(10), Duration.ofSeconds(10), AdnlFrames.MAX_FRAME_BYTES);
    }

    /** Returns the defaults: blocks of at most a minute, 10 s for a question, 30 s for a call. */
    public static LiteClientSettings of(GlobalConfig config, boolean testnet) {
        return new LiteClientSettings(
                config,
                testnet,
                null,
                Duration.ofMinutes(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                (server, lie) -> {},
                Clock.systemUTC(),
                new SecureRandom(),
                Connections.DEFAULT);
    }

    /** Keeps the newest proven key block in a file, so that the next start is quick. */
    public LiteClientSettings withTrustedBlockFile(Path file) {
        return new LiteClientSettings(
                config,
                testnet,
                file,
                maxHeadAge,
                queryTimeout,
                deadline,
                setAside,
                mostWait,
                onLie,
                clock,
                random,
                connections);
    }

    /** Is told who gave a wrong answer, and what was wrong. */
    public LiteClientSettings withOnLie(BiConsumer<LiteServerAddress, String> listener) {
        return new LiteClientSettings(
                config,
                testnet,
                trustedBlockFile,
                maxHeadAge,
                queryTimeout,
                deadline,
                setAside,
                mostWait,
                listener,
                clock,
                random,
                connections);
    }

    /** Sets all times, each above zero. */
    public LiteClientSettings withTimes(
            Duration headAge, Duration query, Duration call, Duration aside, Duration wait) {
        return new LiteClientSettings(
                config,
                testnet,
                trustedBlockFile,
                headAge,
                query,
                call,
                aside,
                wait,
                onLie,
                clock,
                random,
                connections);
    }

    /** Sets what time it is. */
    public LiteClientSettings withClock(Clock value) {
        return new LiteClientSettings(
                config,
                testnet,
                trustedBlockFile,
                maxHeadAge,
                queryTimeout,
                deadline,
                setAside,
                mostWait,
                onLie,
                value,
                random,
                connections);
    }
}
