package io.cocoon.examples.cli;

import io.cocoon.client.Network;
import io.cocoon.examples.DemonstrationModel;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.live.TonNetwork;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.worker.InferenceEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The network of a command, opened.
 *
 * @param contracts what its contracts say
 * @param access the chain below; empty if there is none
 * @param test the network in this JVM, if it is that
 * @param end closes everything
 */
record OpenNetwork(CocoonChain contracts, Optional<TonChain> access, Optional<TestNetwork> test, Runnable end)
        implements AutoCloseable {

    /** The demonstration model's name on a test network. */
    static final String DEMONSTRATION = "cocoon/demonstration";

    /** What a wallet gets there: the local chain makes it out of nothing. */
    static final Nanoton GIFT = Nanoton.ofTon("50");

    /** Opens it; says what takes long, and what is not real. */
    static OpenNetwork open(NetworkOptions options, PrintWriter out) throws IOException, ChainException {
        return open(options, out, UnaryOperator.identity());
    }

    /** Likewise, with changes to a test network. */
    static OpenNetwork open(NetworkOptions options, PrintWriter out, UnaryOperator<TestNetwork.Builder> ofTest)
            throws IOException, ChainException {
        if (options.isTest()) {
            out.println(
                    "SIMULATED: starting a network in this JVM; its money is its own, and no hardware is attested.");
            out.flush();
            TestNetwork network = ofTest.apply(
                            TestNetwork.builder().model(DEMONSTRATION).engine(OpenNetwork::demonstration))
                    .start();
            return new OpenNetwork(
                    network.contracts(),
                    network.chainAccess().map(TonChain.class::cast),
                    Optional.of(network),
                    network::close);
        }
        if (options.isFile()) {
            FakeTonChain chain = options.file();
            out.println("SIMULATED: a network without a chain; nothing is paid, nothing is proven.");
            return new OpenNetwork(chain, Optional.empty(), Optional.empty(), chain::close);
        }
        out.println("Reading TON's main network; the first time takes some minutes, because every block is proven.");
        out.flush();
        TonNetwork network = TonNetwork.mainnet(options.folder("chain"));
        return new OpenNetwork(network.cocoon(), Optional.of(network.access()), Optional.empty(), network::close);
    }

    static InferenceEngine demonstration() {
        try {
            return DemonstrationModel.load();
        } catch (IOException e) {
            throw new UncheckedIOException("the model was not loaded: " + e.getMessage(), e);
        }
    }

    /** Returns it for clients, who leave it open. */
    Network forClient() {
        return access.map(chain -> Network.of(contracts, chain)).orElseGet(() -> Network.of(contracts));
    }

    /** Returns the access to the chain. @throws IllegalArgumentException if this network has none */
    TonChain requireAccess() {
        return access.orElseThrow(() -> new IllegalArgumentException(
                "this network has no chain, so there are no wallets and channels; use --network test or mainnet"));
    }

    /** Returns the wallet of a key. On a test network it gets its money at once, and its first message deploys it. */
    CocoonWallet wallet(KeyFile key) {
        if (test.isEmpty()) {
            return CocoonWallet.existing(key.key(), key.owner());
        }
        CocoonWallet wallet = CocoonWallet.withCode(
                key.key(), key.owner(), ContractCode.current().wallet());
        test.get().localChain().ifPresent(chain -> {
            chain.fund(wallet.address(), GIFT);
            chain.nextBlock();
        });
        return wallet;
    }

    @Override
    public void close() {
        end.run();
    }
}
