package io.cocoon.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Matrices that are multiplied with the same activations, in one go, so that threads meet once and not for each. */
final class Projection {

    private final List<Weights> parts;
    /** For each matrix the first one that reads activations in the same order. */
    private final int[] leaders;

    private final int rows;
    /** What the rows of each matrix are shared out in multiples of. */
    private final int unit;

    Projection(Weights... parts) {
        this.parts = List.of(parts);
        leaders = new int[parts.length];
        int sum = 0;
        int together = 1;
        for (int i = 0; i < parts.length; i++) {
            together = Math.max(together, parts[i].rowsTogether());
            while (!parts[i].arrangedAs(parts[leaders[i]])) {
                leaders[i]++;
            }
            sum += parts[i].rows();
        }
        rows = sum;
        unit = together;
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
        private final List<Arranged> arranged = new ArrayList<>();
        private final Scratch[] scratch;

        Buffers(Team team) {
            this.team = team;
            scratch = new Scratch[team.size()];
            Arrays.setAll(scratch, i -> new Scratch());
        }

        private Arranged arranged(int part) {
            while (arranged.size() <= part) {
                arranged.add(new Arranged());
            }
            return arranged.get(part);
        }
    }

    /**
     * Multiplies.
     *
     * @param x {@code [tokens][columns]}
     * @param out {@code [tokens][rows]}
     */
    void multiply(float[] x, int tokens, float[] out, Buffers buffers) {
        arrange(x, tokens, buffers);
        int padded = 0;
        for (Weights part : parts) {
            padded += roundUp(part.rows());
        }
        buffers.team.run(padded, unit, (long) columns() * tokens, (from, to, thread) -> {
            int first = 0;
            int row = 0;
            for (int i = 0; i < leaders.length; i++) {
                Weights part = parts.get(i);
                int begin = Math.max(from - first, 0);
                int end = Math.min(to - first, part.rows());
                if (begin < end) {
                    part.multiply(
                            begin, end, buffers.arranged(leaders[i]), tokens, out, row, rows, buffers.scratch[thread]);
                }
                first += roundUp(part.rows());
                row += part.rows();
            }
        });
    }

    private void arrange(float[] x, int tokens, Buffers buffers) {
        for (int i = 0; i < leaders.length; i++) {
            if (leaders[i] == i) {
                Weights part = parts.get(i);
                Arranged arranged = buffers.arranged(i);
                arranged.ensure(part, tokens);
                buffers.team.run(tokens, 1, 4L * columns(), (from, end, thread) -> {
                    for (int t = from; t < end; t++) {
                        part.arrange(x, t * columns(), arranged, t);
                    }
                });
            }
        }
    }

    private int roundUp(int count) {
        return (count + unit - 1) / unit * unit;
    }
}
