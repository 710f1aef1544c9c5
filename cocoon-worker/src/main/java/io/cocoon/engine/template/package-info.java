/**
 * Chat templates: a small interpreter for the part of Jinja that models' templates use, bounded in steps, output and depth.
 *
 * <p>Every character keeps its origin. What the template wrote and what came from a caller stay apart through concatenation,
 * slices and filters, so that {@link io.cocoon.engine.text.Tokenizer#encode(java.util.List)} turns only the template's own
 * markers into markers. Numbers and JSON count as the caller's.
 *
 * <p>Threads: a {@link io.cocoon.engine.template.ChatTemplate} is immutable and shared. Depends on {@code io.cocoon.engine.text},
 * {@code io.cocoon.engine.file}, and Jackson for JSON and the shortest form of a number. Source: engine dossier 4.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.template;
