package io.cocoon.engine.serve;

/**
 * Who asks, so that the waiting share the engine fairly: proxies first, then the users of each. A proxy is known for sure, a user only
 * by what a request states, and anyone can state many names. They gain at the cost of their own proxy's other users, never of another
 * proxy's.
 *
 * @param proxy whose connection the request came over; may be empty
 * @param user as the request states; may be empty
 */
public record Caller(String proxy, String user) {

    /** Nobody in particular. */
    public static final Caller UNKNOWN = new Caller("", "");
}
