/** The payment channel of a client: a pure state machine for each of its contracts, and what drives them on a chain. */
@NullMarked
package io.cocoon.ton.channel;

import org.jspecify.annotations.NullMarked;
