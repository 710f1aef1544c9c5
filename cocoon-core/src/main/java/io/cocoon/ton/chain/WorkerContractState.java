package io.cocoon.ton.chain;

/**
 * A worker contract (payments dossier 4.2).
 *
 * @param state whether it is in use
 * @param tokensPaid adjusted tokens paid so far
 */
public record WorkerContractState(ContractState state, long tokensPaid) {}
