package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.FakeConnection;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plays what hand-made peers sent to the reference's proxy to ours, and compares what comes back: constructors, flags, codes,
 * texts, counters and headers. Times, totals, payments, addresses and random ids are compared by presence only.
 */
class ProbeReplayTest {

    /** Recorded peers whose worker is not in the recording, or whose point is below the proxy (frames, peer records). */
    private static final List<String> OF_OTHER_LAYERS = List.of(
            "peerinfo",
            "len-too",
            "ping-",
            "split-",
            "trailing-bytes-in-packet",
            "unknown-packet",
            "unknown-tcp",
            "client-query",
            "client-stream",
            "disconnect-mid",
            "runquery",
            "no-peer");

    /** Where ours is better on purpose, with the reason. */
    private static final Map<String, String> BETTER = Map.of(
            "w-compare-ext-ok", "H11: the worker gets in",
            "error-negative-max-tokens", "H10: refused",
            "part-before-answer", "H2 in the older recording: the new form of the error",
            "worker-disconnects", "H17: fails at once",
            "client-disconnects", "H17: cancels first");

    private static boolean isBetter(String name) {
        return BETTER.keySet().stream().anyMatch(name::contains);
    }

    static Stream<String> single() {
        return probes().filter(name -> !name.contains("/pair-"))
                .filter(name -> OF_OTHER_LAYERS.stream().noneMatch(name::contains))
                .filter(name -> !isBetter(name));
    }

    static Stream<String> pairs() {
        return probes().filter(name -> name.endsWith(".client.jsonl")).filter(name -> !isBetter(name));
    }

    private static Stream<String> probes() {
        return Stream.of("captures", "captures-2026")
                .flatMap(folder -> TestData.list(folder + "/proxy-probes", ".jsonl").stream());
    }

    private record Line(boolean fromPeer, TcpPacket packet) {}

    private static List<Line> lines(String name) throws TlException {
        List<Line> lines = new ArrayList<>();
        for (JsonNode line : TestData.jsonLines(name)) {
            if (line.path("ev").asText().equals("data") && line.has("tl")) {
                Bytes payload = Bytes.fromHex(line.path("hex").asText()).sliceFrom(8);
                lines.add(new Line(
                        line.path("dir").asText().equals("c2s"), TlReader.readWhole(payload, TcpPacket::readBoxed)));
            }
        }
        return lines;
    }

    /** Plays one peer; {@code legId} replaces the recorded ids of the worker's side. */
    private static final class Player {
        private final FakeConnection connection;
        private final List<Line> lines;
        private int at;
        private final List<String> wanted = new ArrayList<>();
        private final List<String> got = new ArrayList<>();
        private final boolean worker;

        Player(FakeConnection connection, String name, boolean worker) throws TlException {
            this.connection = connection;
            this.lines = lines(name);
            this.worker = worker;
        }

        /** Plays up to the next message of the peer; queries are answered on the way. */
        boolean playUntilMessage() throws TlException {
            for (; at < lines.size(); at++) {
                Line line = lines.get(at);
                if (line.fromPeer && line.packet instanceof TcpPacket.Query query) {
                    FakeConnection.Reply reply = connection.ask(query.data());
                    if (reply.answer != null) {
                        got.add(shape(reply.answer));
                    } else if (reply.code != null) {
                        got.add("error " + reply.code + " " + text(reply.text));
                    }
                } else if (line.fromPeer && line.packet instanceof TcpPacket.Packet) {
                    return true;
                } else if (!line.fromPeer) {
                    expect(line.packet);
                }
            }
            return false;
        }

        private void expect(TcpPacket packet) throws TlException {
            if (packet instanceof TcpPacket.QueryAnswer answer) {
                wanted.add(shape(answer(answer.data())));
            } else if (packet instanceof TcpPacket.QueryError error) {
                wanted.add("error " + error.code() + " " + text(error.message()));
            } else if (packet instanceof TcpPacket.Packet message) {
                wanted.add(shape(TlReader.readWhole(
                        message.data(), worker ? ProxyToWorker::readMessage : ProxyToClient::readMessage)));
            }
        }

        private TlObject answer(Bytes data) throws TlException {
            int id = data.intLeAt(0);
            TlReader.Element<TlObject> element;
            if (id == ProxyToClient.ConnectedToProxy.ID) {
                element = ProxyToClient::readConnectedToProxy;
            } else if (id == ProxyToClient.AuthorizationWithProxySuccess.ID) {
                element = ProxyToClient::readAuthorizationWithProxy;
            } else if (id == ProxyToClient.WorkerTypesV2.ID) {
                element = ProxyToClient::readWorkerTypesV2;
            } else if (id == ProxyToClient.WorkerTypes.ID) {
                element = ProxyToClient::readWorkerTypes;
            } else if (id == ProxyToClient.PaymentStatus.ID) {
                element = ProxyToClient::readPaymentStatus;
            } else if (id == ProxyToWorker.ConnectedToProxy.ID) {
                element = ProxyToWorker::readConnectedToProxy;
            } else if (id == ProxyToWorker.CompareBalanceWithProxyResult.ID) {
                element = ProxyToWorker::readCompareBalanceWithProxyResult;
            } else if (id == ProxyToWorker.ExtendedCompareBalanceWithProxyResult.ID) {
                element = ProxyToWorker::readExtendedCompareBalanceWithProxyResult;
            } else if (id == ProxyToWorker.ProxyHandshakeCompleted.ID) {
                element = ProxyToWorker::readHandshakeCompleted;
            } else {
                element = ProxyToWorker::readPaymentStatus;
            }
            return TlReader.readWhole(data, element);
        }

        Bytes nextMessage() {
            return ((TcpPacket.Packet) lines.get(at++).packet).data();
        }

        /** What we sent, as the peer reads it. */
        void collect() throws TlException {
            for (TlObject sent = connection.sent.poll(); sent != null; sent = connection.sent.poll()) {
                got.add(shape(TlReader.readWhole(
                        sent.toBytes(), worker ? ProxyToWorker::readMessage : ProxyToClient::readMessage)));
            }
        }
    }

    private static String text(String text) {
        // Where a number or an offset begins, texts may differ: people read them, codes decide.
        return text.replaceAll("(=|Wrong constructor|Too much data| at \\d).*", "$1")
                .replace("tool old client", "too old client");
    }

    private static final Set<String> MASKED = Set.of(
            "proxyScAddress", "clientScAddress", "workerScAddress", "dbTokens", "maxTokens", "tokensCommittedToDb");

    private static String shape(Object value) {
        if (value instanceof SignedPayment) {
            return "payment";
        }
        if (value instanceof Double number) {
            return number == 0 || number == 1.5 || number == 2.5
                    ? value.toString()
                    : number > 1e9 ? "time" : "duration";
        }
        if (value instanceof Bytes bytes) {
            try {
                return shape(TlReader.readWhole(bytes, HttpResponse::readBoxed));
            } catch (TlException e) {
                return bytes.toHex();
            }
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ProbeReplayTest::shape).toList().toString();
        }
        if (value instanceof Int256 id) {
            return id.toHex();
        }
        if (value instanceof Record) {
            Map<String, String> fields = new TreeMap<>();
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                try {
                    Object field = component.getAccessor().invoke(value);
                    boolean legId = value instanceof ProxyToWorker
                            && component.getName().equals("requestId");
                    fields.put(component.getName(), legId || MASKED.contains(component.getName()) ? "*" : shape(field));
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                }
            }
            return value.getClass().getSimpleName() + fields;
        }
        return text(String.valueOf(value).replaceAll("1[0-9]{9}\\.[0-9]+", "time"));
    }

    private static TestProxy proxy() {
        return TestProxy.with(builder -> builder.key(Identities.PROXY_KEY)
                .owner(Identities.OWNER)
                .networkKeys(publicKey -> publicKey.equals(Identities.NETWORK_KEY.publicKey())
                        ? java.util.Optional.of(Identities.NETWORK_KEY.seed())
                        : java.util.Optional.empty()));
    }

    @ParameterizedTest
    @MethodSource("single")
    void should_answer_a_recorded_peer_as_the_reference_did(String name) throws Exception {
        try (TestProxy proxy = proxy()) {
            boolean worker = name.contains("/w-");
            if (!worker) {
                proxy.worker("the recorded worker", "Qwen/Qwen3-8B", 1000, 60, 4);
            }
            Player player = new Player(worker ? proxy.dialAsWorker() : proxy.dialAsClient(), name, worker);
            while (player.playUntilMessage()) {
                player.connection.tell(player.nextMessage());
                player.collect();
            }
            assertThat(player.got).isEqualTo(player.wanted);
            boolean closedByReference = TestData.jsonLines(name).stream()
                    .anyMatch(line -> line.path("ev").asText().equals("eof"));
            assertThat(player.connection.isClosed()).isEqualTo(closedByReference);
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void should_translate_between_recorded_versions_as_the_reference_did(String name) throws Exception {
        try (TestProxy proxy = proxy()) {
            Player worker = new Player(proxy.dialAsWorker(), name.replace(".client.", ".worker."), true);
            Player client = new Player(proxy.dialAsClient(), name, false);
            worker.playUntilMessage();
            client.playUntilMessage();
            client.connection.tell(client.nextMessage());
            Int256 leg = legId(worker.connection);
            worker.collect();
            while (worker.playUntilMessage()) {
                worker.connection.tell(withLeg(worker.nextMessage(), leg));
                client.collect();
                worker.collect();
            }
            client.playUntilMessage();
            client.collect();
            assertThat(client.got).isEqualTo(client.wanted);
            assertThat(worker.got).isEqualTo(worker.wanted);
        }
    }

    private static Int256 legId(FakeConnection worker) {
        TlObject given = worker.sent.peek();
        if (given instanceof ProxyToWorker.RunQuery query) {
            return query.requestId();
        }
        return given instanceof ProxyToWorker.RunQueryEx query ? query.requestId() : Int256.ZERO;
    }

    /** Replaces the recorded id in a worker's message by the one that our proxy gave out. */
    private static Bytes withLeg(Bytes message, Int256 leg) throws TlException {
        WorkerAnswer answer = WorkerAnswer.of(TlReader.readWhole(message, WorkerToProxy::readMessage));
        String recorded = TestProxy.there(answer).legId().toHex();
        return Bytes.fromHex(message.toHex().replace(recorded, leg.toHex()));
    }
}
