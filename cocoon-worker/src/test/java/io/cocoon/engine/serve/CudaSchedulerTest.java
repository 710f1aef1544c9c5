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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

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

    @Test
    void draws_from_what_the_device_finds_are_those_from_all_logits() throws IOException {
        SamplingOptions options = new SamplingOptions(0.9, 0.95, 40, 0.01, 0, 0, 1, Map.of(), 5);
        List<List<Integer>> answers = new ArrayList<>();
        for (boolean onDevice : new boolean[] {true, false}) {
            Backend backend = new ForwardingBackend(load(ModelLoader.open(folder))) {
                @Override
                public int mostCandidates() {
                    return onDevice ? super.mostCandidates() : 0;
                }

                @Override
                public List<Result> compute(List<Step> steps, int vocabulary) {
                    List<Result> results = super.compute(steps, vocabulary);
                    assertThat(results).allMatch(result -> onDevice == (result.logits().length == 0));
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
        assertThat(answers.get(0)).hasSizeGreaterThan(20).isEqualTo(answers.get(1));
    }

    /** A device on the processor is slow; with fewer than thirty it might be that none begins like another. */
    @Override
    int some(int requests) {
        return Math.max(30, requests / 8);
    }
}
