package io.cocoon.engine.template;

/**
 * How much one rendering may use.
 *
 * @param steps evaluated nodes; work on long texts counts as several
 * @param characters of the output, and of every text made on the way
 * @param depth how deep expressions, blocks, macro calls and values may nest
 */
public record TemplateLimits(long steps, int characters, int depth) {

    /** How many characters a template's source may have. */
    public static final int MAX_SOURCE = 1 << 20;

    /** What is used unless something else is said. */
    public static final TemplateLimits DEFAULT = new TemplateLimits(5_000_000, 1 << 23, 250);

    /** Checks that all are positive. */
    public TemplateLimits {
        if (steps < 1 || characters < 1 || depth < 1) {
            throw new IllegalArgumentException(
                    "limits are " + steps + ", " + characters + ", " + depth + "; wanted positive numbers");
        }
    }
}
