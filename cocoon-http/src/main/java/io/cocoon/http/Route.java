package io.cocoon.http;

import java.io.IOException;

/**
 * Answers the requests of one method and path. Runs on a thread of its own, may block, and is interrupted when its caller goes
 * away or the server closes.
 */
@FunctionalInterface
interface Route {

    /** Gives one answer; what it throws before it began to is answered with status 500. */
    void serve(Request request, Responder out) throws IOException, InterruptedException;
}
