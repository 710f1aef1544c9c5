package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramingTest {

    private static final int LIMIT = TransportLimits.REFERENCE_FRAME_BYTES;
    private static final JsonNode VECTORS =
            TestData.json("vectors/wire-vectors.json").get("framing");

    @ParameterizedTest
    @ValueSource(strings = {"client_session", "worker_session"})
    void should_write_every_frame_of_a_session_byte_for_byte(String session) throws Exception {
        for (JsonNode step : VECTORS.get(session).get("steps")) {
            Bytes expected = hex(step.get("frame_hex"));
            TcpPacket packet = TlReader.readWhole(expected.sliceFrom(OutFrame.HEAD), TcpPacket::readBoxed);
            OutFrame frame = encode(packet);
            frame.putSequence(step.get("seqno").asInt());
            assertThat(bytes(frame).toHex()).as(step.get("note").asText()).isEqualTo(expected.toHex());
        }
    }

    /** Through the paths that connections use, which build the head around the object. */
    private static OutFrame encode(TcpPacket packet) throws FrameTooLargeException {
        if (packet instanceof TcpPacket.Packet message) {
            return OutFrame.message(RecordingHandler.boxed(message.data()), LIMIT);
        }
        if (packet instanceof TcpPacket.Query query) {
            OutFrame frame = OutFrame.query(RecordingHandler.boxed(query.data()), new OpenQuery(Duration.ZERO), LIMIT);
            frame.putId(query.id());
            return frame;
        }
        if (packet instanceof TcpPacket.QueryAnswer answer) {
            return OutFrame.answer(answer.id(), RecordingHandler.boxed(answer.data()), LIMIT);
        }
        return OutFrame.of(packet, LIMIT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 100_000})
    void should_cut_a_session_into_its_frames_however_it_arrives(int pieces) throws Exception {
        for (String session : List.of("client_session", "worker_session")) {
            JsonNode node = VECTORS.get(session);
            node.fieldNames().forEachRemaining(name -> {
                if (name.endsWith("_stream_hex")) {
                    String direction = name.replace("_stream_hex", "").replace("_to_", "->");
                    List<String> expected = new ArrayList<>();
                    for (JsonNode step : node.get("steps")) {
                        if (step.get("dir").asText().equals(direction)) {
                            expected.add(step.get("frame_hex").asText().substring(2 * OutFrame.HEAD));
                        }
                    }
                    assertThat(cut(hex(node.get(name)), pieces)).isEqualTo(expected);
                }
            });
        }
    }

    private static List<String> cut(Bytes stream, int piece) {
        FrameDecoder decoder = new FrameDecoder(LIMIT);
        List<String> frames = new ArrayList<>();
        try {
            for (int at = 0; at < stream.length(); at += piece) {
                byte[] part =
                        stream.slice(at, Math.min(piece, stream.length() - at)).toByteArray();
                decoder.feed(part, 0, part.length, payload -> frames.add(payload.toHex()));
            }
        } catch (ConnectionClosedException e) {
            throw new AssertionError(e);
        }
        return frames;
    }

    @Test
    void should_refuse_the_bad_lengths_and_numbers_of_the_vectors() {
        int refused = 0;
        for (JsonNode bad : VECTORS.get("bad")) {
            if (!bad.get("why").asText().contains("tcp.connect")) {
                refused++;
                assertRefused(hex(bad.get("hex")));
            }
        }
        assertThat(refused).isEqualTo(3);
    }

    private static void assertRefused(Bytes stream) {
        FrameDecoder decoder = new FrameDecoder(LIMIT);
        assertThatThrownBy(() -> decoder.feed(stream.toByteArray(), 0, stream.length(), payload -> true))
                .isInstanceOfSatisfying(
                        ConnectionClosedException.class,
                        e -> assertThat(e.reason().cause()).isEqualTo(CloseReason.Cause.PROTOCOL));
    }

    @Test
    void should_not_allocate_what_was_only_promised() throws Exception {
        FrameDecoder decoder = new FrameDecoder(LIMIT);
        byte[] start = Bytes.fromHex("0000000100000000aabbccdd").toByteArray();

        decoder.feed(start, 0, start.length, payload -> true);

        assertThat(decoder.allocated()).isLessThanOrEqualTo(1 << 16);
    }

    @Test
    void should_accept_the_largest_frame_and_copy_it_a_few_times_at_most() throws Exception {
        FrameDecoder decoder = new FrameDecoder(LIMIT);
        List<Integer> lengths = new ArrayList<>();
        byte[] head = Bytes.fromHex("0000000100000000").toByteArray();
        byte[] part = new byte[1 << 14];

        decoder.feed(head, 0, head.length, payload -> lengths.add(payload.length()));
        for (int i = 0; i < LIMIT / part.length; i++) {
            decoder.feed(part, 0, part.length, payload -> lengths.add(payload.length()));
        }

        assertThat(lengths).containsExactly(LIMIT);
    }

    @Test
    void h14_should_refuse_a_message_above_the_limit_with_the_sizes() {
        Bytes big = Bytes.wrapUnshared(new byte[LIMIT - 7]);

        assertThatThrownBy(() -> OutFrame.message(RecordingHandler.boxed(big), LIMIT))
                .isInstanceOf(FrameTooLargeException.class)
                .hasMessageContaining("16777216");
    }

    @Test
    void h14_should_send_the_largest_message_that_fits() throws Exception {
        Bytes largest = Bytes.wrapUnshared(new byte[LIMIT - 8]);

        assertThat(OutFrame.message(RecordingHandler.boxed(largest), LIMIT).length)
                .isEqualTo(LIMIT + OutFrame.HEAD);
    }

    private static Bytes bytes(OutFrame frame) {
        return Bytes.wrapUnshared(frame.array, frame.offset, frame.length);
    }

    private static Bytes hex(JsonNode node) {
        return Bytes.fromHex(node.asText());
    }
}
