/** Cocoon's contracts followed on a real chain. */
@NullMarked
package io.cocoon.ton.live;

import org.jspecify.annotations.NullMarked;
