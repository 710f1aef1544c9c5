package io.cocoon.engine.openai;

import io.cocoon.engine.text.Tokenizer;
import java.util.OptionalInt;

/**
 * The tokens between which a model reasons. A model without them never reasons.
 *
 * @param open begins it; -1 if there is none
 * @param close ends it; -1 if there is none
 */
public record ThinkMarkers(int open, int close) {

    /** How many tokens of line ends may follow the end of an empty thought. */
    private static final int LINE_ENDS = 3;

    /** Finds those of a tokenizer. */
    public static ThinkMarkers of(Tokenizer tokenizer) {
        OptionalInt open = tokenizer.addedToken("<think>");
        OptionalInt close = tokenizer.addedToken("</think>");
        return open.isPresent() && close.isPresent()
                ? new ThinkMarkers(open.getAsInt(), close.getAsInt())
                : new ThinkMarkers(-1, -1);
    }

    /** Returns whether there are any. */
    public boolean exist() {
        return open >= 0;
    }

    /** Returns whether a prompt ends inside of them, because its template opened them for the model. */
    public boolean isOpenAtEndOf(int[] prompt) {
        for (int i = prompt.length - 1; i >= 0 && exist(); i--) {
            if (prompt[i] == open || prompt[i] == close) {
                return prompt[i] == open;
            }
        }
        return false;
    }

    /** Returns whether a prompt ends just behind them, because its template answered them with nothing. */
    public boolean isClosedAtEndOf(int[] prompt) {
        for (int i = prompt.length - 1; i >= Math.max(0, prompt.length - LINE_ENDS) && exist(); i--) {
            if (prompt[i] == close) {
                return true;
            }
        }
        return false;
    }
}
