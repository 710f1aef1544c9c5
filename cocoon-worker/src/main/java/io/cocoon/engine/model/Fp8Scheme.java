package io.cocoon.engine.model;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Where the scales of a folder's FP8 matrices are, as its {@code config.json} says. A weight is its number times its scale.
 *
 * @param method what the configuration calls it, for messages
 * @param suffixes what stands behind the name of a matrix in the name of its scales; one of them is there
 * @param blocks which weights share a scale: one of these, which the shape of the scales decides
 */
record Fp8Scheme(String method, List<String> suffixes, List<Block> blocks) {

    /** What the names of scales end in, whatever the scheme. */
    static final List<String> ALL_SUFFIXES = List.of("_scale", "_scale_inv");

    Fp8Scheme {
        suffixes = List.copyOf(suffixes);
        blocks = List.copyOf(blocks);
    }

    /**
     * Weights that share a scale. Blocks at the end of a matrix may be smaller.
     *
     * @param rows {@link #WHOLE} for all of the matrix
     * @param columns likewise
     */
    record Block(long rows, long columns) {

        static final long WHOLE = Long.MAX_VALUE;

        static final Block TENSOR = new Block(WHOLE, WHOLE);
        static final Block CHANNEL = new Block(1, WHOLE);

        /** Returns how many there are from top to bottom of a matrix. */
        long down(long matrixRows) {
            return count(matrixRows, rows);
        }

        /** Returns how many there are from left to right. */
        long across(long matrixColumns) {
            return count(matrixColumns, columns);
        }

        private static long count(long all, long each) {
            return all / each + (all % each == 0 ? 0 : 1);
        }
    }

    /** Returns the shapes that scales of a matrix may have, for messages. */
    String shapes(long rows, long columns) {
        return blocks.stream()
                .map(block -> "[" + block.down(rows) + ", " + block.across(columns) + "]")
                .distinct()
                .collect(Collectors.joining(" or "));
    }
}
