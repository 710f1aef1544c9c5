package io.cocoon.benchmarks;

import io.cocoon.inference.AnswerException;
import io.cocoon.inference.AnswerMeter;
import io.cocoon.inference.ContentKind;
import io.cocoon.inference.MeterRules;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
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

/** What each query and each token costs before it is encrypted: TL both ways, and the worker's meter on one event. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class ContentBenchmark {

    private static final Prices PRICES =
            new Prices(new Nanoton(20), new Nanoton(19), Prices.ONE, Prices.ONE, Prices.ONE, Prices.ONE);

    private final ClientToProxy.RunQueryEx query = new ClientToProxy.RunQueryEx(
            "demo/words", Bytes.utf8("x".repeat(400)), 4000, 1000, 60.0, Int256.ZERO, 0, 0, false, Int256.ZERO);
    private final Bytes encoded = query.toBytes();
    private final Bytes event = Bytes.utf8("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
            + "\"model\":\"demo/words\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n\n");
    private final AnswerMeter meter = new AnswerMeter(1000, PRICES, ContentKind.EVENT_STREAM, MeterRules.OURS, null);

    @Benchmark
    public Bytes encodeQuery() {
        return query.toBytes();
    }

    @Benchmark
    public ClientToProxy.Message decodeQuery() throws TlException {
        return TlReader.readWhole(encoded, ClientToProxy::readMessage);
    }

    @Benchmark
    public Bytes meterEvent() throws AnswerException {
        return meter.feed(event);
    }
}
