package io.cocoon.proxy;

import io.cocoon.protocol.SignedPayment;
import io.cocoon.ton.cell.Address;

/**
 * A contract's totals with the payment that covers their signed part.
 *
 * @param totals what is known
 * @param payment covers {@code totals.signed()} or a newer number
 */
record SignedTotals(Ledger.Totals totals, SignedPayment.Signed payment) {

    static SignedTotals of(Payments payments, Ledger.Side side, Address contract, Ledger.Totals totals) {
        return new SignedTotals(totals, payments.signed(side, contract, totals));
    }
}
