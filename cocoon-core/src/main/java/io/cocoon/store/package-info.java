/** Small state that survives a crash. */
@NullMarked
package io.cocoon.store;

import org.jspecify.annotations.NullMarked;
