/**
 * The conformance suite: every case of a folder of recordings and vectors, run against this implementation.
 *
 * <p>{@link io.cocoon.testkit.conformance.ConformanceMain} walks the folder; a
 * {@link io.cocoon.testkit.conformance.ConformanceKind} knows one kind of case. One thread. Cases whose format nobody
 * implements are named, never counted as passed.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.testkit.conformance;
