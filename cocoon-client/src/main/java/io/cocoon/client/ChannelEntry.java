package io.cocoon.client;

import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ChannelException;
import io.cocoon.ton.channel.ChannelStatus;
import io.cocoon.ton.channel.ClientChannels;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a handshake wants of the channels. The disk is waited for on the executor, never on the event loop. */
final class ChannelEntry {

    private static final Logger LOG = LoggerFactory.getLogger(ChannelEntry.class);

    private final ClientChannels channels;
    private final Executor executor;
    private final String proxy;

    ChannelEntry(ClientChannels channels, Executor executor, String proxy) {
        this.channels = channels;
        this.executor = executor;
        this.proxy = proxy;
    }

    /** A proxy that knows the secret has a contract already: it is followed from now on. */
    void follow(RootState root, ProxyAccount account) {
        enter(root, account).whenComplete((status, failure) -> {
            if (failure != null) {
                LOG.warn(
                        "the channel at proxy {} is not followed: {}",
                        proxy,
                        Failures.unwrap(failure).getMessage());
            }
        });
    }

    /** Opens the channel if it is not there, and shows the proxy who is there. Ends when that is ordered. */
    CompletableFuture<Void> register(RootState root, ProxyAccount account, long nonce, Duration within) {
        return enter(root, account)
                .orTimeout(within.toSeconds(), TimeUnit.SECONDS)
                .thenAcceptAsync(
                        status -> {
                            try {
                                channels.register(account.clientContract(), nonce);
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        executor)
                .exceptionally(failure -> {
                    throw explained(account, Failures.unwrap(failure), within);
                });
    }

    private CompletableFuture<ChannelStatus> enter(RootState root, ProxyAccount account) {
        return CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return channels.enter(root, account.proxyContract(), account.proxyKey());
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        executor)
                .thenCompose(stage -> stage);
    }

    private CocoonException explained(ProxyAccount account, Throwable cause, Duration within) {
        String contract = "the client contract " + account.clientContract() + " at proxy " + proxy;
        if (cause instanceof ChannelException || cause instanceof IllegalStateException) {
            return new CocoonException.Authorisation(
                    contract + " cannot be used: " + cause.getMessage(),
                    "do what the text says, or use another proxy",
                    CocoonException.NO_CODE);
        }
        if (cause instanceof TimeoutException) {
            return new CocoonException.Capacity(
                    contract + " could not be looked at within " + within.toSeconds() + " s"
                            + channels.wallet()
                                    .problem()
                                    .map(text -> ": " + text)
                                    .orElse(""),
                    "run doctor(); check the access to the chain",
                    CocoonException.NO_CODE);
        }
        return new CocoonException.Configuration(
                contract + " could not be opened: " + cause, "look at the folder of the channels", cause);
    }
}
