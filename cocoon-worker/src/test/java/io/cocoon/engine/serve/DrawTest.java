package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.model.Backend;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the highest logits decide is what all of them decide: the draw of the dossier, written down plainly here. */
class DrawTest {

    private static final int KNOWN = 64;

    private Random random;

    @BeforeEach
    void seed() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        random = new Random(seed);
    }

    /** A vector of logits as a sampler sees it: sorted, with its shares and their sum for a temperature. */
    private static final class Row {
        private final double temperature;
        private final float[] sorted;
        private final double[] shares;
        private final double[] sums;

        Row(float[] logits, double temperature) {
            this.temperature = temperature;
            sorted = new float[logits.length];
            Float[] boxed = new Float[logits.length];
            Arrays.setAll(boxed, i -> logits[i] + 0.0f);
            Arrays.sort(boxed, Comparator.reverseOrder());
            shares = new double[logits.length];
            sums = new double[logits.length + 1];
            for (int i = 0; i < sorted.length; i++) {
                sorted[i] = boxed[i];
                shares[i] = Math.exp((sorted[i] - (double) sorted[0]) / temperature);
                sums[i + 1] = sums[i] + shares[i];
            }
        }

        int vocabulary() {
            return sorted.length;
        }

        double sum() {
            return sums[sorted.length];
        }

        /** From all logits. */
        int place(double topP, double minP, double uniform) {
            int kept = kept(topP, minP);
            double target = uniform * sums[kept];
            for (int i = 0; i < kept - 1; i++) {
                target -= shares[i];
                if (target < 0) {
                    return i;
                }
            }
            return kept - 1;
        }

        int kept(double topP, double minP) {
            int kept = 0;
            while (kept < sorted.length
                    && (kept == 0
                            || shares[kept] > 0 && sums[kept] < topP * sum() && shares[kept] >= minP * shares[0])) {
                kept++;
            }
            return kept;
        }

        /** From the highest ones and what a device says that all shares sum up to. */
        OptionalInt fromHighest(double topP, double minP, double uniform, double powers) {
            int known = Math.min(KNOWN, sorted.length);
            return new Draw(options(temperature, topP, minP), uniform, Arrays.copyOf(sorted, known), known)
                    .amongAll(powers, sorted.length);
        }
    }

    private static SamplingOptions options(double temperature, double topP, double minP) {
        return new SamplingOptions(temperature, topP, 0, minP, 0, 0, 1, Map.of(), 0);
    }

    private float[] logits(int vocabulary) {
        // Flat to peaked; steps make ties.
        double spread = Math.pow(10, random.nextDouble() * 3 - 1);
        double step = random.nextBoolean() ? 0 : spread / 4;
        double ruledOut = random.nextInt(3) == 0 ? random.nextDouble() : 0;
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            double value = random.nextGaussian() * spread;
            logits[i] = random.nextDouble() < ruledOut
                    ? Float.NEGATIVE_INFINITY
                    : (float) (step == 0 ? value : Math.round(value / step) * step);
        }
        // A few stand out, as in an answer.
        for (int i = random.nextInt(6); i > 0; i--) {
            logits[random.nextInt(vocabulary)] += (float) (random.nextDouble() * 20);
        }
        logits[random.nextInt(vocabulary)] = 1;
        return logits;
    }

    private int vocabulary() {
        return switch (random.nextInt(8)) {
            case 0 -> 63 + random.nextInt(3);
            case 1 -> 152_000;
            case 2 -> 1 + random.nextInt(60);
            default -> 50 + random.nextInt(3_000);
        };
    }

    private double temperature() {
        return switch (random.nextInt(5)) {
            case 0 -> 1;
            case 1 -> 0.7;
            case 2 -> Math.pow(10, -random.nextInt(320));
            case 3 -> 100 * random.nextDouble() + 0.001;
            default -> 0.1 + 2 * random.nextDouble();
        };
    }

    /** Close by: the same, the next numbers, and what lies as far away as the sum is uncertain. */
    private double near(double value, double error) {
        return switch (random.nextInt(4)) {
            case 0 -> value;
            case 1 -> Math.nextUp(value);
            case 2 -> Math.nextDown(value);
            default -> value * (1 + error * (random.nextDouble() * 3 - 1.5));
        };
    }

    private double topP(Row row, double error) {
        double any = 1 - random.nextDouble();
        return switch (random.nextInt(4)) {
            case 0 -> 1;
            case 1 -> any;
            // Where one more or less is kept.
            default ->
                Math.min(
                        1,
                        Math.max(
                                1e-9,
                                near(row.sums[1 + random.nextInt(Math.min(90, row.vocabulary()))] / row.sum(), error)));
        };
    }

    private double minP(Row row) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextDouble();
            case 1 -> row.shares[random.nextInt(Math.min(90, row.vocabulary()))];
            default -> 0;
        };
    }

    private double uniform(Row row, double topP, double minP, double error) {
        if (random.nextInt(3) == 0) {
            return random.nextInt(5) == 0 ? random.nextInt(2) * (1 - 0x1p-53) : random.nextDouble();
        }
        // Where the choice goes over to the next one.
        int kept = row.kept(topP, minP);
        double border = row.sums[1 + random.nextInt(Math.min(90, kept))] / row.sums[kept];
        return Math.min(1 - 0x1p-53, near(border, error));
    }

    /** What a device may say of a sum: up to the bounds, but for two roundings of the number itself. */
    private double[] told(double sum, double error) {
        double most = error - 4e-16;
        return new double[] {
            sum, sum / (1 + most), sum / (1 - most), sum * (1 + error * 0.9 * (random.nextDouble() * 2 - 1))
        };
    }

    @Test
    void what_the_highest_decide_is_what_all_decide_however_the_sum_is_rounded() {
        int decided = 0;
        int undecided = 0;
        for (int i = 0; i < 400; i++) {
            Row row = new Row(logits(vocabulary()), temperature());
            double error = Backend.Candidates.powersError(row.vocabulary());
            for (int j = 0; j < 60; j++) {
                double topP = topP(row, error);
                double minP = minP(row);
                double uniform = uniform(row, topP, minP, error);
                int all = row.place(topP, minP, uniform);
                for (double powers : told(row.sum(), error)) {
                    OptionalInt few = row.fromHighest(topP, minP, uniform, powers);
                    if (few.isEmpty()) {
                        undecided++;
                    } else {
                        decided++;
                        assertThat(few.getAsInt())
                                .as(
                                        "temperature %s, top-p %s, min-p %s, drawn %s of %s tokens, sum %s told as %s",
                                        row.temperature, topP, minP, uniform, row.vocabulary(), row.sum(), powers)
                                .isEqualTo(all);
                    }
                }
            }
        }
        System.out.println(decided + " decided, " + undecided + " not");
        assertThat(decided).isGreaterThan(10_000);
        assertThat(undecided).isGreaterThan(1_000);
    }

    @Test
    void where_all_are_known_or_the_others_are_too_small_to_count_all_is_decided() {
        for (int i = 0; i < 200; i++) {
            Row all = new Row(logits(1 + random.nextInt(KNOWN)), temperature());
            float[] peaked = logits(2_000);
            peaked[random.nextInt(2_000)] = 10_000;
            // The second highest is too far away for a share of any size.
            Row one = new Row(peaked, 0.5);
            for (Row row : new Row[] {all, one}) {
                double error = Backend.Candidates.powersError(row.vocabulary());
                for (int j = 0; j < 20; j++) {
                    double topP = topP(row, error);
                    double minP = minP(row);
                    // By rounding, the greatest random number may fall behind the last share.
                    double uniform = j % 2 == 0 ? 1 - 0x1p-53 : uniform(row, topP, minP, error);
                    assertThat(row.fromHighest(topP, minP, uniform, row.sum()))
                            .hasValue(row.place(topP, minP, uniform));
                }
            }
        }
    }

    @Test
    void a_sum_that_is_no_number_or_less_than_what_is_known_decides_nothing() {
        float[] logits = new float[100];
        logits[0] = 9;
        Row row = new Row(logits, 1);

        assertThat(row.fromHighest(0.5, 0, 0.5, row.sum())).hasValue(0);
        for (double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 0, 1 + 1e-9}) {
            assertThat(row.fromHighest(0.5, 0, 0.5, wrong)).as("%s", wrong).isEmpty();
        }
    }

    @Test
    void a_draw_that_falls_behind_what_is_known_is_not_decided() {
        Row flat = new Row(new float[1_000], 1);

        assertThat(flat.fromHighest(1, 0, 0.0321, flat.sum())).hasValue(32);
        assertThat(flat.fromHighest(1, 0, 0.0641, flat.sum())).isEmpty();
    }

    /** Shares of ranks fall by a power that differs from place to place, as those of a language model do. */
    private Row ranks(double temperature) {
        double power = 1.5 + 2.5 * random.nextDouble();
        float[] logits = new float[152_000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (-power * Math.log(i + 1 + random.nextDouble()));
        }
        return new Row(logits, temperature);
    }

    private double undecidedShare(double temperature, double topP, double minP) {
        int undecided = 0;
        int all = 0;
        for (int i = 0; i < 40; i++) {
            Row row = ranks(temperature);
            for (int j = 0; j < 250; j++, all++) {
                if (row.fromHighest(topP, minP, random.nextDouble(), row.sum()).isEmpty()) {
                    undecided++;
                }
            }
        }
        double share = (double) undecided / all;
        System.out.println(
                "temperature " + temperature + ", top-p " + topP + ", min-p " + minP + ": " + share + " not decided");
        return share;
    }

    @Test
    void usual_requests_are_nearly_always_decided() {
        assertThat(undecidedShare(0.7, 0.9, 0)).isLessThan(0.02);
        assertThat(undecidedShare(0.7, 1, 0)).isLessThan(0.03);
        assertThat(undecidedShare(1, 1, 0.05)).isZero();
        assertThat(undecidedShare(1, 0.9, 0)).isLessThan(0.03);
        assertThat(undecidedShare(1, 1, 0)).isLessThan(0.06);
    }

    @Test
    void a_sampler_with_all_logits_draws_as_from_all_of_them_sorted() {
        for (int i = 0; i < 60; i++) {
            float[] logits = logits(vocabulary());
            Row row = new Row(logits, temperature());
            double topP = topP(row, 1e-3);
            double minP = minP(row);
            long seed = random.nextLong();
            Sampler sampler = new Sampler(
                    GenerationRequest.of(
                            new int[] {0},
                            1,
                            options(row.temperature, topP, minP).withSeed(seed)),
                    0,
                    logits.length);
            int[] order = IntStream.range(0, logits.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer id) -> -(logits[id] + 0.0)))
                    .mapToInt(id -> id)
                    .toArray();
            for (int position = 0; position < 20; position++) {
                assertThat(sampler.next(logits.clone()).id())
                        .isEqualTo(order[row.place(topP, minP, Philox.uniform(seed, 0, position))]);
            }
        }
    }
}
