package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's own JavaScript SDK, installed by npm with the lock file of {@code src/test/npm}, at the local port. */
@Timeout(420)
class OpenAiJavaScriptTest {

    private static final Path SOURCES = Path.of("src", "test", "npm");
    private static final Path INSTALLED = Path.of("target", "npm");
    private static final String KEY = "sk-local-0123456789";

    @Test
    void should_list_chat_stream_and_fail_as_applications_expect() throws Exception {
        assumeTrue(runs("node", "--version") && runs("npm", "--version"), "not run: npm and node are not on the path");
        install();
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient();
                LocalPort port = LocalPort.builder(client)
                        .listen("127.0.0.1", 0)
                        .callerKey("sdk", KEY)
                        .start()) {
            JsonNode seen = call(port, network.model());
            assertThat(seen.path("models")).hasSize(1);
            assertThat(seen.at("/models/0").asText()).isEqualTo(network.model());
            assertThat(seen.path("one").asText()).isEqualTo(network.model());
            assertThat(seen.path("chat").asText()).contains("Who are you?");
            assertThat(seen.path("tokens").asInt()).isPositive();
            assertThat(seen.path("bill").asText()).isIn("confirmed", "stated");
            assertThat(seen.path("streamed").asText())
                    .isEqualTo(seen.path("chat").asText());
            assertThat(seen.path("pieces").asInt()).isGreaterThan(2);
            assertThat(seen.path("completion").asText()).contains("Once");
            assertRefused(seen.path("unknownModel"), "NotFoundError", 404, "model_not_found");
            assertRefused(seen.path("wrongKey"), "AuthenticationError", 401, "invalid_api_key");
            assertRefused(seen.path("broken"), "BadRequestError", 400, "invalid_request");
        }
    }

    private static void assertRefused(JsonNode error, String kind, int status, String code) {
        assertThat(error.path("kind").asText()).isEqualTo(kind);
        assertThat(error.path("status").asInt()).isEqualTo(status);
        assertThat(error.path("code").asText()).isEqualTo(code);
    }

    private static JsonNode call(LocalPort port, String model) throws IOException, InterruptedException {
        ProcessBuilder node = new ProcessBuilder("node", "caller.mjs").directory(INSTALLED.toFile());
        node.environment().putAll(Map.of("BASE_URL", port.baseUrl().toString(), "KEY", KEY, "MODEL", model));
        Path log = INSTALLED.resolve("caller.log");
        Process process = node.redirectError(log.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(() -> read(log)).isZero();
        return new ObjectMapper().readTree(out);
    }

    private static boolean runs(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        for (String name : new String[] {"package.json", "package-lock.json", "caller.mjs"}) {
            Files.copy(SOURCES.resolve(name), INSTALLED.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(INSTALLED.resolve("node_modules/openai/package.json"))) {
            return;
        }
        Path log = INSTALLED.resolve("npm.log");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(npm.waitFor(5, TimeUnit.MINUTES))
                .as("npm ci ends within 5 minutes")
                .isTrue();
        assertThat(npm.exitValue()).as(() -> read(log)).isZero();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return file + " can not be read: " + e.getMessage();
        }
    }
}
