/**
 * The content of a query: OpenAI-shaped requests and answers, as HTTP objects. Validation and rewriting on both sides,
 * token counting, payload encryption, forms, server-sent events.
 *
 * <p>Pure functions and small parsers, confined to whoever uses them. Source: wire dossier 6.1, 6.8, 6.9; 2026 part,
 * sections 4, 6, 7 and 8.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.inference;
