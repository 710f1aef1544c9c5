/**
 * Many answers at once from one backend: admission, continuous batching, sampling.
 *
 * <p>Threads: one thread of a {@link io.cocoon.engine.serve.Scheduler} owns the backend; everything else talks to it through
 * queues. Depends on {@code io.cocoon.engine.model}. Source: engine dossier 5 and 10.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.serve;
