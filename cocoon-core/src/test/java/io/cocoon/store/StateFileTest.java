package io.cocoon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {

    @TempDir
    Path folder;

    @Test
    void should_have_no_value_at_first_and_then_the_newest() throws Exception {
        StateFile store = new StateFile(folder.resolve("state"));
        assertThat(store.load()).isEmpty();
        store.save(Bytes.utf8("one"));
        store.save(Bytes.utf8("two"));

        assertThat(new StateFile(folder.resolve("state")).load()).contains(Bytes.utf8("two"));
        assertThat(folder).isDirectoryNotContaining("glob:**.unfinished");
    }

    @Test
    void should_refuse_every_damaged_file_by_name_and_leave_it() throws Exception {
        Path file = folder.resolve("state");
        new StateFile(file).save(Bytes.utf8("money"));
        byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            Files.write(file, bad);
            assertThatThrownBy(() -> new StateFile(file).load())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("checksum");
            assertThat(Files.readAllBytes(file)).isEqualTo(bad);
        }
        Files.write(file, new byte[31]);
        assertThatThrownBy(() -> new StateFile(file).load()).hasMessageContaining("31 bytes");
    }

    @Test
    void should_keep_the_old_value_when_a_write_was_cut_off() throws Exception {
        Path file = folder.resolve("state");
        StateFile store = new StateFile(file);
        store.save(Bytes.utf8("old"));
        Files.write(folder.resolve("state.unfinished"), new byte[10]);

        assertThat(store.load()).contains(Bytes.utf8("old"));
        store.save(Bytes.utf8("new"));
        assertThat(store.load()).contains(Bytes.utf8("new"));
    }

    @Test
    void should_say_that_it_could_not_be_written() {
        StateFile store = new StateFile(folder.resolve("nowhere").resolve("state"));

        assertThatThrownBy(() -> store.save(Bytes.utf8("x")))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(folder.toString(), "could not be written: there is no file ");
    }

    @Test
    void should_say_that_it_could_not_be_read() throws IOException {
        StateFile store = new StateFile(Files.createDirectory(folder.resolve("state")));

        assertThatThrownBy(store::load)
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(folder.toString(), "could not be read: ");
    }
}
