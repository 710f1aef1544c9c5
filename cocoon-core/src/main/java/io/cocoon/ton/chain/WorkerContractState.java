package io.cocoon.ton.chain;

/**
 * A worker contract (payments dossier 4.2).
 *
 * @param state whether it is in use
 * @param tokensPaid adjusted tokens paid so far
 */
public record WorkerContractState(ContractState state, long tokensPaid) {

    /** Of a contract that does not exist or was never read: nothing paid. */
    public static final WorkerContractState UNKNOWN = new WorkerContractState(ContractState.NORMAL, 0);
}
