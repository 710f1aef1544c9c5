package io.cocoon.benchmarks;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a signed payment costs who makes it (once for each committed total) and who checks it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class PaymentBenchmark {

    private final Ed25519Key key = Ed25519Key.fromSeed(Int256.ZERO);
    private final Address contract = new Address(0, Int256.fromHex("ab".repeat(32)));
    private final SignedPayment.Signed payment = new SignedPayment.Signed(signed(5));
    private long tokens;

    private Bytes signed(long total) {
        return SignedPayments.sign(key, SignedPayments.Kind.CLIENT_CHARGE, contract, total, 7, contract);
    }

    @Benchmark
    public Object sign() {
        return signed(tokens++);
    }

    @Benchmark
    public Object check() throws Exception {
        return SignedPayments.check(payment.data(), SignedPayments.Kind.CLIENT_CHARGE, contract, key.publicKey());
    }
}
