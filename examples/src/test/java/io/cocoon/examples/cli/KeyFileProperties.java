package io.cocoon.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/** A key file is read as it was written, and whatever else is in one is refused without showing it. */
class KeyFileProperties {

    @Property(tries = 50)
    void should_read_what_was_written(@ForAll @Size(32) byte[] seed, @ForAll @Size(32) byte[] owner)
            throws IOException {
        Path folder = Files.createTempDirectory("cocoon-key");
        Path file = folder.resolve("node.key");
        KeyFile made = new KeyFile(Ed25519Key.fromSeed(Int256.of(seed)), new Address(0, Int256.of(owner)));
        made.create(file);
        try {
            KeyFile read = KeyFile.read(file);
            assertThat(read.secret()).isEqualTo(made.secret());
            assertThat(read.owner()).isEqualTo(made.owner());
            assertThat(read.toString()).doesNotContain(made.secret());
        } finally {
            Files.delete(file);
            Files.delete(folder);
        }
    }

    @Property(tries = 200)
    void should_refuse_anything_else_in_words(@ForAll byte[] content) throws IOException {
        Path file = Files.createTempFile("cocoon-key", ".key");
        Files.write(file, content);
        try {
            KeyFile.read(file);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining(file.toString());
        } finally {
            Files.delete(file);
        }
    }
}
