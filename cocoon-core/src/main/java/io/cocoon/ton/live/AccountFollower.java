package io.cocoon.ton.live;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over every transaction of one account, each once, in order, without a gap, aborted ones too (payments dossier 11.1); then
 * the account as it is after them.
 *
 * <p>If the listener throws, what it was given is given again at the next look: so it must write down what it takes before it
 * returns. Thread-safe; the listener is called by one thread of the timer at a time.
 */
public final class AccountFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AccountFollower.class);
    private static final int PAGE = 64;

    /** Takes what happened on an account. */
    public interface Listener {

        /** The next transactions, oldest first, one or more. The last one's id is where to go on after a restart. */
        void transactions(List<Transaction> next);

        /** All transactions up to this state were handed over. Also called when nothing new was there. */
        void caughtUp(AccountState account);
    }

    private final TonChain chain;
    private final Address address;
    private final ScheduledExecutorService timer;
    private final Listener listener;
    private final ScheduledFuture<?> task;
    private TransactionId position;
    private boolean looking;
    private boolean again;
    private volatile boolean closed;

    private AccountFollower(
            TonChain chain,
            Address address,
            TransactionId from,
            Duration poll,
            ScheduledExecutorService timer,
            Listener listener) {
        this.chain = chain;
        this.address = address;
        this.position = from;
        this.timer = timer;
        this.listener = listener;
        this.task = timer.scheduleWithFixedDelay(this::look, 0, poll.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Begins.
     *
     * @param from the last transaction that the listener knows; {@link TransactionId#NONE} for all that ever were
     * @param poll between two looks
     * @param timer runs everything; not shut down here
     */
    public static AccountFollower start(
            TonChain chain,
            Address address,
            TransactionId from,
            Duration poll,
            ScheduledExecutorService timer,
            Listener listener) {
        return new AccountFollower(chain, address, from, poll, timer, listener);
    }

    /** Looks now and not only when the next look is due. */
    public void lookSoon() {
        try {
            timer.execute(this::look);
        } catch (RejectedExecutionException e) {
            LOG.debug("account {} is followed no more: its timer has ended", address);
        }
    }

    private void look() {
        synchronized (this) {
            if (closed) {
                return;
            }
            if (looking) {
                again = true;
                return;
            }
            looking = true;
            again = false;
        }
        chain.account(address).thenComposeAsync(this::upTo, timer).whenComplete((done, error) -> {
            boolean more;
            synchronized (this) {
                looking = false;
                more = again;
            }
            if (error != null && !closed) {
                Throwable cause =
                        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
                LOG.warn(
                        "account {} could not be followed for now, it goes on from {}: {}",
                        address,
                        at(),
                        cause.toString());
            }
            if (more && error == null) {
                lookSoon();
            }
        });
    }

    private synchronized TransactionId at() {
        return position;
    }

    private CompletionStage<@Nullable Void> upTo(AccountState account) {
        TransactionId from = at();
        int order = Long.compareUnsigned(account.last().lt(), from.lt());
        if (closed || order < 0) {
            // Who answered is behind what was handed over already.
            return CompletableFuture.completedStage(null);
        }
        if (order == 0) {
            listener.caughtUp(account);
            return CompletableFuture.completedStage(null);
        }
        return chain.transactions(address, from, account.last(), PAGE)
                .thenComposeAsync(page -> take(page, account), timer);
    }

    private CompletionStage<@Nullable Void> take(List<Transaction> page, AccountState account) {
        if (closed || page.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        listener.transactions(page);
        synchronized (this) {
            position = page.get(page.size() - 1).id();
        }
        return upTo(account);
    }

    @Override
    public void close() {
        closed = true;
        task.cancel(false);
    }
}
