package io.cocoon.testkit.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ParamsCell;
import io.cocoon.ton.contract.ToRoot;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The root contract of a network on a {@link LocalChain}, and the hand of its owner, who is {@link LocalChain#MINT}. What is
 * changed here is in the contract a block later. Thread-safe.
 */
public final class LocalRoot {

    private static final Nanoton DEPLOY = Nanoton.ofTon("1");
    private static final Nanoton CHANGE = Nanoton.ofTon("0.5");
    private static final int UNIQUE_ID = 7;

    private final LocalChain chain;
    private final Address address;
    private final ContractCode code;
    private final AtomicLong query = new AtomicLong();

    /**
     * What a network begins with.
     *
     * @param prices what tokens cost
     * @param proxyDelay between a proxy's announcement to close and its end; struct version 4 has none
     * @param clientDelay between a client's request for a refund and its force
     * @param minProxyStake a proxy's least stake, which nothing enforces (payments dossier H7)
     * @param minClientStake a client's least stake
     */
    public record Terms(
            Prices prices, Duration proxyDelay, Duration clientDelay, Nanoton minProxyStake, Nanoton minClientStake) {

        /** As on the main network in order of size: 20 nanotons a token of which a worker gets 19, stakes of 1 TON. */
        public static final Terms DEFAULT = new Terms(
                new Prices(new Nanoton(20), new Nanoton(19), 10_000, 1_000, 80_000, 80_000),
                Duration.ofSeconds(600),
                Duration.ofSeconds(300),
                Nanoton.ofTon("1"),
                Nanoton.ofTon("1"));

        /** Returns these with other prices per token. */
        public Terms withPrices(Nanoton perToken, Nanoton workerFeePerToken) {
            return new Terms(
                    new Prices(
                            perToken,
                            workerFeePerToken,
                            prices.promptMultiplier(),
                            prices.cachedMultiplier(),
                            prices.completionMultiplier(),
                            prices.reasoningMultiplier()),
                    proxyDelay,
                    clientDelay,
                    minProxyStake,
                    minClientStake);
        }

        /** Returns these with another least stake of clients. */
        public Terms withMinClientStake(Nanoton stake) {
            return new Terms(prices, proxyDelay, clientDelay, minProxyStake, stake);
        }
    }

    private LocalRoot(LocalChain chain, Address address, ContractCode code) {
        this.chain = chain;
        this.address = address;
        this.code = code;
    }

    /** Deploys a root contract in the next block; it is the registry of an empty test network. */
    public static LocalRoot deploy(LocalChain chain, ContractCode code, Terms terms) {
        Cell init = StateInit.cell(code.root(), data(code, terms));
        Address address = new Address(0, init.hash());
        chain.deliver(address, DEPLOY, false, Optional.of(init), Cell.EMPTY);
        return new LocalRoot(chain, address, code);
    }

    private static Cell data(ContractCode code, Terms terms) {
        RootState.Params params = new RootState.Params(
                code.structVersion(),
                1,
                UNIQUE_ID,
                true,
                terms.prices(),
                terms.proxyDelay(),
                terms.clientDelay(),
                terms.minProxyStake(),
                terms.minClientStake(),
                BagOfCells.write(code.proxy()),
                BagOfCells.write(code.worker()),
                BagOfCells.write(code.client()));
        Cell emptyLists = new CellBuilder()
                .storeBit(false) // images of proxies
                .storeBit(false) // proxies
                .storeUint(0, 32) // their last number
                .storeBit(false) // images of workers
                .storeBit(false) // models
                .build();
        CellBuilder out =
                new CellBuilder().storeAddress(LocalChain.MINT).storeUint(1, 32).storeRef(emptyLists);
        try {
            out.storeRef(ParamsCell.write(params, ParamsCell.MASK_ROOT));
        } catch (CellException e) {
            throw new IllegalStateException("the codes in this jar are bags of cells", e);
        }
        if (code.structVersion() >= 4) {
            out.storeRef(new CellBuilder()
                    .storeBit(false) // network keys
                    .storeInt256(Int256.ZERO) // key and image of the key manager
                    .storeInt256(Int256.ZERO)
                    .storeUint(0, 8) // its address: none
                    .build());
        }
        return out.build();
    }

    /** Returns the contract's address. */
    public Address address() {
        return address;
    }

    /** Returns the codes that the network was made with. */
    public ContractCode code() {
        return code;
    }

    /** Registers a proxy under the next number. */
    public void registerProxy(HostPort forWorkers, HostPort forClients) {
        send(new ToRoot.RegisterProxy(query.incrementAndGet(), forWorkers + " " + forClients));
    }

    /** Changes what tokens cost. All contracts have other addresses then. */
    public void changePrice(Nanoton perToken, Nanoton workerFeePerToken) {
        send(new ToRoot.ChangePrice(query.incrementAndGet(), perToken, workerFeePerToken));
    }

    /**
     * Lists a key for payload encryption.
     *
     * @throws IllegalStateException if the network's struct version has no such list
     */
    public void addNetworkKey(RootState.NetworkKey key) {
        requireKeys();
        send(new ToRoot.AddPublicKey(query.incrementAndGet(), key.publicKey(), key.type(), key.expiresAt()));
    }

    /**
     * Names the key manager.
     *
     * @throws IllegalStateException if the network's struct version has none
     */
    public void keyManager(RootState.KeyManager manager) {
        requireKeys();
        send(new ToRoot.ChangeKeyManager(
                query.incrementAndGet(),
                manager.publicKey(),
                manager.imageHash(),
                manager.address().toString()));
    }

    private void requireKeys() {
        if (code.structVersion() < 4) {
            throw new IllegalStateException(
                    "networks of struct version " + code.structVersion() + " know no key manager; version 4 does");
        }
    }

    /** Sends any message of the owner. */
    public void send(ToRoot message) {
        chain.deliver(address, CHANGE, true, Optional.empty(), message.toCell());
    }
}
