package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;

/**
 * A client contract (payments dossier 4.3).
 *
 * @param state whether it is in use
 * @param balance what is left to be charged
 * @param stake how far a proxy may run ahead of the chain
 * @param tokensUsed adjusted tokens charged so far
 * @param secretHash SHA-256 of the client's secret
 */
public record ClientContractState(
        ContractState state, Nanoton balance, Nanoton stake, long tokensUsed, Int256 secretHash) {

    /** Of a contract that does not exist or was never read: no money, no secret. */
    public static final ClientContractState UNKNOWN =
            new ClientContractState(ContractState.NORMAL, Nanoton.ZERO, Nanoton.ZERO, 0, Int256.ZERO);
}
