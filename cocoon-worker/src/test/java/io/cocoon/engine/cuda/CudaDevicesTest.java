package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Runs without the stand-in driver: on a machine without a GPU this is what its users see. */
class CudaDevicesTest {

    @Test
    void what_was_found_or_why_nothing_was_is_one_line() {
        CudaDevices devices = CudaDevices.find();

        assertThat(devices.reason()).hasLineCount(1).hasSizeLessThan(300);
        assertThat(devices.reason()).startsWith(devices.usable().isEmpty() ? "no CUDA: " : "CUDA: ");
        if (devices.usable().isEmpty()) {
            assertThat(devices.reason()).containsAnyOf("driver", "compute capability");
        }
    }

    @Test
    void without_jcuda_on_the_class_path_the_line_says_what_to_add() throws Exception {
        URL[] others = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("jcuda"))
                .map(CudaDevicesTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader withoutJcuda = new URLClassLoader(others, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = withoutJcuda.loadClass(CudaDevices.class.getName());
            Object found = type.getMethod("find").invoke(null);

            assertThat(String.valueOf(type.getMethod("reason").invoke(found)))
                    .isEqualTo("no CUDA: JCuda is not on the class path; add org.jcuda:jcuda and"
                            + " org.jcuda:jcuda-natives:linux-x86_64");
        }
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(entry, e);
        }
    }

    @Test
    void it_is_looked_for_once() {
        assertThat(CudaDevices.find()).isSameAs(CudaDevices.find());
    }
}
