package io.cocoon.worker;

import io.cocoon.store.StateStore;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The accounts of one worker at all proxies, by the worker's contract there, and their state on the disk.
 *
 * <p>What changes is written a second later, with all that changes in between: a payment that a crash takes away in that second is
 * sent again by the proxy, which keeps the total. What a decision rests on is written before it is acted on: {@link #written} and
 * {@link #save}. Without a store nothing is written, and all of it ends with the process.
 *
 * <p>Thread-safe. Writes on one thread of its own, never on the caller's but in {@link #save}.
 */
final class ProxyAccounts {

    /** Accounts at different proxies; with earnings in all of them, new proxies are refused. */
    static final int MOST = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(ProxyAccounts.class);
    private static final Duration WRITE_AFTER = Duration.ofSeconds(1);

    private final Optional<StateStore> store;
    private final ScheduledExecutorService writer;
    private final Consumer<String> alarms;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong changes = new AtomicLong();
    private final Object writing = new Object();
    private volatile @Nullable ScheduledFuture<?> pending;
    /** Up to which change all is on the disk. */
    private volatile long written;

    /** Guarded by this. */
    private final Map<Address, ProxyAccount> accounts = new HashMap<>();

    private ProxyAccounts(Optional<StateStore> store, ScheduledExecutorService writer, Consumer<String> alarms) {
        this.store = store;
        this.writer = writer;
        this.alarms = alarms;
    }

    /**
     * Reads what the store has.
     *
     * @param store if there is none, all is forgotten with the process
     * @param writer one thread; not shut down here
     * @param alarms is told when nothing can be written
     * @throws IOException if the store cannot be read, or has something else
     */
    static ProxyAccounts open(Optional<StateStore> store, ScheduledExecutorService writer, Consumer<String> alarms)
            throws IOException {
        ProxyAccounts opened = new ProxyAccounts(store, writer, alarms);
        Optional<Bytes> saved = store.isPresent() ? store.get().load() : Optional.empty();
        if (saved.isPresent()) {
            try {
                for (ProxyRecord each : ProxyRecordCodec.read(saved.get())) {
                    opened.accounts.put(each.terms().contract(), new ProxyAccount(each, opened::changed));
                }
            } catch (TlException e) {
                throw new IOException("the worker's records of its earnings cannot be read: " + e.getMessage(), e);
            }
        }
        return opened;
    }

    /**
     * Returns the account at a proxy, shared by all connections to it.
     *
     * @return empty if there are too many accounts and all of them have earned something. Whoever answers a dial can claim
     *     to be any proxy, so what has earned nothing makes room for the next
     */
    synchronized Optional<ProxyAccount> at(ProxyTerms terms) {
        if (accounts.size() >= MOST && !accounts.containsKey(terms.contract())) {
            accounts.values().removeIf(each -> each.view().isEmpty());
            if (accounts.size() >= MOST) {
                return Optional.empty();
            }
        }
        return Optional.of(accounts.compute(
                terms.contract(),
                (address, known) -> known != null && known.terms().proxyKey().equals(terms.proxyKey())
                        ? known
                        : new ProxyAccount(ProxyRecord.of(terms), this::changed)));
    }

    /** Makes sure that an account stays, even if it had to make room while its first handshake ran. */
    synchronized void keep(ProxyAccount account) {
        accounts.putIfAbsent(account.contract(), account);
    }

    /** Drops an account: there is nothing more to be had there. */
    synchronized void forget(ProxyAccount account) {
        accounts.remove(account.contract(), account);
    }

    synchronized int size() {
        return accounts.size();
    }

    /** Returns those at which something was earned or done. */
    synchronized List<ProxyAccount> all() {
        return accounts.values().stream().filter(each -> !each.view().isEmpty()).toList();
    }

    // The disk.

    /** Notes that something is to be written. */
    void changed() {
        changes.incrementAndGet();
        if (store.isPresent() && scheduled.compareAndSet(false, true)) {
            try {
                pending = writer.schedule(this::writeLater, WRITE_AFTER.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("closing; what changes now is written at the end");
            }
        }
    }

    /** Writes no more by itself; the last {@link #save} is the caller's. */
    void stopWriting() {
        ScheduledFuture<?> last = pending;
        if (last != null) {
            last.cancel(false);
        }
    }

    private void writeLater() {
        scheduled.set(false);
        try {
            save();
        } catch (IOException e) {
            alarms.accept(complaint(e));
            changed();
        }
    }

    private static String complaint(IOException e) {
        return "the worker's records of its earnings cannot be written, so it forgets them in a crash and pays nothing out: "
                + e + "; look at the disk";
    }

    /** Returns a stage that ends when all that is known now is on the disk, or fails if that cannot be had. */
    CompletableFuture<Void> written() {
        if (store.isEmpty() || written == changes.get()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            writer.execute(() -> {
                try {
                    save();
                    done.complete(null);
                } catch (IOException e) {
                    done.completeExceptionally(new IOException(complaint(e), e));
                }
            });
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(new IOException("the worker is closing", e));
        }
        return done;
    }

    /** Writes all that is known now, if anything has changed; waits for the disk. @throws IOException if it is not written */
    void save() throws IOException {
        if (store.isEmpty()) {
            return;
        }
        synchronized (writing) {
            long upTo = changes.get();
            if (written != upTo) {
                store.get()
                        .save(ProxyRecordCodec.write(
                                all().stream().map(ProxyAccount::view).toList()));
                written = upTo;
            }
        }
    }
}
