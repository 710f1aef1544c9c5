package io.cocoon.ton.lite;

import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One thing that is wanted of any liteserver: asks one after the other until one gives it. Confined to the worker, but for
 * {@link #result}.
 */
final class Call<T> {

    /** From the one that says most about what to do, to the one that says least. */
    private static final List<Reason> BY_WEIGHT = List.of(
            Reason.CLOSED,
            Reason.REFUSED,
            Reason.HISTORY_MISSING,
            Reason.STALE,
            Reason.WRONG_ANSWER,
            Reason.UNREACHABLE);

    private final String what;
    private final Reason refusal;
    private final BiConsumer<LiteServer, String> liar;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final List<String> seen = new ArrayList<>();
    private final Set<Reason> reasons = EnumSet.noneOf(Reason.class);

    /**
     * Begins nothing yet.
     *
     * @param what is wanted, for messages
     * @param refusal what it means when a server answers with an error that does not say that it is behind
     * @param liar is told of servers whose answers are wrong
     */
    Call(String what, Reason refusal, BiConsumer<LiteServer, String> liar) {
        this.what = what;
        this.refusal = refusal;
        this.liar = liar;
    }

    /** Fails with {@link ChainException}. */
    CompletableFuture<T> result() {
        return result;
    }

    /** Asks these servers in this order. */
    void run(List<LiteServer> servers, Function<LiteServer, CompletableFuture<T>> attempt) {
        next(new ArrayDeque<>(servers), attempt);
    }

    /** Notes that a server is not asked, because it is set aside. */
    void passOver(LiteServer server) {
        reasons.add(Reason.WRONG_ANSWER);
        seen.add(server + ": is set aside for an earlier wrong answer");
    }

    private void next(Deque<LiteServer> left, Function<LiteServer, CompletableFuture<T>> attempt) {
        if (result.isDone()) {
            return;
        }
        LiteServer server = left.poll();
        if (server == null) {
            result.completeExceptionally(failure());
            return;
        }
        CompletableFuture<T> running = attempt.apply(server);
        result.whenComplete((value, failure) -> running.cancel(false));
        running.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else if (!result.isDone()) {
                note(server, LiteServer.unwrap(failure));
                next(left, attempt);
            }
        });
    }

    private void note(LiteServer server, Throwable failure) {
        Reason reason = reason(failure);
        reasons.add(reason);
        seen.add(server + ": " + failure.getMessage());
        // Ours are not about lies.
        if (reason == Reason.WRONG_ANSWER && !(failure instanceof ChainException)) {
            liar.accept(server, String.valueOf(failure.getMessage()));
        }
    }

    private Reason reason(Throwable failure) {
        if (failure instanceof ChainException chain) {
            return chain.reason();
        }
        if (failure instanceof LiteServerError error) {
            return error.isBehind() ? Reason.STALE : refusal;
        }
        boolean broken = failure instanceof AdnlException adnl && adnl.isBroken();
        return broken || failure instanceof ProofException ? Reason.WRONG_ANSWER : Reason.UNREACHABLE;
    }

    /** Says what is known so far. */
    ChainException failure() {
        Reason reason = BY_WEIGHT.stream().filter(reasons::contains).findFirst().orElse(Reason.UNREACHABLE);
        return new ChainException(
                reason,
                what + " was not to be had: " + (seen.isEmpty() ? "no liteserver answered" : String.join("; ", seen)));
    }
}
