package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.TestTensors;
import io.cocoon.engine.file.WeightType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files mix types of weights, also among matrices that are multiplied in one go. */
class ProjectionTest {

    private static final int COLUMNS = 512;
    private static final int TOKENS = 3;

    private static final ExecutorService POOL = Executors.newFixedThreadPool(2);

    @AfterAll
    static void end() {
        POOL.shutdownNow();
    }

    static Stream<Named<Kernels>> kernels() {
        return Stream.of(new PlainKernels(), Activations.EXACT.kernels(), Activations.ROUNDED.kernels())
                .map(each -> Named.of(each.name(), each));
    }

    private static float[] product(Team team, float[] x, Weights... matrices) {
        Projection projection = new Projection(matrices);
        float[] out = new float[TOKENS * projection.rows()];
        projection.multiply(x, TOKENS, out, new Projection.Buffers(team));
        return out;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void matrices_of_any_types_give_together_what_they_give_alone(Kernels kernels) {
        List<WeightType> types =
                List.of(WeightType.Q4_K, WeightType.Q6_K, WeightType.Q4_0, WeightType.F16, WeightType.Q4_K);
        int[] rows = {130, 70, 3, 64, 1};
        Weights[] matrices = new Weights[types.size()];
        Arrays.setAll(
                matrices,
                i -> kernels.load(TestTensors.random(types.get(i), rows[i], COLUMNS, i), IntUnaryOperator.identity()));
        Random random = new Random(7);
        float[] x = new float[TOKENS * COLUMNS];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        try (Team team = new Team(3, POOL);
                Team alone = new Team(1, Runnable::run)) {
            float[] together = product(team, x, matrices);

            int first = 0;
            for (Weights each : matrices) {
                float[] wanted = product(alone, x, each);
                for (int t = 0; t < TOKENS; t++) {
                    int from = t * 268 + first;
                    assertThat(Arrays.copyOfRange(together, from, from + each.rows()))
                            .as("%s of %d rows, token %d", each.type(), each.rows(), t)
                            .isEqualTo(Arrays.copyOfRange(wanted, t * each.rows(), (t + 1) * each.rows()));
                }
                first += each.rows();
            }
        }
    }
}
