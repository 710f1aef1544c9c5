package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jcuda.driver.JCudaDriver;

/**
 * The driver under the CUDA tests: the stand-in of {@code src/test/cuda}, built on first use, or with
 * {@code -Dcocoon.cuda.real=true} that of this machine. A process has one for all its life, so that these tests have a JVM of
 * their own (tag {@code cuda}).
 */
final class Driver {

    private static final Path FOLDER = Path.of("target", "cuda-stand-in").toAbsolutePath();

    /** What the stand-in takes as a wish that this thread has a memory of so many bytes to itself. */
    private static final int MEMORY = 0x7003;

    private Driver() {}

    private static final class Loaded {
        private static final String ABSENT = load();
    }

    /** Loads the driver; where the stand-in cannot be built for want of a compiler, the test is reported as not run. */
    static CudaDevice require() {
        assumeTrue(Loaded.ABSENT.isEmpty(), Loaded.ABSENT);
        List<CudaDevice> devices = CudaDevices.find().usable();
        assertThat(devices).as(CudaDevices.find().reason()).isNotEmpty();
        return devices.get(0);
    }

    /**
     * Gives the calling thread a memory of so many bytes to itself, and with it a context of its own; 0 for those that all tests
     * share. For tests that want to know what is free, and for those that lose their context. Only the stand-in can.
     */
    static void memory(long bytes) {
        assumeFalse(isReal(), "not run: only the stand-in has a memory for a single test");
        assertThat(JCudaDriver.cuCtxSetLimit(MEMORY, bytes)).isZero();
    }

    static boolean isReal() {
        return Boolean.getBoolean("cocoon.cuda.real");
    }

    private static String load() {
        if (isReal()) {
            return "";
        }
        if (!System.getProperty("os.arch").equals("amd64")
                || !System.getProperty("os.name").equals("Linux")) {
            return "not run: JCuda and the stand-in driver are for Linux on x86-64";
        }
        if (!onPath("g++")) {
            return "not run: the stand-in driver needs g++, which is not on the path";
        }
        try {
            Process build = new ProcessBuilder("src/test/cuda/build", FOLDER.toString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (build.waitFor() != 0) {
                throw new IllegalStateException("the stand-in driver was not built:\n" + output);
            }
        } catch (IOException e) {
            throw new IllegalStateException("the stand-in driver was not built", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        // JCuda's library asks for this one by its name, and gets what is loaded already.
        System.load(FOLDER.resolve("libcuda.so.1").toString());
        return "";
    }

    static boolean onPath(String program) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
