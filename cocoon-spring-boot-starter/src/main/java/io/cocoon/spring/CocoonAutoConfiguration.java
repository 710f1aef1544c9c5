package io.cocoon.spring;

import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.ClientObserver;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.payment.Nanoton;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Makes a {@link CocoonClient} from {@link CocoonProperties}, unless the application has one, and closes it with the context.
 * Network and wallet may be beans of the application; {@code cocoon.enabled=false} switches everything off.
 */
@AutoConfiguration
@ConditionalOnProperty(name = "cocoon.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CocoonProperties.class)
public class CocoonAutoConfiguration {

    /** Makes the network; not before a client needs it, since the main network takes its time. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    Network cocoonNetwork(CocoonProperties properties) {
        CocoonProperties.Network network = properties.network();
        if (network.kind() == null) {
            throw new CocoonSetupException(
                    "no network is chosen",
                    "Set cocoon.network.kind to mainnet, or to fake-ton with cocoon.network.file and cocoon.network.root,"
                            + " or define a bean of type io.cocoon.client.Network.");
        }
        return switch (network.kind()) {
            case MAINNET -> network.folder() == null ? Network.mainnet() : Network.mainnet(network.folder());
            case FAKE_TON ->
                Network.fakeTon(
                        require(
                                network.file(),
                                "cocoon.network.file",
                                "the configuration of the network without a chain"),
                        require(network.root(), "cocoon.network.root", "the address of its root contract"));
        };
    }

    /** Makes the wallet. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    Wallet cocoonWallet(CocoonProperties properties) {
        CocoonProperties.Wallet wallet = properties.wallet();
        try {
            if (wallet.nodeKey() != null) {
                return Wallet.ofNodeKey(
                        wallet.nodeKey(), require(wallet.owner(), "cocoon.wallet.owner", "the owner's address"));
            }
            if (wallet.address() != null) {
                return Wallet.ofAddress(wallet.address());
            }
        } catch (IllegalArgumentException e) {
            throw new CocoonSetupException(
                    "cocoon.wallet is wrong: " + e.getMessage(), "Correct cocoon.wallet.node-key, .owner or .address.");
        }
        throw new CocoonSetupException(
                "no wallet is set",
                "Set cocoon.wallet.node-key and cocoon.wallet.owner, or cocoon.wallet.address if its contracts exist already,"
                        + " or define a bean of type io.cocoon.client.Wallet. Keep the key out of files under version control:"
                        + " COCOON_WALLET_NODEKEY in the environment does the same.");
    }

    /** Makes the client, which begins to connect in the background. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    CocoonClient cocoonClient(
            CocoonProperties properties,
            ObjectProvider<Network> network,
            ObjectProvider<Wallet> wallet,
            ObjectProvider<ClientObserver> observers,
            ObjectProvider<CocoonClientCustomizer> customizers) {
        // The wallet first: a missing one is said before the network is looked for.
        Wallet payer = wallet.getObject();
        ClientBuilder builder = CocoonClient.builder().wallet(payer).network(network.getObject());
        try {
            apply(properties, builder);
            observers.orderedStream().forEach(builder::observer);
            customizers.orderedStream().forEach(each -> each.customize(builder));
            return builder.build();
        } catch (CocoonException.Configuration e) {
            throw new CocoonSetupException(
                    String.valueOf(e.getMessage()),
                    "Set the property of that name below 'cocoon': " + e.nextStep() + ".");
        } catch (IllegalArgumentException e) {
            throw new CocoonSetupException(String.valueOf(e.getMessage()), "Correct the property below 'cocoon'.");
        }
    }

    private static void apply(CocoonProperties properties, ClientBuilder builder) {
        CocoonProperties.Deadlines times = properties.deadlines();
        builder.proxies(properties.proxies())
                .maxAttempts(properties.maxAttempts())
                .deadlines(new Deadlines(times.connect(), times.firstToken(), times.betweenTokens(), times.total()));
        if (properties.secret() != null) {
            builder.secret(properties.secret());
        }
        if (properties.neverLetProxiesReadPrompts()) {
            builder.neverLetProxiesReadPrompts();
        }
        CocoonProperties.Spending spending = properties.spending();
        if (spending.limit() != null) {
            builder.spendingLimit(amount("cocoon.spending.limit", spending.limit()), spending.window());
        }
        CocoonProperties.Channels channels = properties.channels();
        if (channels.folder() != null) {
            String limit = require(
                    channels.limit(), "cocoon.channels.limit", "the most that all deposits may be together, in TON");
            builder.channels(ChannelSettings.in(channels.folder(), amount("cocoon.channels.limit", limit)));
        }
    }

    private static Nanoton amount(String name, String text) {
        try {
            return Nanoton.ofTon(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new CocoonSetupException(
                    name + " is '" + text + "', which is no amount of TON",
                    "Set " + name + " to a number such as 2.5.");
        }
    }

    private static <T> T require(@Nullable T value, String name, String what) {
        if (value == null) {
            throw new CocoonSetupException(name + " is not set", "Set it to " + what + ".");
        }
        return value;
    }
}
