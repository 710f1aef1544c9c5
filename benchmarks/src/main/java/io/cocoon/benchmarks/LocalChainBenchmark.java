package io.cocoon.benchmarks;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.testkit.chain.LocalRoot;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.RootStateCodec;
import io.cocoon.ton.contract.ToClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Transactions a second of the local chain, one thread: a plain receipt of money, in which no code runs, is the least that the
 * emulator and the chain around it cost; a charge of a client checks a signature and tells the proxy contract.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class LocalChainBenchmark {

    private static final int IN_A_BLOCK = 10;
    private static final Nanoton VALUE = Nanoton.ofTon("0.7");

    private final Ed25519Key key = Ed25519Key.fromSeed(Int256.ZERO);
    private final Address somebody = new Address(0, Int256.fromHex("ab".repeat(32)));
    private final LocalChain chain = LocalChain.start(1, Duration.ofMillis(400), Instant.ofEpochSecond(1_800_000_000));
    private final Address client = deploy();
    private long tokens;

    private Address deploy() {
        LocalRoot registry = LocalRoot.deploy(chain, ContractCode.current(), LocalRoot.Terms.DEFAULT);
        chain.nextBlock();
        RootState root = read(registry);
        Address proxy = ContractAddresses.proxy(root, somebody, key.publicKey());
        Cell init = ContractAddresses.clientInit(root, somebody, proxy, key.publicKey());
        Address contract = new Address(0, init.hash());
        chain.deliver(contract, VALUE, false, Optional.of(init), Cell.EMPTY);
        chain.nextBlock();
        return contract;
    }

    private RootState read(LocalRoot registry) {
        try (TonChain access = chain.access()) {
            Cell data = access.account(registry.address())
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .data()
                    .orElseThrow();
            return RootStateCodec.read(registry.address(), data);
        } catch (InterruptedException | ExecutionException | TimeoutException | CellException e) {
            throw new IllegalStateException("the root contract that was deployed is not there", e);
        }
    }

    @TearDown
    public void end() {
        chain.close();
    }

    @Benchmark
    @OperationsPerInvocation(IN_A_BLOCK)
    public Object receipt() {
        for (int i = 0; i < IN_A_BLOCK; i++) {
            chain.fund(somebody, VALUE);
        }
        return chain.nextBlock();
    }

    /** Three transactions each: the charge, what it tells the proxy contract, what is left on its way back. */
    @Benchmark
    @OperationsPerInvocation(3 * IN_A_BLOCK)
    public Object charge() {
        for (int i = 0; i < IN_A_BLOCK; i++) {
            tokens++;
            chain.deliver(
                    client,
                    VALUE,
                    true,
                    Optional.empty(),
                    ToClient.Charge.sign(key, tokens, tokens, client, somebody).toCell());
        }
        chain.nextBlock();
        return chain.nextBlock();
    }
}
