package io.cocoon.testkit;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The reference's mode without a chain: the registry is in memory, nothing is paid. */
final class WithoutChain implements NetworkChain {

    private static final Address ROOT = new Address(0, Int256.fromHex("00".repeat(31) + "01"));

    private final FakeTonChain chain;

    WithoutChain(Nanoton perToken, Nanoton workerFeePerToken, Address owner) {
        chain = FakeTonChain.of(
                FakeTonConfig.defaults().withPrices(perToken, workerFeePerToken).withOwner(owner), ROOT, false);
    }

    @Override
    public CocoonChain cocoon() {
        return chain;
    }

    @Override
    public void register(HostPort forWorkers, HostPort forClients) {
        chain.change(config -> {
            List<RootState.RegisteredProxy> proxies = new ArrayList<>(config.proxies());
            proxies.add(new RootState.RegisteredProxy(config.lastProxySeqno() + 1, forWorkers, forClients));
            return config.withProxies(proxies).withVersions(config.version() + 1, config.paramsVersion());
        });
    }

    @Override
    public void keyManager(RootState.KeyManager manager) {
        chain.change(config -> config.withKeys(config.networkKeys(), Optional.of(manager)));
    }

    @Override
    public CompletionStage<Void> publish(RootState.NetworkKey key) {
        chain.change(config -> {
            List<RootState.NetworkKey> keys = new ArrayList<>(config.networkKeys());
            keys.add(key);
            return config.withKeys(keys, config.keyManager());
        });
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void changePrices(Nanoton perToken, Nanoton workerFeePerToken) {
        chain.change(config -> config.withPrices(perToken, workerFeePerToken)
                .withVersions(config.version() + 1, config.paramsVersion() + 1));
    }

    @Override
    public void close() {
        chain.close();
    }
}
