package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.model.SharedPagesContract;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("cuda")
class CudaSharedPagesTest extends SharedPagesContract {

    private static final CudaSettings SETTINGS = new CudaSettings(32, 128, 0, false, true);

    @TempDir
    Path models;

    @Override
    protected Backend load(Model model) throws IOException {
        return CudaBackend.load(model, Driver.require(), SETTINGS, layer -> {});
    }

    @Override
    protected int pagesInUse(Backend backend) {
        return ((CudaBackend) backend).pagesInUse();
    }

    private Backend load() throws IOException {
        TestData.copy("models/tiny-qwen2", models);
        return load(ModelLoader.open(models));
    }

    @Test
    void a_shared_page_takes_no_room_of_its_own_however_many_read_it() throws IOException {
        try (Backend backend = load();
                Backend.Sequence first = backend.newSequence()) {
            backend.run(List.of(new Backend.Step(first, new int[96], false)));
            List<Backend.Page> pages = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                pages.add(first.sharePage(i));
            }
            assertThat(pagesInUse(backend)).isEqualTo(6);

            // Two pages are left of eight; the lists of both sequences together are longer than eight.
            Backend.Sequence second = backend.newSequence(pages);
            List<float[][]> both = backend.run(List.of(
                    new Backend.Step(first, new int[] {7}, false), new Backend.Step(second, new int[] {7}, false)));

            assertThat(both.get(1)[0]).isEqualTo(both.get(0)[0]);
            assertThat(pagesInUse(backend)).isEqualTo(8);
            second.truncate(95);
            assertThatThrownBy(() -> backend.run(List.of(new Backend.Step(second, new int[33], false))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("need 3 more pages of 16 tokens, and 1 of 8 are free");
        }
    }

    @Test
    void pages_of_another_backend_and_those_given_back_are_refused() throws IOException {
        try (Backend backend = load();
                Backend other = load();
                Backend.Sequence sequence = other.newSequence()) {
            other.run(List.of(new Backend.Step(sequence, new int[16], false)));
            Backend.Page page = sequence.sharePage(0);
            assertThatThrownBy(() -> backend.newSequence(List.of(page))).isInstanceOf(IllegalArgumentException.class);
            page.close();
            assertThatThrownBy(() -> other.newSequence(List.of(page))).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
