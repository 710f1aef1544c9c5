package io.cocoon.client;

import java.time.Duration;

/**
 * One try of a request. A request is tried again only while no byte of an answer came and no charge was stated.
 *
 * @param proxy host and port of the proxy
 * @param outcome what became of it, for people
 * @param took from sending to that outcome
 * @param chargePossible whether the proxy may still charge for it: the connection broke after the query was sent, so
 *     nobody knows whether a worker ran it. Until the proxy says otherwise it counts against the spending limit
 */
public record Attempt(String proxy, String outcome, Duration took, boolean chargePossible) {

    @Override
    public String toString() {
        return proxy + ": " + outcome + " after " + took.toMillis() + " ms"
                + (chargePossible ? " (may still be charged)" : "");
    }
}
