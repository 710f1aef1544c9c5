package io.cocoon.client;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.TonChain;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which network to use: everything else (proxies, prices, keys, allowed images) follows from its root contract.
 *
 * <p>Immutable and thread-safe. A network may be shared by several clients.
 */
public final class Network {

    private final CocoonChain chain;
    private final Optional<TonChain> access;
    private final boolean ownsChain;

    private Network(CocoonChain chain, Optional<TonChain> access, boolean ownsChain) {
        this.chain = chain;
        this.access = access;
        this.ownsChain = ownsChain;
    }

    /** Uses what the contracts say, through access that the application made and will close. Channels need more. */
    public static Network of(CocoonChain chain) {
        return new Network(chain, Optional.empty(), false);
    }

    /**
     * Uses what the contracts say and the chain below them, so that channels can be opened and closed. The application made both
     * and will close both.
     */
    public static Network of(CocoonChain cocoon, TonChain access) {
        return new Network(cocoon, Optional.of(access), false);
    }

    /**
     * Uses the reference's mode without a chain: everything comes from one JSON file, nothing is paid, nothing is proven.
     *
     * @param file of TL type {@code rootConfig.pseudo}, the same for all parties
     * @param rootAddress the root contract's address in any text form, the same for all parties
     * @throws IllegalArgumentException if the address or the file is malformed
     */
    public static Network fakeTon(Path file, String rootAddress) {
        return new Network(FakeTonChain.load(file, Address.parse(rootAddress), false), Optional.empty(), true);
    }

    CocoonChain chain() {
        return chain;
    }

    /** Returns the chain below the contracts; empty if it is not known or there is none. */
    Optional<TonChain> access() {
        return access;
    }

    boolean ownsChain() {
        return ownsChain;
    }

    @Override
    public String toString() {
        return chain.describe();
    }
}
