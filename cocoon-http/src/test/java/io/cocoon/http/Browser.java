package io.cocoon.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A headless Chromium, driven by the W3C's WebDriver protocol through the chromedriver of the machine. For one thread. */
final class Browser implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern STARTED = Pattern.compile("started successfully on port (\\d+)");
    private static final List<String> FLAGS = List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process driver;
    private final Path profile;
    private final String session;

    private Browser(Path chromium, Path chromedriver) throws IOException {
        profile = Files.createTempDirectory("cocoon-browser");
        driver = new ProcessBuilder(chromedriver.toString(), "--port=0")
                .redirectErrorStream(true)
                .start();
        try {
            session = "http://127.0.0.1:" + port() + "/session";
            sessionPath = session + "/" + open(chromium);
        } catch (IOException | RuntimeException e) {
            stop();
            throw e;
        }
    }

    private final String sessionPath;

    /** Starts one; empty if the machine has none. */
    static Optional<Browser> start() throws IOException {
        Optional<Path> chromium = program("chromium", "chromium-browser", "google-chrome");
        Optional<Path> driver = program("chromedriver");
        return chromium.isPresent() && driver.isPresent()
                ? Optional.of(new Browser(chromium.get(), driver.get()))
                : Optional.empty();
    }

    private static Optional<Path> program(String... names) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .flatMap(folder -> Stream.of(names).map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private int port() throws IOException {
        BufferedReader out = new BufferedReader(new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
        List<String> seen = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher matcher = STARTED.matcher(line);
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
            seen.add(line);
        }
        throw new IOException("chromedriver did not start: " + seen);
    }

    private String open(Path chromium) {
        ObjectNode wanted = JSON.createObjectNode();
        ObjectNode always = wanted.putObject("capabilities").putObject("alwaysMatch");
        ObjectNode options = always.putObject("goog:chromeOptions").put("binary", chromium.toString());
        var flags = options.putArray("args");
        FLAGS.forEach(flags::add);
        flags.add("--user-data-dir=" + profile);
        always.putObject("goog:loggingPrefs").put("browser", "ALL").put("performance", "ALL");
        return call("POST", session, wanted).path("sessionId").asText();
    }

    private JsonNode call(String method, String uri, JsonNode body) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(uri))
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body.toString()))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            JsonNode value = JSON.readTree(answer.body()).path("value");
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(
                        method + " " + uri + ": " + value.path("message").asText());
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private ObjectNode with(String name, String value) {
        return JSON.createObjectNode().put(name, value);
    }

    void go(URI uri) {
        call("POST", sessionPath + "/url", with("url", uri.toString()));
    }

    /** Runs a script's function body and returns what it returns. */
    JsonNode run(String script) {
        ObjectNode body = with("script", script);
        body.putArray("args");
        return call("POST", sessionPath + "/execute/sync", body);
    }

    /** Clicks as a person does: the element has to be there, visible and not covered. */
    void click(String css) {
        JsonNode element = call(
                "POST", sessionPath + "/element", with("using", "css selector").put("value", css));
        call(
                "POST",
                sessionPath + "/element/" + element.elements().next().asText() + "/click",
                JSON.createObjectNode());
    }

    void type(String css, String text) {
        JsonNode element = call(
                "POST", sessionPath + "/element", with("using", "css selector").put("value", css));
        call("POST", sessionPath + "/element/" + element.elements().next().asText() + "/value", with("text", text));
    }

    /** Sets what the page sees as the size of its window. */
    void size(int width, int height, boolean dark) {
        ObjectNode size = JSON.createObjectNode()
                .put("width", width)
                .put("height", height)
                .put("deviceScaleFactor", 1)
                .put("mobile", width < 600);
        chrome("Emulation.setDeviceMetricsOverride", size);
        ObjectNode media = JSON.createObjectNode();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        chrome("Emulation.setEmulatedMedia", media);
    }

    private JsonNode chrome(String command, ObjectNode parameters) {
        ObjectNode body = with("cmd", command);
        body.set("params", parameters);
        return call("POST", sessionPath + "/goog/cdp/execute", body);
    }

    /** Writes the whole page as a picture. */
    void screenshot(Path file) throws IOException {
        JsonNode picture = chrome(
                "Page.captureScreenshot",
                JSON.createObjectNode().put("format", "png").put("captureBeyondViewport", true));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(picture.path("data").asText()));
    }

    /** Returns what the console said since the last call: errors of scripts, violations of the page's policy, failed loads. */
    List<String> console() {
        List<String> lines = new ArrayList<>();
        call("POST", sessionPath + "/se/log", with("type", "browser"))
                .forEach(entry -> lines.add(entry.path("level").asText() + " "
                        + entry.path("message").asText()));
        return lines;
    }

    /** Returns the addresses that were asked for since the last call. */
    List<String> requests() throws IOException {
        List<String> addresses = new ArrayList<>();
        for (JsonNode entry : call("POST", sessionPath + "/se/log", with("type", "performance"))) {
            JsonNode message = JSON.readTree(entry.path("message").asText()).path("message");
            if (message.path("method").asText().equals("Network.requestWillBeSent")) {
                addresses.add(message.path("params").path("request").path("url").asText());
            }
        }
        return addresses;
    }

    @Override
    public void close() throws IOException {
        try {
            call("DELETE", sessionPath, JSON.createObjectNode());
        } finally {
            stop();
        }
    }

    private void stop() throws IOException {
        driver.descendants().forEach(ProcessHandle::destroy);
        driver.destroy();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            // Chromium may still write while it ends; the folder is a temporary one.
            profile.toFile().deleteOnExit();
        }
    }
}
