/** The processor backend beside what the memory can do and beside llama.cpp, in one run: {@code docs/performance.md}. */
@org.jspecify.annotations.NullMarked
package io.cocoon.benchmarks.cpu;
