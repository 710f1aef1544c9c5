package io.cocoon.engine.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * One device: its memory, its kernels, one stream. The only class that calls the driver once a device was found.
 *
 * <p>Used by one thread at a time; a thread that did not open it calls {@link #enter} first. After an error of a kernel the
 * context is lost: all calls fail, and closing resets the device.
 */
final class Gpu implements AutoCloseable {

    private static final String MODULE = "kernels.ptx";
    private static final int MOST_FIELDS = 18;
    /** Held while a context is entered or ended: between finding nobody else there and the reset, nobody may come. */
    private static final Object COMING_AND_GOING = new Object();

    private static final String LOST =
            "; the device's context is lost, close all models there and load the model again";

    /** Errors behind which a context answers nothing else any more. */
    private static final List<Integer> STICKY = List.of(
            CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
            CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
            CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
            CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
            CUresult.CUDA_ERROR_INVALID_PC,
            CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
            CUresult.CUDA_ERROR_ASSERT,
            CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
            CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
            CUresult.CUDA_ERROR_LAUNCH_FAILED);

    /** Gives out the address, which JCuda keeps to itself and our structures need as a number. */
    private static final class Base extends CUdeviceptr {
        long address() {
            return getNativePointer();
        }
    }

    /** Gives out the address, by which others of this process are known that have the same. */
    private static final class Context extends CUcontext {
        long address() {
            return getNativePointer();
        }
    }

    /** A run of device memory. */
    static final class Region {

        /** No memory: address 0. */
        static final Region NONE = new Region(new Base(), 0);

        private final Base base;
        private final long bytes;

        private Region(Base base, long bytes) {
            this.base = base;
            this.bytes = bytes;
        }

        long address() {
            return base.address();
        }

        long bytes() {
            return bytes;
        }

        private CUdeviceptr at(long offset, long length) {
            if (offset < 0 || length < 0 || length > bytes - offset) {
                throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + bytes);
            }
            return base.withByteOffset(offset);
        }
    }

    /** Launches that were captured, to be made again as one. */
    static final class Recording {
        private final CUgraphExec graph;

        private Recording(CUgraphExec graph) {
            this.graph = graph;
        }
    }

    private final CudaDevice description;
    private final CUdevice device = new CUdevice();
    private final Context context = new Context();
    private final CUmodule module = new CUmodule();
    private final CUstream stream = new CUstream();
    private final Map<Kernel, CUfunction> functions = new EnumMap<>(Kernel.class);
    private final List<Base> allocations = new ArrayList<>();
    private final List<Recording> recordings = new ArrayList<>();
    private final ByteBuffer fields = direct(MOST_FIELDS * Long.BYTES);
    private final Pointer parameters = Pointer.to(Pointer.to(fields));
    private long allocatedBytes;
    private boolean streamed;
    private @Nullable SharedContext shared;
    private boolean closed;

    private Gpu(CudaDevice description) {
        this.description = description;
    }

    /** @throws CudaException if another program has the device to itself, or the driver does not take our kernels */
    static Gpu open(CudaDevice description) throws CudaException {
        Gpu gpu = new Gpu(description);
        synchronized (COMING_AND_GOING) {
            gpu.retain();
            gpu.shared = SharedContext.join(gpu.context.address());
        }
        try {
            gpu.requireContext();
            gpu.enter();
            gpu.loadKernels();
            gpu.check("cuStreamCreate", JCudaDriver.cuStreamCreate(gpu.stream, 0));
            gpu.streamed = true;
            return gpu;
        } catch (CudaException | RuntimeException e) {
            gpu.close();
            throw e;
        }
    }

    /** Returns how many bytes of a device are free, without loading anything. */
    static long free(CudaDevice description) throws CudaException {
        Gpu gpu = new Gpu(description);
        gpu.retain();
        try {
            gpu.enter();
            return gpu.free();
        } catch (IllegalStateException e) {
            throw new CudaException("the device does not say what is free: " + e.getMessage());
        } finally {
            JCudaDriver.cuDevicePrimaryCtxRelease(gpu.device);
        }
    }

    private void retain() throws CudaException {
        try {
            check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, description.ordinal()));
            check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        } catch (IllegalStateException e) {
            throw new CudaException("the device cannot be opened: " + e.getMessage());
        }
    }

    private void requireContext() throws CudaException {
        String why = lost();
        if (why != null) {
            throw new CudaException(description.name() + ": " + why + ", and the device's context was lost with it;"
                    + " close all models that are loaded there, then load again");
        }
    }

    private void loadKernels() throws CudaException {
        int result = JCudaDriver.cuModuleLoadData(module, image());
        if (result != CUresult.CUDA_SUCCESS) {
            int[] version = new int[1];
            JCudaDriver.cuDriverGetVersion(version);
            throw new CudaException(description.name() + ": the driver, which supports CUDA " + version[0] / 1000 + "."
                    + version[0] % 1000 / 10 + ", refuses our kernels (" + CUresult.stringFor(result)
                    + "); wanted is CUDA 12.0 (driver 525) or newer, with its compiler for PTX");
        }
        for (Kernel kernel : Kernel.values()) {
            CUfunction function = new CUfunction();
            check(kernel.symbol(), JCudaDriver.cuModuleGetFunction(function, module, kernel.symbol()));
            functions.put(kernel, function);
        }
    }

    /** The compiled kernels, ended by a zero as the driver wants it. */
    private static byte[] image() throws CudaException {
        try (InputStream in = Gpu.class.getResourceAsStream(MODULE)) {
            if (in == null) {
                throw new CudaException("the compiled kernels are not in the jar: " + MODULE);
            }
            byte[] text = in.readAllBytes();
            return Arrays.copyOf(text, text.length + 1);
        } catch (CudaException e) {
            throw e;
        } catch (IOException e) {
            throw new CudaException("the compiled kernels cannot be read: " + e.getMessage());
        }
    }

    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    CudaDevice description() {
        return description;
    }

    /** Makes the device that of the calling thread. */
    void enter() {
        String why = lost();
        if (why != null) {
            throw new IllegalStateException(description.name() + ": " + why + LOST);
        }
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    /** Returns how many bytes are free. */
    long free() {
        long[] free = new long[1];
        long[] total = new long[1];
        check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        return free[0];
    }

    /** Allocates; given back when the device is closed. {@link Region#NONE} for no bytes. */
    Region allocate(long bytes) {
        if (bytes == 0) {
            return Region.NONE;
        }
        Base base = new Base();
        check("cuMemAlloc of " + bytes + " bytes", JCudaDriver.cuMemAlloc(base, bytes));
        allocations.add(base);
        allocatedBytes += bytes;
        return new Region(base, bytes);
    }

    /** Returns how many bytes were allocated so far. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** Copies a direct buffer's first {@code bytes} to the device. */
    void upload(Region to, long offset, ByteBuffer from, long bytes) {
        check("a copy to the device", JCudaDriver.cuMemcpyHtoD(to.at(offset, bytes), Pointer.to(from), bytes));
    }

    /** Copies within the device, behind the launches before it and ahead of those after it. */
    void copy(Region from, long fromOffset, Region to, long toOffset, long bytes) {
        check(
                "a copy within the device",
                JCudaDriver.cuMemcpyDtoD(to.at(toOffset, bytes), from.at(fromOffset, bytes), bytes));
    }

    /** Waits for all launches, and copies to the front of a direct buffer. */
    void download(Region from, long offset, ByteBuffer to, long bytes) {
        finish();
        check("a copy from the device", JCudaDriver.cuMemcpyDtoH(Pointer.to(to), from.at(offset, bytes), bytes));
    }

    /** Waits for all launches. */
    void finish() {
        check("waiting for the kernels", JCudaDriver.cuStreamSynchronize(stream));
    }

    /**
     * Launches a kernel behind those before it.
     *
     * @param shared bytes of shared memory
     * @param values the fields of its structure, a double as its bits
     */
    void launch(Kernel kernel, Grid grid, int threads, int shared, long... values) {
        if (values.length != kernel.fields()) {
            throw new IllegalArgumentException(kernel + " takes " + kernel.fields() + " fields, got " + values.length);
        }
        fields.asLongBuffer().put(values);
        CUfunction function = functions.get(kernel);
        check(
                kernel.symbol(),
                JCudaDriver.cuLaunchKernel(
                        function, grid.x(), grid.y(), grid.z(), threads, 1, 1, shared, stream, parameters, null));
    }

    /** How many blocks in each direction; all positive. */
    record Grid(int x, int y, int z) {

        static Grid of(int x) {
            return new Grid(x, 1, 1);
        }

        static Grid of(int x, int y) {
            return new Grid(x, y, 1);
        }
    }

    /** Records the launches of {@code task} in place of making them. */
    Recording record(Runnable task) {
        CUgraph graph = new CUgraph();
        check(
                "cuStreamBeginCapture",
                JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        try {
            task.run();
        } finally {
            check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
        }
        CUgraphExec ready = new CUgraphExec();
        check("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(ready, graph, 0));
        check("cuGraphDestroy", JCudaDriver.cuGraphDestroy(graph));
        Recording recording = new Recording(ready);
        recordings.add(recording);
        return recording;
    }

    /** Makes recorded launches. */
    void launch(Recording recording) {
        check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(recording.graph, stream));
    }

    /** Returns whether an error of a kernel made the context unusable. */
    boolean isLost() {
        return lost() != null;
    }

    private @Nullable String lost() {
        return shared == null ? null : shared.lost();
    }

    private void check(String what, int result) {
        if (result == CUresult.CUDA_SUCCESS) {
            return;
        }
        if (shared != null && STICKY.contains(result)) {
            shared.lose(what + " gave " + CUresult.stringFor(result));
        }
        throw new IllegalStateException(
                description.name() + ": " + what + ": " + CUresult.stringFor(result) + (isLost() ? LOST : ""));
    }

    /**
     * Gives everything back. A lost context is reset when the last who shares it is closed, which ends it for everybody in this process
     * who uses the device.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        JCudaDriver.cuCtxSetCurrent(context);
        // Nothing can be freed in a lost context; the reset does it.
        if (!isLost()) {
            recordings.forEach(each -> JCudaDriver.cuGraphExecDestroy(each.graph));
            if (streamed) {
                JCudaDriver.cuStreamDestroy(stream);
            }
            allocations.forEach(JCudaDriver::cuMemFree);
            JCudaDriver.cuModuleUnload(module);
        }
        synchronized (COMING_AND_GOING) {
            if (shared != null && shared.leave() && isLost()) {
                JCudaDriver.cuDevicePrimaryCtxReset(device);
            }
            JCudaDriver.cuDevicePrimaryCtxRelease(device);
        }
    }
}
