package io.cocoon.http;

import java.io.IOException;
import java.util.Map;

/** Where a route puts its one answer: whole, or in pieces. For one thread. */
interface Responder {

    /** Sends a whole answer. Does not wait until it is out. */
    void send(Reply reply);

    /** Sends a head and returns where the body goes. */
    Stream stream(int status, Map<String, String> headers);

    /** Whether {@link #send} or {@link #stream} was called: no other answer can be given then. */
    boolean isBegun();

    /** Whether the caller reads what comes behind a body. */
    boolean takesTrailers();

    /** A body in pieces. One that is never finished is cut off, so that the caller sees that it is not whole. */
    interface Stream {

        /**
         * Sends a piece at once; waits while the caller reads slower than it is written.
         *
         * @throws IOException if the caller is gone, or read nothing for too long
         */
        void write(byte[] bytes, int offset, int length) throws IOException;

        /** Ends the body; trailers go out only if {@link #takesTrailers}. */
        void finish(Map<String, String> trailers);

        /** Ends the body and the connection. */
        void finishAndClose();
    }
}
