/** Receipts of paid requests: what was asked, answered, charged and signed, and who vouches for each of it. Format: {@code docs/receipts.md}. */
@NullMarked
package io.cocoon.client.receipt;

import org.jspecify.annotations.NullMarked;
