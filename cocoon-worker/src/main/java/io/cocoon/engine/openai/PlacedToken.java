package io.cocoon.engine.openai;

import io.cocoon.engine.serve.Token;

/**
 * A token of the content.
 *
 * @param token the token
 * @param start how many characters (UTF-16 units) of the content come before it
 */
record PlacedToken(Token token, int start) {}
