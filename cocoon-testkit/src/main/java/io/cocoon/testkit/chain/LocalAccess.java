package io.cocoon.testkit.chain;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/**
 * One server's view of a {@link LocalChain}: as it is, or behind, away, forgetful or lossy. Closing it leaves the chain
 * running. Thread-safe.
 */
public final class LocalAccess implements TonChain {

    private final LocalChain chain;
    private volatile int lag;
    private volatile boolean down;
    private volatile boolean losingSends;
    private volatile long forgottenUpTo;
    private volatile boolean closed;
    private int seen;

    LocalAccess(LocalChain chain) {
        this.chain = chain;
    }

    /** From now on this is some blocks behind, 0 or more. The head stands still until it would not go back. */
    public void lag(int blocks) {
        if (blocks < 0) {
            throw new IllegalArgumentException("nobody is ahead of the chain: " + blocks);
        }
        lag = blocks;
    }

    /** From now on this answers nothing, or answers again. */
    public void down(boolean now) {
        down = now;
    }

    /** From now on messages are taken and lost, or carried again. */
    public void loseSends(boolean now) {
        losingSends = now;
    }

    /** From now on this does not know transactions with a logical time up to this one. */
    public void forgetUpTo(long lt) {
        forgottenUpTo = lt;
    }

    @Override
    public String describe() {
        return "local chain in this JVM: real contracts, no real money";
    }

    @Override
    public boolean isTestnet() {
        return true;
    }

    /** Returns true: nobody else is on this chain. */
    @Override
    public boolean isProven() {
        return true;
    }

    @Override
    public CompletionStage<Head> head() {
        return later(this::visible);
    }

    @Override
    public CompletionStage<AccountState> account(Address address) {
        return later(() -> chain.stateAt(address, visible().seqno()));
    }

    @Override
    public CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more, got " + limit);
        }
        return later(() -> {
            int newest = visible().seqno();
            List<Transaction> found = new ArrayList<>();
            for (LocalChain.Recorded recorded : chain.history(address)) {
                Transaction transaction = recorded.transaction();
                long lt = transaction.id().lt();
                if (recorded.block() <= newest && lt > after.lt() && lt <= upTo.lt() && found.size() < limit) {
                    if (lt <= forgottenUpTo) {
                        throw new ChainException(
                                ChainException.Reason.HISTORY_MISSING,
                                "the local chain was told to forget transaction " + lt + " of " + address);
                    }
                    found.add(transaction);
                }
            }
            return List.copyOf(found);
        });
    }

    @Override
    public CompletionStage<Void> send(Cell externalMessage) {
        return later(() -> {
            if (!losingSends) {
                chain.accept(externalMessage);
            }
            return null;
        });
    }

    @Override
    public void close() {
        closed = true;
    }

    private Head visible() {
        Head head = chain.newest(lag);
        if (head.seqno() < seen) {
            return chain.newest(chain.newest().seqno() - seen);
        }
        seen = head.seqno();
        return head;
    }

    /** What runs on the chain's thread. */
    private interface Answer<T> {
        @org.jspecify.annotations.Nullable
        T get() throws ChainException;
    }

    private <T> CompletionStage<T> later(Answer<T> answer) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            chain.thread().execute(() -> {
                try {
                    if (closed) {
                        throw new ChainException(ChainException.Reason.CLOSED, "this access was closed");
                    }
                    if (down) {
                        throw new ChainException(
                                ChainException.Reason.UNREACHABLE, "this access was told not to answer");
                    }
                    result.complete(answer.get());
                } catch (ChainException e) {
                    result.completeExceptionally(e);
                } catch (RuntimeException e) {
                    result.completeExceptionally(new ChainException(
                            ChainException.Reason.WRONG_ANSWER, "the local chain failed: " + e.getMessage(), e));
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(
                    new ChainException(ChainException.Reason.CLOSED, "the local chain was closed", e));
        }
        return result;
    }
}
