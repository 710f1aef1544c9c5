/** Code cells of the contracts that the local chain runs: written for it in Tolk (src/main/tolk), compiled ahead of time. */
@org.jspecify.annotations.NullMarked
package io.cocoon.testkit.contracts;
