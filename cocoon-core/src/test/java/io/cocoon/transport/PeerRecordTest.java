package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerRecordTest {

    @ParameterizedTest
    @ValueSource(strings = {"vectors/wire-vectors.json", "vectors/wire-vectors-2026.json"})
    void should_read_and_write_the_records_of_the_vectors(String file) throws Exception {
        for (JsonNode vector : TestData.json(file).get("router_peer_info").get("vectors")) {
            Bytes wire = Bytes.fromHex(vector.get("frame_hex").asText());
            PeerRecord record = PeerRecord.parse(wire.sliceFrom(4));

            assertThat(record.toBytes()).isEqualTo(wire);
            assertThat(record.imageHash())
                    .isEqualTo(Int256.fromHex(vector.get("image_hash_hex").asText()));
            assertThat(record.publicKey().toHex())
                    .isEqualTo(vector.get("peer_public_key_hex").asText());
            assertThat(record.sourceIp()).isEqualTo(vector.get("source_ip").asText());
            assertThat(record.sourcePort()).isEqualTo(vector.get("source_port").asInt());
            assertThat(record.destinationIp())
                    .isEqualTo(vector.get("destination_ip").asText());
            assertThat(record.destinationPort())
                    .isEqualTo(vector.get("destination_port").asInt());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"captures", "captures-2026"})
    void n14_should_never_take_a_recorded_zero_report_for_attested(String generation) throws Exception {
        int count = 0;
        for (JsonNode line : TestData.jsonLines(generation + "/peerinfo/peerinfo.jsonl")) {
            Bytes wire = Bytes.fromHex(line.get("hex").asText());
            PeerRecord record = PeerRecord.parse(wire.sliceFrom(4));
            boolean shown = line.get("decoded").path("reportdata").asText().matches(".*[1-9a-f].*");

            assertThat(record.toBytes()).isEqualTo(wire);
            assertThat(record.identity().isAttested()).isFalse();
            assertThat(record.identity().kind())
                    .isEqualTo(shown ? PeerIdentity.Kind.SIMULATED : PeerIdentity.Kind.UNATTESTED);
            assertThat(record.identity().source()).isEqualTo(PeerIdentity.Source.ROUTER);
            count++;
        }
        assertThat(count).isPositive();
    }

    @Test
    void should_take_a_measured_report_for_attested_with_its_image_hash() throws Exception {
        for (String file : new String[] {"vectors/wire-vectors.json", "vectors/wire-vectors-2026.json"}) {
            for (JsonNode vector : TestData.json(file).get("router_peer_info").get("vectors")) {
                String name = vector.get("name").asText();
                PeerIdentity identity = PeerRecord.parse(
                                Bytes.fromHex(vector.get("frame_hex").asText()).sliceFrom(4))
                        .identity();
                PeerIdentity.Kind expected = name.equals("tdx")
                        ? PeerIdentity.Kind.TDX
                        : name.equals("sev") ? PeerIdentity.Kind.SEV_SNP : PeerIdentity.Kind.UNATTESTED;
                assertThat(identity.kind()).as(name).isEqualTo(expected);
            }
        }
    }

    @Test
    void should_refuse_unknown_formats_and_left_over_bytes() {
        Bytes body = RawPeer.RECORD.sliceFrom(4);
        byte[] format = body.toByteArray();
        format[0] = 3;

        assertThatThrownBy(() -> PeerRecord.parse(Bytes.wrapUnshared(format)))
                .isInstanceOf(TlException.class)
                .hasMessageContaining("format 3");
        assertThatThrownBy(() -> PeerRecord.parse(body.concat(Bytes.fromHex("00000000"))))
                .isInstanceOf(TlException.class);
        assertThatThrownBy(() -> PeerRecord.parse(body.slice(0, 40))).isInstanceOf(TlException.class);
    }
}
