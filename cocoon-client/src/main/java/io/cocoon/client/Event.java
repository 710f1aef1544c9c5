package io.cocoon.client;

import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;

/** What happens to a request, in the order in which it happens: a head, parts, then an end or a failure. */
sealed interface Event {

    /** The head of the answer came; its payload may already be a piece of the body. */
    record Head(HttpResponse response) implements Event {}

    /** A piece of the body came. */
    record Part(Bytes body) implements Event {}

    /** The answer is complete. */
    record End(TokensUsed used, String workerDebug, String proxyDebug) implements Event {}

    /** The proxy or a worker reported an error: there will be no more. */
    record Failed(int code, String text) implements Event {}

    /** The request ended on this side: the connection broke, the queue overflowed, the client closed. */
    record Broken(CocoonException cause, boolean connectionLost) implements Event {}

    /** The total deadline passed while nobody read, or while parts came without a pause. */
    record Late() implements Event {}
}
