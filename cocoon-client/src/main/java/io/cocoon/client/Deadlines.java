package io.cocoon.client;

import java.time.Duration;

/**
 * How long a request may take. Every wait of the client ends at one of these.
 *
 * @param connect for a ready connection: connecting, attestation and authorisation together
 * @param firstToken of a stream: from sending to the first byte of the answer's body
 * @param betweenTokens of a stream: between two pieces of the answer
 * @param total of the whole request. The network is told this time and stops at 95 % of it, as the reference does; the
 *     client itself gives up half a second after it (hazard H4), so that the proxy's own word comes first
 */
public record Deadlines(Duration connect, Duration firstToken, Duration betweenTokens, Duration total) {

    private static final Duration LONGEST = Duration.ofDays(1);

    /** 10 s to connect, 60 s to the first token, 30 s between tokens, 120 s in total. */
    public static final Deadlines DEFAULT = new Deadlines(
            Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofSeconds(120));

    public Deadlines {
        requireSane("connect", connect);
        requireSane("firstToken", firstToken);
        requireSane("betweenTokens", betweenTokens);
        requireSane("total", total);
    }

    /** Returns these with another time to connect. */
    public Deadlines withConnect(Duration value) {
        return new Deadlines(value, firstToken, betweenTokens, total);
    }

    /** Returns these with another time to the first token of a stream. */
    public Deadlines withFirstToken(Duration value) {
        return new Deadlines(connect, value, betweenTokens, total);
    }

    /** Returns these with another time between two pieces of a stream. */
    public Deadlines withBetweenTokens(Duration value) {
        return new Deadlines(connect, firstToken, value, total);
    }

    /** Returns these with another total. */
    public Deadlines withTotal(Duration value) {
        return new Deadlines(connect, firstToken, betweenTokens, value);
    }

    private static void requireSane(String name, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "the deadline '" + name + "' must be above zero and at most " + LONGEST + ", got " + value);
        }
    }
}
