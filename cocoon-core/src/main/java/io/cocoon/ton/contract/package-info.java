/** Contracts as pure functions: state in, addresses and messages out. Payments dossier, sections 3 to 5. */
@org.jspecify.annotations.NullMarked
package io.cocoon.ton.contract;
