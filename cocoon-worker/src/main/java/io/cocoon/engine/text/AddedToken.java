package io.cocoon.engine.text;

/**
 * A token that is found before anything else is done with the text.
 *
 * @param id its id
 * @param content its text
 * @param special whether it is left out when an answer is shown
 * @param normalized whether it is looked for in the normalized text
 * @param leftStrip whether it swallows white space before it
 * @param rightStrip whether it swallows white space behind it
 * @param singleWord whether it needs the borders of a word around it
 */
record AddedToken(
        int id,
        String content,
        boolean special,
        boolean normalized,
        boolean leftStrip,
        boolean rightStrip,
        boolean singleWord) {

    /**
     * Returns whether it steers the model, so that a caller's text must not become it. Gemma also lists runs of spaces and
     * line ends: these are text like any other.
     */
    boolean marker() {
        return special || !content.codePoints().allMatch(c -> Characters.isSpace(c) || c == Characters.SPACE_MARK);
    }
}
