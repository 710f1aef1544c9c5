package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reference's mode without a chain: everything comes from one JSON file of TL type {@code rootConfig.pseudo}.
 *
 * <p>Simulated: nothing is paid. All parties need the same file, root address and test setting. Wire dossier 8.4 and 2026
 * part, section 13; payments dossier 13. Thread-safe; has no thread of its own: {@link #change} notifies its listeners
 * from the caller's thread, in order.
 */
public final class FakeTonChain implements CocoonChain {

    /** SHA-256 of the empty secret, which every simulated client has. */
    public static final Int256 EMPTY_SECRET_HASH =
            Int256.fromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    private static final Logger LOG = LoggerFactory.getLogger(FakeTonChain.class);
    private static final int MAX_FILE_BYTES = 4 << 20;
    private static final ClientContractState CLIENT = new ClientContractState(
            ContractState.NORMAL, Nanoton.ofTon("1000000"), Nanoton.ofTon("1"), 0, EMPTY_SECRET_HASH);

    private final Address rootAddress;
    private final boolean testnet;
    private final Instant start;
    private final List<Consumer<RootState>> listeners = new CopyOnWriteArrayList<>();
    private final Map<Address, ClientContractState> clients = new ConcurrentHashMap<>();
    private final Map<Address, WorkerContractState> workers = new ConcurrentHashMap<>();
    private final Object changing = new Object();
    private volatile FakeTonConfig config;
    private volatile RootState state;

    private FakeTonChain(FakeTonConfig config, Address rootAddress, boolean testnet, Clock clock) {
        this.config = config;
        this.rootAddress = rootAddress;
        this.testnet = testnet;
        this.start = clock.instant();
        this.state = config.toRootState(rootAddress);
    }

    /**
     * Reads the file.
     *
     * @param root the root contract's address that all parties agreed on
     * @param testnet whether addresses carry the test network's flag
     * @throws IllegalArgumentException if it is not such a file; the message names the member
     * @throws UncheckedIOException if it cannot be read
     */
    public static FakeTonChain load(Path file, Address root, boolean testnet) {
        byte[] json;
        try (InputStream in = Files.newInputStream(file)) {
            json = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the fake TON configuration " + file, e);
        }
        if (json.length > MAX_FILE_BYTES) {
            throw new IllegalArgumentException(file + " has more than " + MAX_FILE_BYTES + " bytes");
        }
        try {
            return of(FakeTonJson.parse(json), root, testnet);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("fake TON configuration " + file + ": " + e.getMessage(), e);
        }
    }

    /** Makes one in memory. */
    public static FakeTonChain of(FakeTonConfig config, Address root, boolean testnet) {
        return new FakeTonChain(config, root, testnet, Clock.systemUTC());
    }

    /** Makes one in memory whose time of {@link #rootSeenAt} is the clock's of now. */
    public static FakeTonChain of(FakeTonConfig config, Address root, boolean testnet, Clock clock) {
        return new FakeTonChain(config, root, testnet, clock);
    }

    /**
     * Replaces the configuration and notifies the listeners before it returns. Where {@code change} leaves the version
     * as it is, the version grows by one.
     *
     * @throws IllegalArgumentException if the version would go back
     */
    public void change(UnaryOperator<FakeTonConfig> change) {
        synchronized (changing) {
            FakeTonConfig before = config;
            FakeTonConfig after = change.apply(before);
            if (after.version() < before.version()) {
                throw new IllegalArgumentException("the root's version never goes back: it is " + before.version()
                        + ", wanted " + after.version());
            }
            if (after.version() == before.version()) {
                after = after.withVersions(before.version() + 1, after.paramsVersion());
            }
            config = after;
            RootState newer = after.toRootState(rootAddress);
            state = newer;
            for (Consumer<RootState> listener : listeners) {
                try {
                    listener.accept(newer);
                } catch (RuntimeException e) {
                    LOG.warn("a listener failed on root version {}", newer.version(), e);
                }
            }
        }
    }

    /** From now on, a client contract is in this state. */
    public void setClient(Address contract, ClientContractState newState) {
        clients.put(contract, newState);
    }

    /** From now on, a worker contract is in this state. */
    public void setWorker(Address contract, WorkerContractState newState) {
        workers.put(contract, newState);
    }

    @Override
    public String describe() {
        return "simulated TON without a chain: nothing is paid; root version " + state.version();
    }

    @Override
    public boolean isTestnet() {
        return testnet;
    }

    @Override
    public boolean isSimulated() {
        return true;
    }

    @Override
    public RootState root() {
        return state;
    }

    /** Returns the time of the start: this state has no age. */
    @Override
    public Instant rootSeenAt() {
        return start;
    }

    @Override
    public Runnable onRootChange(Consumer<RootState> listener) {
        // An object of its own, so that a listener that was added twice is removed once.
        Consumer<RootState> own = listener::accept;
        listeners.add(own);
        return () -> listeners.remove(own);
    }

    /** Returns what was set, else: normal, a million TON, a stake of 1 TON, the empty secret, no tokens used. */
    @Override
    public ClientContractState client(Address contract) {
        return clients.getOrDefault(contract, CLIENT);
    }

    /** Returns what was set, else: normal, nothing paid. */
    @Override
    public WorkerContractState worker(Address contract) {
        return workers.getOrDefault(contract, WorkerContractState.UNKNOWN);
    }

    @Override
    public CompletionStage<Void> refresh(Address contract) {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void close() {
        listeners.clear();
    }
}
