package io.cocoon.engine.cpu;

import java.util.Arrays;
import java.util.List;

/** Matrices that are multiplied with the same activations, in one go, so that threads meet once and not for each. */
final class Projection {

    private final List<Weights> parts;
    /** For each matrix the first one that reads activations in the same order. */
    private final int[] leaders;

    private final int rows;

    Projection(Weights... parts) {
        this.parts = List.of(parts);
        leaders = new int[parts.length];
        int sum = 0;
        for (int i = 0; i < parts.length; i++) {
            while (!parts[i].arrangedAs(parts[leaders[i]])) {
                leaders[i]++;
            }
            sum += parts[i].rows();
        }
        rows = sum;
    }

    /** Returns the number of results for one token: those of the first matrix, then those of the next. */
    int rows() {
        return rows;
    }

    int columns() {
        return parts.get(0).columns();
    }

    /** What a multiplication needs besides; for one thread at a time, and its team. */
    static final class Buffers {
        private final Team team;
        private float[] arranged = new float[0];
        private final Scratch[] scratch;

        Buffers(Team team) {
            this.team = team;
            scratch = new Scratch[team.size()];
            Arrays.setAll(scratch, i -> new Scratch());
        }

        private void ensure(long floats) {
            if (arranged.length < floats) {
                arranged = new float[Math.toIntExact(floats)];
            }
        }
    }

    /**
     * Multiplies.
     *
     * @param x {@code [tokens][columns]}
     * @param out {@code [tokens][rows]}
     */
    void multiply(float[] x, int tokens, float[] out, Buffers buffers) {
        int[] at = new int[parts.size()];
        long floats = 0;
        for (int i = 0; i < at.length; i++) {
            at[i] = leaders[i] == i ? Math.toIntExact(floats) : at[leaders[i]];
            floats += leaders[i] == i ? (long) tokens * parts.get(i).width() : 0;
        }
        buffers.ensure(floats);
        arrange(x, tokens, at, buffers);
        int padded = 0;
        for (Weights part : parts) {
            padded += roundUp(part.rows());
        }
        buffers.team.run(padded, Weights.ROWS, (long) columns() * tokens, (from, to, thread) -> {
            int first = 0;
            int row = 0;
            for (int i = 0; i < at.length; i++) {
                Weights part = parts.get(i);
                int begin = Math.max(from - first, 0);
                int end = Math.min(to - first, part.rows());
                if (begin < end) {
                    part.multiply(begin, end, buffers.arranged, at[i], tokens, out, row, rows, buffers.scratch[thread]);
                }
                first += roundUp(part.rows());
                row += part.rows();
            }
        });
    }

    private void arrange(float[] x, int tokens, int[] at, Buffers buffers) {
        for (int i = 0; i < at.length; i++) {
            if (leaders[i] == i) {
                Weights part = parts.get(i);
                int to = at[i];
                buffers.team.run(tokens, 1, 4L * columns(), (from, end, thread) -> {
                    for (int t = from; t < end; t++) {
                        part.arrange(x, t * columns(), buffers.arranged, to + t * part.width());
                    }
                });
            }
        }
    }

    private static int roundUp(int rows) {
        return (rows + Weights.ROWS - 1) / Weights.ROWS * Weights.ROWS;
    }
}
