package io.cocoon.ton.channel;

import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.channel.ClientChannel.Event;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.live.AccountFollower;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One channel of {@link ClientChannels}: its state, what was last seen of it, and who waits for it. Thread-safe; the state is
 * changed under the monitor of the channels only.
 */
final class ChannelWatch {

    /** Who hears what happens on the contract. */
    interface Ear {
        void seen(Event.Seen seen) throws IOException;

        void looked(AccountState account);
    }

    /** What may be waited for. */
    enum Goal {
        TOPPED_UP,
        WITHDRAWN,
        CHARGED,
        CLOSED
    }

    private record Waiting(Goal goal, CompletableFuture<ClientChannels.Result> result) {}

    private final List<CompletableFuture<ChannelStatus>> entering = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private volatile ClientChannel state;
    private volatile Optional<ContractData.Client> onChain = Optional.empty();
    private volatile @Nullable String problem;
    private volatile @Nullable AccountFollower follower;
    private final AtomicLong known = new AtomicLong();

    ChannelWatch(ClientChannel state) {
        this.state = state;
    }

    void follow(TonChain chain, Duration poll, ScheduledExecutorService timer, Ear ear) {
        follower = AccountFollower.start(
                chain, state.contract(), state.position(), poll, timer, new AccountFollower.Listener() {
                    @Override
                    public void transactions(List<Transaction> next) {
                        try {
                            ear.seen(new Event.Seen(next));
                        } catch (IOException e) {
                            // Given again at the next look.
                            throw new UncheckedIOException(e);
                        }
                    }

                    @Override
                    public void caughtUp(AccountState account) {
                        ear.looked(account);
                    }
                });
    }

    ClientChannel state() {
        return state;
    }

    void state(ClientChannel next) {
        state = next;
    }

    long known() {
        return known.get();
    }

    void known(long tokens) {
        known.accumulateAndGet(tokens, Math::max);
    }

    void seen(Optional<ContractData.Client> client) {
        onChain = client;
    }

    void problem(@Nullable String text) {
        problem = text;
    }

    ChannelStatus status() {
        ClientChannel now = state;
        return new ChannelStatus(
                now.contract(),
                now.origin().proxy(),
                onChain,
                now.wish().name(),
                now.deposited(),
                now.request().map(request -> request.kind() + (request.sent() ? ", sent" : ", not sent yet")),
                Optional.ofNullable(problem));
    }

    synchronized CompletionStage<ChannelStatus> entering() {
        CompletableFuture<ChannelStatus> result = new CompletableFuture<>();
        entering.add(result);
        return result;
    }

    synchronized CompletionStage<ClientChannels.Result> waitFor(Goal goal) {
        CompletableFuture<ClientChannels.Result> result = new CompletableFuture<>();
        waiting.add(new Waiting(goal, result));
        return result;
    }

    /** Lets those in who wait, if the contract is in use or on its way; tells them if it never will be again. */
    void usable(Optional<ContractState> seen) {
        if (seen.filter(each -> each != ContractState.NORMAL).isPresent()) {
            enter(
                    null,
                    refusal(
                            "client contract " + state.contract() + " is " + seen.get()
                                    + ": it takes no more requests; the client uses other proxies until new parameters move all contracts"));
        } else if (seen.isPresent() || state.request().isPresent()) {
            enter(status(), null);
        }
    }

    private void enter(@Nullable ChannelStatus status, @Nullable ChannelException refusal) {
        List<CompletableFuture<ChannelStatus>> all;
        synchronized (this) {
            all = List.copyOf(entering);
            entering.clear();
        }
        for (CompletableFuture<ChannelStatus> each : all) {
            if (refusal != null) {
                each.completeExceptionally(refusal);
            } else {
                each.complete(status);
            }
        }
    }

    void done(Goal goal, ClientChannels.Result result) {
        take(goal).forEach(each -> each.result().complete(result));
    }

    /** A channel has one wish at a time: those who wait for another one are told. */
    void replaced(Goal by) {
        for (Goal goal : List.of(Goal.WITHDRAWN, Goal.CHARGED)) {
            if (goal != by) {
                ChannelException why = refusal("something else was asked of client contract " + state.contract()
                        + " before that was done; ask again if it is still wanted");
                take(goal).forEach(each -> each.result().completeExceptionally(why));
            }
        }
    }

    /** What is waited for will not happen; who wants to enter is told so too. */
    void refused(String text, Goal goal) {
        fail(refusal(text), goal);
    }

    /** Nothing will happen any more. */
    void ended(String text) {
        for (Goal goal : Goal.values()) {
            refused(text, goal);
        }
    }

    /** Nothing will happen until the channels are opened again. */
    void stopped(String text) {
        for (Goal goal : Goal.values()) {
            fail(new ChannelException(text, true), goal);
        }
        close();
    }

    private void fail(ChannelException why, Goal goal) {
        problem = why.getMessage();
        enter(null, why);
        take(goal).forEach(each -> each.result().completeExceptionally(why));
    }

    private static ChannelException refusal(String text) {
        return new ChannelException(text, false);
    }

    private synchronized List<Waiting> take(Goal goal) {
        List<Waiting> taken =
                waiting.stream().filter(each -> each.goal() == goal).toList();
        waiting.removeAll(taken);
        return taken;
    }

    void lookSoon() {
        AccountFollower now = follower;
        if (now != null) {
            now.lookSoon();
        }
    }

    void close() {
        AccountFollower now = follower;
        if (now != null) {
            now.close();
        }
    }
}
