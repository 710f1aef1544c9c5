package io.cocoon.ton.chain;

/** The state of a contract, two bits on the chain (payments dossier 4). */
public enum ContractState {
    /** In use. */
    NORMAL,
    /** A refund or a close was asked for. */
    CLOSING,
    /** Ended. */
    CLOSED
}
