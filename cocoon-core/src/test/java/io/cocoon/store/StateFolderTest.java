package io.cocoon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {

    @TempDir
    private Path temporary;

    @Test
    void should_give_back_what_was_saved_under_a_name() throws IOException {
        Bytes value = Bytes.wrapUnshared(new byte[] {1, 2, 3});
        try (StateFolder folder = StateFolder.open(temporary.resolve("new/one"))) {
            folder.state("outbox").save(value);
            assertThat(folder.state("channels").load()).isEmpty();
        }
        try (StateFolder folder = StateFolder.open(temporary.resolve("new/one"))) {
            assertThat(folder.state("outbox").load()).contains(value);
        }
    }

    @Test
    void should_refuse_a_folder_that_is_open_already() throws IOException {
        try (StateFolder folder = StateFolder.open(temporary)) {
            assertThatThrownBy(() -> StateFolder.open(temporary))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(folder.path().toString())
                    .hasMessageContaining("stop the other one");
        }
        StateFolder.open(temporary).close();
    }

    @Test
    void should_refuse_a_file() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "x");

        assertThatThrownBy(() -> StateFolder.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be used: " + file + " is no folder");
    }

    @Test
    void should_refuse_a_name_that_leaves_the_folder() throws IOException {
        try (StateFolder folder = StateFolder.open(temporary)) {
            assertThatThrownBy(() -> folder.state("../outside")).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
