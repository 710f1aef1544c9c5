/** Measures the CUDA backend of the built-in engine on a GPU, against what its memory can do. */
@org.jspecify.annotations.NullMarked
package io.cocoon.benchmarks.gpu;
