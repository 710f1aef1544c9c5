package io.cocoon.client;

/** When prompts are encrypted for workers, so that proxies cannot read them. */
enum Encryption {
    /** When the network has a valid key at the time of the request. */
    WHERE_POSSIBLE,
    /** Always; without a valid key nothing is sent. */
    ALWAYS,
    /** Never. */
    NEVER
}
