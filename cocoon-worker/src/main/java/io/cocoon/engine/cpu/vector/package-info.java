/**
 * The inner loops of the processor backend with the vectors of {@code jdk.incubator.vector}. Compiled apart, because that module
 * is incubating, and loaded by name where a JVM offers it: {@code --add-modules jdk.incubator.vector}.
 *
 * <p>Weights are laid out anew when they are loaded, see {@link io.cocoon.engine.cpu.vector.Grid}, so that products need no
 * shuffles, no sums across a vector and no instruction that only some processors have. Activations stay floats.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.cpu.vector;
