package io.cocoon.tee.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationCheck.Outcome;
import io.cocoon.tee.Verification;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Replies of the attestation service: the synthetic ones of the project, and attacks that they do not have. */
class NrasTokensTest {

    private static final String FOLDER = "nvidia/nras/synthetic/";
    private static final GpuNonce NONCE = GpuNonce.unbound(GpuWorld.NONCE);
    private static final NrasKeys KEYS = NrasWorld.keys(NrasWorld.jwk("key-1", NrasWorld.KEY));

    private static Verification<NrasAppraisal> verify(NrasWorld world) {
        return verify(world, NrasExpectations.devices(1));
    }

    private static Verification<NrasAppraisal> verify(NrasWorld world, NrasExpectations expectations) {
        return NrasTokens.verify(world.reply(), KEYS, NONCE, GpuWorld.NOW, expectations);
    }

    private static String code(Verification<?> found) {
        return found.firstFailure().map(AttestationCheck::code).orElse("");
    }

    private static void refused(NrasWorld world, String code) {
        Verification<NrasAppraisal> found = verify(world);
        assertThat(found.result()).isEmpty();
        assertThat(code(found)).isEqualTo(code);
    }

    @TestFactory
    Stream<DynamicTest> should_judge_every_synthetic_reply_as_its_case_says() throws Exception {
        NrasTrust trust = NrasTrust.root(Bytes.wrapUnshared(TestData.bytes(FOLDER + "root.der")));
        NrasKeys keys = NrasKeys.read(Bytes.wrapUnshared(TestData.bytes(FOLDER + "jwks.json")), trust);
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode each : TestData.json(FOLDER + "cases.json").path("cases")) {
            tests.add(DynamicTest.dynamicTest(each.path("id").asText(), () -> {
                NrasExpectations wanted = NrasExpectations.devices(
                        each.path("policy").path("expected_devices").asInt(1));
                if (each.path("policy").has("allowed_hwmodel_prefixes")) {
                    wanted = wanted.withModelPrefixes(List.of(each.path("policy")
                            .path("allowed_hwmodel_prefixes")
                            .path(0)
                            .asText()));
                }
                Verification<NrasAppraisal> found = NrasTokens.verify(
                        Bytes.wrapUnshared(
                                TestData.bytes(FOLDER + each.path("response").asText())),
                        keys,
                        GpuNonce.unbound(
                                Bytes.fromHex(each.path("expected_nonce").asText())),
                        Instant.parse(each.path("verify_at").asText()),
                        wanted);
                assertThat(code(found)).isEqualTo(each.path("reason").asText());
                assertThat(found.result().isPresent())
                        .isEqualTo(each.path("expect").asText().equals("accept"));
            }));
        }
        assertThat(tests).hasSize(42);
        return tests.stream();
    }

    @Test
    void should_accept_a_good_reply_and_say_that_it_is_unbound() {
        Verification<NrasAppraisal> found = verify(new NrasWorld(2), NrasExpectations.devices(2));
        NrasAppraisal appraisal = found.result().orElseThrow();
        assertThat(appraisal.devices()).extracting(NrasAppraisal.Device::label).containsExactly("GPU-0", "GPU-1");
        assertThat(appraisal.devices().get(0).driverVersion()).isEqualTo("595.58.03");
        assertThat(appraisal.bound()).isFalse();
        AttestationCheck last = found.checks().get(found.checks().size() - 1);
        assertThat(last.name()).isEqualTo("nras.binding");
        assertThat(last.outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
        assertThat(last.seen()).startsWith("UNBOUND");
    }

    @Test
    void should_refuse_the_token_of_another_workers_gpu_relayed_to_us() {
        GpuNonce ours = GpuNonce.bound(
                io.cocoon.tl.Int256.of(GpuWorld.filled(32, 1)), Bytes.wrapUnshared(GpuWorld.filled(32, 2)));
        assertThat(code(NrasTokens.verify(new NrasWorld(1).reply(), KEYS, ours, GpuWorld.NOW)))
                .isEqualTo("NONCE");
    }

    @Test
    void should_refuse_a_token_for_two_gpus_where_three_are_used() {
        assertThat(code(verify(new NrasWorld(2), NrasExpectations.devices(3)))).isEqualTo("DEVICE_COUNT");
    }

    @Test
    void should_refuse_a_reply_without_gpus() {
        refused(new NrasWorld(0), "DEVICE_COUNT");
    }

    @Test
    void should_refuse_every_claim_that_is_false_missing_or_a_text() {
        List<String> names = new NrasWorld(1)
                .device().entrySet().stream()
                        .filter(each -> each.getKey().startsWith("x-nvidia-gpu-")
                                && each.getValue().equals("true"))
                        .map(Map.Entry::getKey)
                        .toList();
        assertThat(names).hasSize(16);
        for (String name : names) {
            for (String value : new String[] {"false", "\"true\"", "null", "1", ""}) {
                NrasWorld world = new NrasWorld(1);
                if (value.isEmpty()) {
                    world.device().remove(name);
                } else {
                    world.device().put(name, value);
                }
                refused(world, "CLAIM");
            }
        }
    }

    @Test
    void should_refuse_an_overall_result_that_is_the_text_true() {
        NrasWorld world = new NrasWorld(1);
        world.overall.put("x-nvidia-overall-att-result", "\"true\"");
        refused(world, "OVERALL_RESULT");
    }

    @Test
    void should_refuse_measurements_that_failed_on_the_second_gpu() {
        NrasWorld world = new NrasWorld(2);
        world.device(1).put("measres", "\"fail\"");
        assertThat(code(verify(world, NrasExpectations.devices(2)))).isEqualTo("MEASUREMENTS");
    }

    @Test
    void should_refuse_a_certificate_status_in_each_of_the_three_chains() {
        for (String chain : List.of("attestation-report", "driver-rim", "vbios-rim")) {
            for (String bad : List.of(
                    "{\"x-nvidia-cert-status\":\"expired\",\"x-nvidia-cert-ocsp-status\":\"good\"}",
                    "{\"x-nvidia-cert-status\":\"valid\",\"x-nvidia-cert-ocsp-status\":\"unknown\"}",
                    "{\"x-nvidia-cert-status\":\"valid\",\"x-nvidia-cert-ocsp-status\":\"good\","
                            + "\"x-nvidia-cert-ocsp-nonce-matches\":false}",
                    "null")) {
                NrasWorld world = new NrasWorld(1);
                world.device().put("x-nvidia-gpu-" + chain + "-cert-chain", bad);
                refused(world, "CERT_STATUS");
            }
        }
    }

    @Test
    void should_refuse_a_member_twice_inside_of_a_token() {
        NrasWorld world = new NrasWorld(1);
        world.device().put("secboot", "false,\"secboot\":true");
        refused(world, "JSON");
    }

    @Test
    void should_refuse_a_header_with_critical_fields() {
        NrasWorld world = new NrasWorld(1);
        world.header = "{\"kid\":\"key-1\",\"alg\":\"ES384\",\"crit\":[\"exp\"]}";
        refused(world, "HEADER");
    }

    @Test
    void should_refuse_hs384_keyed_with_the_public_key() {
        NrasWorld world = new NrasWorld(1);
        world.header = "{\"kid\":\"key-1\",\"alg\":\"HS384\"}";
        refused(world, "ALGORITHM");
    }

    @Test
    void should_refuse_a_token_without_key_id_and_one_of_an_unknown_key() {
        NrasWorld none = new NrasWorld(1);
        none.header = "{\"alg\":\"ES384\"}";
        refused(none, "KEY_UNKNOWN");
        NrasWorld unknown = new NrasWorld(1);
        unknown.header = "{\"kid\":\"key-2\",\"alg\":\"ES384\"}";
        refused(unknown, "KEY_UNKNOWN");
    }

    @Test
    void should_refuse_a_key_that_two_entries_claim() {
        NrasKeys twice =
                NrasWorld.keys(NrasWorld.jwk("key-1", GpuWorld.STRANGER), NrasWorld.jwk("key-1", NrasWorld.KEY));
        assertThat(code(NrasTokens.verify(new NrasWorld(1).reply(), twice, NONCE, GpuWorld.NOW)))
                .isEqualTo("KEY_UNKNOWN");
    }

    @Test
    void should_refuse_a_key_without_certificates_where_they_are_wanted() throws Exception {
        NrasKeys bare = NrasKeys.read(
                Bytes.utf8("{\"keys\":[" + NrasWorld.jwk("key-1", NrasWorld.KEY) + "]}"), NrasTrust.nvidia());
        assertThat(code(NrasTokens.verify(new NrasWorld(1).reply(), bare, NONCE, GpuWorld.NOW)))
                .isEqualTo("KEY_CERTIFICATE");
    }

    @Test
    void should_refuse_a_life_of_more_than_an_hour() {
        NrasWorld world = new NrasWorld(1);
        world.overall.put("exp", String.valueOf(NrasWorld.NOW + 3600));
        refused(world, "LIFETIME");
    }

    @Test
    void should_refuse_times_that_are_missing_or_no_whole_numbers() {
        for (String value : new String[] {"\"1\"", "1.5", "-1", "18446744073709551615", "null"}) {
            NrasWorld world = new NrasWorld(1);
            world.overall.put("exp", value);
            refused(world, "EXPIRED");
        }
    }

    @Test
    void should_refuse_another_subject() {
        NrasWorld world = new NrasWorld(1);
        world.overall.put("sub", "\"NVIDIA-OTHER\"");
        refused(world, "CLAIM");
    }

    @Test
    void should_refuse_a_driver_that_the_policy_does_not_name_and_every_driver_of_an_empty_list() {
        NrasExpectations one = NrasExpectations.devices(1);
        assertThat(code(verify(new NrasWorld(1), one.withDriverVersions(Set.of("1")))))
                .isEqualTo("DRIVER_VERSION");
        assertThat(code(verify(new NrasWorld(1), one.withDriverVersions(Set.of()))))
                .isEqualTo("DRIVER_VERSION");
        assertThat(code(verify(new NrasWorld(1), one.withModelPrefixes(List.of()))))
                .isEqualTo("MODEL");
        assertThat(verify(new NrasWorld(1), one.withDriverVersions(Set.of("595.58.03")))
                        .result())
                .isPresent();
    }

    @Test
    void should_show_a_warning_and_refuse_it_if_the_policy_says_so() {
        NrasWorld world = new NrasWorld(1);
        world.device().put("x-nvidia-attestation-warning", "\"deprecated\"");
        assertThat(verify(world).result().orElseThrow().devices().get(0).warning())
                .contains("deprecated");
        assertThat(code(verify(world, NrasExpectations.devices(1).refusingWarnings())))
                .isEqualTo("WARNING");
    }

    @Test
    void should_refuse_a_reply_beyond_its_size() {
        Bytes big = Bytes.utf8("[" + " ".repeat(NrasTokens.MAX_LENGTH) + "]");
        assertThat(code(NrasTokens.verify(big, KEYS, NONCE, GpuWorld.NOW))).isEqualTo("FORMAT");
    }

    private static void keysRefused(String json) {
        assertThatThrownBy(() -> NrasKeys.read(Bytes.utf8(json), NrasTrust.nvidia()))
                .isInstanceOf(GpuEvidenceException.class);
    }

    @Test
    void should_refuse_a_key_set_that_is_empty_too_big_or_has_thousands_of_keys() {
        keysRefused("{\"keys\":[]}");
        keysRefused("{\"keys\":[" + " ".repeat(NrasKeys.MAX_LENGTH) + "]}");
        keysRefused("{\"keys\":[" + "{},".repeat(9_999) + "{}]}");
        keysRefused("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}");
    }

    @Test
    void should_refuse_a_key_that_is_not_on_the_curve() {
        String good = NrasWorld.jwk("key-1", NrasWorld.KEY);
        int y = good.indexOf("\"y\":\"") + 5;
        keysRefused("{\"keys\":[" + good.substring(0, y) + "A".repeat(63) + "E\"}]}");
        keysRefused("{\"keys\":[" + good.substring(0, y) + "AAAA\"}]}");
    }
}
