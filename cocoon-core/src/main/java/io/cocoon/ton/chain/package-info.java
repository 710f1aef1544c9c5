/**
 * Access to the chain behind {@link io.cocoon.ton.chain.CocoonChain}. Here: the reference's configuration file for a
 * network without a chain ("fake TON"). Source: payments dossier, sections 2, 3 and 13.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.ton.chain;
