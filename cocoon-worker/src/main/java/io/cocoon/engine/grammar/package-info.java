/**
 * Answers that have to be JSON of a certain form: a schema becomes a grammar, the grammar an automaton over bytes, and that says
 * which tokens may come next.
 *
 * <p>Threads: a {@link io.cocoon.engine.grammar.Grammar} is immutable; a {@link io.cocoon.engine.grammar.JsonConstraint} belongs to
 * the scheduler's thread. Depends on {@code io.cocoon.engine.serve}, {@code io.cocoon.engine.text} and Jackson. Source: engine dossier 5.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.grammar;
