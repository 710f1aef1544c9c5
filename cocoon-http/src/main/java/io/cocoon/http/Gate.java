package io.cocoon.http;

import java.util.Optional;

/** Judges a request by its head, before a byte of its body is kept. Runs on the event loop: must not block. */
@FunctionalInterface
interface Gate {

    /** Returns why a request gets no further, or nothing. Its body is empty here. */
    Optional<Reply> refuse(Request head);
}
