package io.cocoon.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sequence that begins with pages of another one is that other one, bit for bit: for every backend that shares pages. */
public abstract class SharedPagesContract {

    @TempDir
    Path folder;

    /** Loads a model into the backend that is tested. */
    protected abstract Backend load(Model model) throws IOException;

    /** Returns how many pages are held. */
    protected abstract int pagesInUse(Backend backend);

    private Backend backend(String model) throws IOException {
        TestData.copy("models/" + model, folder);
        return load(ModelLoader.open(folder));
    }

    private static float[] last(Backend backend, Backend.Sequence sequence, int... tokens) {
        return backend.run(List.of(new Backend.Step(sequence, tokens, false))).get(0)[0];
    }

    private static int[] ids(int from, int to) {
        return IntStream.range(from, to).map(i -> 5 + i * 7 % 300).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen3", "tiny-llama3", "tiny-gemma3"})
    void logits_behind_shared_pages_are_those_of_an_own_prefix(String model) throws IOException {
        try (Backend backend = backend(model)) {
            Backend.Sequence first = backend.newSequence();
            float[] own = last(backend, first, ids(0, 40));
            Backend.Sequence second = backend.newSequence(List.of(first.sharePage(0), first.sharePage(1)));

            assertThat(second.length()).isEqualTo(32);
            assertThat(last(backend, second, ids(32, 40))).isEqualTo(own);
        }
    }

    @Test
    void writing_into_a_shared_page_changes_it_for_nobody_else() throws IOException {
        try (Backend backend = backend("tiny-qwen3")) {
            Backend.Sequence first = backend.newSequence();
            last(backend, first, ids(0, 16));
            Backend.Page page = first.sharePage(0);
            Backend.Sequence second = backend.newSequence(List.of(page));
            second.truncate(10);
            float[] own = last(backend, second, 9, 9, 9, 9, 9, 9);
            float[] after = last(backend, first, 11);

            Backend.Sequence fresh = backend.newSequence();
            last(backend, fresh, ids(0, 16));
            assertThat(after).isEqualTo(last(backend, fresh, 11));
            fresh.truncate(10);
            assertThat(own).isEqualTo(last(backend, fresh, 9, 9, 9, 9, 9, 9));
            for (Backend.Sequence each : List.of(first, second, fresh)) {
                each.close();
                each.close();
            }
            assertThat(pagesInUse(backend)).isEqualTo(1);
            page.close();
            assertThat(pagesInUse(backend)).isZero();
            assertThatThrownBy(page::close).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_page_stays_when_its_sequence_is_closed() throws IOException {
        try (Backend backend = backend("tiny-qwen3")) {
            Backend.Sequence first = backend.newSequence();
            float[] own = last(backend, first, ids(0, 20));
            Backend.Page page = first.sharePage(0);
            first.close();
            // Would be written to if it were free.
            last(backend, backend.newSequence(), ids(100, 140));

            assertThat(last(backend, backend.newSequence(List.of(page)), ids(16, 20)))
                    .isEqualTo(own);
        }
    }

    @Test
    void a_page_that_is_not_whole_is_not_shared() throws IOException {
        try (Backend backend = backend("tiny-qwen3")) {
            Backend.Sequence sequence = backend.newSequence();
            last(backend, sequence, ids(0, 31));

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sequence.sharePage(1))
                    .withMessageContaining("31 tokens");
        }
    }
}
