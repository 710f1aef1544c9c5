package io.cocoon.testkit;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.util.concurrent.CompletionStage;

/** What a {@link TestNetwork} keeps its registry on, and the hand of the registry's owner. Thread-safe. */
interface NetworkChain extends AutoCloseable {

    /** Returns what the contracts say. */
    CocoonChain cocoon();

    /** Registers a proxy. It is in the root state soon, not at once. */
    void register(HostPort forWorkers, HostPort forClients);

    /** Names the key manager. */
    void keyManager(RootState.KeyManager manager);

    /** Lists a key for payload encryption. */
    CompletionStage<Void> publish(RootState.NetworkKey key);

    /** Changes what tokens cost; all contracts have other addresses then. */
    void changePrices(Nanoton perToken, Nanoton workerFeePerToken);

    @Override
    void close();
}
