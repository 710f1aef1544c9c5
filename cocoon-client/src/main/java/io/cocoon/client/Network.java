package io.cocoon.client;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.live.TonNetwork;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which network to use: everything else (proxies, prices, keys, allowed images) follows from its root contract.
 *
 * <p>Thread-safe. A network may be shared by several clients. One that was opened here, by {@link #mainnet()} or {@link #fakeTon},
 * ends with the last of them.
 */
public final class Network {

    private final CocoonChain chain;
    private final Optional<TonChain> access;
    private final Optional<Runnable> end;
    private int users;
    private boolean ended;

    private Network(CocoonChain chain, Optional<TonChain> access, Optional<Runnable> end) {
        this.chain = chain;
        this.access = access;
        this.end = end;
    }

    /** Uses what the contracts say, through access that the application made and will close. Channels need more. */
    public static Network of(CocoonChain chain) {
        return new Network(chain, Optional.empty(), Optional.empty());
    }

    /**
     * Uses what the contracts say and the chain below them, so that channels can be opened and closed. The application made both
     * and will close both.
     */
    public static Network of(CocoonChain cocoon, TonChain access) {
        return new Network(cocoon, Optional.of(access), Optional.empty());
    }

    /**
     * Uses the reference's mode without a chain: everything comes from one JSON file, nothing is paid, nothing is proven.
     *
     * @param file of TL type {@code rootConfig.pseudo}, the same for all parties
     * @param rootAddress the root contract's address in any text form, the same for all parties
     * @throws IllegalArgumentException if the address or the file is malformed
     */
    public static Network fakeTon(Path file, String rootAddress) {
        FakeTonChain chain = FakeTonChain.load(file, Address.parse(rootAddress), false);
        return new Network(chain, Optional.empty(), Optional.of(chain::close));
    }

    /**
     * Uses the real network on TON's main network, and keeps what it proves of the chain in {@code ~/.cocoon/mainnet}; else as
     * {@link #mainnet(Path)}.
     */
    public static Network mainnet() {
        return mainnet(Path.of(System.getProperty("user.home"), ".cocoon", "mainnet"));
    }

    /**
     * Uses the real network on TON's main network. Liteservers are looked up at ton.org; every answer of theirs is proven from a
     * key block that is built in, so none of them has to be trusted. Waits until the registry is read: seconds with a folder that
     * was used before, else some minutes, at most ten.
     *
     * @param folder keeps the newest proven key block and the list of liteservers; whoever can write it is trusted
     * @throws CocoonException.Configuration if the network cannot be reached; the message says what was tried
     */
    public static Network mainnet(Path folder) {
        try {
            TonNetwork network = TonNetwork.mainnet(folder);
            return new Network(network.cocoon(), Optional.of(network.access()), Optional.of(network::close));
        } catch (ChainException e) {
            throw new CocoonException.Configuration(
                    "the main network was not reached: " + e.getMessage(),
                    "try again later, or give access of your own to Network.of",
                    e);
        }
    }

    CocoonChain chain() {
        return chain;
    }

    /** Returns the chain below the contracts; empty if it is not known or there is none. */
    Optional<TonChain> access() {
        return access;
    }

    /** One more client uses it. @throws CocoonException.Configuration if it has ended with the last of its clients */
    synchronized void use() {
        if (ended) {
            throw new CocoonException.Configuration(
                    "this network was closed with the last of its clients", "make another one for another client");
        }
        users++;
    }

    /** A client uses it no more. With the last of them ends what was opened here; what the application made stays open. */
    synchronized void release() {
        users--;
        if (users == 0 && end.isPresent()) {
            ended = true;
            end.get().run();
        }
    }

    @Override
    public String toString() {
        return chain.describe();
    }
}
