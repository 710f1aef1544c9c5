/**
 * Text to token ids and back: byte-level BPE as Qwen and Llama 3 use it, and the SentencePiece-style BPE of Gemma.
 *
 * <p>Text has an origin: a {@link io.cocoon.engine.text.Segment} is trusted if a model's own template wrote it, and not if it
 * came from a caller. Only trusted text can become a marker such as {@code <|im_end|>}; a caller who types one gets its
 * letters.
 *
 * <p>Threads: a {@link io.cocoon.engine.text.Tokenizer} is immutable and shared; a
 * {@link io.cocoon.engine.text.Detokenizer} belongs to one answer and one thread. Depends on {@code io.cocoon.engine.file}
 * and Jackson for JSON. Source: engine dossier 3 and 13 (E8, E20 to E23).
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.text;
