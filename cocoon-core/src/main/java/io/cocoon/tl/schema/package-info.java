/**
 * TL by description: decodes any object of Cocoon's schema into a tree, and back, without a class for it.
 *
 * <p>For the objects that never travel (configurations of the reference's programs, the fake root contract, database
 * records), for showing recorded traffic, and as the independent check of the records in the protocol package. Messages
 * on a connection are read with those records, not with this.
 *
 * <p>Immutable values and pure functions; no threads. Depends on {@code io.cocoon.tl}, and inside on Jackson for text.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tl.schema;
