/** Small state that survives a crash. */
@NullMarked
package io.cocoon.internal.store;

import org.jspecify.annotations.NullMarked;
