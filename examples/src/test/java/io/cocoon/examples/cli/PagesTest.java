package io.cocoon.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.examples.Running;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The status pages of commands that serve, and the orders that they take. */
@Timeout(120)
class PagesTest {

    private static final String TOKEN = "a-token-of-the-owner";
    private static final String HASH = "0".repeat(64);
    private static final String ONE = "demo/one@local:" + HASH;
    private static final String TWO = "demo/two@local:" + HASH;
    private static final Pattern PAGE = Pattern.compile("Status page: (http://\\S+)");

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    /** A command that runs until it is closed, as by Ctrl-C. */
    private static final class Command implements AutoCloseable {

        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private final Thread thread;
        private volatile int code = -1;

        Command(String... args) {
            CommandLine line = Cocoon.line();
            line.setOut(new PrintWriter(out));
            line.setErr(new PrintWriter(err));
            thread = new Thread(() -> code = line.execute(args));
            thread.start();
        }

        URI page() throws InterruptedException {
            Matcher found = PAGE.matcher("");
            await(() -> found.reset(out.toString()).find() || !thread.isAlive());
            assertThat(found.reset(out.toString()).find()).as("%s", err).isTrue();
            return URI.create(found.group(1));
        }

        @Override
        public void close() throws InterruptedException {
            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(30));
            assertThat(code).as("%s", err).isEqualTo(Running.FINE);
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private Path secret(String name, String content) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String model(URI page) {
        try {
            return send(HttpRequest.newBuilder(page.resolve("/jsonstats"))).body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> change(URI page, String model) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(
                        page.resolve("/request/change_model?model=" + URLEncoder.encode(model, StandardCharsets.UTF_8)))
                .header("Authorization", "Bearer " + TOKEN)
                .POST(HttpRequest.BodyPublishers.noBody()));
    }

    @Test
    void should_show_a_worker_and_change_its_model_among_those_that_its_owner_named() throws Exception {
        TestData.copy("models", folder);
        try (Command worker = new Command(
                "worker",
                "--network",
                "fake-ton.json",
                "--model",
                ONE + "=" + folder.resolve("tiny-qwen3"),
                "--may-change-to",
                TWO + "=" + folder.resolve("tiny-llama3"),
                "--page",
                "127.0.0.1:0",
                "--control-token-file",
                secret("token", TOKEN).toString())) {
            URI page = worker.page();
            assertThat(send(HttpRequest.newBuilder(page)).body()).contains("<html");
            assertThat(model(page)).contains(ONE).doesNotContain(TWO);

            assertThat(change(page, TWO).statusCode()).isIn(200, 202);
            await(() -> model(page).contains(TWO));
            assertThat(model(page)).contains(TWO);

            HttpResponse<String> unknown = change(page, "demo/three@local:" + HASH);
            assertThat(unknown.statusCode()).isEqualTo(409);
            assertThat(unknown.body()).contains("--may-change-to does not name demo/three", ONE, TWO);
            assertThat(model(page)).contains(TWO);

            assertThat(change(page, ONE).statusCode()).as("back again").isIn(200, 202);
            await(() -> model(page).contains(ONE));
            assertThat(model(page)).contains(ONE);
        }
    }

    @Test
    void should_show_a_proxy() throws Exception {
        try (Command proxy = new Command(
                "proxy",
                "--network",
                "fake-ton.json",
                "--workers",
                "127.0.0.1:0",
                "--clients",
                "127.0.0.1:0",
                "--page",
                "127.0.0.1:0")) {
            URI page = proxy.page();

            assertThat(send(HttpRequest.newBuilder(page)).body()).contains("<html");
            assertThat(proxy.out.toString()).contains("no orders; --control-token-file allows them");
        }
    }

    private void refused(String words, String... args) {
        StringWriter err = new StringWriter();
        CommandLine line = Cocoon.line();
        line.setOut(new PrintWriter(new StringWriter()));
        line.setErr(new PrintWriter(err));
        assertThat(line.execute(args)).as("%s", err).isEqualTo(Running.COULD_NOT_TELL);
        assertThat(err.toString()).contains(words).doesNotContain("\tat ");
    }

    @Test
    void should_say_what_is_wrong_with_a_page_before_a_model_is_loaded() throws IOException {
        String token = secret("token", TOKEN).toString();
        refused("would show everybody on the network", "proxy", "--network", "fake-ton.json", "--page", "0.0.0.0:8082");
        refused("--page is missing", "worker", "--network", "fake-ton.json", "--control-token-file", token);
        refused(
                "wanted at least 16 visible ASCII characters and no blank, got 5",
                "worker",
                "--network",
                "fake-ton.json",
                "--page",
                "127.0.0.1:0",
                "--control-token-file",
                secret("short", "short").toString());
        refused("--page: wanted an IPv4 address", "worker", "--network", "fake-ton.json", "--page", "8081");
        refused(
                "--may-change-to NAME=PATH, got --may-change-to x",
                "worker",
                "--network",
                "fake-ton.json",
                "--may-change-to",
                "x");
        refused("for a worker that goes on", "worker", "--network", "test", "--page", "127.0.0.1:0");
    }
}
