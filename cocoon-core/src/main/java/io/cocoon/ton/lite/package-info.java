/**
 * A lite client: reads the TON chain from liteservers over ADNL and believes nothing that is not proven from a trusted block
 * on. Owns one I/O thread and one thread that checks proofs. Source: payments dossier 11.2.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.ton.lite;
