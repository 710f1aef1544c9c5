package io.cocoon;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.proxy.TestHashes;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.WorkerContractState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A chain whose state a test sets. */
public final class FakeChain implements CocoonChain {

    public static final Address ROOT = new Address(0, TestHashes.of("root"));

    private static final Bytes NO_CODE = BagOfCells.write(Cell.EMPTY);

    public final Map<Address, ClientContractState> clients = new ConcurrentHashMap<>();
    private final List<Consumer<RootState>> listeners = new CopyOnWriteArrayList<>();
    private final boolean simulated;
    private volatile RootState root;

    /** When the chain was last seen; never too long ago, unless a test says so. */
    public volatile Instant seenAt = Instant.MAX.minusSeconds(1_000_000);

    /** What the next looks at a contract wait for. */
    public volatile CompletableFuture<Void> look = CompletableFuture.completedFuture(null);

    public FakeChain(boolean simulated, boolean test) {
        this.simulated = simulated;
        root = root(test, 3, 1);
    }

    public static RootState root(boolean test, int version, int paramsVersion) {
        Prices prices = new Prices(new Nanoton(2), new Nanoton(1), 10_000, 10_000, 10_000, 10_000);
        return new RootState(
                ROOT,
                new Address(0, TestHashes.of("root owner")),
                version,
                new RootState.Params(
                        1,
                        paramsVersion,
                        13,
                        test,
                        prices,
                        Duration.ofSeconds(600),
                        Duration.ofSeconds(300),
                        Nanoton.ofTon("1"),
                        Nanoton.ofTon("1"),
                        NO_CODE,
                        NO_CODE,
                        NO_CODE),
                List.of(),
                0,
                Set.of(TestHashes.of("proxy image")),
                Set.of(TestHashes.of("worker image")),
                Set.of(TestHashes.of("listed@1:2")),
                List.of(),
                Optional.empty());
    }

    /** Changes the root state and tells the listeners. */
    public void change(UnaryOperator<RootState> change) {
        root = change.apply(root);
        listeners.forEach(listener -> listener.accept(root));
    }

    @Override
    public String describe() {
        return "a chain of the test";
    }

    @Override
    public boolean isTestnet() {
        return false;
    }

    @Override
    public boolean isSimulated() {
        return simulated;
    }

    @Override
    public RootState root() {
        return root;
    }

    @Override
    public Instant rootSeenAt() {
        return seenAt;
    }

    @Override
    public Runnable onRootChange(Consumer<RootState> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public ClientContractState client(Address contract) {
        ClientContractState unknown = new ClientContractState(
                ContractState.NORMAL, Nanoton.ofTon("1000000"), Nanoton.ofTon("1"), 0, Int256.ZERO);
        return clients.getOrDefault(contract, unknown);
    }

    @Override
    public CompletionStage<Void> refresh(Address contract) {
        return look.copy();
    }

    @Override
    public WorkerContractState worker(Address contract) {
        return new WorkerContractState(ContractState.NORMAL, 0);
    }

    @Override
    public void close() {
        listeners.clear();
    }
}
