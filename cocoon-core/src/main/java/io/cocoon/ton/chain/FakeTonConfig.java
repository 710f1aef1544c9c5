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
import java.util.function.Consumer;

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

    /** The same fields, to be changed one by one. */
    private static final class Draft {
        private Address owner;
        private int version;
        private int paramsVersion;
        private Nanoton price;
        private Nanoton fee;
        private List<RootState.RegisteredProxy> proxies;
        private int lastProxySeqno;
        private Set<Int256> proxyHashes;
        private Set<Int256> workerHashes;
        private Set<Int256> modelHashes;
        private List<RootState.NetworkKey> networkKeys;
        private Optional<RootState.KeyManager> keyManager;
        private Bytes proxyCode;
        private Bytes workerCode;
        private Bytes clientCode;

        private Draft(FakeTonConfig from) {
            owner = from.owner;
            version = from.version;
            paramsVersion = from.paramsVersion;
            price = from.price;
            fee = from.fee;
            proxies = from.proxies;
            lastProxySeqno = from.lastProxySeqno;
            proxyHashes = from.proxyHashes;
            workerHashes = from.workerHashes;
            modelHashes = from.modelHashes;
            networkKeys = from.networkKeys;
            keyManager = from.keyManager;
            proxyCode = from.proxyCode;
            workerCode = from.workerCode;
            clientCode = from.clientCode;
        }
    }

    private FakeTonConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new FakeTonConfig(
                draft.owner,
                draft.version,
                draft.paramsVersion,
                draft.price,
                draft.fee,
                draft.proxies,
                draft.lastProxySeqno,
                draft.proxyHashes,
                draft.workerHashes,
                draft.modelHashes,
                draft.networkKeys,
                draft.keyManager,
                draft.proxyCode,
                draft.workerCode,
                draft.clientCode);
    }

    /** Sets both versions. */
    public FakeTonConfig withVersions(int newVersion, int newParamsVersion) {
        return with(draft -> {
            draft.version = newVersion;
            draft.paramsVersion = newParamsVersion;
        });
    }

    /** Sets price and fee per token. */
    public FakeTonConfig withPrices(Nanoton newPrice, Nanoton newFee) {
        return with(draft -> {
            draft.price = newPrice;
            draft.fee = newFee;
        });
    }

    /** Sets the registered proxies; the last sequence number is their greatest. */
    public FakeTonConfig withProxies(List<RootState.RegisteredProxy> newProxies) {
        int last = newProxies.stream()
                .mapToInt(RootState.RegisteredProxy::seqno)
                .max()
                .orElse(0);
        return with(draft -> {
            draft.proxies = newProxies;
            draft.lastProxySeqno = last;
        });
    }

    /** Sets what is allowed: image hashes of proxies and workers, and hashes of full model names. */
    public FakeTonConfig withAllowed(Set<Int256> newProxyHashes, Set<Int256> newWorkerHashes, Set<Int256> newModels) {
        return with(draft -> {
            draft.proxyHashes = newProxyHashes;
            draft.workerHashes = newWorkerHashes;
            draft.modelHashes = newModels;
        });
    }

    /** Sets the keys for payload encryption and the key manager. */
    public FakeTonConfig withKeys(List<RootState.NetworkKey> newKeys, Optional<RootState.KeyManager> newKeyManager) {
        return with(draft -> {
            draft.networkKeys = newKeys;
            draft.keyManager = newKeyManager;
        });
    }

    /** Sets the codes of the three contracts, as bags of cells; a pruned cell with hash and depth is enough. */
    public FakeTonConfig withCodes(Bytes newProxyCode, Bytes newWorkerCode, Bytes newClientCode) {
        return with(draft -> {
            draft.proxyCode = newProxyCode;
            draft.workerCode = newWorkerCode;
            draft.clientCode = newClientCode;
        });
    }

    /** Sets the owner of the root contract. */
    public FakeTonConfig withOwner(Address newOwner) {
        return with(draft -> draft.owner = newOwner);
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
