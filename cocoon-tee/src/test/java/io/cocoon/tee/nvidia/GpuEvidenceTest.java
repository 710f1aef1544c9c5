package io.cocoon.tee.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import org.junit.jupiter.api.Test;

class GpuEvidenceTest {

    private static final String NONCE = "ab".repeat(32);

    private static String device(String arch, String nonce) {
        return "{\"arch\":\"" + arch + "\",\"certificate\":\"QQ==\",\"evidence\":\"Qg==\",\"nonce\":\"" + nonce + "\"}";
    }

    private static void refused(String json, String code) {
        assertThatThrownBy(() -> GpuEvidence.readAll(Bytes.utf8(json)))
                .isInstanceOfSatisfying(
                        GpuEvidenceException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void should_read_the_evidence_of_several_gpus() throws Exception {
        var all =
                GpuEvidence.readAll(Bytes.utf8("[" + device("HOPPER", NONCE) + ",\n" + device("HOPPER", NONCE) + "]"));
        assertThat(all).hasSize(2);
        assertThat(all.get(0).chain()).isEqualTo(Bytes.utf8("A"));
        assertThat(all.get(0).report()).isEqualTo(Bytes.utf8("B"));
        assertThat(all.get(0).nonce().toHex()).isEqualTo(NONCE);
    }

    @Test
    void should_refuse_a_member_twice() {
        refused("[" + device("HOPPER", NONCE).replace("{", "{\"arch\":\"BLACKWELL\",") + "]", "JSON");
    }

    @Test
    void should_refuse_another_member_or_a_missing_one() {
        refused("[" + device("HOPPER", NONCE).replace("{", "{\"x\":1,") + "]", "FORMAT");
        refused("[" + device("HOPPER", NONCE).replace("\"arch\":\"HOPPER\",", "") + "]", "FORMAT");
    }

    @Test
    void should_refuse_an_unknown_architecture() {
        refused("[" + device("hopper", NONCE) + "]", "FORMAT");
    }

    @Test
    void should_refuse_devices_with_different_nonces() {
        refused("[" + device("HOPPER", NONCE) + "," + device("HOPPER", "cd".repeat(32)) + "]", "FORMAT");
    }

    @Test
    void should_refuse_a_nonce_that_is_no_32_bytes_of_hexadecimal() {
        refused("[" + device("HOPPER", NONCE.substring(2)) + "]", "FORMAT");
        refused("[" + device("HOPPER", "zz".repeat(32)) + "]", "FORMAT");
    }

    @Test
    void should_refuse_no_device_and_seventeen() {
        refused("[]", "FORMAT");
        refused("[" + (device("HOPPER", NONCE) + ",").repeat(16) + device("HOPPER", NONCE) + "]", "FORMAT");
    }

    @Test
    void should_refuse_a_report_that_is_not_base64() {
        refused("[" + device("HOPPER", NONCE).replace("Qg==", "?") + "]", "FORMAT");
    }
}
