package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.inference.RequestRules;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.protocol.WorkerFinalInfo;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Recorded queries of the reference's proxy go into our worker, with the recorded upstream behind it; what comes out has to
 * be what the reference's worker sent, up to times, and up to headers that we leave out on purpose (hazards H15, N24).
 */
@Timeout(120)
class CapturedSessionsTest {

    /** One recorded query and all answers to it. */
    private record Recorded(ProxyToWorker.RunQueryEx query, List<WorkerToProxy.Message> answers) {}

    static Stream<String> sessions() {
        return Stream.of("captures", "captures-2026")
                .flatMap(folder -> TestData.list(folder, ".frames.jsonl").stream())
                .filter(name -> name.contains("/session-"))
                .filter(name -> !recorded(name, false).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void should_answer_as_the_reference_did(String name) throws Exception {
        boolean newer = name.startsWith("captures-2026/");
        ScriptedEngine engine = new ScriptedEngine();
        NetworkContent content =
                new NetworkContent("Qwen/Qwen3-8B", newer ? RequestRules.APRIL_2026 : RequestRules.DECEMBER_2025);
        QueryContent priced = (request, terms) -> content.prepare(
                request,
                new QueryContent.Terms(
                        terms.protocol(),
                        terms.privateKey(),
                        terms.coefficient(),
                        new Prices(new Nanoton(2), new Nanoton(1), 10_000, 10_000, 10_000, 10_000),
                        terms.proxy()));
        try (WorkerFixture fixture =
                new WorkerFixture(engine, builder -> builder.content(priced).coefficient(0))) {
            fixture.proxy.protocol = newer ? 4 : 2;
            FakeProxy.Link link = fixture.ready();
            for (Recorded recorded : recorded(name, false)) {
                ProxyToWorker.RunQueryEx query = recorded.query();
                link.sendMessage(new ProxyToWorker.RunQueryEx(
                        query.query(),
                        new io.cocoon.protocol.SignedPayment.Empty(),
                        query.coefficient(),
                        query.timeout(),
                        query.requestId(),
                        query.flags(),
                        query.enableDebug(),
                        query.privateKey()));
                List<WorkerToProxy.Message> wanted = recorded.answers();
                boolean refused = wanted.get(0) instanceof WorkerToProxy.QueryAnswerErrorEx error
                        && error.error().startsWith("worker: invalid http request: ");
                if (!refused) {
                    ScriptedEngine.Asked asked = engine.next();
                    assertThat(asked.request().proxy()).isEqualTo(TestNetworkParts.PROXY_CONTRACT.toString());
                    play(asked.sink(), wanted, newer);
                }
                if (newer) {
                    for (WorkerToProxy.Message each : wanted) {
                        compare(link.nextMessage(), each);
                    }
                } else {
                    compareWhole(link.answer().messages(), wanted);
                }
            }
        }
    }

    private static void play(AnswerSink sink, List<WorkerToProxy.Message> recorded, boolean newer) throws Exception {
        for (WorkerToProxy.Message message : recorded) {
            if (message instanceof WorkerToProxy.QueryAnswerEx head) {
                HttpResponse response = TlReader.readWhole(head.answer(), HttpResponse::readBoxed);
                if (head.finalInfo() != null) {
                    sink.answer(response.statusCode(), upstream(response.headers()), Bytes.empty());
                } else {
                    sink.head(response.statusCode(), upstream(response.headers()));
                }
            } else if (message instanceof WorkerToProxy.QueryAnswerPartEx part) {
                // The line feed behind a document is the worker's own; the older rules would pass a second one on.
                boolean own = !newer && part.finalInfo() == null;
                sink.write(own ? part.answer().slice(0, part.answer().length() - 1) : part.answer());
                if (part.finalInfo() != null) {
                    sink.complete();
                }
            } else if (message instanceof WorkerToProxy.QueryAnswerErrorEx error) {
                sink.fail(error.errorCode(), error.error());
            }
        }
    }

    private static List<HttpHeader> upstream(List<HttpHeader> headers) {
        return headers.stream()
                .filter(header -> !header.name().startsWith("X-Cocoon-"))
                .toList();
    }

    private static void compare(WorkerToProxy.Message ours, WorkerToProxy.Message theirs) throws Exception {
        assertThat(ours).hasSameClassAs(theirs);
        if (theirs instanceof WorkerToProxy.QueryAnswerEx head) {
            WorkerToProxy.QueryAnswerEx mine = (WorkerToProxy.QueryAnswerEx) ours;
            assertThat(mine.requestId()).isEqualTo(head.requestId());
            assertThat(mine.flags()).isEqualTo(head.flags());
            HttpResponse wanted = TlReader.readWhole(head.answer(), HttpResponse::readBoxed);
            HttpResponse seen = TlReader.readWhole(mine.answer(), HttpResponse::readBoxed);
            assertThat(seen.statusCode()).isEqualTo(wanted.statusCode());
            assertThat(seen.httpVersion()).isEqualTo(wanted.httpVersion());
            assertThat(names(seen.headers())).isEqualTo(names(wanted.headers()));
            compare(mine.finalInfo(), head.finalInfo());
        } else if (theirs instanceof WorkerToProxy.QueryAnswerPartEx part) {
            WorkerToProxy.QueryAnswerPartEx mine = (WorkerToProxy.QueryAnswerPartEx) ours;
            assertThat(mine.answer().toUtf8()).isEqualTo(part.answer().toUtf8());
            assertThat(mine.flags()).isEqualTo(part.flags());
            compare(mine.finalInfo(), part.finalInfo());
        } else if (theirs instanceof WorkerToProxy.QueryAnswerErrorEx error) {
            WorkerToProxy.QueryAnswerErrorEx mine = (WorkerToProxy.QueryAnswerErrorEx) ours;
            assertThat(mine.errorCode()).isEqualTo(error.errorCode());
            assertThat(mine.error()).isEqualTo(error.error());
            assertThat(mine.flags()).isEqualTo(error.flags());
            compare(mine.finalInfo(), error.finalInfo());
        }
    }

    /** The older worker joined pieces by chance of timing, so the bodies are compared as wholes. */
    private static void compareWhole(List<WorkerToProxy.Message> ours, List<WorkerToProxy.Message> theirs)
            throws Exception {
        compare(ours.get(0), theirs.get(0));
        assertThat(body(ours).strip()).isEqualTo(body(theirs).strip());
        WorkerToProxy.Message mine = ours.get(ours.size() - 1);
        WorkerToProxy.Message last = theirs.get(theirs.size() - 1);
        if (last instanceof WorkerToProxy.QueryAnswerPartEx part) {
            assertThat(mine).isInstanceOf(WorkerToProxy.QueryAnswerPartEx.class);
            compare(((WorkerToProxy.QueryAnswerPartEx) mine).finalInfo(), part.finalInfo());
        } else {
            compare(mine, last);
        }
    }

    private static String body(List<WorkerToProxy.Message> messages) {
        StringBuilder body = new StringBuilder();
        for (WorkerToProxy.Message message : messages) {
            if (message instanceof WorkerToProxy.QueryAnswerPartEx part) {
                body.append(part.answer().toUtf8());
            }
        }
        return body.toString();
    }

    private static List<String> names(List<HttpHeader> headers) {
        return headers.stream()
                .map(HttpHeader::name)
                .filter(name -> !name.equalsIgnoreCase("Connection")
                        && !name.equalsIgnoreCase("Keep-Alive")
                        && !name.equalsIgnoreCase("Transfer-Encoding"))
                .toList();
    }

    private static void compare(
            @org.jspecify.annotations.Nullable WorkerFinalInfo ours,
            @org.jspecify.annotations.Nullable WorkerFinalInfo theirs) {
        if (theirs == null) {
            assertThat(ours).isNull();
        } else {
            WorkerFinalInfo mine = Objects.requireNonNull(ours);
            assertThat(mine.flags()).isEqualTo(theirs.flags());
            assertThat(mine.tokensUsed()).isEqualTo(theirs.tokensUsed());
        }
    }

    @Test
    void n8_should_decrypt_a_recorded_query_for_the_engine_and_encrypt_the_answer() throws Exception {
        ScriptedEngine engine = new ScriptedEngine();
        try (WorkerFixture fixture = encrypted(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.sendMessage(recorded("captures-2026/session-any/enc-query.frames.jsonl", true)
                    .get(0)
                    .query());
            ScriptedEngine.Asked asked = engine.next();
            asked.sink()
                    .answer(
                            200,
                            ScriptedEngine.JSON,
                            Bytes.utf8("{\"choices\":[{\"message\":{\"content\":\"the secret answer\"}}],"
                                    + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}"));
            FakeProxy.Answer answer = link.answer();

            assertThat(asked.request().body().toUtf8())
                    .doesNotContain("ENC_", "is_encrypted", "encryption_nonce", "public_key")
                    .contains("\"messages\"");
            assertThat(answer.body().toUtf8()).contains("\"is_encrypted\"").doesNotContain("secret answer");
            assertThat(answer.used().totalTokensUsed()).isPositive();
        }
    }

    @Test
    void n9_should_quote_nothing_of_an_encrypted_query_in_an_error() throws Exception {
        ScriptedEngine engine = new ScriptedEngine();
        try (WorkerFixture fixture = encrypted(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.sendMessage(recorded("captures-2026/session-any/enc-bad-hex.frames.jsonl", true)
                    .get(0)
                    .query());

            FakeProxy.Answer answer = link.answer();

            assertThat(answer.error())
                    .startsWith("worker: invalid http request: ")
                    .hasSizeLessThan(100);
        }
    }

    private static WorkerFixture encrypted(InferenceEngine engine) {
        return new WorkerFixture(
                engine,
                builder -> builder.content(new NetworkContent("Qwen/Qwen3-8B", RequestRules.OPEN_AI))
                        .coefficient(0));
    }

    /** Returns the queries of a recording whose answers are complete; encrypted answers differ at every run. */
    private static List<Recorded> recorded(String name, boolean encrypted) {
        Map<Int256, Recorded> open = new HashMap<>();
        List<Recorded> done = new ArrayList<>();
        for (JsonNode line : TestData.jsonLines(name)) {
            if (!line.path("link").asText().startsWith("worker-socks")
                    || !line.path("kind").asText().equals("frame")) {
                continue;
            }
            try {
                Bytes payload = Bytes.fromHex(line.path("hex").asText()).sliceFrom(8);
                if (!(TlReader.readWhole(payload, TcpPacket::readBoxed) instanceof TcpPacket.Packet packet)) {
                    continue;
                }
                int id = packet.data().intLeAt(0);
                boolean fromProxy = line.path("dir").asText().equals("s2c");
                if (fromProxy && id == ProxyToWorker.RunQueryEx.ID) {
                    var query =
                            (ProxyToWorker.RunQueryEx) TlReader.readWhole(packet.data(), ProxyToWorker::readMessage);
                    if (query.privateKey().isZero() != encrypted) {
                        TlReader.readWhole(query.query(), HttpRequest::readBoxed);
                        open.put(query.requestId(), new Recorded(query, new ArrayList<>()));
                    }
                } else if (!fromProxy) {
                    WorkerToProxy.Message message = TlReader.readWhole(packet.data(), WorkerToProxy::readMessage);
                    note(message, open, done);
                }
            } catch (io.cocoon.tl.TlException e) {
                throw new AssertionError(name + " holds a frame that does not parse", e);
            }
        }
        return done;
    }

    private static void note(WorkerToProxy.Message message, Map<Int256, Recorded> open, List<Recorded> done) {
        Int256 id;
        boolean last;
        if (message instanceof WorkerToProxy.QueryAnswerEx head) {
            id = head.requestId();
            last = head.finalInfo() != null;
        } else if (message instanceof WorkerToProxy.QueryAnswerPartEx part) {
            id = part.requestId();
            last = part.finalInfo() != null;
        } else if (message instanceof WorkerToProxy.QueryAnswerErrorEx error) {
            id = error.requestId();
            last = true;
        } else {
            return;
        }
        Recorded query = open.get(id);
        if (query != null) {
            query.answers().add(message);
            if (last) {
                done.add(query);
                open.remove(id);
            }
        }
    }
}
