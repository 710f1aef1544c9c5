package io.cocoon.engine.cuda;

import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Computes a model on one GPU.
 *
 * <p>After an error of a kernel every later step fails, of this model and of all others that this process has on the device; when
 * all of them are closed they can be loaded again. Steps need as
 * many pages of 16 tokens as their sequences grow by: {@link #cacheTokens} says how many there are.
 */
public final class CudaBackend implements Backend {

    private static final int MOST_HEAD_SIZE = 512;

    private final Gpu gpu;
    private final ModelShape shape;
    private final MemoryPlan plan;
    private final PagePool pool;
    private final StepRunner runner;

    private CudaBackend(Gpu gpu, Model model, CudaSettings settings, MemoryPlan plan, IntConsumer progress) {
        this.gpu = gpu;
        this.plan = plan;
        shape = model.shape();
        CudaWeights weights = new CudaWeights(gpu, model, settings.weights(), progress);
        Workspace work = new Workspace(gpu, shape, settings, plan.pages());
        ForwardPass pass = new ForwardPass(gpu, shape, settings, plan, weights, work);
        pool = new PagePool(plan.pages(), pass::copyPage);
        runner = new StepRunner(gpu, shape, settings.stepTokens(), work, pool, pass);
    }

    /**
     * Loads a model into a device's memory.
     *
     * @param device one of {@link CudaDevices#usable}
     * @param progress is told after each layer how many are loaded
     * @throws CudaException if the model does not fit, is of a shape that our kernels do not compute, or the driver does not
     *     take our kernels
     * @throws java.io.UncheckedIOException as {@link io.cocoon.engine.file.Tensor#row}
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

    /**
     * Looks whether our kernels compute a model, with room for it or not.
     *
     * @throws CudaException if they do not; the message says which size is in the way
     */
    public static void requireShape(ModelShape shape) throws CudaException {
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

    /** Returns the name of the device. */
    public String deviceName() {
        return gpu.description().name();
    }

    /** Returns how many bytes of the device's memory the weights take. */
    public long weightBytes() {
        return plan.weights();
    }

    /** Returns how many bytes the keys and values of a token take. */
    public long tokenBytes() {
        return plan.pageBytes() / PagePool.PAGE;
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
        List<Step> inLogits = steps.stream()
                .map(step -> step.rows() == 1 ? new Step(step.sequence(), step.tokens(), Wanted.LAST) : step)
                .toList();
        return runner.run(inLogits, shape.vocabulary()).stream()
                .map(Result::logits)
                .toList();
    }

    @Override
    public int mostCandidates() {
        return CandidateFinder.MOST;
    }

    /** {@inheritDoc} Likeliest ids and candidates are found on the device, and no other logits are copied for them. */
    @Override
    public List<Result> compute(List<Step> steps, int vocabulary) {
        return runner.run(steps, vocabulary);
    }

    @Override
    public void close() {
        gpu.close();
    }
}
