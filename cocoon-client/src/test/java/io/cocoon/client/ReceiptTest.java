package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.receipt.Receipt;
import io.cocoon.client.receipt.ReceiptException;
import io.cocoon.client.receipt.ReceiptFolder;
import io.cocoon.client.receipt.ReceiptReport;
import io.cocoon.client.receipt.ReceiptReport.Outcome;
import io.cocoon.client.receipt.ReceiptVerifier;
import io.cocoon.payment.Nanoton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BODY =
            "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"say hi\"}]}";

    private final Setup setup = Setup.withProxies(1);
    private final BlockingQueue<String> alarms = new LinkedBlockingQueue<>();

    @TempDir
    private Path folder;

    private CocoonClient cocoon;
    private ReceiptFolder receipts;

    @BeforeEach
    void open() throws IOException {
        receipts = ReceiptFolder.open(folder, 100, alarms::add);
        cocoon = setup.client(b -> b.receipts(receipts));
    }

    @AfterEach
    void close() {
        setup.close();
        receipts.close();
    }

    /** All receipts, after everything that is under way has been written. */
    private List<Path> receipts() throws IOException {
        cocoon.close();
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(each -> each.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    /** Until the payment for the first answer is here: it comes after the answer, so that the next one may begin before it. */
    private void awaitSignature() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> cocoon.links().get(0).account().totals().signed() > 0);
    }

    private static Outcome outcome(ReceiptReport report, String name) {
        return report.checks().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " in " + report))
                .outcome();
    }

    @Test
    void should_keep_a_receipt_of_an_answer_that_verifies_offline() throws IOException {
        byte[] answer;
        try (HttpReply reply = cocoon.http("POST", "/v1/chat/completions", BODY)) {
            answer = reply.bytes();
            reply.check(new io.cocoon.payment.TokenUsage(34, 11, 100, 10));
        }

        Path file = receipts().get(0);
        byte[] request = BODY.getBytes(StandardCharsets.UTF_8);
        ReceiptReport report = ReceiptVerifier.verify(file, Optional.of(request), Optional.of(answer));

        assertThat(report.isConsistent()).as("%s", report).isTrue();
        assertThat(outcome(report, "charge.amount")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(report, "charge.usage")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(report, "payment.after")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(report, "payment.covers")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(report, "request")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(report, "answer")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(report, "usage")).isEqualTo(Outcome.NOT_PROVEN);
        Receipt receipt = report.receipt();
        assertThat(receipt.charge().total()).isEqualTo(new Nanoton(268));
        assertThat(receipt.measured().complete()).isTrue();
        assertThat(Files.readString(file)).doesNotContain("say hi").doesNotContain("fake model");
        assertThat(alarms).isEmpty();
    }

    @Test
    void should_find_another_request_or_answer() throws IOException {
        cocoon.http("POST", "/v1/chat/completions", BODY).close();

        ReceiptReport report = ReceiptVerifier.verify(
                receipts().get(0), Optional.of("something else".getBytes(StandardCharsets.UTF_8)), Optional.empty());

        assertThat(outcome(report, "request")).isEqualTo(Outcome.FAILED);
        assertThat(report.isConsistent()).isFalse();
    }

    @Test
    void should_chain_receipts_so_that_a_changed_one_shows() throws IOException {
        cocoon.chat("m").user("1").send();
        awaitSignature();
        cocoon.chat("m").user("2").send();
        List<Path> files = receipts();
        assertThat(files).hasSize(2);
        assertThat(outcome(ReceiptVerifier.verify(files.get(1)), "chain")).isEqualTo(Outcome.PASSED);
        assertThat(ReceiptVerifier.verify(files.get(1)).receipt().before()).isPresent();

        Files.writeString(files.get(0), Files.readString(files.get(0)) + " ");
        assertThat(outcome(ReceiptVerifier.verify(files.get(1)), "chain")).isEqualTo(Outcome.FAILED);

        Files.delete(files.get(0));
        assertThat(outcome(ReceiptVerifier.verify(files.get(1)), "chain")).isEqualTo(Outcome.NOT_PROVEN);
    }

    @Test
    void should_keep_one_of_a_stream_that_was_closed_early() throws Exception {
        setup.proxy().script = run ->
                run.head(200, "text/event-stream").part("data: {\"choices\":[{\"delta\":{\"content\":\"Once\"}}]}\n\n");
        try (ChatStream stream = cocoon.chat("m").user("A story").stream()) {
            stream.iterator().next();
        }
        setup.proxy()
                .runs
                .take()
                .end(new io.cocoon.protocol.TokensUsed(5, 0, 3, 0, 8))
                .pay(8);
        setup.proxy().script = FakeProxy.Run::answerPlainly;
        cocoon.chat("m").user("and one more, behind it on the same connection").send();

        Receipt receipt = ReceiptVerifier.verify(receipts().get(0)).receipt();
        assertThat(receipt.measured().complete()).isFalse();
        assertThat(receipt.charge().total()).isEqualTo(new Nanoton(16));
        assertThat(receipt.measured().answer().bytes()).isPositive();
    }

    @Test
    void should_keep_none_of_a_request_that_was_refused_for_nothing() throws IOException {
        setup.proxy().script = run -> run.refuse(io.cocoon.protocol.ErrorCodes.UNSPECIFIED, "no");
        assertThatThrownBy(() -> cocoon.chat("m").user("x").send()).isInstanceOf(CocoonException.class);

        assertThat(receipts()).isEmpty();
    }

    @Test
    void should_show_a_proxy_that_charges_more_than_the_answer_cost() throws IOException {
        setup.proxy().script = run -> run.head(200, "application/json")
                .part(FakeProxy.PLAIN_ANSWER)
                .end(new io.cocoon.protocol.TokensUsed(23, 11, 900_000, 10, 900_044))
                .pay(900_044);
        cocoon.chat("m").user("x").send();

        ReceiptReport report = ReceiptVerifier.verify(receipts().get(0));

        assertThat(outcome(report, "charge.usage")).isEqualTo(Outcome.FAILED);
        assertThat(report.isConsistent()).isFalse();
    }

    @Test
    void should_find_every_change_of_what_others_signed_or_what_follows_from_it() throws IOException {
        cocoon.chat("m").user("1").send();
        awaitSignature();
        cocoon.chat("m").user("2").send();
        Path file = receipts().get(1);
        String original = Files.readString(file);
        Map<String, JsonNode> leaves = new LinkedHashMap<>();
        collect("", JSON.readTree(original), leaves);
        assertThat(leaves).hasSizeGreaterThan(35);
        List<String> unseen = new ArrayList<>();

        for (String pointer : leaves.keySet()) {
            ObjectNode changed = (ObjectNode) JSON.readTree(original);
            change(changed, pointer, leaves.get(pointer));
            Files.writeString(file, changed.toString());
            try {
                if (ReceiptVerifier.verify(file).isConsistent()) {
                    unseen.add(pointer);
                }
            } catch (ReceiptException refused) {
                // found too
            }
        }

        // Whose word these are the format says by the group that they stand in; 'signedByProxy' hides nothing but
        // names.
        assertThat(unseen)
                .allMatch(pointer -> pointer.startsWith("/measuredHere/")
                        || pointer.startsWith("/statedByAnswer/")
                        || pointer.startsWith("/statedByProxy/")
                        || pointer.startsWith("/fromRootContract/")
                        || pointer.equals("/id")
                        || pointer.equals("/signedByProxy/proxy")
                        || pointer.equals("/signedByProxy/proxyContract"));
        assertThat(unseen)
                .doesNotContain(
                        "/statedByProxy/nanoton",
                        "/fromRootContract/nanotonPerToken",
                        "/statedByProxy/adjustedTokens/total",
                        "/signedByProxy/clientContract",
                        "/signedByProxy/proxyKey",
                        "/signedByProxy/after/contractTotalTokens",
                        "/signedByProxy/before/cell",
                        "/previous");
    }

    @Test
    void should_say_which_member_is_missing_or_of_another_kind() throws IOException {
        cocoon.chat("m").user("1").send();
        Path file = receipts().get(0);
        JsonNode original = JSON.readTree(Files.readString(file));
        Map<String, JsonNode> leaves = new LinkedHashMap<>();
        collect("", original, leaves);

        for (String pointer : leaves.keySet()) {
            int slash = pointer.lastIndexOf('/');
            String place = "$" + pointer.replace('/', '.');
            ObjectNode lacking = original.deepCopy();
            ((ObjectNode) lacking.at(pointer.substring(0, slash))).remove(pointer.substring(slash + 1));
            Files.writeString(file, lacking.toString());
            assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageEndingWith(place + " is missing");

            ObjectNode strange = original.deepCopy();
            ((ObjectNode) strange.at(pointer.substring(0, slash))).putArray(pointer.substring(slash + 1));
            Files.writeString(file, strange.toString());
            assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining(place + " is n");
        }
    }

    @Test
    void should_refuse_what_is_no_receipt_at_all() throws IOException {
        Path file = folder.resolve("x.json");
        Files.writeString(file, "{\"format\":");
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining("not JSON: see line 1");
        Files.writeString(file, "7");
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining("$ is no object");
        Files.writeString(file, " ".repeat(2_000_000));
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining("a receipt has at most");
        assertThatThrownBy(() -> ReceiptFolder.open(folder, 0, alarms::add)).hasMessageContaining("got 0");
    }

    private static void collect(String pointer, JsonNode node, Map<String, JsonNode> leaves) {
        if (node.isObject()) {
            node.fieldNames().forEachRemaining(name -> collect(pointer + "/" + name, node.get(name), leaves));
        } else {
            leaves.put(pointer, node);
        }
    }

    private static void change(ObjectNode root, String pointer, JsonNode leaf) {
        int slash = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) root.at(pointer.substring(0, slash));
        String name = pointer.substring(slash + 1);
        if (leaf.isIntegralNumber()) {
            parent.put(name, leaf.longValue() + 1);
        } else if (leaf.isBoolean()) {
            parent.put(name, !leaf.booleanValue());
        } else if (leaf.isNull()) {
            parent.put(name, "ab".repeat(32));
        } else {
            String text = leaf.textValue();
            char last = text.charAt(text.length() - 1);
            parent.put(name, text.substring(0, text.length() - 1) + (last == '0' ? '1' : '0'));
        }
    }

    @Test
    void should_refuse_unknown_versions_and_members_by_name() throws IOException {
        cocoon.chat("m").user("1").send();
        Path file = receipts().get(0);
        ObjectNode tree = (ObjectNode) JSON.readTree(Files.readString(file));

        Files.writeString(
                file, tree.deepCopy().put("format", "cocoon-receipt/2").toString());
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining("cocoon-receipt/2");

        Files.writeString(file, tree.deepCopy().put("more", 1).toString());
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining("[more]");

        Files.writeString(file, tree.deepCopy().put("id", "\u001b[2J").toString());
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).hasMessageContaining("$.id");

        ObjectNode dispute = tree.deepCopy();
        ((ObjectNode) dispute.get("statedByProxy")).put("dispute", "\u001b[2Jall is well");
        Files.writeString(file, dispute.toString());
        assertThat(ReceiptVerifier.verify(file).toString())
                .doesNotContain("\u001b")
                .contains("?[2Jall is well");

        Files.writeString(file, "[".repeat(100_000));
        assertThatThrownBy(() -> ReceiptVerifier.verify(file)).isInstanceOf(ReceiptException.class);
    }

    @Test
    void should_go_on_with_the_chain_after_a_restart_and_forget_the_oldest() throws IOException {
        cocoon.chat("m").user("1").send();
        cocoon.close();
        assertThatThrownBy(() -> ReceiptFolder.open(folder, 2, alarms::add)).hasMessageContaining("is open already");
        receipts.close();
        String half = "0000000002-" + "ab".repeat(16) + ".json";
        Files.writeString(folder.resolve(half + ".salt"), "of a receipt that a crash ate");
        Files.writeString(folder.resolve(half + ".unfinished"), "half");
        try (ReceiptFolder again = ReceiptFolder.open(folder, 2, alarms::add)) {
            CocoonClient second = setup.client(b -> b.receipts(again));
            second.chat("m").user("2").send();
            second.chat("m").user("3").send();
            second.close();
        }

        List<Path> files = receipts();
        assertThat(files).hasSize(2);
        assertThat(files.get(0).getFileName().toString()).startsWith("0000000002-");
        assertThat(outcome(ReceiptVerifier.verify(files.get(1)), "chain")).isEqualTo(Outcome.PASSED);
        assertThat(outcome(ReceiptVerifier.verify(files.get(0)), "chain")).isEqualTo(Outcome.NOT_PROVEN);
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all.map(Path::toString).filter(each -> each.endsWith(".salt") || each.endsWith(".unfinished")))
                    .hasSize(2);
        }
    }

    @Test
    void should_take_reports_away_that_no_receipt_refers_to_any_more() throws IOException {
        cocoon.chat("m").user("1").send();
        Receipt receipt = ReceiptVerifier.verify(receipts().get(0)).receipt();
        receipts.close();
        try (ReceiptFolder small = ReceiptFolder.open(folder, 1, alarms::add)) {
            small.keep(receipt, new byte[32], Optional.of("{\"old\":1}"));
            Path old = folder.resolve("evidence")
                    .resolve(ReceiptFolder.hashOf("{\"old\":1}").toHex() + ".json");
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(3600)));

            for (int i = 0; i < 300; i++) {
                small.keep(receipt, new byte[32], Optional.of("{\"new\":1}"));
            }

            assertThat(old).doesNotExist();
            assertThat(folder.resolve("evidence")
                            .resolve(ReceiptFolder.hashOf("{\"new\":1}").toHex() + ".json"))
                    .exists();
            assertThat(alarms).isEmpty();
        }
    }

    @Test
    void should_alarm_and_not_fail_when_a_receipt_cannot_be_kept() throws Exception {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(java.util.Comparator.reverseOrder())
                    .forEach(each -> each.toFile().delete());
        }
        Files.writeString(folder, "no folder any more");

        assertThat(cocoon.chat("m").user("1").send().text()).isNotEmpty();

        cocoon.close();
        assertThat(alarms).singleElement().asString().contains("was not kept");
    }
}
