package io.cocoon.ton.center;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;

/** A server that answers as TON Center does, from a head, an account and a history; and otherwise where a test says so. */
final class FakeCenter implements AutoCloseable {

    private static final String KEY = "key-of-a-test";

    private final MockWebServer server = new MockWebServer();
    private final Map<String, Deque<MockResponse>> scripts = new ConcurrentHashMap<>();
    private final List<RecordedRequest> seen = new CopyOnWriteArrayList<>();
    volatile int seqno = 100;
    volatile int globalId = -3;
    volatile long headTime = TestChain.NOW.getEpochSecond();
    volatile ObjectNode account = account();
    volatile List<Cell> history = List.of();

    FakeCenter() throws IOException {
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                seen.add(request);
                Deque<MockResponse> script = scripts.get(method(request));
                MockResponse next = script == null ? null : script.poll();
                return next == null ? usual(request) : next;
            }
        });
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    /** Returns access to this server: no spacing, the clock stands still. */
    TonCenterChain open() {
        return new TonCenterChain(settings());
    }

    TonCenterSettings settings() {
        return TonCenterSettings.of(URI.create("http://127.0.0.1:" + server.getPort() + "/api/v2"), true)
                .withApiKey(KEY)
                .withSpacing(Duration.ZERO)
                .withTimes(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofMinutes(1))
                .withClock(Clock.fixed(TestChain.NOW, ZoneOffset.UTC));
    }

    /** The next requests for this method get these answers. */
    void next(String method, MockResponse... answers) {
        scripts.computeIfAbsent(method, name -> new ArrayDeque<>()).addAll(List.of(answers));
    }

    /** Returns the requests for this method. */
    List<RecordedRequest> requests(String method) {
        return seen.stream().filter(request -> method(request).equals(method)).collect(Collectors.toList());
    }

    static MockResponse answer(int code, String body) {
        return new MockResponse.Builder()
                .code(code)
                .addHeader("Content-Type", "application/json")
                .body(body)
                .build();
    }

    static MockResponse ok(JsonNode result) {
        return answer(200, envelope(result).toString());
    }

    static MockResponse error(int code, String text) {
        return answer(
                code,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("ok", false)
                        .put("error", text)
                        .put("code", code)
                        .toString());
    }

    static ObjectNode envelope(JsonNode result) {
        return JsonNodeFactory.instance.objectNode().put("ok", true).set("result", result);
    }

    static ObjectNode account() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("@type", "raw.fullAccountState")
                .put("balance", "1500000000")
                .put("code", base64(Cell.EMPTY))
                .put("data", base64(Cell.EMPTY))
                .put("frozen_hash", "")
                .put("sync_utime", TestChain.NOW.getEpochSecond() - 2)
                .put("state", "active");
        node.set("block_id", block(101));
        node.set("last_transaction_id", id(0, new byte[32]));
        return node;
    }

    static ObjectNode block(int seqno) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("@type", "ton.blockIdExt")
                .put("workchain", -1)
                .put("shard", "-9223372036854775808")
                .put("seqno", seqno);
    }

    static ObjectNode id(long lt, byte[] hash) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("lt", Long.toUnsignedString(lt))
                .put("hash", Base64.getEncoder().encodeToString(hash));
    }

    static String base64(Cell cell) {
        return Base64.getEncoder().encodeToString(BagOfCells.write(cell).toByteArray());
    }

    static ArrayNode transactions(List<Cell> newestFirst) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Cell cell : newestFirst) {
            array.addObject().put("@type", "raw.transaction").put("data", base64(cell));
        }
        return array;
    }

    private static String method(RecordedRequest request) {
        List<String> segments = request.getUrl().pathSegments();
        return segments.get(segments.size() - 1);
    }

    private MockResponse usual(RecordedRequest request) {
        if (!request.getUrl().encodedPath().startsWith("/api/v2/")) {
            return answer(404, "no such page");
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        return switch (method(request)) {
            case "getMasterchainInfo" -> ok(result.set("last", block(seqno)));
            case "getBlockHeader" -> {
                result.set("id", block(seqno));
                yield ok(result.put("global_id", globalId).put("gen_utime", headTime));
            }
            case "getAddressInformation" -> ok(account);
            case "getTransactions" -> ok(transactions(page(request.getUrl())));
            case "sendBoc" -> ok(result.put("@type", "ok"));
            default -> error(404, "no such method");
        };
    }

    /** From the transaction that is asked for down, as the server does. */
    private List<Cell> page(HttpUrl url) {
        String wanted = url.queryParameter("hash");
        int limit = Integer.parseInt(String.valueOf(url.queryParameter("limit")));
        List<Cell> page = new java.util.ArrayList<>();
        for (int i = history.size() - 1; i >= 0 && page.size() < limit; i--) {
            if (!page.isEmpty() || history.get(i).hash().toHex().equals(wanted)) {
                page.add(history.get(i));
            }
        }
        return page;
    }

    @Override
    public void close() {
        server.close();
    }
}
