package io.cocoon.http;

import java.time.Duration;

/**
 * What one caller, and all of them together, may cost the server.
 *
 * @param line the longest request line, in bytes
 * @param head the longest head without that line, in bytes
 * @param body the longest body, in bytes
 * @param bodies all bodies that are held at one time, in bytes
 * @param connections how many there may be at one time
 * @param headWithin how long a caller has from connecting to the end of the first head
 * @param bodyWithin how long it has for a body
 * @param idle how long a connection lives between two requests
 * @param stalled how long an answer waits for a caller that reads nothing
 */
record ServerLimits(
        int line,
        int head,
        int body,
        long bodies,
        int connections,
        Duration headWithin,
        Duration bodyWithin,
        Duration idle,
        Duration stalled) {

    static final ServerLimits DEFAULT = new ServerLimits(
            8 << 10,
            16 << 10,
            16 << 20,
            256L << 20,
            256,
            Duration.ofSeconds(10),
            Duration.ofMinutes(2),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1));

    ServerLimits {
        if (Math.min(Math.min(line, head), Math.min(body, connections)) < 1 || bodies < body) {
            throw new IllegalArgumentException(
                    "every limit is at least 1 and all bodies together at least one body: line "
                            + line + ", head " + head + ", body " + body + ", bodies " + bodies + ", connections "
                            + connections);
        }
    }

    ServerLimits withBody(int bytes) {
        return new ServerLimits(
                line, head, bytes, Math.max(bodies, bytes), connections, headWithin, bodyWithin, idle, stalled);
    }

    ServerLimits withConnections(int count) {
        return new ServerLimits(line, head, body, bodies, count, headWithin, bodyWithin, idle, stalled);
    }

    ServerLimits withDeadlines(Duration head, Duration body, Duration idle, Duration stalled) {
        return new ServerLimits(line, this.head, this.body, bodies, connections, head, body, idle, stalled);
    }
}
