package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.cuda.CudaTesting;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All that the scheduler and its prefix cache promise, on a device. */
@Tag("cuda")
class CudaSchedulerTest extends SchedulerTest {

    @Override
    Backend load(Model model) throws IOException {
        return CudaTesting.load(model);
    }

    @Override
    int pagesInUse(Backend backend) {
        return CudaTesting.pagesInUse(backend);
    }

    /** Temperature, top-p, top-k, min-p, and whether what the device finds always, mostly or rarely decides. */
    @ParameterizedTest
    @CsvSource({
        "0.9, 0.95, 40, 0.01, always",
        "0.01, 1, 0, 0, always",
        "0.3, 1, 0, 0.4, always",
        "0.7, 0.9, 0, 0, always",
        "1, 1, 0, 0, mostly",
        "100, 0.9, 0, 0.02, rarely"
    })
    void draws_from_what_the_device_finds_are_those_from_all_logits(
            double temperature, double topP, int topK, double minP, String decides) throws IOException {
        SamplingOptions options = new SamplingOptions(temperature, topP, topK, minP, 0, 0, 1, Map.of(), 5);
        List<List<Integer>> answers = new ArrayList<>();
        AtomicInteger decided = new AtomicInteger();
        AtomicInteger copied = new AtomicInteger();
        for (boolean onDevice : new boolean[] {true, false}) {
            Backend backend = new ForwardingBackend(load(ModelLoader.open(folder))) {
                @Override
                public int mostCandidates() {
                    return onDevice ? super.mostCandidates() : 0;
                }

                @Override
                public List<Result> compute(List<Step> steps, int vocabulary) {
                    List<Result> results = super.compute(steps, vocabulary);
                    if (onDevice) {
                        results.forEach(result -> (result.candidates() == null ? copied : decided).incrementAndGet());
                        assertThat(results)
                                .allMatch(result -> result.logits().length == (result.candidates() == null ? 1 : 0));
                    } else {
                        assertThat(results).allMatch(result -> result.logits().length == 1);
                    }
                    return results;
                }
            };
            List<Integer> ids = new ArrayList<>();
            try (Scheduler scheduler = new Scheduler(backend, 559, Scheduler.Limits.DEFAULT)) {
                for (int seed = 0; seed < 3; seed++) {
                    Collected answer = new Collected();
                    scheduler.submit(GenerationRequest.of(prompt(seed, 12), 20, options.withSeed(seed)), answer);
                    ids.addAll(answer.await());
                }
            }
            answers.add(ids);
        }
        System.out.println(options + ": " + decided + " tokens decided, all logits for " + copied);
        assertThat(answers.get(0)).hasSizeGreaterThan(20).isEqualTo(answers.get(1));
        switch (decides) {
            case "always" -> assertThat(copied).hasValue(0);
            case "mostly" -> assertThat(copied).hasValueBetween(1, decided.get() / 4);
            default -> assertThat(copied).hasValueGreaterThan(4 * decided.get());
        }
    }

    /** A device on the processor is slow; with fewer than thirty it might be that none begins like another. */
    @Override
    int some(int requests) {
        return Math.max(30, requests / 8);
    }
}
