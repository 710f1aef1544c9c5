/**
 * The messages of Cocoon: one record per TL constructor, in sealed families by direction.
 *
 * <p>Immutable values without threads. Ids, fields and flags: {@code tl-constructors-2026.json} of the wire dossier;
 * what they mean: its sections 5 to 7. A reader of this package accepts what both public generations of the network
 * send (December 2025: versions 0 to 2, April 2026: versions 3 and 4). Fields whose flag bit is off read as zero, false
 * or empty; flag bits without a meaning are kept, so that an object is written as it was read.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.protocol;
