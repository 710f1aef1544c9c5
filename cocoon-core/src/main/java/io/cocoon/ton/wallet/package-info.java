/** Sending from a wallet so that nothing is lost and nothing is sent twice: orders, the outbox, and what drives it. */
@NullMarked
package io.cocoon.ton.wallet;

import org.jspecify.annotations.NullMarked;
