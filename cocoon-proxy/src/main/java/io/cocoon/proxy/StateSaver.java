package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The chain as a durable ledger needs it: it puts the save_state messages of the proxy's wallet in order (payments dossier 14.2).
 *
 * <p>An implementation promises, for the contract that is followed:
 *
 * <ul>
 *   <li>each {@link #save} reaches the chain at most once, however often it has to be sent again, also after a restart (contract,
 *       number and session together name it); it is tried as long as the wallet can pay;
 *   <li>every save_state among the contract's transactions is reported, aborted ones too (a message of 1 nanoton is one), once or
 *       again but never out of the order of the chain, and only when its block is final: what is reported never goes away;
 *   <li>a message with another body, or with anything behind the body, is not reported; the sender is the message's source.
 * </ul>
 *
 * <p>Not needed: that {@link #save} is fast, that messages arrive in the order in which they were given, or that all of them do.
 * A ledger calls the methods one at a time; it does not close the saver.
 */
public interface StateSaver {

    /**
     * A save_state among the transactions of the proxy's contract.
     *
     * @param sender of the message, whoever it is
     * @param seqno from the message
     * @param sessionHash from the message
     * @param transaction that took it; the unsigned logical time grows from one to the next
     */
    record SavedState(Address sender, int seqno, Int256 sessionHash, TransactionId transaction) {}

    /** Returns the address of the proxy's wallet, the only sender that counts. */
    Address wallet();

    /**
     * Follows a contract from now on, instead of the one before.
     *
     * @param contract of the proxy; it need not exist yet
     * @param after the last transaction that is known; {@link TransactionId#NONE} for all that ever were
     * @param seen told of each; thread-safe, fast, throws nothing; may be called before this method returns
     * @return completes when everything that the contract had received by the time of the call was reported; fails if that will
     *     not be known. An old database is found by this
     */
    CompletionStage<Void> follow(Address contract, TransactionId after, Consumer<SavedState> seen);

    /**
     * Sends save_state to a contract. Returns when it is certain that it will be tried, not when it is done; what then
     * happened is reported by {@link #follow}. Runs on the ledger's thread, which may wait for a disk, not for a network.
     *
     * @throws RuntimeException if it will not be sent; the ledger stops then
     */
    void save(Address contract, int seqno, Int256 sessionHash);

    /** Returns one for the mode without a chain: whatever is sent is seen at once, in this process. It finds no old database. */
    static StateSaver inProcess() {
        return new StateSaver() {
            private final Address wallet = new Address(0, Int256.ZERO);
            private @Nullable Consumer<SavedState> seen;

            @Override
            public Address wallet() {
                return wallet;
            }

            @Override
            public CompletionStage<Void> follow(Address contract, TransactionId after, Consumer<SavedState> listener) {
                seen = listener;
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public void save(Address contract, int seqno, Int256 sessionHash) {
                if (seen == null) {
                    throw new IllegalStateException("save before follow");
                }
                // Sequence numbers grow over restarts, as logical times do.
                seen.accept(new SavedState(wallet, seqno, sessionHash, new TransactionId(seqno, Int256.ZERO)));
            }
        };
    }
}
