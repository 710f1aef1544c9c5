package io.cocoon.engine.cuda;

import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.model.LayerWeights;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import java.util.List;
import java.util.OptionalLong;

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

    /** More than any device has, and sums of it are no overflow. */
    private static final long MOST_BYTES = Long.MAX_VALUE >> 16;

    /** The driver gives memory in blocks; a few bytes are lost at the end of each of our allocations. */
    private static final long ALLOCATION_BYTES = 512;

    /**
     * What a model cannot do without.
     *
     * @param weights as in the plan
     * @param workspace as in the plan
     * @param pageBytes as in the plan
     * @param leastPages of keys and values
     */
    record Need(long weights, long workspace, long pageBytes, long leastPages) {

        /** @param leastTokens that there has to be room for; for a short conversation in any case */
        static Need of(Model model, CudaSettings settings, OptionalLong leastTokens) {
            ModelShape shape = model.shape();
            long least = Math.min(LEAST_PAGES, PagePool.pagesFor(shape.context()));
            return new Need(
                    MemoryPlan.weights(model, settings.weights()),
                    Workspace.bytes(shape, settings),
                    PagePool.PAGE * shape.kvBytesPerToken(settings.exactCache() ? Float.BYTES : Short.BYTES),
                    leastTokens.isPresent() ? Math.max(least, pages(leastTokens.getAsLong())) : least);
        }

        /** Beside each page there is room for its number in the list of its sequence. */
        long pageAndNumber() {
            return pageBytes + Integer.BYTES;
        }

        private long leastCache() {
            return leastPages > MOST_BYTES / pageAndNumber() ? MOST_BYTES : leastPages * pageAndNumber();
        }

        long least() {
            return weights + workspace + leastCache();
        }

        String inWords(CudaSettings settings) {
            return "weights take " + mebi(weights) + " MiB there, a step of " + settings.stepTokens() + " tokens "
                    + mebi(workspace) + ", keys and values at least " + mebi(leastCache()) + ", together "
                    + mebi(least());
        }
    }

    /** @throws CudaException if it does not fit, with all numbers and what can be done */
    static MemoryPlan make(Model model, CudaSettings settings, CudaDevice device, long free) throws CudaException {
        Need need = Need.of(model, settings, OptionalLong.empty());
        long left = free - settings.reserveBytes() - need.least();
        if (left < 0) {
            throw new CudaException(device.name() + ": the model does not fit. Its " + need.inWords(settings) + "; "
                    + available(settings, device, free));
        }
        long most = Math.min(need.leastPages + left / need.pageAndNumber(), pages(settings.cacheTokens()));
        return new MemoryPlan(
                need.weights, need.workspace, need.pageBytes, (int) Math.min(most, Integer.MAX_VALUE / PagePool.PAGE));
    }

    private static long pages(long tokens) {
        return (tokens - 1) / PagePool.PAGE + 1;
    }

    /** What there is, and what to do if that is too little. */
    static String available(CudaSettings settings, CudaDevice device, long free) {
        return mebi(free) + " of " + mebi(device.bytes()) + " MiB are free and " + mebi(settings.reserveBytes())
                + " of them are left to others. Close other models or load them with lower limits, end other programs"
                + " on the device, use weights of 8 or 4 bits (CudaSettings.weights) or a smaller model, or lower"
                + " stepTokens or reserveBytes";
    }

    static long mebi(long bytes) {
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
