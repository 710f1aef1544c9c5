/**
 * A TON chain in this JVM, with the real virtual machine and nobody else on it. One thread of its own for each chain, on
 * which everything of it happens.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.testkit.chain;
