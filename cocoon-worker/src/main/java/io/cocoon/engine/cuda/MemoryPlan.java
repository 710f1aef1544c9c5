package io.cocoon.engine.cuda;

import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.model.LayerWeights;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import java.util.List;

/**
 * What a model takes of a device, counted before the first allocation.
 *
 * @param weights bytes of all weights as they will lie there
 * @param workspace bytes of what a step computes with
 * @param pageBytes bytes of a page of keys and values, all layers together
 * @param pages how many of them there are
 */
record MemoryPlan(long weights, long workspace, long pageBytes, int pages) {

    /** Room for one short conversation: with less, loading is pointless. */
    private static final int LEAST_PAGES = 512 / PagePool.PAGE;

    /** Logits of this many tokens are computed at once. */
    static final int LOGIT_ROWS = 64;

    /** Pieces of attention that a step may write apart from each other; with more, a block merges its own. */
    static final int PIECES = 2048;

    /** The driver gives memory in blocks; a few bytes are lost at the end of each of our allocations. */
    private static final long ALLOCATION_BYTES = 512;

    /** @throws CudaException if it does not fit, with all numbers and what can be done */
    static MemoryPlan make(Model model, CudaSettings settings, CudaDevice device, long free) throws CudaException {
        ModelShape shape = model.shape();
        long weights = weights(model, settings.weights());
        long workspace = Workspace.bytes(shape, settings);
        long pageBytes = PagePool.PAGE * shape.kvBytesPerToken(settings.exactCache() ? Float.BYTES : Short.BYTES);
        // Beside each page there is room for its number in the list of its sequence.
        long pageAndNumber = pageBytes + Integer.BYTES;
        long left = free - settings.reserveBytes() - weights - workspace;
        long wanted = Math.min(LEAST_PAGES, PagePool.pagesFor(shape.context())) * pageAndNumber;
        if (left < wanted) {
            throw new CudaException(device.name() + ": the model does not fit. Its weights take " + mebi(weights)
                    + " MiB there, a step of " + settings.stepTokens() + " tokens " + mebi(workspace)
                    + ", keys and values at least " + mebi(wanted) + ", together "
                    + mebi(weights + workspace + wanted) + "; " + mebi(free) + " of " + mebi(device.bytes())
                    + " MiB are free and " + mebi(settings.reserveBytes())
                    + " of them are left to others. End other programs on the device, use weights of 8 or 4 bits"
                    + " (CudaSettings.weights) or a smaller model, or lower stepTokens or reserveBytes");
        }
        long most = Math.min(left / pageAndNumber, (settings.cacheTokens() - 1) / PagePool.PAGE + 1);
        return new MemoryPlan(weights, workspace, pageBytes, (int) Math.min(most, Integer.MAX_VALUE / PagePool.PAGE));
    }

    private static long mebi(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    private static long weights(Model model, WeightPrecision precision) {
        Tensor embedding = model.weights().embedding();
        Tensor head = model.weights().head();
        long bytes = rounded(WeightFormat.ofVocabulary(embedding.type(), precision), embedding);
        if (head != embedding) {
            bytes += rounded(WeightFormat.ofVocabulary(head.type(), precision), head);
        }
        for (LayerWeights layer : model.weights().layers()) {
            for (Tensor each : List.of(layer.query(), layer.key(), layer.value(), layer.output(), layer.down())) {
                bytes += rounded(WeightFormat.of(each.type(), precision), each);
            }
            WeightFormat pair =
                    WeightFormat.ofPair(layer.gate().type(), layer.up().type(), precision);
            bytes += rounded(pair, layer.gate()) + rounded(pair, layer.up());
            // Norms and biases: none is longer than one of these, and there are nine at most.
            bytes += 9
                    * (ALLOCATION_BYTES
                            + 4L
                                    * Math.max(
                                            model.shape().hidden(),
                                            model.shape().queryWidth() * 3L));
        }
        return bytes;
    }

    private static long rounded(WeightFormat format, Tensor tensor) {
        return format.bytes(tensor.rows(), tensor.columns()) + 3 * ALLOCATION_BYTES;
    }
}
