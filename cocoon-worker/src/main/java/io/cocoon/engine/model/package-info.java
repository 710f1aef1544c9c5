/**
 * What a transformer model is made of, in terms that every backend shares: its shape, its weights by role, and the state of
 * a running sequence.
 *
 * <p>Threads: everything but {@link io.cocoon.engine.model.Backend} is immutable. Depends on {@code io.cocoon.engine.file}.
 * Source: engine dossier 1 and 2.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.model;
