/**
 * The TL codec: primitives, bounds and strictness, and nothing of Cocoon.
 *
 * <p>Everything here is a pure function of bytes. No class keeps a thread, and none is safe for use by two threads at
 * once unless it is immutable ({@link io.cocoon.tl.Bytes}, {@link io.cocoon.tl.Int256}). Source of every rule: the wire
 * dossier, section 1.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tl;
