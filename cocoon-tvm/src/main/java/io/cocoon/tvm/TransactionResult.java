package io.cocoon.tvm;

import io.cocoon.ton.cell.Cell;

/** What became of a message. */
public sealed interface TransactionResult {

    /**
     * There is a transaction; whether the contract liked the message is said in there.
     *
     * @param transaction TL-B {@code Transaction}
     * @param account TL-B {@code ShardAccount} after it
     * @param log the end of what the virtual machine did, for people
     */
    record Done(Cell transaction, Cell account, String log) implements TransactionResult {}

    /**
     * An external message that nobody would pay for: there is no transaction.
     *
     * @param reason for people
     * @param exitCode of the contract's code; 0 if it did not run
     * @param log the end of what the virtual machine did, for people
     */
    record NotAccepted(String reason, int exitCode, String log) implements TransactionResult {}
}
