package io.cocoon.tee.nvidia;

import static io.cocoon.tee.nvidia.GpuWorld.filled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Manifests: the signed element is the one that is read, whatever the document tries. */
class GpuRimTest {

    private static final String TAG = GpuWorld.tag("580.99.01", "GH100", 7, 21);
    private static final String SIGNED =
            GpuWorld.signXml(TAG, GpuWorld.rimChain()).toUtf8();

    private static void refused(String xml, String code) {
        assertThatThrownBy(() -> GpuRim.open(Bytes.utf8(xml)))
                .isInstanceOfSatisfying(
                        GpuEvidenceException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static String signature() {
        return SIGNED.substring(SIGNED.indexOf("<Signature"), SIGNED.indexOf("</Signature>") + "</Signature>".length());
    }

    private static String unsigned() {
        return SIGNED.replace(signature(), "");
    }

    private static String signed(String tag) {
        return GpuWorld.signXml(tag, GpuWorld.rimChain()).toUtf8();
    }

    @Test
    void should_read_a_signed_manifest() throws Exception {
        GpuRim rim = GpuRim.open(Bytes.utf8(SIGNED));
        assertThat(rim.version()).isEqualTo("580.99.01");
        assertThat(rim.product()).isEqualTo("GH100");
        assertThat(rim.resources()).isEqualTo(64);
        assertThat(rim.active()).containsOnlyKeys(7, 21);
        assertThat(rim.certificateCount()).isEqualTo(2);
    }

    @Test
    void should_refuse_a_changed_golden_value() {
        refused(SIGNED.replaceFirst("eeee", "eeef"), "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_a_changed_version() {
        refused(SIGNED.replace("580.99.01", "580.99.02"), "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_a_manifest_without_signature() {
        refused(unsigned(), "RIM_FORMAT");
    }

    @Test
    void should_refuse_two_signatures() {
        refused(SIGNED.replace("</SoftwareIdentity>", signature() + "</SoftwareIdentity>"), "RIM_FORMAT");
    }

    @Test
    void should_refuse_signature_wrapping_with_the_signed_element_inside_of_another_root() {
        String wrapped =
                GpuWorld.tag("580.99.01", "GH100", 9).replace("</SoftwareIdentity>", SIGNED + "</SoftwareIdentity>");
        refused(wrapped, "RIM_FORMAT");
    }

    @Test
    void should_refuse_signature_wrapping_with_a_second_payload() {
        String second = "<ns0:Payload>" + GpuWorld.resource(9, true, filled(48, 1)) + "</ns0:Payload>";
        refused(SIGNED.replace("<ns0:Payload>", second + "<ns0:Payload>"), "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_golden_values_inside_of_the_signature_where_nothing_is_signed() {
        String evil = "<Object>" + "<x xmlns=\"" + GpuRim.SWID + "\"/></Object></Signature>";
        refused(SIGNED.replace("</Signature>", evil), "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_a_reference_to_another_element() {
        String tag = TAG.replace("<ns0:Payload>", "<ns0:Payload Id=\"p\">");
        String partly = GpuWorld.signXml(tag, GpuWorld.rimChain(), "#p", true).toUtf8();
        refused(partly, "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_another_canonicalization() {
        refused(GpuWorld.signXml(TAG, GpuWorld.rimChain(), "", false).toUtf8(), "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_a_signature_value_of_zeros() {
        String value = SIGNED.replaceAll(
                "(?s)<SignatureValue>.*</SignatureValue>",
                "<SignatureValue>" + Base64.getEncoder().encodeToString(new byte[96]) + "</SignatureValue>");
        refused(value, "RIM_SIGNATURE");
    }

    @Test
    void should_refuse_a_document_type() {
        refused("<!DOCTYPE SoftwareIdentity>" + SIGNED, "RIM_FORMAT");
    }

    @Test
    void should_refuse_an_external_entity() {
        refused("<!DOCTYPE s [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>" + SIGNED, "RIM_FORMAT");
    }

    @Test
    void should_refuse_an_entity_bomb() {
        StringBuilder bomb = new StringBuilder("<!DOCTYPE s [<!ENTITY a0 \"x\">");
        for (int i = 1; i < 30; i++) {
            bomb.append("<!ENTITY a")
                    .append(i)
                    .append(" \"")
                    .append(("&a" + (i - 1) + ";").repeat(10))
                    .append("\">");
        }
        refused(bomb + "]><s>&a29;</s>", "RIM_FORMAT");
    }

    @Test
    void should_refuse_a_comment_and_a_processing_instruction_which_nothing_signs() {
        refused("<!-- x -->" + SIGNED, "RIM_FORMAT");
        refused(SIGNED.replace("<ns0:Payload>", "<ns0:Payload><?x y?>"), "RIM_FORMAT");
    }

    @Test
    void should_refuse_deep_nesting() {
        String deep = "<a>".repeat(5_000) + "</a>".repeat(5_000);
        refused(SIGNED.replace("<ns0:Payload>", "<ns0:Payload>" + deep), "RIM_FORMAT");
    }

    @Test
    void should_refuse_an_element_with_thousands_of_attributes() {
        StringBuilder many = new StringBuilder("<SoftwareIdentity xmlns=\"" + GpuRim.SWID + "\"");
        for (int i = 0; i < 5_000; i++) {
            many.append(" a").append(i).append("=\"\"");
        }
        refused(many + "/>", "RIM_FORMAT");
    }

    @Test
    void should_refuse_a_document_beyond_its_size() {
        refused(SIGNED + " ".repeat(GpuRim.MAX_LENGTH), "RIM_FORMAT");
    }

    @Test
    void should_refuse_a_huge_attribute() {
        refused(signed(TAG.replace("580.99.01", "5".repeat(10_000))), "RIM_FORMAT");
    }

    @Test
    void should_refuse_two_golden_values_with_one_index() {
        String twice = GpuWorld.resource(7, true, filled(48, 1)) + GpuWorld.resource(7, true, filled(48, 2));
        refused(signed(GpuWorld.tag("1", "GH100", twice)), "RIM_FORMAT");
    }

    @Test
    void should_refuse_alternatives_that_are_not_counted_right() {
        String more = GpuWorld.resource(7, true, filled(48, 1)).replace("alternatives=\"1\"", "alternatives=\"2\"");
        refused(signed(GpuWorld.tag("1", "GH100", more)), "RIM_FORMAT");
    }

    @Test
    void should_refuse_a_golden_value_that_is_neither_active_nor_not() {
        String odd = GpuWorld.resource(7, true, filled(48, 1)).replace("\"True\"", "\"true\"");
        refused(signed(GpuWorld.tag("1", "GH100", odd)), "RIM_FORMAT");
    }

    @Test
    void should_refuse_a_golden_value_of_another_length() {
        refused(signed(GpuWorld.tag("1", "GH100", GpuWorld.resource(7, true, filled(47, 1)))), "RIM_FORMAT");
    }

    @Test
    void should_take_the_manifest_that_was_asked_for_out_of_a_reply() throws Exception {
        String rim = Base64.getEncoder().encodeToString(SIGNED.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Bytes reply = Bytes.utf8("{\"id\":\"NV_GPU_DRIVER_GH100_1\",\"rim\":\"" + rim + "\",\"sha256\":\"x\"}");
        assertThat(GpuRim.fromReply(reply, "NV_GPU_DRIVER_GH100_1")).isEqualTo(Bytes.utf8(SIGNED));
        assertThatThrownBy(() -> GpuRim.fromReply(reply, "NV_GPU_DRIVER_GH100_2"))
                .isInstanceOfSatisfying(
                        GpuEvidenceException.class, e -> assertThat(e.code()).isEqualTo("RIM_ID"));
        for (String bad : List.of("[]", "{", "{\"id\":\"NV_GPU_DRIVER_GH100_1\",\"rim\":\"?\"}")) {
            assertThatThrownBy(() -> GpuRim.fromReply(Bytes.utf8(bad), "NV_GPU_DRIVER_GH100_1"))
                    .isInstanceOf(GpuEvidenceException.class);
        }
    }
}
