package io.cocoon.client;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import java.nio.file.Path;

/**
 * Which network to use: everything else (proxies, prices, keys, allowed images) follows from its root contract.
 *
 * <p>Immutable and thread-safe. A network may be shared by several clients.
 */
public final class Network {

    private final CocoonChain chain;
    private final boolean ownsChain;

    private Network(CocoonChain chain, boolean ownsChain) {
        this.chain = chain;
        this.ownsChain = ownsChain;
    }

    /** Uses access to a chain that the application made and will close. */
    public static Network of(CocoonChain chain) {
        return new Network(chain, false);
    }

    /**
     * Uses the reference's mode without a chain: everything comes from one JSON file, nothing is paid, nothing is proven.
     *
     * @param file of TL type {@code rootConfig.pseudo}, the same for all parties
     * @param rootAddress the root contract's address in any text form, the same for all parties
     * @throws IllegalArgumentException if the address or the file is malformed
     */
    public static Network fakeTon(Path file, String rootAddress) {
        return new Network(FakeTonChain.load(file, Address.parse(rootAddress), false), true);
    }

    CocoonChain chain() {
        return chain;
    }

    boolean ownsChain() {
        return ownsChain;
    }

    @Override
    public String toString() {
        return chain.describe();
    }
}
