package io.cocoon.http;

/** How the page writes a value. */
enum Unit {
    /** A whole number. */
    COUNT,
    /** Events in a minute. */
    PER_MINUTE,
    /** Tokens in a second. */
    TOKENS_PER_SECOND,
    /** Nanotons, written as TON. */
    TON,
    /** Bytes, written with a binary prefix. */
    BYTES,
    /** A time span. */
    SECONDS,
    /** 0 to 1, written in per cent. */
    SHARE,
    /** A factor of which 1000 stands for 1.0. */
    THOUSANDTHS,
    /** Text, which may come from a peer. */
    TEXT,
    /** Text of machines: hashes, addresses. */
    CODE
}
