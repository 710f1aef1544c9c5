package io.cocoon.client;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;

/**
 * How a request was encrypted: what is needed to open its answer.
 *
 * @param networkKey the key it was encrypted for
 * @param sender the pair made for this request only (hazard N4)
 */
record Sealed(Int256 networkKey, Ed25519Key sender) {}
