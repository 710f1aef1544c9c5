package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ChannelException;
import io.cocoon.ton.channel.ChannelStatus;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.wallet.WalletSender;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The payment channels of a client, and its wallet. Thread-safe. */
public final class Channels {

    private final ClientChannels money;
    private final ChannelSettings settings;
    private final RootState root;
    private final Executor executor;

    Channels(ClientChannels money, ChannelSettings settings, RootState root, Executor executor) {
        this.money = money;
        this.settings = settings;
        this.root = root;
        this.executor = executor;
    }

    /** Asks for something; may wait for the disk. */
    @FunctionalInterface
    interface Question {
        CompletionStage<ClientChannels.Result> ask(ClientChannels money) throws IOException;
    }

    /** Returns all channels that have not ended. */
    public List<Channel> all() {
        return money.all().stream().map(status -> new Channel(this, status)).toList();
    }

    /** Returns how a first deposit would come back from any proxy of the network, as if that had no stake. */
    public ExitPlan plan() {
        return ExitPlan.of(root.params(), settings.firstDeposit());
    }

    /** Returns the wallet that pays. */
    public Address wallet() {
        return money.wallet().address();
    }

    /** Returns what the wallet has; empty before it was read. */
    public Optional<Nanoton> walletBalance() {
        return money.wallet().balance();
    }

    /** Returns how the wallet is doing: its number, and what waits to be sent. */
    public WalletSender.Status walletStatus() {
        return money.wallet();
    }

    /** Returns what keeps the wallet from sending, for people: how much is missing, or that the chain is away. */
    public Optional<String> walletProblem() {
        return money.wallet().problem();
    }

    /** Says for people what the wallet has and how each channel is doing. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("wallet " + wallet() + " with "
                + walletBalance().map(Nanoton::toString).orElse("a balance that was not read yet"));
        walletProblem().ifPresent(problem -> text.append("; ").append(problem));
        List<Channel> all = all();
        text.append(all.isEmpty() ? "; no channels" : "; channels:");
        all.forEach(each -> text.append("\n  ").append(each));
        return text.toString();
    }

    CompletableFuture<ChannelResult> ask(Question question) {
        try {
            return CompletableFuture.supplyAsync(() -> asked(question), executor)
                    .thenCompose(stage -> stage)
                    .handle((result, failure) -> {
                        if (result == null) {
                            throw failed(Failures.unwrap(failure));
                        }
                        return new ChannelResult(result.contract(), result.amount(), result.what());
                    });
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new CocoonException.Cancelled(
                    "the client is closed, or its executor takes no more tasks; nothing was done",
                    "build another client with the same folder, and ask that one"));
        }
    }

    private CompletionStage<ClientChannels.Result> asked(Question question) {
        try {
            return question.ask(money);
        } catch (IOException e) {
            throw new CocoonException.Configuration(
                    "the state of the channels could not be written: " + e.getMessage(),
                    "make room in " + settings.folder() + "; nothing was done",
                    e);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new CocoonException.Configuration(
                    String.valueOf(e.getMessage()), "look at channels() of a running client", e);
        }
    }

    private static CocoonException failed(Throwable cause) {
        if (cause instanceof CocoonException known) {
            return known;
        }
        if (cause instanceof ChannelException refused) {
            if (refused.isClosed()) {
                return new CocoonException.Cancelled(
                        String.valueOf(refused.getMessage()), "build another client with the same folder");
            }
            return new CocoonException.Configuration(
                    String.valueOf(refused.getMessage()), "do what the text says, and ask again", refused);
        }
        return new CocoonException.Configuration(
                "a channel failed: " + cause, "look at the cause; what is under way goes on", cause);
    }

    static String describe(ChannelStatus status) {
        return status.contract() + ": "
                + status.onChain().map(client -> describe(client.state())).orElse("not on the chain yet")
                + ", wanted " + status.wish() + ", deposited " + status.deposited()
                + status.underWay().map(text -> ", under way: " + text).orElse("")
                + status.problem().map(text -> "; " + text).orElse("");
    }

    private static String describe(ClientContractState state) {
        return state.state() + " with " + state.balance() + ", " + state.tokensUsed() + " tokens charged";
    }
}
