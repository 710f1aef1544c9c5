/** How long things take: counted in a fixed amount of memory, read by status pages and metrics. Depends on nothing of Cocoon. */
@org.jspecify.annotations.NullMarked
package io.cocoon.stats;
