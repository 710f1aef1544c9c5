package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.cocoon.engine.model.Backend;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {

    private static final int[] ANY_PROMPT = {3};

    private static SamplingOptions options(double temperature, double topP, int topK, double minP) {
        return new SamplingOptions(temperature, topP, topK, minP, 0, 0, 1, Map.of(), 11);
    }

    private static Sampler sampler(SamplingOptions options, int[] prompt, int vocabulary) {
        return new Sampler(GenerationRequest.of(prompt, 1, options), 0, vocabulary);
    }

    private static int[] draws(SamplingOptions options, float... logits) {
        Sampler sampler = sampler(options, ANY_PROMPT, logits.length);
        int[] counts = new int[logits.length];
        for (int i = 0; i < 20_000; i++) {
            counts[sampler.next(logits.clone()).id()]++;
        }
        return counts;
    }

    @Test
    void philox_gives_the_published_numbers() {
        // Known answers of the authors' test suite for 4x32, 10 rounds.
        assertThat(Philox.words(0, 0, 0, 0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(Philox.words(-1, -1, -1, -1, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    }

    @Test
    void temperature_0_takes_the_likeliest_and_the_lowest_id_of_a_tie() {
        assertThat(sampler(SamplingOptions.GREEDY, ANY_PROMPT, 4)
                        .next(new float[] {1, 5, 5, 2})
                        .id())
                .isEqualTo(1);
    }

    @Test
    void draws_follow_the_distribution() {
        int[] counts = draws(options(1, 1, 0, 0), (float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2));

        assertThat(counts[0]).isBetween(9_500, 10_500);
        assertThat(counts[1]).isBetween(5_500, 6_500);
        assertThat(counts[2]).isBetween(3_500, 4_500);
    }

    @Test
    void a_choice_from_candidates_is_that_from_all_logits() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int undecided = 0;
        for (int i = 0; i < 500; i++) {
            float[] logits = new float[1 + random.nextInt(300)];
            for (int j = 0; j < logits.length; j++) {
                // Coarse, so that there are ties.
                logits[j] = Math.round(random.nextGaussian() * 8) / 4f;
            }
            double temperature = random.nextInt(4) == 0 ? 0 : 0.1 + 3 * random.nextDouble();
            double minP = random.nextBoolean() ? 0 : random.nextDouble() / 4;
            int topK = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(64);
            SamplingOptions options = options(temperature, 1 - random.nextDouble() / 2, topK, minP);
            GenerationRequest request = GenerationRequest.of(ANY_PROMPT, 1, options.withSeed(random.nextLong()))
                    .withTopLogprobs(20);
            Sampler whole = new Sampler(request, 0, logits.length);
            Sampler few = new Sampler(request, 0, logits.length);
            assertThat(few.candidates()).isBetween(20, 64);
            int[] ids = Likeliest.of(logits, logits.length, 64);
            float[] highest = new float[ids.length];
            for (int j = 0; j < ids.length; j++) {
                highest[j] = logits[ids[j]];
            }
            Backend.Candidates candidates = new Backend.Candidates(
                    ids,
                    highest,
                    Likeliest.logSum(logits, logits.length),
                    few.temperature() == 0 ? Double.NaN : Likeliest.powers(logits, logits.length, few.temperature()));
            for (int draw = 0; draw < 5; draw++) {
                // Asking must not use up a random number, and what is not decided is drawn from all with the same one.
                boolean isDecided = few.isDecided(candidates);
                assertThat(few.isDecided(candidates)).isEqualTo(isDecided);
                undecided += isDecided ? 0 : 1;
                assertThat(isDecided ? few.next(candidates) : few.next(logits.clone()))
                        .isEqualTo(whole.next(logits.clone()));
            }
        }
        assertThat(undecided).isBetween(1, 400);
    }

    @Test
    void candidates_that_do_not_decide_are_refused() {
        Sampler sampler = sampler(options(1, 1, 0, 0), ANY_PROMPT, 90_000);
        Backend.Candidates few = new Backend.Candidates(new int[] {5}, new float[] {0}, 11.4, 90_000);

        assertThat(sampler.isDecided(few)).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> sampler.next(few))
                .withMessageContaining("1 candidates do not decide");
    }

    @Test
    void candidates_are_not_asked_for_where_logits_are_changed_and_are_as_many_as_top_k() {
        assertThat(sampler(options(1, 1, 0, 0), ANY_PROMPT, 9).candidates()).isEqualTo(1);
        assertThat(sampler(options(0, 1, 100, 0), ANY_PROMPT, 9).candidates()).isEqualTo(1);
        assertThat(sampler(options(1, 1, 40, 0), ANY_PROMPT, 9).candidates()).isEqualTo(40);
        assertThat(sampler(new SamplingOptions(1, 1, 40, 0, 0.1, 0, 1, Map.of(), 1), ANY_PROMPT, 9)
                        .candidates())
                .isZero();
        assertThat(sampler(new SamplingOptions(0, 1, 0, 0, 0, 0, 1, Map.of(3, 1.0), 1), ANY_PROMPT, 9)
                        .candidates())
                .isZero();
    }

    @Test
    void top_p_keeps_the_likeliest_even_if_it_alone_is_more() {
        assertThat(draws(options(1, 0.1, 0, 0), 3, 1, 0)).containsExactly(20_000, 0, 0);
        assertThat(draws(options(1, 0.9, 0, 0), (float) Math.log(0.5), (float) Math.log(0.4), (float) Math.log(0.1))[2])
                .isZero();
    }

    @Test
    void top_k_and_min_p_leave_out_what_is_unlikely() {
        assertThat(draws(options(1, 1, 2, 0), 1, 1, 0.9f)[2]).isZero();
        assertThat(draws(options(1, 1, 0, 0.5), 2, 1.9f, 0)[2]).isZero();
    }

    @Test
    void penalties_make_a_token_that_was_generated_less_likely() {
        SamplingOptions presence = new SamplingOptions(0, 1, 0, 0, 0, 2, 1, Map.of(), 0);
        Sampler sampler = sampler(presence, ANY_PROMPT, 2);

        assertThat(sampler.next(new float[] {1, 0}).id()).isZero();
        assertThat(sampler.next(new float[] {1, 0}).id()).isEqualTo(1);
    }

    @Test
    void the_repetition_penalty_counts_the_prompt_and_openai_s_penalties_do_not() {
        int[] prompt = {0};

        assertThat(sampler(new SamplingOptions(0, 1, 0, 0, 0, 0, 2, Map.of(), 0), prompt, 2)
                        .next(new float[] {1, 0.8f})
                        .id())
                .isEqualTo(1);
        assertThat(sampler(new SamplingOptions(0, 1, 0, 0, 2, 2, 1, Map.of(), 0), prompt, 2)
                        .next(new float[] {1, 0.8f})
                        .id())
                .isZero();
    }

    @Test
    void rows_of_the_embedding_without_a_token_are_never_chosen() {
        assertThat(sampler(SamplingOptions.GREEDY, ANY_PROMPT, 2)
                        .next(new float[] {1, 2, 9})
                        .id())
                .isEqualTo(1);
    }

    @Test
    void options_out_of_range_are_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(1, 0, 0, 0))
                .withMessageContaining("top_p");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(Double.NaN, 1, 0, 0))
                .withMessageContaining("temperature");
    }
}
