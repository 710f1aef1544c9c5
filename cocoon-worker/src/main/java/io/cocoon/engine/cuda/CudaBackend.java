package io.cocoon.engine.cuda;

import io.cocoon.engine.cuda.Gpu.Grid;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Computes a model on one GPU.
 *
 * <p>After an error of a kernel every later step fails with the same words; the model has to be loaded again. Steps need as
 * many pages of 16 tokens as their sequences grow by: {@link #cacheTokens} says how many there are.
 */
public final class CudaBackend implements Backend {

    private static final int MOST_HEAD_SIZE = 512;

    private final Gpu gpu;
    private final ModelShape shape;
    private final CudaSettings settings;
    private final MemoryPlan plan;
    private final Workspace work;
    private final PagePool pool;
    private final ForwardPass pass;
    private final ByteBuffer hostLogits;

    private CudaBackend(Gpu gpu, Model model, CudaSettings settings, MemoryPlan plan, IntConsumer progress) {
        this.gpu = gpu;
        this.settings = settings;
        this.plan = plan;
        shape = model.shape();
        CudaWeights weights = new CudaWeights(gpu, model, settings.weights(), progress);
        work = new Workspace(gpu, shape, settings, plan.pages());
        pass = new ForwardPass(gpu, shape, settings, plan, weights, work);
        pool = new PagePool(plan.pages(), pass::copyPage);
        hostLogits = Gpu.direct(Math.multiplyExact(MemoryPlan.LOGIT_ROWS * Float.BYTES, shape.vocabulary()));
    }

    /**
     * Loads a model into a device's memory.
     *
     * @param device one of {@link CudaDevices#usable}
     * @param progress is told after each layer how many are loaded
     * @throws CudaException if the model does not fit, is of a shape that our kernels do not compute, or the driver does not
     *     take our kernels
     */
    public static CudaBackend load(Model model, CudaDevice device, CudaSettings settings, IntConsumer progress)
            throws CudaException {
        requireShape(model.shape());
        Gpu gpu = Gpu.open(device);
        try {
            MemoryPlan plan = MemoryPlan.make(model, settings, device, gpu.free());
            return new CudaBackend(gpu, model, settings, plan, progress);
        } catch (IllegalStateException e) {
            gpu.close();
            // The plan fitted, so another program took the memory meanwhile, or it lies in pieces.
            throw new CudaException("the model was not loaded: " + e.getMessage());
        } catch (CudaException | RuntimeException | Error e) {
            gpu.close();
            throw e;
        }
    }

    /** Returns whether a device holds every number of a model's matrices as its file does: those of 16 and 32 bits are rounded. */
    public static boolean keepsWeights(Model model) {
        return CudaWeights.matrices(model)
                .allMatch(each -> each.type() == WeightType.BF16 || WeightFormat.of(each.type()) != WeightFormat.BF16);
    }

    private static void requireShape(ModelShape shape) throws CudaException {
        multiple("hidden_size", shape.hidden(), WeightFormat.UNIT);
        multiple("intermediate_size", shape.feedForward(), WeightFormat.UNIT);
        multiple("the width of all query heads", shape.queryWidth(), WeightFormat.UNIT);
        multiple("head_dim", shape.headSize(), 8);
        if (shape.headSize() > MOST_HEAD_SIZE) {
            throw new CudaException("head_dim is " + shape.headSize() + "; the CUDA backend computes up to "
                    + MOST_HEAD_SIZE + ". The CPU backend computes it");
        }
    }

    private static void multiple(String name, int value, int of) throws CudaException {
        if (value % of != 0) {
            throw new CudaException(name + " is " + value + "; the CUDA backend wants a multiple of " + of
                    + ". The CPU backend computes it");
        }
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    /** Returns how many tokens of keys and values there is room for; a sequence takes a whole number of 16. */
    public long cacheTokens() {
        return (long) plan.pages() * PagePool.PAGE;
    }

    /** Returns whether no error of a kernel has ended it; may be asked by any thread. */
    public boolean isUsable() {
        return !gpu.isLost();
    }

    /** Returns in one line what runs where and how the memory is used. */
    public String description() {
        return gpu.description().name() + ": weights " + (plan.weights() >> 20) + " MiB, workspace "
                + (plan.workspace() >> 20) + " MiB, room for " + cacheTokens() + " tokens";
    }

    @Override
    public Sequence newSequence() {
        return new CudaSequence(pool);
    }

    @Override
    public int pageTokens() {
        return PagePool.PAGE;
    }

    @Override
    public Sequence newSequence(List<Page> prefix) {
        int[] pages = new int[prefix.size()];
        for (int i = 0; i < pages.length; i++) {
            if (!(prefix.get(i) instanceof PagePool.Shared shared)) {
                throw new IllegalArgumentException("a page of another backend");
            }
            pages[i] = shared.page(pool);
        }
        CudaSequence sequence = new CudaSequence(pool);
        for (int page : pages) {
            sequence.append(page);
        }
        return sequence;
    }

    /** Returns how many pages sequences and shared references hold. */
    int pagesInUse() {
        return pool.pages() - pool.left();
    }

    @Override
    public List<float[][]> run(List<Step> steps) {
        check(steps);
        gpu.enter();
        List<float[][]> results = new ArrayList<>();
        for (Step step : steps) {
            results.add(new float[step.everyPosition() ? step.tokens().length : 1][]);
        }
        rounds(steps, round -> logits(round, results));
        return results;
    }

    /**
     * Appends tokens to sequences like {@link #run}, and chooses the highest logit behind the last token of each on the device:
     * nothing but the chosen ids is copied back.
     *
     * @param limit only ids below it are chosen; 1 or more
     * @return an id for each step; the lowest of equally high ones
     * @throws IllegalArgumentException as {@link #run}
     */
    public int[] highest(List<Step> steps, int limit) {
        if (limit < 1 || limit > shape.vocabulary()) {
            throw new IllegalArgumentException("limit is " + limit + " of " + shape.vocabulary() + " ids");
        }
        List<Step> lastOnly = steps.stream()
                .map(step -> new Step(step.sequence(), step.tokens(), false))
                .toList();
        check(lastOnly);
        gpu.enter();
        int[] ids = new int[steps.size()];
        rounds(lastOnly, round -> {
            compute(round, (first, count) -> {
                gpu.launch(
                        Kernel.HIGHEST,
                        Grid.of(count),
                        256,
                        2 * 8 * Float.BYTES,
                        work.logits.address(),
                        work.highest.address(),
                        shape.vocabulary(),
                        limit);
                ByteBuffer host = hostLogits.clear();
                gpu.download(work.highest, host, (long) count * Integer.BYTES);
                for (int i = 0; i < count; i++) {
                    ids[round.wanted.get(first + i).step] = host.getInt(i * Integer.BYTES);
                }
            });
        });
        return ids;
    }

    private void check(List<Step> steps) {
        Set<Sequence> seen = new HashSet<>();
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

    /** A token whose logits are wanted: where they go, and its place in the round. */
    private record Wanted(int step, int row, int token) {}

    /** As many tokens as are computed at once. */
    private static final class Round {
        private final List<Wanted> wanted = new ArrayList<>();
        private int tokens;
        private int tableLength;
        private int longest;
    }

    private interface RoundTask {
        void run(Round round);
    }

    /** Cuts steps into rounds. That changes no result, because a token's does not depend on its company. */
    private void rounds(List<Step> steps, RoundTask task) {
        Round round = new Round();
        for (int s = 0; s < steps.size(); s++) {
            Step step = steps.get(s);
            for (int from = 0; from < step.tokens().length; ) {
                if (round.tokens == settings.stepTokens()) {
                    task.run(round);
                    round = new Round();
                }
                int count = Math.min(step.tokens().length - from, settings.stepTokens() - round.tokens);
                int listed = PagePool.pagesFor(step.sequence().length() + count);
                if (round.tableLength + listed > pool.pages()) {
                    // A shared page is listed once for each of its sequences, and there is room for as many as there
                    // are.
                    task.run(round);
                    round = new Round();
                    continue;
                }
                stage(round, s, step, from, count);
                from += count;
            }
        }
        if (round.tokens > 0) {
            task.run(round);
        }
    }

    private void stage(Round round, int index, Step step, int from, int count) {
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
            boolean last = from + i == step.tokens().length - 1;
            if (step.everyPosition() || last) {
                round.wanted.add(new Wanted(index, step.everyPosition() ? from + i : 0, token));
            }
        }
        IntBuffer tables = work.stagedTables().position(round.tableLength);
        sequence.listPages(tables);
        round.tableLength = tables.position();
        round.tokens += count;
        round.longest = Math.max(round.longest, first + count);
    }

    /** Takes logits that were computed, of some of the wanted tokens. */
    private interface LogitTask {
        void run(int first, int count);
    }

    private void logits(Round round, List<float[][]> results) {
        compute(round, (first, count) -> {
            ByteBuffer host = hostLogits.clear();
            gpu.download(work.logits, host, (long) count * shape.vocabulary() * Float.BYTES);
            FloatBuffer floats = host.asFloatBuffer();
            for (int i = 0; i < count; i++) {
                Wanted wanted = round.wanted.get(first + i);
                float[] row = new float[shape.vocabulary()];
                floats.get(row);
                results.get(wanted.step)[wanted.row] = row;
            }
        });
    }

    private void compute(Round round, LogitTask task) {
        IntBuffer rows = work.stagedRows();
        for (int i = 0; i < Math.min(round.wanted.size(), MemoryPlan.LOGIT_ROWS); i++) {
            rows.put(i, round.wanted.get(i).token);
        }
        ForwardPass.Tiles tiles = pass.stageTiles(round.tokens);
        work.upload(round.tableLength);
        int now = Math.min(round.wanted.size(), MemoryPlan.LOGIT_ROWS);
        pass.launch(new ForwardPass.Size(round.tokens, tiles, ForwardPass.pieces(round.tokens, round.longest), now));
        for (int first = 0; first < round.wanted.size(); first += MemoryPlan.LOGIT_ROWS) {
            now = Math.min(round.wanted.size() - first, MemoryPlan.LOGIT_ROWS);
            if (first > 0) {
                for (int i = 0; i < now; i++) {
                    rows.put(i, round.wanted.get(first + i).token);
                }
                work.upload(round.tableLength);
                pass.head(now);
            }
            task.run(first, now);
        }
    }

    @Override
    public void close() {
        gpu.close();
    }
}
