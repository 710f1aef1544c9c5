/**
 * The processor backend: the reference that every other backend is compared with, and what runs where there is no GPU.
 *
 * <p>Weights are copied from their files into the heap. The inner loops are {@link io.cocoon.engine.cpu.Kernels}: plain ones here,
 * and faster ones in {@code io.cocoon.engine.cpu.vector}, which are loaded by name where Java has the module for them. Sums are
 * float, in an order that depends on nothing but the length, so that batched results equal single ones bit for bit.
 *
 * <p>Threads: a backend is used by one thread at a time, and shares its rows out to an executor that it was given. Depends on
 * {@code io.cocoon.engine.model} and {@code io.cocoon.engine.file}. Source: engine dossier 2 and 6.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.cpu;
