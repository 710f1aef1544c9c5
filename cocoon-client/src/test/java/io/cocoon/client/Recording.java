package io.cocoon.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One recorded connection of a client to a proxy.
 *
 * @param name file and link
 * @param program whether the C++ client was recorded; else one of our hand-made probes
 * @param socksReplies what the router wrote before the peer-info record, as far as recorded
 * @param peerInfo the router's record with its length, empty if not recorded
 * @param asked what the client did after it had connected, in its order
 */
record Recording(
        String name,
        boolean program,
        Bytes socksReplies,
        Bytes peerInfo,
        Optional<Asked> connect,
        Optional<Asked> authorise,
        List<Asked> asked,
        int proxyFrames) {

    /** One query or message of the client. */
    sealed interface Asked {}

    /** A query and the packet that answered it; no answer if none was recorded. */
    record Query(ClientToProxy.Query query, Bytes bytes, Optional<TcpPacket> answer) implements Asked {}

    /** A run query and the messages about it. */
    record Run(ClientToProxy.Message message, Int256 id, List<Bytes> answers) implements Asked {}

    /** All recorded connections of clients, by name. */
    static Map<String, Recording> all() {
        Map<String, Recording> all = new TreeMap<>();
        for (String folder : List.of("captures", "captures-2026")) {
            for (String file : TestData.list(folder, ".jsonl")) {
                if (file.contains("/proxy-probes/") || file.endsWith(".frames.jsonl")) {
                    ofFile(file).forEach(recording -> all.put(recording.name(), recording));
                }
            }
        }
        for (JsonNode session : TestData.json("vectors/wire-vectors-2026.json").at("/captured_sessions/sessions")) {
            if (session.get("between").asText().startsWith("client runner")) {
                JsonNode received = session.get("received_by_runner");
                all.put(
                        "wire-vectors-2026",
                        of(
                                "wire-vectors-2026",
                                true,
                                Bytes.fromHex(received.get("socks5_hex").asText()),
                                Bytes.fromHex(received.get("peer_record_hex").asText()),
                                Bytes.fromHex(
                                        session.at("/sent_by_runner/frames_hex").asText()),
                                Bytes.fromHex(received.get("frames_hex").asText())));
            }
        }
        return all;
    }

    /** Returns this with the opening of its folder's connections where it began later, or had no router. */
    Recording withHandshake() {
        String folder = name.startsWith("captures/") ? "captures" : "captures-2026";
        Recording opening =
                ofFile(folder + "/session-any/handshake-client.frames.jsonl").get(0);
        boolean whole = connect.isPresent();
        return new Recording(
                name,
                program,
                peerInfo.isEmpty() ? opening.socksReplies : socksReplies,
                peerInfo.isEmpty() ? opening.peerInfo : peerInfo,
                whole ? connect : opening.connect,
                whole ? authorise : opening.authorise,
                asked,
                proxyFrames);
    }

    private static List<Recording> ofFile(String file) {
        Map<String, StringBuilder[]> links = new LinkedHashMap<>();
        boolean clientPort = true;
        for (JsonNode line : TestData.jsonLines(file)) {
            clientPort &= !line.has("port") || line.get("port").asInt() == 11_102;
            String link = line.path("link").asText("probe");
            boolean ofClient = file.contains("session-direct-tls")
                    ? link.startsWith("proxy-in-client")
                    : link.startsWith("client-socks") || link.equals("probe");
            if (!ofClient || !line.has("hex")) {
                continue;
            }
            StringBuilder[] streams = links.computeIfAbsent(link, any -> new StringBuilder[] {
                new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder()
            });
            boolean fromProxy = line.get("dir").asText().equals("s2c");
            String kind = line.path("kind").asText();
            String hex = line.get("hex").asText();
            if (kind.startsWith("socks5") && fromProxy) {
                streams[0].append(hex);
            } else if (kind.equals("peerinfo") && fromProxy) {
                streams[1].append(hex);
            } else if (line.has("seqno") && line.path("tl").isObject()) {
                streams[fromProxy ? 3 : 2].append(hex);
            }
        }
        List<Recording> result = new ArrayList<>();
        if (clientPort) {
            links.forEach((link, streams) -> result.add(of(
                    file + " " + link,
                    !file.contains("/proxy-probes/"),
                    Bytes.fromHex(streams[0]),
                    Bytes.fromHex(streams[1]),
                    Bytes.fromHex(streams[2]),
                    Bytes.fromHex(streams[3]))));
        }
        return result;
    }

    private static Recording of(
            String name, boolean program, Bytes socks, Bytes peerInfo, Bytes fromClient, Bytes fromProxy) {
        Map<Long, TcpPacket> answers = new HashMap<>();
        List<Bytes> messages = new ArrayList<>();
        List<Bytes> received = frames(fromProxy);
        for (Bytes payload : received) {
            @Nullable TcpPacket packet = packet(payload);
            if (packet instanceof TcpPacket.QueryAnswer answer) {
                answers.put(answer.id(), answer);
            } else if (packet instanceof TcpPacket.QueryError error) {
                answers.put(error.id(), error);
            } else if (packet instanceof TcpPacket.Packet message) {
                messages.add(message.data());
            }
        }
        Optional<Asked> connect = Optional.empty();
        Optional<Asked> authorise = Optional.empty();
        List<Asked> asked = new ArrayList<>();
        for (Bytes payload : frames(fromClient)) {
            @Nullable TcpPacket packet = packet(payload);
            if (packet instanceof TcpPacket.Query query) {
                ClientToProxy.@Nullable Query known = read(query.data(), ClientToProxy::readQuery);
                if (known == null) {
                    continue;
                }
                Query made = new Query(known, query.data(), Optional.ofNullable(answers.get(query.id())));
                if (known instanceof ClientToProxy.ConnectToProxy) {
                    connect = connect.or(() -> Optional.of(made));
                } else if (known instanceof ClientToProxy.AuthorizeWithProxyShort
                        || known instanceof ClientToProxy.AuthorizeWithProxyLong) {
                    authorise = authorise.or(() -> Optional.of(made));
                } else {
                    asked.add(made);
                }
            } else if (packet instanceof TcpPacket.Packet sent) {
                ClientToProxy.@Nullable Message message = read(sent.data(), ClientToProxy::readMessage);
                if (message instanceof ClientToProxy.RunQueryEx run) {
                    asked.add(new Run(run, run.requestId(), about(run.requestId(), messages)));
                } else if (message instanceof ClientToProxy.RunQuery run) {
                    asked.add(new Run(run, run.requestId(), about(run.requestId(), messages)));
                }
            }
        }
        return new Recording(name, program, socks, peerInfo, connect, authorise, asked, received.size());
    }

    /** Takes the messages about one request out of those of the connection; probes use an id again. */
    private static List<Bytes> about(Int256 id, List<Bytes> messages) {
        List<Bytes> result = new ArrayList<>();
        for (Bytes message : List.copyOf(messages)) {
            if (message.toHex().contains(id.toHex())) {
                boolean paid = !result.isEmpty() && isPayment(result.get(result.size() - 1));
                if (paid) {
                    break;
                }
                result.add(message);
                messages.remove(message);
            }
        }
        return result;
    }

    static boolean isPayment(Bytes message) {
        return read(message, ProxyToClient::readMessage) instanceof ProxyToClient.ClientRequestPayment;
    }

    private static List<Bytes> frames(Bytes stream) {
        List<Bytes> result = new ArrayList<>();
        int at = 0;
        while (at < stream.length()) {
            int length = stream.intLeAt(at);
            result.add(stream.slice(at + 8, length));
            at += 8 + length;
        }
        return result;
    }

    private static @Nullable TcpPacket packet(Bytes payload) {
        return read(payload, TcpPacket::readBoxed);
    }

    /** What probes sent need not be readable. */
    static <T> @Nullable T read(Bytes bytes, TlReader.Element<? extends T> parser) {
        try {
            return TlReader.readWhole(bytes, parser);
        } catch (TlException e) {
            return null;
        }
    }
}
