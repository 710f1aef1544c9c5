/** Meters and flight recorder events of a client's requests. */
@NullMarked
package io.cocoon.micrometer;

import org.jspecify.annotations.NullMarked;
