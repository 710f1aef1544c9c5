/**
 * The CUDA backend: kernels of our own, compiled ahead of time, on one NVIDIA GPU through its driver. Beside
 * {@link io.cocoon.engine.cuda.CudaDevices} nothing here touches the driver before a device was found.
 *
 * <p>Weights are bfloat16, or whole numbers of 8 or 4 bits with scales; sums are float, in an order that depends on the matrix
 * alone, so that batched results equal single ones bit for bit. The kernels' source is in {@code src/main/cuda}.
 *
 * <p>Threads: a backend is used by one thread at a time. Depends on {@code io.cocoon.engine.model},
 * {@code io.cocoon.engine.file} and JCuda. Source: engine dossier 7 to 9.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.cuda;
