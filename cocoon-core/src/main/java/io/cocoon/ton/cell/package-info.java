/** Cells, bags of cells, addresses: small, ours, and safe for hostile input. Immutable values without threads. */
@org.jspecify.annotations.NullMarked
package io.cocoon.ton.cell;
