package io.cocoon.tl.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.protocol.Records;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recorded frames: both codecs read them, write them back, and see what the recording says. */
class DissectorTest {

    private static final int FRAME_HEADER = 8;

    private static int checkEveryObject(TlSchema schema, Bytes boxed) throws TlException {
        TlNode node = schema.decode(boxed);
        assertThat(schema.encode(node)).isEqualTo(boxed);
        assertThat(Records.read(boxed).toBytes()).isEqualTo(boxed);
        int count = 1;
        for (Object value : node.fields().values()) {
            if (value instanceof Bytes bytes && bytes.length() >= 4 && schema.knows(bytes.intLeAt(0))) {
                boolean isObject = true;
                try {
                    schema.decode(bytes);
                } catch (TlException e) {
                    isObject = false;
                }
                count += isObject ? checkEveryObject(schema, bytes) : 0;
            }
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource({"captures, DECEMBER_2025", "captures-2026, APRIL_2026"})
    void every_recorded_frame_is_read_and_written_back(String folder, Generation generation) throws Exception {
        TlSchema schema = TlSchema.of(generation);
        TlDissector dissector = new TlDissector(schema);
        ObjectMapper mapper = new ObjectMapper();
        int frames = 0;
        int objects = 0;
        for (String file : TestData.list(folder, ".jsonl")) {
            for (JsonNode line : TestData.jsonLines(file)) {
                if (!line.has("tl")) {
                    continue;
                }
                Bytes frame = Bytes.fromHex(line.get("hex").textValue());
                Bytes payload = frame.sliceFrom(FRAME_HEADER);
                assertThat(frame.intLeAt(0)).isEqualTo(payload.length());
                assertThat(frame.intLeAt(4)).isEqualTo(line.get("seqno").intValue());
                JsonNode shown = mapper.readTree(dissector.toJson(payload).replaceAll(",\"not_tl\":\"[^\"]*\"", ""));
                assertThat(shown).as(file + " " + line.get("t")).isEqualTo(line.get("tl"));
                objects += checkEveryObject(schema, payload);
                frames++;
            }
        }
        System.out.println(folder + " frames: " + frames + ", objects in them: " + objects);
        assertThat(frames).isGreaterThan(500);
    }

    /** Cuts a byte stream into the payloads of its frames. */
    private static List<Bytes> payloads(Bytes stream) {
        List<Bytes> payloads = new ArrayList<>();
        int at = 0;
        while (at < stream.length()) {
            int length = stream.intLeAt(at);
            assertThat(stream.intLeAt(at + 4)).isEqualTo(payloads.size());
            payloads.add(stream.slice(at + FRAME_HEADER, length));
            at += FRAME_HEADER + length;
        }
        return payloads;
    }

    @Test
    void every_captured_session_is_a_sequence_of_the_listed_objects() throws Exception {
        TlSchema schema = TlSchema.of(Generation.APRIL_2026);
        int frames = 0;
        for (JsonNode session : TestData.json("vectors/wire-vectors-2026.json").at("/captured_sessions/sessions")) {
            for (String side : List.of("sent_by_runner", "received_by_runner")) {
                List<String> content = new ArrayList<>();
                for (Bytes payload : payloads(
                        Bytes.fromHex(session.at("/" + side + "/frames_hex").textValue()))) {
                    checkEveryObject(schema, payload);
                    TlNode packet = schema.decode(payload);
                    content.add(
                            packet.get("data") instanceof Bytes data
                                    ? packet.type() + ":" + schema.decode(data).type()
                                    : packet.type());
                    frames++;
                }
                List<String> wanted = new ArrayList<>();
                session.at("/" + side + "/content").forEach(each -> wanted.add(each.textValue()));
                assertThat(content).isEqualTo(wanted);
            }
        }
        System.out.println("captured_sessions frames: " + frames);
    }

    @Test
    void every_framing_step_is_its_packet_and_the_streams_are_their_sum() throws Exception {
        TlSchema schema = TlSchema.of(Generation.DECEMBER_2025);
        TlJson json = new TlJson(schema);
        JsonNode framing = TestData.json("vectors/wire-vectors.json").get("framing");
        int steps = 0;
        for (String name : List.of("client_session", "worker_session")) {
            for (JsonNode step : framing.get(name).get("steps")) {
                Bytes frame = Bytes.fromHex(step.get("frame_hex").textValue());
                Bytes payload = frame.sliceFrom(FRAME_HEADER);
                assertThat(schema.encode(json.fromJson(step.get("packet").toString())))
                        .isEqualTo(payload);
                assertThat(frame.intLeAt(4)).isEqualTo(step.get("seqno").intValue());
                checkEveryObject(schema, payload);
                steps++;
            }
            framing.get(name).fields().forEachRemaining(member -> {
                if (member.getKey().endsWith("stream_hex")) {
                    assertThat(payloads(Bytes.fromHex(member.getValue().textValue())))
                            .isNotEmpty();
                }
            });
        }
        System.out.println("framing steps: " + steps);
    }
}
