package io.cocoon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFailureTest {

    @TempDir
    private Path folder;

    private static String words(ThrowingCallable failing) {
        return DiskFailure.inWords(catchThrowableOfType(IOException.class, failing));
    }

    @Test
    void should_say_what_the_disk_refused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertThat(words(() -> Files.readString(folder.resolve("missing"))))
                .isEqualTo("there is no file " + folder.resolve("missing"));
        assertThat(words(() -> Files.createDirectory(file))).isEqualTo(file + " is there already");
        assertThat(words(() -> Files.newDirectoryStream(file).close())).isEqualTo(file + " is no folder");
        assertThat(words(() -> Files.createFile(file.resolve("below")))).contains("below", "Not a directory");
        assertThat(DiskFailure.inWords(new AccessDeniedException("secret")))
                .isEqualTo("this user may not read or write secret");
        assertThat(DiskFailure.inWords(new FileSystemLoopException("loop")))
                .contains("loop", "FileSystemLoopException");
    }

    @Test
    void should_leave_what_is_said_in_words_already() {
        assertThat(DiskFailure.inWords(new IOException("No space left on device")))
                .isEqualTo("No space left on device");
        assertThat(DiskFailure.inWords(new IOException())).contains("IOException");
    }
}
