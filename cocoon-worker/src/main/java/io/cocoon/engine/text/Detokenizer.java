package io.cocoon.engine.text;

/**
 * Turns the tokens of one answer into text as they come. It never gives out half a character: the pieces joined equal
 * {@link Tokenizer#decode} of all tokens. Belongs to one thread.
 */
public final class Detokenizer {

    private final Tokenizer tokenizer;
    private final boolean withSpecial;
    private final Utf8Joiner joiner = new Utf8Joiner();
    private boolean finished;

    Detokenizer(Tokenizer tokenizer, boolean withSpecial) {
        this.tokenizer = tokenizer;
        this.withSpecial = withSpecial;
    }

    /**
     * Takes the next token.
     *
     * @return the text that is complete with it; empty if a character is still open
     * @throws IllegalArgumentException if no token has this id
     * @throws IllegalStateException if the answer was finished
     */
    public String push(int id) {
        if (finished) {
            throw new IllegalStateException("push after finish");
        }
        StringBuilder text = new StringBuilder();
        tokenizer.append(id, withSpecial, joiner, text);
        return text.toString();
    }

    /** Ends the answer. Returns what was held back: nothing, or U+FFFD for a character that never became complete. */
    public String finish() {
        finished = true;
        StringBuilder text = new StringBuilder();
        joiner.finish(text);
        return text.toString();
    }
}
