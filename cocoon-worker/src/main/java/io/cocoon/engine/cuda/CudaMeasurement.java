package io.cocoon.engine.cuda;

import io.cocoon.engine.cuda.Gpu.Grid;
import java.util.Arrays;

/**
 * Measures what a device's memory and driver can do, for figures to be compared with; nothing else may run on it meanwhile. A
 * result is the median of five after one that is not counted. Used by one thread at a time.
 */
public final class CudaMeasurement implements AutoCloseable {

    private static final int RUNS = 5;
    private static final int THREADS = 256;
    private static final int BLOCKS = 4096;
    private static final int LAUNCHES = 500;

    private final Gpu gpu;

    /** @throws CudaException if the driver does not take our kernels */
    public CudaMeasurement(CudaDevice device) throws CudaException {
        gpu = Gpu.open(device);
    }

    private double medianSeconds(Runnable task) {
        long[] nanos = new long[RUNS];
        for (int i = -1; i < RUNS; i++) {
            long start = System.nanoTime();
            task.run();
            gpu.finish();
            if (i >= 0) {
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        return nanos[RUNS / 2] / 1e9;
    }

    /**
     * Returns how fast a kernel reads, in bytes a second: the limit of a step with few tokens.
     *
     * @param bytes how much is read at once; far more than the caches hold, else they are measured
     */
    public double readBandwidth(long bytes) {
        Gpu.Region from = gpu.allocate(bytes);
        Gpu.Region out = gpu.allocate((long) BLOCKS * THREADS * Integer.BYTES);
        long quads = bytes / 16;
        return bytes
                / medianSeconds(() ->
                        gpu.launch(Kernel.READ_ALL, Grid.of(BLOCKS), THREADS, 0, from.address(), out.address(), quads));
    }

    /** Returns how fast memory is copied, in bytes a second, read and written ones together. */
    public double copyBandwidth(long bytes) {
        Gpu.Region from = gpu.allocate(bytes);
        Gpu.Region to = gpu.allocate(bytes);
        return 2 * bytes / medianSeconds(() -> gpu.copy(from, 0, to, 0, bytes));
    }

    private void launchMany(Gpu.Region out) {
        for (int i = 0; i < LAUNCHES; i++) {
            gpu.launch(Kernel.READ_ALL, Grid.of(1), 32, 0, out.address(), out.address(), 0);
        }
    }

    /** Returns how long a launch of a kernel that does nothing takes, in seconds. */
    public double launchSeconds() {
        Gpu.Region out = gpu.allocate(32L * Integer.BYTES);
        return medianSeconds(() -> launchMany(out)) / LAUNCHES;
    }

    /** Returns the same for recorded launches. */
    public double recordedLaunchSeconds() {
        Gpu.Region out = gpu.allocate(32L * Integer.BYTES);
        Gpu.Recording recording = gpu.record(() -> launchMany(out));
        return medianSeconds(() -> gpu.launch(recording)) / LAUNCHES;
    }

    /** Frees everything. */
    @Override
    public void close() {
        gpu.close();
    }
}
