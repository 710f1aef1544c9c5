package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The chain as a durable ledger needs it: it puts save_state messages of the proxy's own wallet in order (payments dossier
 * 14.2).
 *
 * <p>An implementation promises: each {@link #save} reaches the chain at most once, however often it has to be sent again;
 * every save_state that the proxy's contract receives is reported, in the order of the chain, whoever sent it.
 */
public interface StateSaver {

    /**
     * A save_state among the transactions of the proxy's contract.
     *
     * @param sender of the message
     * @param seqno from the message
     * @param sessionHash from the message
     * @param time logical time of the transaction, above 0; grows from one to the next
     */
    record SavedState(Address sender, int seqno, Int256 sessionHash, long time) {}

    /** Returns the address of the proxy's wallet, the only sender that counts. */
    Address wallet();

    /**
     * Reports what the contract has received. Called once, before the first {@link #save}.
     *
     * @param after logical time of the last transaction that is known; 0 if none is. Later ones are all reported
     * @param seen told of each; thread-safe, does not wait for a disk; may be called before this method returns
     */
    void follow(long after, Consumer<SavedState> seen);

    /**
     * Sends save_state to the proxy's contract. May return before that is done; not called on an event loop.
     *
     * @throws RuntimeException if it will not be sent; the ledger stops then
     */
    void save(int seqno, Int256 sessionHash);

    /** Returns one for the mode without a chain: whatever is sent is seen at once, in this process. */
    static StateSaver inProcess() {
        return new StateSaver() {
            private final Address wallet = new Address(0, Int256.ZERO);
            private @Nullable Consumer<SavedState> seen;

            @Override
            public Address wallet() {
                return wallet;
            }

            @Override
            public synchronized void follow(long after, Consumer<SavedState> listener) {
                seen = listener;
            }

            @Override
            public synchronized void save(int seqno, Int256 sessionHash) {
                if (seen == null) {
                    throw new IllegalStateException("save before follow");
                }
                // Sequence numbers grow over restarts, as times do.
                seen.accept(new SavedState(wallet, seqno, sessionHash, seqno));
            }
        };
    }
}
