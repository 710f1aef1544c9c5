package io.cocoon.engine;

import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.serve.Scheduler;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the processor backend needs of the heap. */
final class HeapRoom {

    /** What the heap needs beside the weights: embeddings of a step, scores, caches of a few answers. */
    private static final long SPARE_BYTES = 64L << 20;

    /** Room for one short conversation: with less, loading is pointless. */
    private static final long LEAST_CACHE_TOKENS = 512;

    private HeapRoom() {}

    /** Checks that the weights fit, and returns the limits that are wanted, or by default those that the rest has room for. */
    static Scheduler.Limits limits(Path folder, Model model, Scheduler.@Nullable Limits wanted)
            throws ModelFormatException {
        long left = require(folder, model);
        if (wanted != null) {
            return wanted;
        }
        Scheduler.Limits usual = Scheduler.Limits.DEFAULT;
        long tokens = left / model.shape().kvBytesPerToken(Float.BYTES);
        return new Scheduler.Limits(
                usual.running(), usual.waiting(), Math.min(usual.cachedTokens(), tokens), usual.stepTokens());
    }

    /** Checks that the weights fit, and returns what is left for keys and values. */
    private static long require(Path folder, Model model) throws ModelFormatException {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        long weights = CpuBackend.bytes(model);
        long wanted = weights + SPARE_BYTES + LEAST_CACHE_TOKENS * model.shape().kvBytesPerToken(Float.BYTES);
        if (wanted > free) {
            throw new ModelFormatException(folder + ": the weights take " + (weights >> 20)
                    + " MiB of heap, answers at least "
                    + (wanted - weights >> 20) + " MiB more, and " + (free >> 20)
                    + " MiB are left; start Java with -Xmx"
                    + ((runtime.maxMemory() - free + wanted + (1 << 20) - 1 >> 20) + "m") + " or more");
        }
        return free - weights - SPARE_BYTES;
    }
}
