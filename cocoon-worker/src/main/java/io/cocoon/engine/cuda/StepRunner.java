package io.cocoon.engine.cuda;

import io.cocoon.engine.cuda.Gpu.Grid;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Backend.Step;
import io.cocoon.engine.model.ModelShape;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Cuts steps into rounds of as many tokens as are computed at once, and takes from each token's logits what is wanted. */
final class StepRunner {

    private final Gpu gpu;
    private final ModelShape shape;
    private final int stepTokens;
    private final Workspace work;
    private final PagePool pool;
    private final ForwardPass pass;
    private final ByteBuffer hostLogits;
    private final ByteBuffer hostIds = Gpu.direct(MemoryPlan.LOGIT_ROWS * Integer.BYTES);

    StepRunner(Gpu gpu, ModelShape shape, int stepTokens, Workspace work, PagePool pool, ForwardPass pass) {
        this.gpu = gpu;
        this.shape = shape;
        this.stepTokens = stepTokens;
        this.work = work;
        this.pool = pool;
        this.pass = pass;
        hostLogits = Gpu.direct(Math.multiplyExact(Float.BYTES, shape.vocabulary()));
    }

    /** What came of a step so far. */
    private static final class Outcome {
        private final Backend.Wanted wanted;
        private final Backend.Chooser chooser;
        private float[][] logits;
        private int likeliest = -1;
        private Backend.@Nullable Candidates candidates;

        Outcome(Step step) {
            wanted = step.wanted();
            chooser = step.chooser();
            boolean all = wanted == Backend.Wanted.LAST || wanted == Backend.Wanted.EVERY;
            logits = new float[all ? step.rows() : 0][];
        }

        Backend.Result result() {
            return new Backend.Result(logits, likeliest, candidates);
        }
    }

    /** A token behind which something is wanted: whose outcome, which row of it, and its place in the round. */
    private record Row(Outcome outcome, int row, int token) {}

    /** As many tokens as are computed at once. */
    private static final class Round {
        private final List<Row> rows = new ArrayList<>();
        private int tokens;
        private int tableLength;
        private int longest;
    }

    List<Backend.Result> run(List<Step> steps, int vocabulary) {
        if (vocabulary < 1 || vocabulary > shape.vocabulary()) {
            throw new IllegalArgumentException(vocabulary + " ids of " + shape.vocabulary() + " are said to be tokens");
        }
        check(steps);
        gpu.enter();
        List<Outcome> outcomes = steps.stream().map(Outcome::new).toList();
        rounds(steps, outcomes, vocabulary);
        return outcomes.stream().map(Outcome::result).toList();
    }

    private void check(List<Step> steps) {
        Set<Backend.Sequence> seen = new HashSet<>();
        long missing = 0;
        for (Step step : steps) {
            if (!(step.sequence() instanceof CudaSequence sequence) || !sequence.isFrom(pool) || !seen.add(sequence)) {
                throw new IllegalArgumentException("a step needs a sequence of this backend, once");
            }
            if (step.tokens().length == 0 || step.tokens().length > shape.context() - sequence.length()) {
                throw new IllegalArgumentException(step.tokens().length + " tokens do not fit behind "
                        + sequence.length() + " in a context of " + shape.context());
            }
            for (int id : step.tokens()) {
                if (id < 0 || id >= shape.vocabulary()) {
                    throw new IllegalArgumentException(
                            "token " + id + " is outside the vocabulary of " + shape.vocabulary());
                }
            }
            missing += sequence.missing(step.tokens().length);
        }
        if (missing > pool.left()) {
            throw new IllegalStateException("these steps need " + missing + " more pages of " + PagePool.PAGE
                    + " tokens, and " + pool.left() + " of " + pool.pages() + " are free; run fewer or shorter answers"
                    + " at once");
        }
    }

    /** Cuts steps into rounds. That changes no result, because a token's does not depend on its company. */
    private void rounds(List<Step> steps, List<Outcome> outcomes, int vocabulary) {
        Round round = new Round();
        for (int s = 0; s < steps.size(); s++) {
            Step step = steps.get(s);
            for (int from = 0; from < step.tokens().length; ) {
                int count = Math.min(step.tokens().length - from, stepTokens - round.tokens);
                int listed = PagePool.pagesFor(step.sequence().length() + count);
                // A shared page is listed once for each of its sequences, and there is room for as many as there are.
                if (count == 0 || round.tableLength + listed > pool.pages()) {
                    compute(round, vocabulary);
                    round = new Round();
                    continue;
                }
                stage(round, outcomes.get(s), step, from, count);
                from += count;
            }
        }
        if (round.tokens > 0) {
            compute(round, vocabulary);
        }
    }

    private void stage(Round round, Outcome outcome, Step step, int from, int count) {
        CudaSequence sequence = (CudaSequence) step.sequence();
        int first = sequence.length();
        sequence.grow(count);
        IntBuffer ids = work.stagedIds();
        IntBuffer positions = work.stagedPositions();
        IntBuffer starts = work.stagedStarts();
        for (int i = 0; i < count; i++) {
            int token = round.tokens + i;
            ids.put(token, step.tokens()[from + i]);
            positions.put(token, first + i);
            starts.put(token, round.tableLength);
            int row = from + i - (step.tokens().length - step.rows());
            if (row >= 0) {
                round.rows.add(new Row(outcome, row, token));
            }
        }
        IntBuffer tables = work.stagedTables().position(round.tableLength);
        sequence.listPages(tables);
        round.tableLength = tables.position();
        round.tokens += count;
        round.longest = Math.max(round.longest, first + count);
    }

    private void compute(Round round, int vocabulary) {
        List<Row> now = stageRows(round, 0);
        ForwardPass.Tiles tiles = pass.stageTiles(round.tokens);
        work.upload(round.tableLength);
        pass.launch(
                new ForwardPass.Size(round.tokens, tiles, ForwardPass.pieces(round.tokens, round.longest), now.size()));
        take(now, vocabulary);
        for (int first = now.size(); first < round.rows.size(); first += now.size()) {
            now = stageRows(round, first);
            work.upload(round.tableLength);
            pass.head(now.size());
            take(now, vocabulary);
        }
    }

    private List<Row> stageRows(Round round, int first) {
        List<Row> now = round.rows.subList(first, Math.min(round.rows.size(), first + MemoryPlan.LOGIT_ROWS));
        for (int i = 0; i < now.size(); i++) {
            work.stagedRows().put(i, now.get(i).token);
        }
        return now;
    }

    /** Takes what is wanted of rows of logits that were computed; no more is copied. */
    private void take(List<Row> rows, int vocabulary) {
        if (any(rows, Backend.Wanted.LIKELIEST)) {
            takeLikeliest(rows, vocabulary);
        }
        if (any(rows, Backend.Wanted.CANDIDATES)) {
            takeCandidates(rows, vocabulary);
        }
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            if (row.outcome.logits.length > 0) {
                row.outcome.logits[row.row] = logits(i);
            }
        }
    }

    /** Where the candidates of a row do not decide, all of its logits are taken. */
    private void takeCandidates(List<Row> rows, int vocabulary) {
        double[] temperatures = new double[rows.size()];
        for (int i = 0; i < temperatures.length; i++) {
            Outcome outcome = rows.get(i).outcome;
            temperatures[i] = outcome.wanted == Backend.Wanted.CANDIDATES ? outcome.chooser.temperature() : 0;
        }
        Backend.Candidates[] found = work.candidates.find(work.logits, shape.vocabulary(), temperatures, vocabulary);
        for (int i = 0; i < found.length; i++) {
            Outcome outcome = rows.get(i).outcome;
            if (outcome.wanted == Backend.Wanted.CANDIDATES) {
                if (outcome.chooser.isDecided(found[i])) {
                    outcome.candidates = found[i];
                } else {
                    outcome.logits = new float[1][];
                }
            }
        }
    }

    private static boolean any(List<Row> rows, Backend.Wanted wanted) {
        return rows.stream().anyMatch(row -> row.outcome.wanted == wanted);
    }

    private void takeLikeliest(List<Row> rows, int vocabulary) {
        gpu.launch(
                Kernel.HIGHEST,
                Grid.of(rows.size()),
                256,
                2 * 8 * Float.BYTES,
                work.logits.address(),
                work.highest.address(),
                shape.vocabulary(),
                vocabulary);
        gpu.download(work.highest, 0, hostIds, (long) rows.size() * Integer.BYTES);
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).outcome.wanted == Backend.Wanted.LIKELIEST) {
                rows.get(i).outcome.likeliest = hostIds.getInt(i * Integer.BYTES);
            }
        }
    }

    private float[] logits(int row) {
        long bytes = (long) shape.vocabulary() * Float.BYTES;
        gpu.download(work.logits, row * bytes, hostLogits, bytes);
        float[] logits = new float[shape.vocabulary()];
        hostLogits.asFloatBuffer().get(logits);
        return logits;
    }
}
