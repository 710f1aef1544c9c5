/**
 * The OpenAI API around a model: what a request asks for, and how its tokens become text, reasoning, tool calls and documents.
 *
 * <p>Threads: objects here belong to one request. Depends on {@code io.cocoon.engine.text}, {@code io.cocoon.engine.serve}, and
 * Jackson. Source: engine dossier 4 and 5.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.openai;
