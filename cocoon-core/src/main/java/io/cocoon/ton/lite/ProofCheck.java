package io.cocoon.ton.lite;

/** The checks between an answer and its being believed, by name. Payments dossier 11.2. */
enum ProofCheck {
    /** A bag of cells, a cell or a field is not what its type says. */
    MALFORMED,
    /** A proof is a Merkle proof cell, and there are as many as it takes. */
    PROOF_SHAPE,
    /** What has to be read is in the proof; a pruned branch is not "nothing there". */
    PRUNED_AWAY,
    /** The proven cell has the root hash that the block's id states. */
    BLOCK_HASH,
    /** The header names the block that the id names. */
    BLOCK_ID,
    /** The server is on the network that the configuration is of. */
    NETWORK,
    /** There is one block of each number. */
    FORK,
    /** A chain of blocks runs in the masterchain only. */
    MASTERCHAIN,
    /** The chain went through exactly the hard forks that the configuration lists. */
    HARD_FORK,
    /** A link begins where the one before it ended, and goes on. */
    LINK,
    /** A block is a key block exactly if the link says so, and a link forward begins at one. */
    KEY_BLOCK,
    /** The list of validators makes sense. */
    VALIDATORS,
    /** Header, signatures and configuration mean the same list of validators. */
    VALIDATOR_SET,
    /** Every signer is a validator. */
    SIGNER,
    /** No signer counts twice. */
    SIGNER_TWICE,
    /** Every signature is right. */
    SIGNATURE,
    /** More than two thirds of the weight have signed. */
    WEIGHT,
    /** The candidate that was voted for is the block. */
    CANDIDATE,
    /** A state is the one that its block's header states. */
    STATE,
    /** A state remembers the earlier block. */
    OLD_BLOCK,
    /** The answer is for the block that was asked for. */
    ASKED_BLOCK,
    /** The masterchain knows this shard block, and the account belongs into it. */
    SHARD_BLOCK,
    /** The account's state is the one in the proof. */
    ACCOUNT,
    /** The account's cell is of the account that was asked for. */
    ACCOUNT_ADDRESS,
    /** A transaction has the hash and the logical time that the later one names. */
    TRANSACTION,
    /** Transactions lead back to the last known one and do not pass it by. */
    TRANSACTION_GAP
}
