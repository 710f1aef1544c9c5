package io.cocoon.spring;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an application sets below {@code cocoon}. Amounts are TON as text, such as {@code 2.5}. Nothing here prints a secret, and the
 * actuator shows values of these names to nobody unless an application says so.
 *
 * @param model base name of the model of auto-configured LangChain4j models; without it there are none
 * @param network which network
 * @param wallet who pays
 * @param secret whose SHA-256 the client contract holds, 22 characters or more; not needed with channels
 * @param channels opens, tops up and closes payment channels; without a folder existing contracts are used
 * @param spending what may be spent at most; without a limit only the deposit bounds it
 * @param deadlines of requests that set none of their own
 * @param proxies to how many proxies to stay connected, 1 to 64
 * @param maxAttempts how often a request is tried at most, 1 to 10
 * @param neverLetProxiesReadPrompts sends nothing while the network has no key to encrypt prompts for
 */
@ConfigurationProperties("cocoon")
public record CocoonProperties(
        @Nullable String model,
        @DefaultValue Network network,
        @DefaultValue Wallet wallet,
        @Nullable String secret,
        @DefaultValue Channels channels,
        @DefaultValue Spending spending,
        @DefaultValue Deadlines deadlines,
        @DefaultValue("2") int proxies,
        @DefaultValue("3") int maxAttempts,
        @DefaultValue("false") boolean neverLetProxiesReadPrompts) {

    /** Leaves out the secret. */
    @Override
    public String toString() {
        return "CocoonProperties[model=" + model + ", network=" + network + ", wallet=" + wallet + ", secret="
                + hidden(secret) + ", channels=" + channels + ", spending=" + spending + "]";
    }

    private static String hidden(@Nullable String value) {
        return value == null ? "not set" : "set";
    }

    /** The kinds of networks. */
    public enum Kind {
        /** The real network on TON's main network. */
        MAINNET,
        /** The reference's mode without a chain. */
        FAKE_TON
    }

    /**
     * Which network.
     *
     * @param kind has to be chosen: there is no default that moves money or none by accident
     * @param folder of a main network: keeps what was proven of the chain; by default {@code ~/.cocoon/mainnet}
     * @param file of a network without a chain: its configuration
     * @param root of a network without a chain: the root contract's address
     */
    public record Network(
            @Nullable Kind kind,
            @Nullable Path folder,
            @Nullable Path file,
            @Nullable String root) {}

    /**
     * Who pays: an address, or a node key with its owner's address.
     *
     * @param address of a Cocoon wallet, if its contracts exist already
     * @param nodeKey base64 of 32 bytes
     * @param owner the address that the money belongs to
     */
    public record Wallet(
            @Nullable String address,
            @Nullable String nodeKey,
            @Nullable String owner) {

        /** Leaves out the key. */
        @Override
        public String toString() {
            return "Wallet[address=" + address + ", nodeKey=" + hidden(nodeKey) + ", owner=" + owner + "]";
        }
    }

    /**
     * Payment channels.
     *
     * @param folder keeps channels, orders and the secret; one program at a time
     * @param limit the most that all deposits may ever be together, in TON; required with a folder
     */
    public record Channels(@Nullable Path folder, @Nullable String limit) {}

    /**
     * What may be spent.
     *
     * @param limit in TON
     * @param window within any time of this length
     */
    public record Spending(
            @Nullable String limit, @DefaultValue("1d") Duration window) {}

    /**
     * How long a request may take.
     *
     * @param connect for a ready connection
     * @param firstToken of a stream
     * @param betweenTokens of a stream
     * @param total of the whole request
     */
    public record Deadlines(
            @DefaultValue("10s") Duration connect,
            @DefaultValue("60s") Duration firstToken,
            @DefaultValue("30s") Duration betweenTokens,
            @DefaultValue("120s") Duration total) {}
}
