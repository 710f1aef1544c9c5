package io.cocoon.engine;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.serve.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * What a model needs of the heap.
 *
 * @param weights bytes of the weights
 * @param tokenBytes bytes of keys and values of one token
 * @param wanted the limits that were asked for, or null for those that there is room for
 * @param mostTokens of keys and values, unless limits were asked for
 */
record HeapNeed(long weights, long tokenBytes, Scheduler.@Nullable Limits wanted, long mostTokens) {

    /** What the heap needs beside the weights: embeddings of a step, scores, caches of a few answers. */
    private static final long SPARE_BYTES = 64L << 20;

    /** Room for one short conversation: with less, loading is pointless. */
    private static final long LEAST_CACHE_TOKENS = 512;

    static HeapNeed of(Model model, Activations activations, Scheduler.@Nullable Limits wanted, long mostTokens) {
        return new HeapNeed(
                CpuBackend.bytes(model, activations), model.shape().kvBytesPerToken(Float.BYTES), wanted, mostTokens);
    }

    /** Takes what it cannot do without: with limits that were asked for, all of it. */
    HeapRoom.Share take(HeapRoom room, String who) throws ModelFormatException {
        long tokens = wanted == null ? LEAST_CACHE_TOKENS : wanted.cachedTokens();
        long cache = tokens > Long.MAX_VALUE / 4 / tokenBytes ? Long.MAX_VALUE / 4 : tokens * tokenBytes;
        return room.take(who, weights, weights + SPARE_BYTES + cache);
    }

    /**
     * Returns the limits: those that were asked for, or the usual ones with a cache for which more was taken.
     *
     * @param takers how many models share what is left, this one included
     */
    Scheduler.Limits limits(HeapRoom.Share share, int takers) {
        if (wanted != null) {
            return wanted;
        }
        Scheduler.Limits usual = Scheduler.Limits.DEFAULT;
        long more = Math.max(0, Math.min(mostTokens, usual.cachedTokens()) - LEAST_CACHE_TOKENS) * tokenBytes;
        long tokens = LEAST_CACHE_TOKENS + share.grow(more, takers) / tokenBytes;
        return new Scheduler.Limits(usual.running(), usual.waiting(), tokens, usual.stepTokens());
    }
}
