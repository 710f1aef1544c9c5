package io.cocoon.engine.cpu;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.RandomTensor;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many weights one thread multiplies in a nanosecond when they are in the second-level cache, beside what it could multiply if
 * they cost nothing to widen. Its rivals are the loops in plain Java.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class KernelBenchmark {

    private static final int ROWS = 256;
    private static final int COLUMNS = 1024;
    private static final int TOKENS = 16;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /** The loops and the matrix. */
    @State(Scope.Thread)
    public static class Matrices {

        @Param({"Q8_0", "Q4_0", "Q4_K", "Q6_K", "BF16", "F16", "FP8", "F32"})
        public WeightType type = WeightType.Q8_0;

        @Param({"vectors", "rounding", "plain"})
        public String loops = "vectors";

        private @Nullable Weights weights;
        private final Arranged activations = new Arranged();
        private final float[] out = new float[ROWS * TOKENS];
        private final Scratch scratch = new Scratch();

        /** Loads them as a model would. */
        @Setup
        public void load() throws ModelFormatException {
            Kernels kernels = loops.equals("plain") ? new PlainKernels() : KernelChoice.fastest();
            if (loops.equals("rounding")) {
                kernels = kernels.rounding();
            }
            Tensor tensor = RandomTensor.of(type, ROWS, COLUMNS);
            Weights loaded = kernels.load(tensor, IntUnaryOperator.identity());
            float[] x = new float[COLUMNS];
            for (int i = 0; i < COLUMNS; i++) {
                x[i] = (float) Math.sin(i);
            }
            activations.ensure(loaded, TOKENS);
            for (int token = 0; token < TOKENS; token++) {
                loaded.arrange(x, 0, activations, token);
            }
            weights = loaded;
        }

        private float[] multiply(int tokens) {
            Objects.requireNonNull(weights).multiply(0, ROWS, activations, tokens, out, 0, ROWS, scratch);
            return out;
        }
    }

    private final float[] near = new float[FLOATS.length()];

    /** As in an answer: each weight is used once. */
    @Benchmark
    @OperationsPerInvocation(ROWS * COLUMNS)
    public float[] oneToken(Matrices matrices) {
        return matrices.multiply(1);
    }

    /** As in a prompt: each weight is used for 16 tokens, and each use is counted. */
    @Benchmark
    @OperationsPerInvocation(ROWS * COLUMNS * TOKENS)
    public float[] sixteenTokens(Matrices matrices) {
        return matrices.multiply(TOKENS);
    }

    /** The limit of both: as many products and sums of floats in registers. */
    @Benchmark
    @OperationsPerInvocation(ROWS * COLUMNS)
    public float limit() {
        FloatVector x = FloatVector.fromArray(FLOATS, near, 0).add(1);
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = x;
        FloatVector g = x;
        FloatVector h = x;
        for (int i = ROWS * COLUMNS; i > 0; i -= 8 * FLOATS.length()) {
            a = a.fma(x, x);
            b = b.fma(x, x);
            c = c.fma(x, x);
            d = d.fma(x, x);
            e = e.fma(x, x);
            f = f.fma(x, x);
            g = g.fma(x, x);
            h = h.fma(x, x);
        }
        return a.add(b).add(c.add(d)).add(e.add(f).add(g.add(h))).lane(0);
    }
}
