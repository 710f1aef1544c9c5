package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;

/**
 * One thing that is asked of a contract. Equal tasks are one order of the wallet, so a task that is repeated after a crash goes
 * out once.
 *
 * @param operation what
 * @param contract of whom
 * @param total the signed total, or what the operation is about; makes the order another one when it has grown
 * @param attempt 0, and one more for each that went out and changed nothing
 */
record ContractTask(Operation operation, Address contract, long total, int attempt) {

    /** What can be asked. Values are those of payments dossier 9.1; what is not used comes back. */
    enum Operation {
        DEPLOY("0.3"),
        CHARGE("0.7"),
        GRANT_REFUND("0.7"),
        PAYOUT("0.7"),
        LAST_PAYOUT("0.7"),
        EARNINGS("0.2"),
        CLOSE_REQUEST("1"),
        CLOSE_COMPLETE("1");

        private final Nanoton value;

        Operation(String ton) {
            value = Nanoton.ofTon(ton);
        }

        Nanoton value() {
            return value;
        }

        String text() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }
}
