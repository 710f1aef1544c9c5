package io.cocoon.client;

import java.util.Optional;

/**
 * A piece of a streamed answer.
 *
 * @param text what the model said; may be empty
 * @param reasoning what the model thought, if its server shows that; may be empty
 * @param finishReason why the answer ends here, on the last piece with text
 * @param json the whole event as the model server sent it
 */
public record ChatChunk(String text, String reasoning, Optional<String> finishReason, String json) {

    /** Prints the text. */
    @Override
    public String toString() {
        return text;
    }
}
