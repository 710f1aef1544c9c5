package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.CocoonClient;
import io.cocoon.http.Snapshot.Column;
import io.cocoon.http.Snapshot.Health;
import io.cocoon.http.Snapshot.Item;
import io.cocoon.http.Snapshot.Level;
import io.cocoon.http.Snapshot.Peer;
import io.cocoon.http.Snapshot.Peers;
import io.cocoon.http.Snapshot.Table;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.DemoEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The status pages as people see them: in a real browser, in front of a real network. */
@Timeout(300)
class StatusPageBrowserTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration OFTEN = Duration.ofMillis(500);
    private static final Path SHOTS = Path.of("target", "screenshots");
    private static final String TOKEN = "control-0123456789";

    private Browser browser;

    @BeforeEach
    void open() throws IOException {
        Optional<Browser> found = Browser.start();
        assumeTrue(
                found.isPresent(),
                "no chromium with chromedriver on this machine: install chromium and chromium-driver");
        browser = found.orElseThrow();
    }

    @AfterEach
    void close() throws IOException {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void should_show_each_role_at_work() throws Exception {
        try (TestNetwork network = TestNetwork.builder()
                        .engine(() -> DemoEngine.create(Duration.ofMillis(15)))
                        .start();
                CocoonClient client = network.newClient();
                LocalPort port = LocalPort.builder(client)
                        .listen("127.0.0.1", 0)
                        .controlToken(TOKEN)
                        .sampleEvery(OFTEN)
                        .start();
                StatusPage worker = StatusPage.ofWorker(network.workers().get(0))
                        .controlToken(TOKEN)
                        .every(OFTEN)
                        .listen("127.0.0.1", 0);
                StatusPage proxy = StatusPage.ofProxy(network.proxies().get(0))
                        .every(OFTEN)
                        .listen("127.0.0.1", 0);
                StatusPage keys = StatusPage.ofKeyManager(network.keyManager().orElseThrow())
                        .every(OFTEN)
                        .listen("127.0.0.1", 0)) {
            Requests.send(port, network.model(), Integer.getInteger("cocoon.shots.requests", 8));

            look("client", port.baseUrl().resolve("/"), "Proxies (1)");
            look("worker", worker.uri(), "Proxies (1)");
            look("proxy", proxy.uri(), "Workers (1)");
            lookAtKeys(keys.uri());

            assertThat(browser.run("return document.querySelector('#orders-off').hidden")
                            .asBoolean())
                    .as("orders are off without a token")
                    .isFalse();
            order(worker.uri());
            await("return document.body.innerText.includes('the operator disabled it')");

            worker.close();
            await("return !document.querySelector('#stale').hidden");
            assertThat(browser.run("return document.querySelector('#stale').textContent")
                            .asText())
                    .startsWith("The process stopped answering (no connection). What you see is from ");
            browser.screenshot(SHOTS.resolve("stopped.png"));
        }
    }

    private void order(URI page) {
        browser.go(page);
        await("return document.querySelectorAll('#order-list form').length === 5");
        browser.type("#token", "wrong");
        browser.click("#order-list form:nth-child(2) button");
        await("return document.querySelector('#order-result').className === 'bad'");
        browser.run("document.querySelector('#token').value = ''");
        browser.type("#token", TOKEN);
        browser.click("#order-list form:nth-child(2) button");
        await("return document.querySelector('#order-result').textContent === 'Disable: The worker is disabled.'");
    }

    private void lookAtKeys(URI page) throws Exception {
        forgetEarlierPages();
        browser.size(1200, 900, false);
        browser.go(page);
        await("return document.querySelectorAll('.plot svg').length === 3");
        await("return document.querySelector('#tables').innerText.includes('lists it')");
        isOnlyOurs(page);
        browser.screenshot(SHOTS.resolve("key-manager.png"));
        browser.size(360, 740, false);
        await("return innerWidth === 360");
        assertThat(overflow()).as("what is wider than a phone").isEmpty();
        browser.screenshot(SHOTS.resolve("key-manager-phone.png"));
    }

    private void forgetEarlierPages() throws IOException {
        browser.go(URI.create("about:blank"));
        browser.console();
        browser.requests();
    }

    private void look(String role, URI page, String peers) throws Exception {
        forgetEarlierPages();
        browser.size(1200, 900, false);
        browser.go(page);
        await("return document.querySelectorAll('.plot svg').length >= 5");
        await("return document.querySelector('#peers h2').textContent === '" + peers + "'");
        assertThat(browser.run("return document.querySelector('#unproven').textContent")
                        .asText())
                .startsWith("SIMULATED attestation: the evidence of ")
                .endsWith("proves nothing. For test networks only.");

        assertThat(browser.run("return document.querySelector('details.peer').open")
                        .asBoolean())
                .isFalse();
        browser.click("details.peer > summary");
        assertThat(browser.run("return document.querySelector('details.peer[open] .verdict').textContent")
                        .asText())
                .startsWith("accepted SIMULATED");
        assertThat(browser.run("return document.querySelector('details.peer .checks').innerText")
                        .asText())
                .contains("ratls.certificate.validity", "✓ passed", "policy.simulated", "wanted: ");
        assertThat(browser.run("return document.querySelectorAll('details.peer[open] .checks tbody tr').length")
                        .asInt())
                .isGreaterThan(5);

        isOnlyOurs(page);
        browser.screenshot(SHOTS.resolve(role + ".png"));
        browser.size(1200, 900, true);
        browser.screenshot(SHOTS.resolve(role + "-dark.png"));
        browser.size(360, 740, false);
        await("return innerWidth === 360");
        assertThat(overflow()).as("what is wider than a phone").isEmpty();
        browser.screenshot(SHOTS.resolve(role + "-phone.png"));
        assertThat(browser.run("return document.querySelector('details.peer').open")
                        .asBoolean())
                .as("what was opened stays open while the page is renewed")
                .isTrue();
    }

    /** Returns what makes the page scroll sideways; empty if nothing does. */
    private String overflow() {
        return browser.run("""
                const root = document.scrollingElement;
                if (root.scrollWidth <= 360) return '';
                return root.scrollWidth + ' px: ' + [...document.querySelectorAll('body *')]
                    .filter(e => e.getBoundingClientRect().right > 361 && !e.closest('.table'))
                    .map(e => e.tagName + '.' + e.className).slice(0, 5).join(', ');""").asText();
    }

    private void isOnlyOurs(URI page) throws IOException {
        assertThat(browser.console())
                .as("errors of scripts, violations of the policy, failed loads")
                .isEmpty();
        assertThat(browser.requests())
                .isNotEmpty()
                .allMatch(each -> each.startsWith("http://" + page.getAuthority() + "/"));
    }

    private void await(String script) {
        Awaitility.await(script).atMost(SOON).until(() -> browser.run(script).asBoolean());
    }

    @Test
    void should_show_hostile_names_as_text() throws Exception {
        String markup = "<script>window.pwned=1</script><img src=x onerror='window.pwned=2'></title><h1>";
        try (StatusPage page = new StatusPage.Setup(new Named(List.of(
                        markup,
                        "javascript:alert(1)",
                        "safe\u202egnp.exe\u0000\u200b",
                        "\"><svg onload=alert(1)>",
                        "x".repeat(10_000))))
                .every(OFTEN)
                .listen("127.0.0.1", 0)) {
            browser.size(360, 740, false);
            browser.requests();
            browser.console();
            browser.go(page.uri());
            await("return document.querySelectorAll('details.peer').length === 5");
            browser.run("document.querySelectorAll('details.peer').forEach(each => each.open = true)");

            assertThat(browser.run("return window.pwned === undefined").asBoolean())
                    .isTrue();
            assertThat(browser.run("return document.querySelectorAll("
                                    + "'body script, img, a, body svg[onload], iframe, [onerror], [onload]').length")
                            .asInt())
                    .isZero();
            assertThat(browser.run("return document.querySelectorAll('h1').length")
                            .asInt())
                    .isEqualTo(1);
            assertThat(browser.run("return document.title").asText()).startsWith("Test · serving · <script>");
            String text = browser.run("return document.querySelector('#peers').textContent")
                    .asText();
            assertThat(text)
                    .contains(markup, "javascript:alert(1)", "safe‹U+202E›gnp.exe‹U+0000›‹U+200B›")
                    .contains("(10000 characters)")
                    .doesNotContain("\u202e", "\u200b");
            assertThat(overflow()).isEmpty();
            isOnlyOurs(page.uri());
            browser.screenshot(SHOTS.resolve("hostile-phone.png"));
        }
    }

    /** A role in which everything is called as somebody else likes. */
    private record Named(List<String> names) implements RoleView<Integer> {

        @Override
        public Integer look() {
            return 1;
        }

        @Override
        public Snapshot describe(Integer look) {
            return new Snapshot(
                    "Test",
                    names.get(0),
                    new Health(Level.GOOD, "serving", names),
                    List.of(Item.text("Model", names.get(4))),
                    List.of(new Peers(
                            "Peers",
                            "none",
                            names.stream()
                                    .map(name -> new Peer(
                                            name,
                                            Level.WARN,
                                            Optional.empty(),
                                            name,
                                            name,
                                            List.of(Item.text("Model", name), Item.code("Key", name)),
                                            name,
                                            Optional.empty()))
                                    .toList())),
                    List.of(new Table(
                            "Models",
                            "none",
                            List.of(new Column("Model", Unit.TEXT), new Column("Key", Unit.CODE)),
                            names.stream().map(name -> List.of(name, name)).toList())),
                    List.of(Item.text("Machine", names.get(2))));
        }

        @Override
        public List<Plot<Integer>> plots() {
            return List.of(new Plot<>("Plot", Unit.COUNT, "Nothing.", Plot.Line.level("one", look -> look)));
        }

        @Override
        public List<String> counters() {
            return List.of();
        }

        @Override
        public double[] count(Integer look) {
            return new double[0];
        }

        @Override
        public void jsonStats(Integer look, ObjectNode into) {}

        @Override
        public List<Order> orders() {
            return List.of();
        }
    }
}
