package io.cocoon.engine.cuda;

import io.cocoon.engine.file.Halves;
import java.nio.ByteBuffer;
import java.util.Random;
import jcuda.driver.JCudaDriver;

/** A device for tests of single kernels: memory in and out, and activations in their layout. */
final class KernelBench implements AutoCloseable {

    /** What the stand-in takes as a wish to run threads in an order of this seed. */
    private static final int ORDER_OF_THREADS = 0x7002;

    final Gpu gpu;

    KernelBench(CudaDevice device, long orderOfThreads) throws CudaException {
        gpu = Gpu.open(device);
        if (!Driver.isReal()) {
            JCudaDriver.cuCtxSetLimit(ORDER_OF_THREADS, orderOfThreads);
        }
    }

    static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    Gpu.Region floats(float... values) {
        ByteBuffer staged = Gpu.direct(values.length * Float.BYTES);
        staged.asFloatBuffer().put(values);
        return bytes(staged);
    }

    Gpu.Region doubles(double... values) {
        ByteBuffer staged = Gpu.direct(values.length * Double.BYTES);
        staged.asDoubleBuffer().put(values);
        return bytes(staged);
    }

    Gpu.Region ints(int... values) {
        ByteBuffer staged = Gpu.direct(values.length * Integer.BYTES);
        staged.asIntBuffer().put(values);
        return bytes(staged);
    }

    private Gpu.Region bytes(ByteBuffer staged) {
        Gpu.Region region = gpu.allocate(staged.capacity());
        gpu.upload(region, 0, staged, staged.capacity());
        return region;
    }

    private ByteBuffer download(Gpu.Region from) {
        ByteBuffer host = Gpu.direct((int) from.bytes());
        gpu.download(from, 0, host, from.bytes());
        return host;
    }

    float[] floats(Gpu.Region from) {
        float[] values = new float[(int) from.bytes() / Float.BYTES];
        download(from).asFloatBuffer().get(values);
        return values;
    }

    int[] ints(Gpu.Region from) {
        int[] values = new int[(int) from.bytes() / Integer.BYTES];
        download(from).asIntBuffer().get(values);
        return values;
    }

    float[] bfloats(Gpu.Region from) {
        float[] values = new float[(int) from.bytes() / Short.BYTES];
        ByteBuffer host = download(from);
        for (int i = 0; i < values.length; i++) {
            values[i] = Halves.bfloat(host.getShort(2 * i));
        }
        return values;
    }

    /** Uploads numbers in two parts, four at a time, as queries lie. */
    Gpu.Region parts(float[] values) {
        ByteBuffer staged = Gpu.direct(values.length * Float.BYTES);
        for (int i = 0; i < values.length; i++) {
            int at = i / 4 * 16 + i % 4 * 2;
            staged.putShort(at, Halves.toBfloat(values[i]));
            staged.putShort(at + 8, Halves.toBfloat(values[i] - Halves.roundToBfloat(values[i])));
        }
        return bytes(staged);
    }

    /** Downloads numbers in two parts. */
    float[] parts(Gpu.Region from) {
        ByteBuffer host = download(from);
        float[] values = new float[host.capacity() / Float.BYTES];
        for (int i = 0; i < values.length; i++) {
            int at = i / 4 * 16 + i % 4 * 2;
            values[i] = Halves.bfloat(host.getShort(at)) + Halves.bfloat(host.getShort(at + 8));
        }
        return values;
    }

    /** Where the upper part of an activation lies, in bytes; its lower part lies 8 further. */
    private static int place(int token, int column, int columns) {
        int lane = token % 8 * 4 + column % 16 / 4;
        return ((token / 8 * (columns / 16) + column / 16) * 32 + lane) * 16 + column % 4 * 2;
    }

    static long activationBytes(int tokens, int columns) {
        return (tokens + 31) / 32 * 32L * columns * 4;
    }

    /** Uploads {@code [tokens][columns]} as activations. */
    Gpu.Region activations(float[] values, int columns) {
        int tokens = values.length / columns;
        ByteBuffer staged = Gpu.direct((int) activationBytes(tokens, columns));
        for (int t = 0; t < tokens; t++) {
            for (int c = 0; c < columns; c++) {
                float value = values[t * columns + c];
                int at = place(t, c, columns);
                staged.putShort(at, Halves.toBfloat(value));
                staged.putShort(at + 8, Halves.toBfloat(value - Halves.roundToBfloat(value)));
            }
        }
        return bytes(staged);
    }

    /** Downloads activations as {@code [tokens][columns]}. */
    float[] activations(Gpu.Region from, int tokens, int columns) {
        ByteBuffer host = download(from);
        float[] values = new float[tokens * columns];
        for (int i = 0; i < values.length; i++) {
            int at = place(i / columns, i % columns, columns);
            values[i] = Halves.bfloat(host.getShort(at)) + Halves.bfloat(host.getShort(at + 8));
        }
        return values;
    }

    @Override
    public void close() {
        if (!Driver.isReal()) {
            JCudaDriver.cuCtxSetLimit(ORDER_OF_THREADS, 0);
        }
        gpu.close();
    }
}
