package io.cocoon.ton.live;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.lite.GlobalConfig;
import io.cocoon.ton.lite.LiteClient;
import io.cocoon.ton.lite.LiteClientSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network of Cocoon on a chain: the access to the chain, and what its contracts say. One may serve several roles of a program.
 * Thread-safe; owns one thread besides those of the access, until {@link #close}.
 */
public final class TonNetwork implements AutoCloseable {

    /** The root contract on TON's main network (payments dossier 2.1). It alone says which network this is. */
    public static final Address MAINNET_ROOT = Address.parse("EQCns7bYSp0igFvS1wpb5wsZjCKCV19MD5AVzI4EyxsnU73k");

    private static final Logger LOG = LoggerFactory.getLogger(TonNetwork.class);

    private static final URI MAINNET_SERVERS = URI.create("https://ton.org/global.config.json");
    private static final String SERVERS_FILE = "liteservers.json";
    private static final String TRUSTED_FILE = "trusted-block";
    private static final Duration HTTP_TIMEOUT = Duration.ofSeconds(20);
    /** The way from the built-in key block to today is several hundred steps; what is proven of it is never proven again. */
    private static final Duration FIRST_PROOF = Duration.ofMinutes(10);

    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

    private final TonChain access;
    private final boolean ownsAccess;
    private final LiveCocoonChain cocoon;
    private final ScheduledThreadPoolExecutor timer;

    private TonNetwork(TonChain access, boolean ownsAccess, LiveCocoonChain cocoon, ScheduledThreadPoolExecutor timer) {
        this.access = access;
        this.ownsAccess = ownsAccess;
        this.cocoon = cocoon;
        this.timer = timer;
    }

    /**
     * Opens the main network: liteservers are looked up at ton.org, every answer of theirs is proven from a key block that is
     * built in, and the root contract is read. Waits for that: seconds with a folder that was used before, else some minutes,
     * at most ten.
     *
     * @param folder keeps the newest proven key block and the list of liteservers; whoever can write it is trusted. It is
     *     made if there is none. Null to keep nothing, and to begin anew each time
     * @throws ChainException if that is not possible; the message says what was tried
     */
    public static TonNetwork mainnet(@Nullable Path folder) throws ChainException {
        @Nullable Path servers = null;
        if (folder != null) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new ChainException(Reason.UNREACHABLE, "folder " + folder + " cannot be made: " + e, e);
            }
            servers = folder.resolve(SERVERS_FILE);
        }
        GlobalConfig config = new PublishedServers(MAINNET_SERVERS, servers, HTTP_TIMEOUT).of(GlobalConfig.mainnet());
        LiteClientSettings settings = LiteClientSettings.of(config, false);
        if (folder != null) {
            settings = settings.withTrustedBlockFile(folder.resolve(TRUSTED_FILE));
        }
        LiteClient client = new LiteClient(settings);
        try {
            return open(client, true, MAINNET_ROOT, LiveCocoonChain.Settings.DEFAULT, Clock.systemUTC(), FIRST_PROOF);
        } catch (ChainException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /**
     * Opens a network through an access that the caller closes, after this. Waits until the root contract is read, at most a
     * minute.
     *
     * @param root the root contract; it must exist
     * @throws ChainException if it cannot be read; the message says what was tried
     */
    public static TonNetwork over(TonChain access, Address root, LiveCocoonChain.Settings settings, Clock clock)
            throws ChainException {
        return open(access, false, root, settings, clock, Duration.ofMinutes(1));
    }

    private static TonNetwork open(
            TonChain access,
            boolean ownsAccess,
            Address root,
            LiveCocoonChain.Settings settings,
            Clock clock,
            Duration within)
            throws ChainException {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "cocoon-chain");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        try {
            LiveCocoonChain cocoon = readRoot(access, root, settings, clock, timer, within);
            return new TonNetwork(access, ownsAccess, cocoon, timer);
        } catch (ChainException | RuntimeException e) {
            timer.shutdownNow();
            throw e;
        }
    }

    /** Tries again while that can help: servers may be behind, and a long proof goes on where it stopped. */
    private static LiveCocoonChain readRoot(
            TonChain access,
            Address root,
            LiveCocoonChain.Settings settings,
            Clock clock,
            ScheduledThreadPoolExecutor timer,
            Duration within)
            throws ChainException {
        Instant until = Instant.now().plus(within);
        while (true) {
            CompletableFuture<LiveCocoonChain> opening =
                    LiveCocoonChain.open(access, root, settings, clock, timer).toCompletableFuture();
            try {
                return opening.get(Duration.between(Instant.now(), until).toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | CompletionException e) {
                ChainException why = e.getCause() instanceof ChainException known
                        ? known
                        : new ChainException(Reason.WRONG_ANSWER, "the chain failed: " + e.getCause(), e);
                boolean mayHelp = why.reason() == Reason.UNREACHABLE || why.reason() == Reason.STALE;
                if (!mayHelp || !Instant.now().plus(PAUSE).isBefore(until)) {
                    throw why;
                }
                LOG.info("the root contract is not read yet, trying again: {}", why.getMessage());
                pause();
            } catch (TimeoutException e) {
                opening.whenComplete((late, error) -> {
                    if (late != null) {
                        late.close();
                    }
                });
                throw new ChainException(
                        Reason.UNREACHABLE, "the root contract " + root + " was not read within " + within, e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private static void pause() throws ChainException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static ChainException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ChainException(Reason.CLOSED, "interrupted while the root contract was read", e);
    }

    /** Returns the access to the chain. */
    public TonChain access() {
        return access;
    }

    /** Returns what the contracts say. */
    public CocoonChain cocoon() {
        return cocoon;
    }

    @Override
    public String toString() {
        return cocoon.describe();
    }

    /** Ends the reading and its thread, and the access if it was opened here. */
    @Override
    public void close() {
        cocoon.close();
        timer.shutdownNow();
        if (ownsAccess) {
            access.close();
        }
        try {
            if (!timer.awaitTermination(CLOSE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the thread that reads the chain still runs {} after it was closed", CLOSE_WITHIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
