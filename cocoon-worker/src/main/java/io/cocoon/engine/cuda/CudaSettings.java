package io.cocoon.engine.cuda;

/**
 * How the CUDA backend uses its device. Immutable.
 *
 * @param stepTokens tokens that are computed at once; more of them take more memory, and longer steps are cut. 1 to 4096
 * @param cacheTokens how many tokens of keys and values there is room for at most, all sequences together; less if the device
 *     has less
 * @param reserveBytes device memory that is left to others
 * @param exactCache whether keys and values are kept as float instead of bfloat16: twice the memory, and results that differ
 *     from the processor's by rounding only
 * @param graphs whether the launches of a step with few tokens are recorded once and then made as one
 * @param weights how weights are held that a file has as floats
 */
public record CudaSettings(
        int stepTokens,
        long cacheTokens,
        long reserveBytes,
        boolean exactCache,
        boolean graphs,
        WeightPrecision weights) {

    /** 512 tokens at once, as much cache as there is room for, 512 MiB left over, bfloat16, with graphs, weights as they are stored. */
    public static final CudaSettings DEFAULT = new CudaSettings(512, Long.MAX_VALUE, 512L << 20, false, true);

    /** Checks the ranges. */
    public CudaSettings {
        if (stepTokens < 1 || stepTokens > 4096 || cacheTokens < 1 || reserveBytes < 0) {
            throw new IllegalArgumentException("wanted 1 to 4096 tokens a step, a cache and no negative reserve: "
                    + stepTokens + ", " + cacheTokens + ", " + reserveBytes);
        }
    }

    /** Makes settings with weights as they are stored. */
    public CudaSettings(int stepTokens, long cacheTokens, long reserveBytes, boolean exactCache, boolean graphs) {
        this(stepTokens, cacheTokens, reserveBytes, exactCache, graphs, WeightPrecision.STORED);
    }

    /** Returns the same settings with room for so many tokens at most. */
    public CudaSettings withCacheTokens(long tokens) {
        return new CudaSettings(stepTokens, tokens, reserveBytes, exactCache, graphs, weights);
    }

    /** Returns the same settings with weights held otherwise. */
    public CudaSettings withWeights(WeightPrecision precision) {
        return new CudaSettings(stepTokens, cacheTokens, reserveBytes, exactCache, graphs, precision);
    }
}
