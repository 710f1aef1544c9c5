package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PaymentTotals;
import io.cocoon.payment.PayoutRule;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.WorkerContractState;
import io.cocoon.ton.contract.ContractData;
import java.time.Instant;
import java.util.List;

/**
 * What is known about one payout at one moment.
 *
 * @param worker the worker's contract
 * @param proxy the proxy's contract, read before it
 * @param transactions of the worker's contract after {@link Payout#seen}, oldest first, without a gap, perhaps not up to the newest
 * @param known what the proxy has signed
 * @param occasion what the worker is about to do
 * @param outdated whether the root contract has newer parameters than these contracts
 */
record PayoutLook(
        Worker worker,
        Proxy proxy,
        List<Transaction> transactions,
        PaymentTotals known,
        PayoutRule.Occasion occasion,
        boolean outdated) {

    PayoutLook {
        transactions = List.copyOf(transactions);
    }

    /**
     * The worker's contract.
     *
     * @param status of its account
     * @param state what it keeps; nothing paid if it does not exist
     * @param last its newest transaction
     * @param at the chain's clock when it was read
     */
    record Worker(AccountState.Status status, WorkerContractState state, TransactionId last, Instant at) {

        /** Reads it. @throws CellException if the account is something else */
        static Worker of(AccountState account) throws CellException {
            WorkerContractState state = account.data().isPresent()
                    ? ContractData.Worker.read(account.data().get()).state()
                    : WorkerContractState.UNKNOWN;
            return new Worker(
                    account.status(), state, account.last(), account.at().time());
        }

        boolean exists() {
            return status == AccountState.Status.ACTIVE;
        }

        boolean closed() {
            return state.state() == ContractState.CLOSED;
        }
    }

    /**
     * The proxy's contract.
     *
     * @param exists whether it has code
     * @param state whether it pays
     * @param balance what is on its account, the clients' money included
     */
    record Proxy(boolean exists, ContractState state, Nanoton balance) {

        /** Reads it. @throws CellException if the account is something else */
        static Proxy of(AccountState account) throws CellException {
            ContractState state = account.data().isPresent()
                    ? ContractData.Proxy.read(account.data().get()).state()
                    : ContractState.NORMAL;
            return new Proxy(account.isActive(), state, account.balance());
        }
    }
}
