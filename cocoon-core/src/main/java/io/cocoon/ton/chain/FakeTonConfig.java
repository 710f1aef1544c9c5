package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a network without a chain consists of. Immutable; each {@code with} method returns a changed copy. The constants
 * of the reference's mode (wire dossier 8.4): layout 1, unique id 13, test network, multipliers 1.0, delays of 600 and
 * 300 seconds, stakes of 1 TON.
 *
 * @param owner the root contract's owner
 * @param version grows with every change
 * @param paramsVersion grows when contract addresses change
 * @param price what a client pays per token
 * @param fee what a worker earns per token
 * @param proxies registered proxies
 * @param lastProxySeqno the last number handed out
 * @param proxyHashes allowed image hashes of proxies
 * @param workerHashes allowed image hashes of workers
 * @param modelHashes SHA-256 of each allowed full model name
 * @param networkKeys keys for payload encryption
 * @param keyManager the key manager, if there is one
 * @param proxyCode bag of cells of the proxy contract's code
 * @param workerCode likewise for the worker contract
 * @param clientCode likewise for the client contract
 */
public record FakeTonConfig(
        Address owner,
        int version,
        int paramsVersion,
        Nanoton price,
        Nanoton fee,
        List<RootState.RegisteredProxy> proxies,
        int lastProxySeqno,
        Set<Int256> proxyHashes,
        Set<Int256> workerHashes,
        Set<Int256> modelHashes,
        List<RootState.NetworkKey> networkKeys,
        Optional<RootState.KeyManager> keyManager,
        Bytes proxyCode,
        Bytes workerCode,
        Bytes clientCode) {

    private static final int STRUCT_VERSION = 1;
    private static final int UNIQUE_ID = 13;
    private static final Duration PROXY_DELAY = Duration.ofSeconds(600);
    private static final Duration CLIENT_DELAY = Duration.ofSeconds(300);
    private static final Nanoton STAKE = Nanoton.ofTon("1");

    public FakeTonConfig {
        proxies = List.copyOf(proxies);
        proxyHashes = Set.copyOf(proxyHashes);
        workerHashes = Set.copyOf(workerHashes);
        modelHashes = Set.copyOf(modelHashes);
        networkKeys = List.copyOf(networkKeys);
    }

    /** Returns a network with version 3, price 2 and fee 1, as shipped, but nobody in it and empty codes. */
    public static FakeTonConfig defaults() {
        Bytes empty = BagOfCells.write(Cell.EMPTY);
        return new FakeTonConfig(
                new Address(0, Int256.ZERO),
                3,
                1,
                new Nanoton(2),
                new Nanoton(1),
                List.of(),
                0,
                Set.of(),
                Set.of(),
                Set.of(),
                List.of(),
                Optional.empty(),
                empty,
                empty,
                empty);
    }

    /** Sets both versions. */
    public FakeTonConfig withVersions(int newVersion, int newParamsVersion) {
        return new FakeTonConfig(
                owner,
                newVersion,
                newParamsVersion,
                price,
                fee,
                proxies,
                lastProxySeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager,
                proxyCode,
                workerCode,
                clientCode);
    }

    /** Sets price and fee per token. */
    public FakeTonConfig withPrices(Nanoton newPrice, Nanoton newFee) {
        return new FakeTonConfig(
                owner,
                version,
                paramsVersion,
                newPrice,
                newFee,
                proxies,
                lastProxySeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager,
                proxyCode,
                workerCode,
                clientCode);
    }

    /** Sets the registered proxies; the last sequence number is their greatest. */
    public FakeTonConfig withProxies(List<RootState.RegisteredProxy> newProxies) {
        int last = newProxies.stream()
                .mapToInt(RootState.RegisteredProxy::seqno)
                .max()
                .orElse(0);
        return new FakeTonConfig(
                owner,
                version,
                paramsVersion,
                price,
                fee,
                newProxies,
                last,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager,
                proxyCode,
                workerCode,
                clientCode);
    }

    /** Sets what is allowed: image hashes of proxies and workers, and hashes of full model names. */
    public FakeTonConfig withAllowed(Set<Int256> newProxyHashes, Set<Int256> newWorkerHashes, Set<Int256> newModels) {
        return new FakeTonConfig(
                owner,
                version,
                paramsVersion,
                price,
                fee,
                proxies,
                lastProxySeqno,
                newProxyHashes,
                newWorkerHashes,
                newModels,
                networkKeys,
                keyManager,
                proxyCode,
                workerCode,
                clientCode);
    }

    /** Sets the keys for payload encryption and the key manager. */
    public FakeTonConfig withKeys(List<RootState.NetworkKey> newKeys, Optional<RootState.KeyManager> newKeyManager) {
        return new FakeTonConfig(
                owner,
                version,
                paramsVersion,
                price,
                fee,
                proxies,
                lastProxySeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                newKeys,
                newKeyManager,
                proxyCode,
                workerCode,
                clientCode);
    }

    /** Sets the codes of the three contracts, as bags of cells; a pruned cell with hash and depth is enough. */
    public FakeTonConfig withCodes(Bytes newProxyCode, Bytes newWorkerCode, Bytes newClientCode) {
        return new FakeTonConfig(
                owner,
                version,
                paramsVersion,
                price,
                fee,
                proxies,
                lastProxySeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager,
                newProxyCode,
                newWorkerCode,
                newClientCode);
    }

    /** Sets the owner of the root contract. */
    public FakeTonConfig withOwner(Address newOwner) {
        return new FakeTonConfig(
                newOwner,
                version,
                paramsVersion,
                price,
                fee,
                proxies,
                lastProxySeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager,
                proxyCode,
                workerCode,
                clientCode);
    }

    /** Returns what a root contract at {@code root} with this content would say. */
    public RootState toRootState(Address root) {
        Prices prices = new Prices(price, fee, Prices.ONE, Prices.ONE, Prices.ONE, Prices.ONE);
        RootState.Params params = new RootState.Params(
                STRUCT_VERSION,
                paramsVersion,
                UNIQUE_ID,
                true,
                prices,
                PROXY_DELAY,
                CLIENT_DELAY,
                STAKE,
                STAKE,
                proxyCode,
                workerCode,
                clientCode);
        return new RootState(
                root,
                owner,
                version,
                params,
                proxies,
                lastProxySeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager);
    }
}
