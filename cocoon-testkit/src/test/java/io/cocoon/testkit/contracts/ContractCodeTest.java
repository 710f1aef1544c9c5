package io.cocoon.testkit.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.BagOfCells;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compiled contracts belong to the sources next to them. */
class ContractCodeTest {

    private static final Path SOURCES = Path.of("src/main/tolk");
    private static final Path CODES = Path.of("src/main/resources/io/cocoon/testkit/contracts");
    private static final String COMPILER = "@ton/tolk-js@1.3.0";
    private static final String ARCHIVE_SHA256 = "2abc100b2b47ea5ae12cee409bf507fe1311fafaae7b50a4a243037dd8c6b478";

    private static JsonNode manifest(Path folder) throws IOException {
        return new ObjectMapper().readTree(folder.resolve("manifest.json").toFile());
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new TreeMap<>();
        object.fields()
                .forEachRemaining(
                        field -> texts.put(field.getKey(), field.getValue().asText()));
        return texts;
    }

    @Test
    void should_have_been_compiled_from_the_sources_as_they_are() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".tolk")).toList()) {
                sources.put(file.getFileName().toString(), sha256(Files.readAllBytes(file)));
            }
        }

        assertThat(texts(manifest(CODES).path("sources")))
                .as("src/main/tolk/README.md says how to compile")
                .isEqualTo(sources);
    }

    @Test
    void should_have_the_codes_of_the_manifest() throws Exception {
        JsonNode codes = manifest(CODES).path("codes");

        assertThat(codes.size()).isEqualTo(10);
        for (var fields = codes.fields(); fields.hasNext(); ) {
            var code = fields.next();
            byte[] bag = Base64.getDecoder()
                    .decode(Files.readString(CODES.resolve(code.getKey())).strip());
            assertThat(sha256(bag)).isEqualTo(code.getValue().path("sha256").asText());
            assertThat(BagOfCells.read(Bytes.wrapUnshared(bag)).hash().toHex())
                    .isEqualTo(code.getValue().path("hash").asText());
        }
    }

    @Test
    void should_compile_to_the_same_codes_again(@TempDir Path output) throws Exception {
        assumeThat(found("node") && found("npm") && found("tar"))
                .as("npm, node or tar is not installed: the sources are only compared with the manifest")
                .isTrue();
        Path folder = Files.createDirectories(Path.of("target/tolk-compiler"));
        Path archive = folder.resolve("ton-tolk-js-1.3.0.tgz");
        if (!Files.exists(archive)) {
            run(folder, "npm", "pack", COMPILER, "--ignore-scripts");
        }
        assertThat(sha256(Files.readAllBytes(archive))).isEqualTo(ARCHIVE_SHA256);
        run(folder, "tar", "xzf", archive.getFileName().toString());

        run(Path.of("."), "node", SOURCES.resolve("compile.mjs").toString(), folder + "/package", output.toString());

        assertThat(manifest(output)).isEqualTo(manifest(CODES));
    }

    @Test
    void should_have_contracts_for_struct_versions_3_and_4_only() {
        assertThat(ContractCode.current()).isEqualTo(ContractCode.of(4));
        assertThat(ContractCode.of(3).client()).isNotEqualTo(ContractCode.of(4).client());
        assertThat(ContractCode.of(3).wallet()).isEqualTo(ContractCode.of(4).wallet());
        assertThatThrownBy(() -> ContractCode.of(5)).isInstanceOf(IllegalArgumentException.class);
    }

    private static boolean found(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static void run(Path folder, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile("tolk", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as(String.join(" ", command))
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        } finally {
            Files.delete(log);
        }
    }
}
