package io.cocoon.ton.chain;

import io.cocoon.ton.cell.Address;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Cocoon's contracts as its roles see them: the newest known state of each. Below it lies a {@link TonChain}, or the
 * reference's file instead of a chain. Thread-safe; no method blocks on a network.
 *
 * <p>Promise: {@link #root()} never goes back to a lower version. Not promised: that it is the newest; {@link
 * #rootSeenAt()} says how old it may be.
 */
public interface CocoonChain extends AutoCloseable {

    /** Returns a line for people: what this is and whether it can be trusted. */
    String describe();

    /** Returns whether addresses carry the test network's flag. */
    boolean isTestnet();

    /** Returns whether nothing here is real: the reference's mode without a chain. */
    boolean isSimulated();

    /** Returns the newest root state that was seen. */
    RootState root();

    /** Returns the time of {@link #root()}. */
    java.time.Instant rootSeenAt();

    /**
     * Calls {@code listener} with every newer root state, from a thread of the chain, until {@link #close} or until the
     * result is run.
     *
     * @return ends it; may be run from any thread and more than once. A call that has begun is not waited for
     */
    Runnable onRootChange(Consumer<RootState> listener);

    /** Returns the newest known state of a client contract; {@link ClientContractState#UNKNOWN} if none was read yet. */
    ClientContractState client(Address contract);

    /** Returns the newest known state of a worker contract; {@link WorkerContractState#UNKNOWN} if none was read yet. */
    WorkerContractState worker(Address contract);

    /**
     * Reads a client or worker contract again, so that {@link #client} and {@link #worker} know what the chain says now.
     *
     * @return ends when that is done; fails with {@link ChainException} if the chain could not be read, and then the known
     *     state stays
     */
    CompletionStage<Void> refresh(Address contract);

    /** Ends polling; leaves no thread. */
    @Override
    void close();
}
