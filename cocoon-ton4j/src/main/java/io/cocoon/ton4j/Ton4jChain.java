package io.cocoon.ton4j;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.TransactionWalk;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.ton.ton4j.adnl.AdnlLiteClient;
import org.ton.ton4j.toncenter.TonCenter;

/**
 * A chain client of ton4j as our access to the chain, for applications that have one already. <b>Trusts its server</b>: ton4j checks no
 * proof, and its lite client takes a liteserver's word. Only this is checked: every transaction has the hash that the one after it names,
 * blocks are not older than allowed, and the head does not go back. An application that is free to choose takes our lite client,
 * which proves its answers, or {@code cocoon-toncenter}, which also spaces its requests and bounds what it reads.
 *
 * <p>Time limits, repetitions, limits of size and the network are those of the client, which is the application's: it is not closed here.
 * Before it comes to us, an answer goes through ton4j's own readers of JSON or TL, which bound nothing.
 *
 * <p>Owns one thread, on which the client blocks and stages complete, until {@link #close}. Thread-safe.
 */
public final class Ton4jChain implements TonChain {

    private static final int MOST_WAITING = 1_000;
    private static final int MAX_STEPS = 20_000;
    private static final long CLOSE_SECONDS = 5;
    private static final String THREAD = "cocoon-ton4j";

    private final ChainSource source;
    private final boolean testnet;
    private final Duration maxHeadAge;
    private final Clock clock;
    private final ThreadPoolExecutor worker;
    private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Confined to the worker. */
    private @Nullable Head newest;

    Ton4jChain(ChainSource source, boolean testnet, Duration maxHeadAge, Clock clock) {
        this.source = source;
        this.testnet = testnet;
        this.maxHeadAge = maxHeadAge;
        this.clock = clock;
        this.worker =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, THREAD);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Uses ton4j's client of TON Center.
     *
     * @param testnet whether addresses carry the test network's flag; must fit the client
     * @param maxHeadAge how old the newest block may be by {@code clock}; older is {@code STALE}
     */
    public static Ton4jChain of(TonCenter client, boolean testnet, Duration maxHeadAge, Clock clock) {
        return new Ton4jChain(new CenterSource(client, testnet), testnet, maxHeadAge, clock);
    }

    /** Uses ton4j's lite client. Parameters as for {@link #of(TonCenter, boolean, Duration, Clock)}. */
    public static Ton4jChain of(AdnlLiteClient client, boolean testnet, Duration maxHeadAge, Clock clock) {
        return new Ton4jChain(new LiteSource(client), testnet, maxHeadAge, clock);
    }

    @Override
    public String describe() {
        return "TON by " + source.name() + ", nothing is proven: this trusts its server";
    }

    @Override
    public boolean isTestnet() {
        return testnet;
    }

    /** Returns false: ton4j checks no proof. */
    @Override
    public boolean isProven() {
        return false;
    }

    @Override
    public CompletionStage<Head> head() {
        return later("the newest block", () -> {
            Head head = source.head();
            Head known = newest;
            if (known == null || head.seqno() > known.seqno()) {
                known = head;
            }
            requireFresh(known);
            newest = known;
            return known;
        });
    }

    @Override
    public CompletionStage<AccountState> account(Address address) {
        return later("the state of account " + address, () -> {
            AccountState state = source.account(address);
            requireFresh(state.at());
            return state;
        });
    }

    @Override
    public CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit) {
        TransactionWalk walk = new TransactionWalk(address, after, upTo, limit);
        return later("the transactions of account " + address, () -> {
            while (!walk.isDone()) {
                List<Cell> page = source.transactions(address, walk.next(), after);
                if (page.isEmpty() || walk.steps() >= MAX_STEPS) {
                    throw new ChainException(
                            Reason.HISTORY_MISSING,
                            "after " + walk.steps() + " transactions there is none with logical time "
                                    + Long.toUnsignedString(walk.next().lt()) + " to be had");
                }
                for (Cell cell : page) {
                    if (!walk.isDone()) {
                        walk.take(cell);
                    }
                }
            }
            return walk.found();
        });
    }

    /** As promised there. If the client is asked for a message twice by its own repetitions, that is harmless. */
    @Override
    public CompletionStage<Void> send(Cell externalMessage) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        later("the message accepted", () -> {
                    source.send(externalMessage);
                    return true;
                })
                .whenComplete((taken, failure) -> {
                    if (failure == null) {
                        sent.complete(null);
                    } else {
                        sent.completeExceptionally(failure);
                    }
                });
        return sent;
    }

    private void requireFresh(Head head) throws ChainException {
        Duration age = Duration.between(head.time(), clock.instant());
        if (age.compareTo(maxHeadAge) > 0) {
            throw new ChainException(
                    Reason.STALE,
                    "block " + head.seqno() + " is " + age.toSeconds() + " s old, wanted at most " + maxHeadAge);
        }
    }

    private interface Question<T> {
        T ask() throws Exception;
    }

    private <T> CompletableFuture<T> later(String what, Question<T> question) {
        CompletableFuture<T> result = new CompletableFuture<>();
        open.add(result);
        try {
            worker.execute(() -> answer(what, question, result));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(
                    closed
                            ? closed()
                            : new ChainException(
                                    Reason.UNREACHABLE, MOST_WAITING + " questions wait already; ask less often", e));
        }
        if (closed) {
            result.completeExceptionally(closed());
        }
        result.whenComplete((value, failure) -> open.remove(result));
        return result;
    }

    /** ton4j fails with errors, not only with exceptions. */
    @SuppressWarnings("IllegalCatch")
    private <T> void answer(String what, Question<T> question, CompletableFuture<T> result) {
        if (result.isDone()) {
            return;
        }
        try {
            result.complete(question.ask());
        } catch (ChainException e) {
            result.completeExceptionally(new ChainException(e.reason(), failed(what, e.getMessage()), e));
        } catch (TransactionWalk.Mismatch e) {
            result.completeExceptionally(new ChainException(Reason.WRONG_ANSWER, failed(what, e.getMessage()), e));
        } catch (Throwable e) {
            result.completeExceptionally(new ChainException(
                    Reason.UNREACHABLE, failed(what, e.getClass().getName() + " " + e.getMessage()), e));
        }
    }

    private String failed(String what, @Nullable String cause) {
        String line = String.valueOf(cause).replaceAll("\\p{Cntrl}", " ");
        return "could not get " + what + " from " + source.name() + ": "
                + (line.length() <= 500 ? line : line.substring(0, 500) + "…");
    }

    private static ChainException closed() {
        return new ChainException(Reason.CLOSED, "this access was closed");
    }

    @Override
    public void close() {
        closed = true;
        // First, so that nobody hears of the interruption instead.
        open.forEach(result -> result.completeExceptionally(closed()));
        worker.shutdownNow();
        if (!Thread.currentThread().getName().equals(THREAD)) {
            try {
                worker.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
