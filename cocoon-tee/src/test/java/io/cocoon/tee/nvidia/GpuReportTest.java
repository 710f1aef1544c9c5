package io.cocoon.tee.nvidia;

import static io.cocoon.tee.nvidia.GpuWorld.filled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.nvidia.GpuWorld.Report;
import io.cocoon.tl.Bytes;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GpuReportTest {

    private static Bytes bytes(Report report) {
        return Bytes.wrapUnshared(report.unsigned()).concat(Bytes.wrapUnshared(filled(96, 1)));
    }

    private static GpuReport parse(Report report) throws GpuEvidenceException {
        return GpuReport.parse(bytes(report));
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        GpuEvidenceException.class, e -> assertThat(e.code()).isEqualTo("FORMAT"));
    }

    private static void refused(Report report) {
        refused(() -> parse(report));
    }

    @Test
    void should_read_every_part_of_a_report() throws Exception {
        GpuReport report = parse(new Report());
        assertThat(report.requesterNonce()).isEqualTo(GpuWorld.NONCE);
        assertThat(report.responderNonce()).isEqualTo(Bytes.wrapUnshared(filled(32, 0x33)));
        assertThat(report.measurements()).hasSize(64).containsEntry(5, Bytes.wrapUnshared(filled(48, 5)));
        assertThat(report.signature()).isEqualTo(Bytes.wrapUnshared(filled(96, 1)));
        assertThat(report.driverVersion()).isEqualTo("580.99.01");
        assertThat(report.opaque(OpaqueField.FWID)).contains(Bytes.wrapUnshared(filled(48, 0x66)));
    }

    @Test
    void should_write_the_vbios_version_as_nvidia_does() throws Exception {
        assertThat(parse(new Report()).vbiosVersion()).isEqualTo("96.00.74.00.20");
    }

    @Test
    void should_name_manifests_as_nvidias_service_does() throws Exception {
        GpuReport report = parse(new Report());
        assertThat(report.driverRimId(GpuArchitecture.HOPPER)).isEqualTo("NV_GPU_DRIVER_GH100_580.99.01");
        assertThat(report.driverRimId(GpuArchitecture.BLACKWELL)).isEqualTo("NV_GPU_CC_DRIVER_GB100_580.99.01");
        assertThat(report.vbiosRimId()).isEqualTo("NV_GPU_VBIOS_G520_0280_895_9600740020");
    }

    @Test
    void should_name_the_driver_manifest_by_the_chip_that_the_report_states() throws Exception {
        Report report = new Report();
        report.opaque.put(35, Report.text("GB202"));
        assertThat(parse(report).driverRimId(GpuArchitecture.BLACKWELL)).isEqualTo("NV_GPU_CC_DRIVER_GB202_580.99.01");
    }

    @Test
    void should_refuse_a_manifest_id_that_would_leave_its_folder() throws Exception {
        Report report = new Report();
        report.opaque.put(3, Report.text("../../x"));
        GpuReport parsed = parse(report);
        refused(() -> parsed.driverRimId(GpuArchitecture.HOPPER));
    }

    @Test
    void should_refuse_text_without_nul() throws Exception {
        Report report = new Report();
        report.opaque.put(3, new byte[] {'5', '5'});
        GpuReport parsed = parse(report);
        refused(parsed::driverVersion);
    }

    @Test
    void should_refuse_63_blocks() {
        Report report = new Report();
        report.indices.remove(63);
        report.blockCount = 63;
        refused(report);
    }

    @Test
    void should_refuse_a_block_count_that_the_record_does_not_have() {
        Report report = new Report();
        report.blockCount = 1;
        refused(report);
        report.blockCount = 65;
        refused(report);
    }

    @Test
    void should_refuse_a_block_index_twice_and_index_0() {
        Report twice = new Report();
        twice.indices.set(5, 5);
        refused(twice);
        Report zero = new Report();
        zero.indices.set(5, 0);
        refused(zero);
    }

    @Test
    void should_refuse_an_opaque_length_that_is_one_off() {
        for (int error : new int[] {-1, 1}) {
            Report report = new Report();
            report.opaqueLengthError = error;
            refused(report);
        }
    }

    @Test
    void should_refuse_an_opaque_field_that_is_cut_off_or_there_twice() {
        Report cut = new Report();
        cut.extraOpaque = new byte[] {5, 0, 2, 0, 'x'};
        refused(cut);
        Report twice = new Report();
        twice.extraOpaque = new byte[] {3, 0, 1, 0, 0};
        refused(twice);
        Report rest = new Report();
        rest.extraOpaque = new byte[] {5, 0, 2};
        refused(rest);
    }

    @Test
    void should_refuse_opaque_data_newer_than_we_know() {
        Report report = new Report();
        report.opaque.put(34, new byte[] {2, 0});
        refused(report);
    }

    @Test
    void should_refuse_every_cut_and_one_byte_more() throws Exception {
        Bytes whole = bytes(new Report());
        GpuReport.parse(whole);
        for (int length = 0; length < whole.length(); length++) {
            Bytes cut = whole.slice(0, length);
            refused(() -> GpuReport.parse(cut));
        }
        refused(() -> GpuReport.parse(whole.concat(Bytes.wrapUnshared(new byte[1]))));
    }

    @Test
    void should_refuse_a_report_beyond_its_size() {
        refused(() -> GpuReport.parse(Bytes.wrapUnshared(new byte[GpuReport.MAX_LENGTH + 1])));
    }

    @Test
    void should_refuse_every_changed_byte_of_the_headers() throws Exception {
        byte[] whole = bytes(new Report()).toByteArray();
        for (int at : new int[] {0, 1, 2, 3, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 47, 48, 49, 50, 51}) {
            byte[] changed = whole.clone();
            changed[at] ^= 1;
            refused(() -> GpuReport.parse(Bytes.wrapUnshared(changed)));
        }
    }
}
