/**
 * Prices, token usage, signed payments, and the checks that a payer and a payee make. Pure functions of values.
 *
 * <p>Tokens of text and nanotons of money are different types. Source: payments dossier, sections 7 and 12.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.payment;
