package io.cocoon.client;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.WorkerContractState;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Says of a simulated chain that it is real, and of its network, where wanted, that it is no test network. */
record SeemingChain(FakeTonChain below, boolean isTest) implements CocoonChain {

    @Override
    public String describe() {
        return "a chain that seems real";
    }

    @Override
    public boolean isTestnet() {
        return below.isTestnet();
    }

    @Override
    public boolean isSimulated() {
        return false;
    }

    @Override
    public RootState root() {
        RootState s = below.root();
        RootState.Params p = s.params();
        RootState.Params params = new RootState.Params(
                p.structVersion(),
                p.version(),
                p.uniqueId(),
                isTest,
                p.prices(),
                p.proxyDelayBeforeClose(),
                p.clientDelayBeforeClose(),
                p.minProxyStake(),
                p.minClientStake(),
                p.proxyCode(),
                p.workerCode(),
                p.clientCode());
        return new RootState(
                s.root(),
                s.owner(),
                s.version(),
                params,
                s.proxies(),
                s.lastProxySeqno(),
                s.proxyHashes(),
                s.workerHashes(),
                s.modelHashes(),
                s.networkKeys(),
                s.keyManager());
    }

    @Override
    public Instant rootSeenAt() {
        return below.rootSeenAt();
    }

    @Override
    public Runnable onRootChange(Consumer<RootState> listener) {
        return below.onRootChange(newer -> listener.accept(root()));
    }

    @Override
    public ClientContractState client(Address contract) {
        return below.client(contract);
    }

    @Override
    public WorkerContractState worker(Address contract) {
        return below.worker(contract);
    }

    @Override
    public CompletionStage<Void> refresh(Address contract) {
        return below.refresh(contract);
    }

    @Override
    public void close() {
        below.close();
    }
}
