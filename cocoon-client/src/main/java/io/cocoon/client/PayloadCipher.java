package io.cocoon.client;

import io.cocoon.tl.Bytes;
import java.security.SecureRandom;

/** Encrypts the body of a request and decrypts the documents of its answer. Pure functions. */
interface PayloadCipher {

    /**
     * Encrypts a body.
     *
     * @throws CocoonException.Configuration if the body can not be encrypted without leaving parts clear (hazard N6)
     */
    Bytes seal(Prepared request, Sealed sealed, SecureRandom random);

    /**
     * Decrypts one JSON document of an answer and removes what only encryption needs.
     *
     * @throws CocoonException.Protocol if it is clear, from or for somebody else, or was changed
     */
    Bytes open(Bytes document, Sealed sealed);
}
