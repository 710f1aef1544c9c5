package io.cocoon.tee.tdx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.internal.DerOut;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values that an independent program computed. TEE dossier 13. */
class TdxVectorsTest {

    private static final JsonNode VECTORS = TestData.json("vectors/tdx-vectors.json");

    private static Bytes hex(JsonNode node) {
        return Bytes.fromHex(node.asText());
    }

    @Test
    void should_hash_an_image_as_everybody_does() {
        int count = 0;
        for (JsonNode vector : VECTORS.path("image_hash").path("tdx")) {
            List<Bytes> field = new ArrayList<>();
            vector.path("fields").forEach(each -> field.add(hex(each)));
            TdMeasurements measurements = new TdMeasurements(
                    field.get(0),
                    field.get(1),
                    field.get(2),
                    field.get(3),
                    field.get(4),
                    field.get(5),
                    field.get(6),
                    field.get(7));
            assertThat(measurements.imageHash().toHex())
                    .isEqualTo(vector.path("image_hash").asText());
            count++;
        }
        assertThat(count).isGreaterThanOrEqualTo(3);
    }

    @Test
    void should_hash_the_root_key_as_the_reference_does() {
        JsonNode vector = VECTORS.path("collateral_root_hash");

        assertThat(TdxTrust.intel().rootPublicKey()).isEqualTo(hex(vector.path("intel_root_public_key")));
        assertThat(TdxTrust.intel().rootHash()).isEqualTo(hex(vector.path("collateral_root_hash")));
    }

    @Test
    void should_read_reports_of_both_versions() throws TdxQuoteException {
        for (JsonNode vector : VECTORS.path("td_report")) {
            TdReport report = TdReport.parse(
                    Bytes.wrapUnshared(TestData.bytes(vector.path("file").asText())));

            assertThat(report.version()).isEqualTo(vector.path("version").asInt());
            assertThat(report.hashesMatch()).isTrue();
            assertThat(report.cpuSvn()).isEqualTo(hex(vector.path("cpu_svn")));
            assertThat(report.teeTcbInfoHash()).isEqualTo(hex(vector.path("tee_tcb_info_hash")));
            assertThat(report.teeInfoHash()).isEqualTo(hex(vector.path("tee_info_hash")));
            assertThat(report.reportData()).isEqualTo(hex(vector.path("report_data")));
            assertThat(report.mac()).isEqualTo(hex(vector.path("mac")));
            assertThat(report.measurements().mrTd()).isEqualTo(hex(vector.path("mr_td")));
            assertThat(report.measurements().rtmr3()).isEqualTo(hex(vector.path("rtmr3")));
            assertThat(report.imageHash().toHex())
                    .isEqualTo(vector.path("image_hash").asText());
            if (report.version() == 1) {
                assertThat(report.teeTcbSvn2()).contains(hex(vector.path("tee_tcb_svn2")));
                assertThat(report.serviceTdHash()).contains(hex(vector.path("service_td_hash")));
            }
        }
    }

    @Test
    void should_refuse_reports_of_another_length_type_subtype_or_version() {
        for (String file : List.of("short.bin", "wrong-type.bin", "wrong-subtype.bin", "version-2.bin")) {
            Bytes report = Bytes.wrapUnshared(TestData.bytes("tdx/td-report/" + file));
            assertThatThrownBy(() -> TdReport.parse(report)).isInstanceOf(TdxQuoteException.class);
        }
    }

    @Test
    void should_extend_a_register_with_each_line_of_the_log() {
        for (String boot : List.of("production", "debug")) {
            Bytes register = Rtmr.START;
            for (JsonNode line : VECTORS.path("rtmr3").path(boot)) {
                Bytes digest = Rtmr.digest(line.path("message").asText());
                assertThat(digest).isEqualTo(hex(line.path("written_48_bytes")));
                register = Rtmr.extend(register, digest);
                assertThat(register).isEqualTo(hex(line.path("register_after")));
            }
        }
    }

    @Test
    void should_hash_keys_into_report_data() throws Exception {
        for (JsonNode vector : VECTORS.path("user_claims")) {
            byte[] hash = MessageDigest.getInstance("SHA-512")
                    .digest(hex(vector.path("public_key")).toByteArray());
            assertThat(Bytes.wrapUnshared(hash)).isEqualTo(hex(vector.path("report_data")));
        }
    }

    private static byte[] log(byte[]... entries) {
        byte[] specification = DerOut.concat(
                Bytes.utf8("Spec ID Event03\0").toByteArray(),
                new byte[8],
                TdxForge.le32(2),
                TdxForge.le16(0x0b),
                TdxForge.le16(32),
                TdxForge.le16(0x0c),
                TdxForge.le16(48),
                new byte[1]);
        byte[] header = DerOut.concat(
                TdxForge.le32(1), TdxForge.le32(3), new byte[20], TdxForge.le32(specification.length), specification);
        return DerOut.concat(header, DerOut.concat(entries));
    }

    private static byte[] event(int register, int type, int fill) {
        return DerOut.concat(
                TdxForge.le32(register),
                TdxForge.le32(type),
                TdxForge.le32(2),
                TdxForge.le16(0x0b),
                TdxForge.filled(32, 9),
                TdxForge.le16(0x0c),
                TdxForge.filled(48, fill),
                TdxForge.le32(3),
                new byte[3]);
    }

    private static Bytes filled(int value) {
        return Bytes.wrapUnshared(TdxForge.filled(48, value));
    }

    @Test
    void should_replay_a_log_without_mrtd_and_without_events_that_are_not_measured() throws TdxQuoteException {
        EventLog log = EventLog.parse(Bytes.wrapUnshared(log(
                event(0, 1, 1),
                event(1, 1, 2),
                event(1, 3, 3),
                event(4, 1, 0x0a),
                event(4, 1, 0x20),
                TdxForge.le32(-1),
                event(2, 1, 4))));

        assertThat(log.events()).hasSize(5);
        assertThat(log.replay())
                .containsExactly(
                        Rtmr.extend(Rtmr.START, filled(2)),
                        Rtmr.START,
                        Rtmr.START,
                        Rtmr.extend(Rtmr.extend(Rtmr.START, filled(0x0a)), filled(0x20)));
    }

    @Test
    void should_refuse_a_log_whose_counts_or_sizes_lie() {
        byte[] good = log(event(1, 1, 2));
        int entryAt = good.length - event(1, 1, 2).length;
        int headerSizeAt = 28;
        for (int at : new int[] {headerSizeAt, entryAt + 8, good.length - 7}) {
            for (int lie : new int[] {-1, Integer.MAX_VALUE, 100_000}) {
                byte[] changed = good.clone();
                System.arraycopy(TdxForge.le32(lie), 0, changed, at, 4);
                assertThatThrownBy(() -> EventLog.parse(Bytes.wrapUnshared(changed)))
                        .isInstanceOf(TdxQuoteException.class);
            }
        }
        for (int length = 0; length < good.length; length++) {
            Bytes cut = Bytes.copyOf(good, 0, length);
            try {
                EventLog log = EventLog.parse(cut);
                // Cut between entries, or inside of the next entry's first word, a log is a shorter log.
                assertThat(log.events()).isEmpty();
            } catch (TdxQuoteException e) {
                assertThat(e.code()).isEqualTo("QUOTE_MALFORMED");
            }
        }
    }

    @Test
    void should_refuse_to_replay_an_event_without_register_or_digest() throws TdxQuoteException {
        EventLog unknown = EventLog.parse(Bytes.wrapUnshared(log(event(5, 1, 1))));
        assertThatThrownBy(unknown::replay).hasMessageContaining("register 5");

        byte[] bare = DerOut.concat(TdxForge.le32(1), TdxForge.le32(1), TdxForge.le32(0), TdxForge.le32(0));
        EventLog withoutDigest = EventLog.parse(Bytes.wrapUnshared(log(bare)));
        assertThatThrownBy(withoutDigest::replay).hasMessageContaining("without a SHA-384 digest");
    }
}
