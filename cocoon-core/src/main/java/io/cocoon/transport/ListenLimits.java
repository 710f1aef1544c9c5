package io.cocoon.transport;

/**
 * Bounds of a listener; the reference has none (hazard H25). What is above a bound is closed without a byte.
 *
 * @param maxConnections connections at once, those in handshake included
 * @param maxConnectionsPerAddress the same for one remote address; not applied behind a router, which has only one
 * @param maxHandshakes connections at once whose hello is not done
 * @param challengesPerSecondPerAddress how many new connections of one address get a proof-of-work challenge each
 *     second, after a burst of ten times as many
 */
public record ListenLimits(
        int maxConnections, int maxConnectionsPerAddress, int maxHandshakes, int challengesPerSecondPerAddress) {

    /** The defaults. */
    public static final ListenLimits DEFAULT = new ListenLimits(16_384, 256, 1024, 50);

    public ListenLimits {
        if (maxConnections < 1
                || maxConnectionsPerAddress < 1
                || maxHandshakes < 1
                || challengesPerSecondPerAddress < 1) {
            throw new IllegalArgumentException("limits of a listener are positive");
        }
    }
}
