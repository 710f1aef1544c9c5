package io.cocoon.tee.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.nvidia.GpuArchitecture;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdFinding;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AttestationPolicyTest {

    private static final String HASH = "ab".repeat(32);
    private static final String REGISTER = "cd".repeat(48);
    private static final String MINIMAL =
            "{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[\"tdx\"],\"imageHashes\":[\"" + HASH + "\"]%s}";

    private static AttestationPolicy parse(String json) throws PolicyException {
        return AttestationPolicy.parse(Bytes.utf8(json));
    }

    private static void refused(String json, String... parts) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(PolicyException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void should_read_the_smallest_policy_with_strict_defaults() throws PolicyException {
        AttestationPolicy policy = parse(MINIMAL.formatted(""));

        assertThat(policy.tees()).containsExactly(Tee.TDX);
        assertThat(policy.imageHashes().allows(Int256.fromHex(HASH))).isTrue();
        assertThat(policy.imageHashes().allows(Int256.fromHex("00".repeat(31) + "01")))
                .isFalse();
        assertThat(policy.tdx()).isEqualTo(TdxRules.STRICT);
        assertThat(policy.maxCertificateLifetime()).isEqualTo(AttestationPolicy.DEFAULT_CERTIFICATE_LIFETIME);
    }

    @Test
    void should_read_back_what_it_writes() throws PolicyException {
        Bytes register = Bytes.fromHex(REGISTER);
        AttestationPolicy policy = AttestationPolicy.builder("everything-set")
                .allowTdx()
                .allowSevSnp(SnpRules.Software.FIRMWARE_ONLY)
                .imageHashes(List.of(Int256.fromHex(HASH)))
                .mrTd(List.of(register))
                .rtmrs(List.of(List.of(register, register, register, register)))
                .tolerate(TcbStatus.SW_HARDENING_NEEDED, 30)
                .minimumTcbEvaluation(17)
                .minimumTcbDate(Instant.parse("2025-03-01T00:00:00Z"))
                .refuseAdvisory("INTEL-SA-00960")
                .tolerateFinding(TdFinding.TD_SEPT_VE_NOT_DISABLED)
                .serviceTd(register)
                .collateralRoots(List.of(register))
                .measurements(List.of(register))
                .idKeyDigests(List.of(register))
                .authorKeyDigests(List.of())
                .hostData(List.of(Bytes.fromHex(HASH)))
                .minimumTcb(SnpProduct.TURIN, new SnpTcb(1, 2, 3, 4, 5))
                .minimumLaunchTcb(SnpProduct.MILAN, new SnpTcb(0, 2, 3, 4, 5))
                .vmpls(Set.of(0, 1))
                .refuseSmt()
                .requireSingleSocket()
                .allowCxl()
                .allowVlek()
                .allowMaskedChip()
                .refuseProvisionalFirmware()
                .gpu(GpuRules.STRICT
                        .believing(Set.of(GpuProof.REPORTS, GpuProof.NRAS_TOKENS))
                        .onlyArchitectures(Set.of(GpuArchitecture.HOPPER))
                        .exactly(8)
                        .atLeastDriver("570.172.08")
                        .atLeastVbios(GpuArchitecture.HOPPER, "96.00.74.00.20")
                        .tolerating(GpuFinding.UNBOUND))
                .build();

        assertThat(AttestationPolicy.parse(policy.toJson())).isEqualTo(policy);
    }

    @Test
    void t6_should_refuse_members_that_nobody_knows_with_their_place() {
        refused(MINIMAL.formatted(",\"imageHash\":[]"), "at $", "'imageHash'");
        refused(MINIMAL.formatted(",\"tdx\":{\"allowed_mrtd\":[]}"), "at $.tdx", "'allowed_mrtd'");
        refused(
                MINIMAL.formatted(",\"tdx\":{\"tolerateStatusDays\":{\"Fine\":3}}"),
                "$.tdx.tolerateStatusDays",
                "'Fine'");
        assertThatCode(() -> parse(MINIMAL.formatted(",\"tdx\":{}"))).doesNotThrowAnyException();
    }

    @Test
    void t6_should_refuse_wrong_types_with_their_place() {
        refused(MINIMAL.formatted(",\"tdx\":{\"mrtd\":\"" + REGISTER + "\"}"), "$.tdx.mrtd", "an array");
        refused(MINIMAL.formatted(",\"tdx\":{\"mrtd\":[7]}"), "$.tdx.mrtd[0]", "the number 7", "a string");
        refused(MINIMAL.formatted(",\"tdx\":{\"rtmrs\":[[\"" + REGISTER + "\"]]}"), "$.tdx.rtmrs[0]", "1 registers");
        refused(
                MINIMAL.formatted(",\"tdx\":{\"minTcbEvaluation\":\"17\"}"),
                "$.tdx.minTcbEvaluation",
                "a whole number");
        refused(MINIMAL.formatted(",\"tdx\":null"), "$.tdx", "null", "an object");
        refused(MINIMAL.formatted(",\"name\":\"again\""), "second time");
        refused("{\"cocoonAttestationPolicy\":2}", "$.cocoonAttestationPolicy", "the number 2");
        refused("[]", "at $", "an array");
        refused("{", "byte");
    }

    @Test
    void should_refuse_hexadecimal_digits_in_upper_case_or_of_another_length() {
        String list = "{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[\"tdx\"],\"imageHashes\":[\"%s\"]}";
        refused(list.formatted("AB".repeat(32)), "$.imageHashes[0]", "64 lower-case hexadecimal digits");
        refused(list.formatted("ab".repeat(31)), "$.imageHashes[0]", "62 characters");
        refused(list.formatted("ab".repeat(31) + "xy"), "$.imageHashes[0]");
        assertThatCode(() -> parse(list.formatted("ab".repeat(32)))).doesNotThrowAnyException();
    }

    @Test
    void t5_should_allow_nothing_when_a_list_is_empty_and_anything_only_by_name() throws PolicyException {
        String list = "{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[\"tdx\"],\"imageHashes\":%s}";

        assertThat(parse(list.formatted("[]")).imageHashes().allows(Int256.fromHex(HASH)))
                .isFalse();
        assertThat(parse(list.formatted("\"any\"")).imageHashes().allows(Int256.fromHex(HASH)))
                .isTrue();
        refused("{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[\"tdx\"]}", "no member 'imageHashes'");
        assertThatThrownBy(() -> AttestationPolicy.builder("a").allowTdx().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("anyImage()");
    }

    @Test
    void d14_should_demand_that_the_kinds_of_hardware_are_named() {
        refused(
                "{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[],\"imageHashes\":\"any\"}",
                "at least one kind");
        refused(
                "{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[\"tee\"],\"imageHashes\":\"any\"}",
                "$.tees[0]",
                "'tee'");
        refused(
                "{\"cocoonAttestationPolicy\":1,\"name\":\"a\",\"tees\":[\"sev-snp\"],\"imageHashes\":\"any\"}",
                "$.sevSnp",
                "software");
    }

    @Test
    void should_have_no_way_to_allow_debugging_or_a_revoked_platform() {
        refused(
                MINIMAL.formatted(",\"tdx\":{\"tolerateFindings\":[\"TD_DEBUG\"]}"),
                "$.tdx.tolerateFindings",
                "TD_DEBUG");
        refused(MINIMAL.formatted(",\"tdx\":{\"tolerateStatusDays\":{\"Revoked\":1}}"), "'Revoked'");
        for (TdFinding finding : TdxRules.NEVER) {
            assertThatThrownBy(() -> AttestationPolicy.builder("a")
                            .allowTdx()
                            .anyImage()
                            .tolerateFinding(finding)
                            .build())
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> AttestationPolicy.builder("a")
                        .allowTdx()
                        .anyImage()
                        .tolerate(TcbStatus.REVOKED, 1)
                        .build())
                .hasMessageContaining("revoked");
    }

    @Test
    void should_refuse_the_hashes_that_simulated_peers_have() {
        assertThatThrownBy(() -> AttestationPolicy.builder("a")
                        .allowTdx()
                        .imageHashes(List.of(
                                Int256.fromHex("5c55c8f4db4010ba9203d83536d0609856af8c847ac039e37e7dde8fbd574b61")))
                        .build())
                .hasMessageContaining("zero measurements");
    }

    @Test
    void should_compare_driver_versions_number_by_number() {
        GpuRules rules = GpuRules.STRICT.atLeastDriver("570.172.08");

        assertThat(rules.allowsDriver("570.172.8")).isTrue();
        assertThat(rules.allowsDriver("1000.1")).isTrue();
        assertThat(rules.allowsDriver("570.99.99")).isFalse();
        assertThat(rules.allowsDriver("newest")).isFalse();
    }
}
