/**
 * The built-in engine: answers from a model folder, with nothing but this JVM.
 *
 * <p>{@link io.cocoon.engine.BuiltInEngine} puts the parts below it together: files, model, tokenizer, template, backend,
 * scheduler. Each is a package of its own that knows nothing of the worker.
 *
 * <p>Threads: one thread per engine owns the backend, a pool shares its work out; answers are written on the threads of the
 * worker. Depends on {@code io.cocoon.worker} for the engine interface.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine;
