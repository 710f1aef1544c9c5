package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.tl.schema.Generation;
import io.cocoon.tl.schema.TlDissector;
import io.cocoon.tl.schema.TlSchema;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Recorded frames and peer-info records: each decodes to what the recording says and encodes to the same bytes; what
 * the recording could not decode because a probe made it malformed is refused.
 */
final class FrameKind implements ConformanceKind {

    private static final int HEADER = 8;
    private static final int MIN_PAYLOAD = 4;
    private static final int MAX_PAYLOAD = 1 << 24;

    @Override
    public boolean accepts(String path) {
        return path.matches("captures[^/]*/.+\\.frames\\.jsonl")
                || path.matches("captures[^/]*/(proxy-probes|key-manager)/.+\\.jsonl")
                || path.matches("captures[^/]*/peerinfo/.+\\.jsonl");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        Generation generation = path.startsWith("captures-2026/") ? Generation.APRIL_2026 : Generation.DECEMBER_2025;
        Bytes pieces = Bytes.empty();
        int number = 0;
        for (JsonNode line : JsonLines.read(root.resolve(path))) {
            String name = "line " + ++number;
            if (line.has("tl")) {
                report.run(path, name, () -> checkFrame(line, generation));
            } else if (line.has("decoded")) {
                report.run(path, name, () -> PeerInfoCheck.check(JsonLines.hex(line, "hex"), line.get("decoded")));
            } else if (line.path("note").asText().equals("fragment")) {
                pieces = pieces.concat(JsonLines.hex(line, "hex"));
            } else if (line.has("hex") && !line.path("kind").asText().startsWith("socks5.")) {
                report.run(path, name, () -> checkRefused(JsonLines.hex(line, "hex")));
            }
        }
        if (!pieces.isEmpty()) {
            Bytes whole = pieces;
            report.run(path, "fragments", () -> checkPieces(whole));
        }
    }

    private static void checkFrame(JsonNode line, Generation generation) throws Exception {
        Bytes frame = JsonLines.hex(line, "hex");
        TcpPacket packet = readFrame(frame, line.get("seqno").intValue());
        JsonLines.requireEqual(frame, writeFrame(packet, frame.intLeAt(4)), "frame written back");
        JsonNode shown = JsonLines.parse(new TlDissector(TlSchema.of(generation)).toJson(frame.sliceFrom(HEADER)));
        removeRefusals(shown);
        JsonLines.requireEqual(line.get("tl"), shown, "content");
    }

    /** Why a byte string is no object is said by the dissector and not by the recordings. */
    private static void removeRefusals(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove("not_tl");
        }
        node.forEach(FrameKind::removeRefusals);
    }

    private static TcpPacket readFrame(Bytes frame, int sequenceNumber) throws TlException {
        TlReader header = new TlReader(frame);
        int length = header.readInt();
        if (length < MIN_PAYLOAD || length > MAX_PAYLOAD) {
            throw new TlException("Length of a frame is " + length, 0);
        }
        JsonLines.requireEqual(sequenceNumber, header.readInt(), "sequence number");
        JsonLines.requireEqual(length, header.remaining(), "length of the payload");
        return TlReader.readWhole(frame.sliceFrom(HEADER), TcpPacket::readBoxed);
    }

    private static Bytes writeFrame(TcpPacket packet, int sequenceNumber) {
        TlWriter out = new TlWriter().writeInt(0).writeInt(sequenceNumber);
        packet.writeBoxed(out);
        out.patchInt(0, out.length() - HEADER);
        return out.seal();
    }

    private static void checkRefused(Bytes bytes) {
        boolean isFrame = true;
        try {
            readFrame(bytes, bytes.length() < HEADER ? 0 : bytes.intLeAt(4));
        } catch (TlException | AssertionError e) {
            isFrame = false;
        }
        if (isFrame || PeerInfoCheck.isValid(bytes)) {
            throw new AssertionError("a malformed unit of " + bytes.length() + " bytes was accepted");
        }
    }

    private static void checkPieces(Bytes whole) throws Exception {
        int record = 4 + whole.intLeAt(0);
        if (!PeerInfoCheck.isValid(whole.slice(0, record))) {
            throw new AssertionError("the fragments do not begin with a peer-info record");
        }
        readFrame(whole.sliceFrom(record), 0);
    }
}
