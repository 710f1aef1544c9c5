/**
 * Model files: safetensors and GGUF, whole and in shards, mapped into memory and checked before anything is believed.
 *
 * <p>Every count and offset is held against the size of the file before memory is taken for it. Anything that is wrong is a
 * {@link io.cocoon.engine.file.ModelFormatException} that names the file and the place.
 *
 * <p>Threads: files are opened by one thread; a {@link io.cocoon.engine.file.Tensor} may then be read by many. Depends on
 * Jackson for JSON. Source: engine dossier 1.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.engine.file;
