package io.cocoon.ton.lite;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the chain from liteservers and proves every answer from a trusted block on: nobody has to be trusted but whoever gave
 * the {@link GlobalConfig}. A server whose answer is wrong is set aside for a while and reported; the next one is asked.
 *
 * <p>What no proof can show: that an answer is the newest. A server may be behind; the limit on a block's age bounds how far,
 * and no answer is from before an earlier one. Connections are made at the first question.
 *
 * <p>Owns two threads until {@link #close}: one for sockets, one that checks proofs and on which stages complete. Thread-safe.
 */
public final class LiteClient implements TonChain {

    private static final Logger LOG = LoggerFactory.getLogger(LiteClient.class);
    private static final int TAKEN = 1;
    private static final long CLOSE_SECONDS = 5;

    private final LiteClientSettings settings;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final ThreadPoolExecutor worker;
    private final List<LiteServer> servers = new ArrayList<>();
    private final HeadTracker heads;
    private final Set<CompletableFuture<?>> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** The refresh of the head that runs now; confined to the worker. */
    private @Nullable CompletableFuture<HeadTracker.Proven> refresh;

    /** Starts. Nothing is asked before the first call. */
    public LiteClient(LiteClientSettings settings) {
        this.settings = settings;
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("cocoon-lite-io", true), NioIoHandler.newFactory());
        this.loop = (EventLoop) group.next();
        this.worker = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory("cocoon-lite-proofs", true));
        for (LiteServerAddress address : settings.config().liteServers()) {
            servers.add(new LiteServer(address, loop, settings.connections(), settings.mostWait(), settings.random()));
        }
        this.heads = new HeadTracker(
                settings.config(),
                new TrustedBlocks(
                        settings.trustedBlockFile(),
                        settings.config().zeroState().rootHash()),
                settings.clock(),
                settings.maxHeadAge(),
                settings.queryTimeout(),
                worker);
    }

    @Override
    public String describe() {
        return "TON by " + servers.size() + " liteservers, every answer proven from block "
                + settings.config().initBlock() + " on; trusted is only who gave that block";
    }

    @Override
    public boolean isTestnet() {
        return settings.testnet();
    }

    @Override
    public boolean isProven() {
        return true;
    }

    @Override
    public CompletionStage<Head> head() {
        return start(() -> proveHead().thenApply(HeadTracker.Proven::head));
    }

    @Override
    public CompletionStage<AccountState> account(Address address) {
        return start(() -> proveHead().thenCompose(head -> {
            Call<AccountState> call = call("the state of account " + address, Reason.UNREACHABLE);
            return run(call, head.from(), server -> accountFrom(server, address, head));
        }));
    }

    private CompletableFuture<AccountState> accountFrom(LiteServer server, Address address, HeadTracker.Proven head) {
        var query = LiteQuery.accountState(head.id(), address)
                .notBefore(head.id().seqno(), settings.queryTimeout().dividedBy(2));
        return server.ask(query, settings.queryTimeout(), worker).thenCompose(answer -> {
            try {
                AccountProof.Proven proven = AccountProof.check(answer, head.id(), address);
                return CompletableFuture.completedFuture(AccountProof.read(proven, address, head.head()));
            } catch (ProofException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    @Override
    public CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("at least one transaction, not " + limit);
        }
        return start(() -> {
            History history = new History(address, after, upTo, limit);
            if (history.isDone()) {
                return CompletableFuture.completedFuture(List.of());
            }
            Call<List<Transaction>> call =
                    call("the transactions of account " + address + " after " + after.lt(), Reason.HISTORY_MISSING);
            return run(call, null, server -> historyFrom(server, address, history, call.result()));
        });
    }

    private CompletableFuture<List<Transaction>> historyFrom(
            LiteServer server, Address address, History history, CompletableFuture<?> wanted) {
        var query = LiteQuery.transactions(
                address, history.next().lt(), history.next().hash(), LiteQuery.MAX_TRANSACTIONS);
        return server.ask(query, settings.queryTimeout(), worker).thenCompose(answer -> {
            try {
                history.take(answer);
            } catch (ProofException | ChainException e) {
                return CompletableFuture.failedFuture(e);
            }
            return history.isDone() || wanted.isDone()
                    ? CompletableFuture.completedFuture(history.found())
                    : historyFrom(server, address, history, wanted);
        });
    }

    @Override
    public CompletionStage<Void> send(Cell externalMessage) {
        return start(() -> {
            var query = LiteQuery.sendMessage(BagOfCells.write(externalMessage));
            Call<Void> call = call("a server that takes the message", Reason.REFUSED);
            return run(
                    call,
                    null,
                    server -> server.ask(query, settings.queryTimeout(), worker)
                            .thenCompose(status -> status == TAKEN
                                    ? CompletableFuture.completedFuture(null)
                                    : CompletableFuture.failedFuture(
                                            new ChainException(Reason.REFUSED, "refused with status " + status))));
        });
    }

    /** Joins the refresh that runs, or begins one. If every server is behind, what is proven already will do while fresh. */
    private CompletableFuture<HeadTracker.Proven> proveHead() {
        CompletableFuture<HeadTracker.Proven> running = refresh;
        if (running != null) {
            return running.copy();
        }
        Call<HeadTracker.Proven> call = call("the newest block", Reason.UNREACHABLE);
        HeadTracker.Proven known = heads.newest();
        CompletableFuture<HeadTracker.Proven> begun =
                run(call, known == null ? null : known.from(), heads::refresh).exceptionallyCompose(heads::fallBack);
        refresh = begun;
        begun.whenComplete((head, failure) -> refresh = null);
        return begun.copy();
    }

    private <T> Call<T> call(String what, Reason refusal) {
        return new Call<>(what, refusal, this::setAside);
    }

    private void setAside(LiteServer server, String lie) {
        LOG.warn("liteserver {} is set aside for {}: {}", server, settings.setAside(), lie);
        server.setAside(settings.setAside());
        BiConsumer<LiteServerAddress, String> listener = settings.onLie();
        listener.accept(server.address(), lie);
    }

    /** Asks the servers that are not set aside, the preferred one first. */
    private <T> CompletableFuture<T> run(
            Call<T> call, @Nullable LiteServer preferred, Function<LiteServer, CompletableFuture<T>> attempt) {
        List<LiteServer> order = new ArrayList<>();
        for (LiteServer server : servers) {
            if (server.isSetAside()) {
                call.passOver(server);
            } else {
                order.add(server.equals(preferred) ? 0 : order.size(), server);
            }
        }
        call.run(order, attempt);
        return call.result();
    }

    private interface Start<T> {
        CompletableFuture<T> begin();
    }

    /** Begins on the worker; ends at the deadline, at the end of this client, or when the caller cancels. */
    private <T> CompletionStage<T> start(Start<T> start) {
        CompletableFuture<T> result = new CompletableFuture<>();
        calls.add(result);
        try {
            Future<?> deadline = loop.schedule(
                    () -> fail(result, Reason.UNREACHABLE, "not done within " + settings.deadline()),
                    settings.deadline().toNanos(),
                    TimeUnit.NANOSECONDS);
            worker.execute(() -> {
                CompletableFuture<T> running = begin(start);
                result.whenComplete((value, failure) -> running.cancel(false));
                running.whenComplete((value, failure) -> {
                    if (failure == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(asChainException(LiteServer.unwrap(failure)));
                    }
                });
            });
            result.whenComplete((value, failure) -> {
                calls.remove(result);
                deadline.cancel(false);
            });
        } catch (RejectedExecutionException e) {
            fail(result, Reason.CLOSED, "this client is closed");
        }
        if (closed) {
            fail(result, Reason.CLOSED, "this client is closed");
        }
        return result;
    }

    private static <T> CompletableFuture<T> begin(Start<T> start) {
        try {
            return start.begin();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static ChainException asChainException(Throwable failure) {
        return failure instanceof ChainException chain
                ? chain
                : new ChainException(Reason.UNREACHABLE, "the lite client itself failed: " + failure, failure);
    }

    private void fail(CompletableFuture<?> result, Reason reason, String message) {
        calls.remove(result);
        result.completeExceptionally(new ChainException(reason, message));
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        List.copyOf(calls).forEach(call -> fail(call, Reason.CLOSED, "this client was closed"));
        servers.forEach(LiteServer::close);
        group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
        worker.shutdown();
        boolean own = loop.inEventLoop() || Thread.currentThread().getName().startsWith("cocoon-lite-proofs");
        if (!own) {
            group.terminationFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
            awaitWorker();
        }
    }

    private void awaitWorker() {
        try {
            if (!worker.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the check of a proof did not end within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
