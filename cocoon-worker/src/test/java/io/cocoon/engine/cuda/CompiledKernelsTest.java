package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compiled kernels in the jar are those of the source. {@code src/main/cuda/compile} makes them anew. */
class CompiledKernelsTest {

    private static final Path SOURCES = Path.of("src", "main", "cuda");

    @TempDir
    Path scratch;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Gpu.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** Name and hash, as the compile script wrote them. */
    private static Map<String, String> hashes() throws IOException {
        return new String(resource("kernels.sha256"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" +"))
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[0]));
    }

    private static String compiler() throws IOException {
        return new String(resource("kernels.sha256"), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElseThrow();
    }

    @Test
    void the_compiled_form_and_its_sources_have_the_hashes_that_were_written_down() throws Exception {
        Map<String, String> hashes = hashes();
        assertThat(hashes).containsEntry("kernels.ptx", sha256(resource("kernels.ptx")));
        try (Stream<Path> files = Files.list(SOURCES)) {
            List<Path> sources = files.toList();
            assertThat(sources).hasSize(hashes.size() - 1);
            for (Path source : sources) {
                assertThat(hashes)
                        .as("changed since src/main/cuda/compile ran")
                        .containsEntry(String.valueOf(source.getFileName()), sha256(Files.readAllBytes(source)));
            }
        }
    }

    @Test
    void every_kernel_is_there_and_takes_as_many_fields_as_we_give() throws IOException {
        String text = new String(resource("kernels.ptx"), StandardCharsets.UTF_8);
        for (Kernel kernel : Kernel.values()) {
            String symbol = kernel.symbol();
            assertThat(text).contains(".visible .entry " + symbol + "(");
            assertThat(text).contains(symbol + "_param_0[" + kernel.fields() * Long.BYTES + "]");
        }
        assertThat(text.split("\\.visible \\.entry ")).hasSize(Kernel.values().length + 1);
    }

    @Test
    void the_compiled_form_wants_no_newer_driver_than_we_say() throws IOException {
        assertThat(new String(resource("kernels.ptx"), StandardCharsets.UTF_8))
                .contains("\n.version 8.0\n")
                .contains("\n.target sm_80\n");
    }

    @Test
    void compiling_again_gives_the_same_and_spills_no_register() throws Exception {
        assumeTrue(Driver.onPath("nvcc") && Driver.onPath("ptxas"), "not run: nvcc and ptxas are not on the path");
        ProcessBuilder compile =
                new ProcessBuilder(SOURCES.resolve("compile").toString(), scratch.toString()).redirectErrorStream(true);
        // All cards take a quarter of a minute; one suffices to see spills, and the script tries all.
        compile.environment().put("COCOON_CARDS", "90");
        Process process = compile.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        String release = Files.readString(scratch.resolve("kernels.sha256"))
                .lines()
                .findFirst()
                .orElseThrow();
        assumeTrue(
                release.equals(compiler()),
                "it compiles, but is not compared: compiled with " + compiler() + ", here is " + release);

        assertThat(Files.readAllBytes(scratch.resolve("kernels.ptx"))).isEqualTo(resource("kernels.ptx"));
    }
}
