/** Micro benchmarks (JMH). Never published. */
@org.jspecify.annotations.NullMarked
package io.cocoon.benchmarks;
