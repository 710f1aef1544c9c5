package io.cocoon.tee.collateral;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.collateral.CollateralException.Reason;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources without a network: a directory and memory. */
class HeldCollateralTest {

    private static final VcekRequest CHIP =
            VcekRequest.forReport(SnpProduct.GENOA, Sets.data("ok-genoa-v3.report.bin"));
    private static final RimId RIM = new RimId("NV_GPU_DRIVER_GH100_550.90.07");
    private static final Bytes XML = Bytes.utf8("<a/>");

    @TempDir
    Path top;

    private static <T> T got(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get();
    }

    private static CollateralException refused(CompletionStage<?> stage) throws InterruptedException {
        try {
            stage.toCompletableFuture().get();
            throw new AssertionError("not refused");
        } catch (ExecutionException e) {
            return (CollateralException) Objects.requireNonNull(e.getCause());
        }
    }

    private void put(String name, Bytes content) throws IOException {
        Path file = top.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, content.toByteArray());
    }

    @Test
    void should_read_every_file_of_the_layout() throws Exception {
        Bytes set = TdxCollateralJson.print(Sets.tdx());
        put("tdx/f0c056101765-platform.json", set);
        put("sgx/f0c056101765.json", set);
        put("sev-snp/Genoa-vcek.pem", Sets.snp().chain());
        put("sev-snp/Genoa-vcek.crl", Sets.snp().crl().orElseThrow());
        put("sev-snp/Genoa-vlek.pem", Sets.snp().chain());
        put(
                "sev-snp/vcek/" + CHIP.chipId().toHex() + "-"
                        + CHIP.reportedTcb().toHex() + ".der",
                Sets.data("ok-genoa-v3.ek.der"));
        put("nvidia/rim/" + RIM.value() + ".xml", XML);
        DirectoryCollateral source = DirectoryCollateral.at(top);

        assertThat(got(source.tdx(Sets.FMSPC, PckCa.PLATFORM, false))).isEqualTo(Sets.tdx());
        assertThat(got(source.tdx(Sets.FMSPC, PckCa.PROCESSOR, true))).isEqualTo(Sets.tdx());
        assertThat(got(source.snp(SnpProduct.GENOA, false))).isEqualTo(Sets.snp());
        assertThat(got(source.snp(SnpProduct.GENOA, true)))
                .isEqualTo(new SnpCollateral(SnpProduct.GENOA, Sets.snp().chain(), Optional.empty()));
        assertThat(got(source.vcek(CHIP))).isEqualTo(Sets.data("ok-genoa-v3.ek.der"));
        assertThat(got(source.rim(RIM))).isEqualTo(XML);
    }

    @Test
    void should_give_the_same_object_while_the_files_are_the_same_and_another_one_after() throws Exception {
        put("tdx/f0c056101765.json", TdxCollateralJson.print(Sets.tdx()));
        put("sev-snp/Genoa-vcek.pem", Sets.snp().chain());
        DirectoryCollateral source = DirectoryCollateral.at(top);
        var tdx = got(source.tdx(Sets.FMSPC, PckCa.PLATFORM, false));
        var snp = got(source.snp(SnpProduct.GENOA, false));
        assertThat(got(source.tdx(Sets.FMSPC, PckCa.PLATFORM, false))).isSameAs(tdx);
        assertThat(got(source.snp(SnpProduct.GENOA, false))).isSameAs(snp);

        put("sev-snp/Genoa-vcek.crl", Sets.snp().crl().orElseThrow());
        assertThat(got(source.snp(SnpProduct.GENOA, false)).crl()).isPresent();
        put("tdx/f0c056101765.json", Bytes.utf8("{}"));
        assertThat(refused(source.tdx(Sets.FMSPC, PckCa.PLATFORM, false)).reason())
                .isEqualTo(Reason.MALFORMED);
    }

    @Test
    void should_name_the_file_that_is_missing() throws Exception {
        CollateralException e = refused(DirectoryCollateral.at(top).tdx(Sets.FMSPC, PckCa.PROCESSOR, false));
        assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(e.tried()).endsWith("f0c056101765-processor.json");
    }

    @Test
    void should_refuse_a_file_without_all_nine_members_and_one_that_is_too_long() throws Exception {
        put("tdx/f0c056101765-platform.json", Bytes.utf8("{\"tcb_info\":\"{}\"}"));
        put("nvidia/rim/" + RIM.value() + ".xml", Bytes.wrapUnshared(new byte[HttpCollateral.MAX_RIM_BYTES + 1]));
        DirectoryCollateral source = DirectoryCollateral.at(top);
        assertThat(refused(source.tdx(Sets.FMSPC, PckCa.PLATFORM, false)).reason())
                .isEqualTo(Reason.MALFORMED);
        assertThat(refused(source.rim(RIM)).reason()).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void should_count_a_file_that_was_replaced_at_once() throws Exception {
        put("nvidia/rim/" + RIM.value() + ".xml", XML);
        DirectoryCollateral source = DirectoryCollateral.at(top);
        got(source.rim(RIM));
        put("nvidia/rim/" + RIM.value() + ".xml", Bytes.utf8("<b/>"));
        assertThat(got(source.rim(RIM))).isEqualTo(Bytes.utf8("<b/>"));
    }

    @Test
    void should_say_that_a_directory_has_no_certificate_status() throws Exception {
        assertThat(refused(DirectoryCollateral.at(top).ocsp(Bytes.fromHex("3000")))
                        .reason())
                .isEqualTo(Reason.UNSUPPORTED);
    }

    @Test
    void should_give_out_what_it_holds_in_memory_and_the_later_of_two() throws Exception {
        MemoryCollateral source = MemoryCollateral.builder()
                .tdx(Sets.FMSPC, PckCa.PLATFORM, false, Sets.tdx())
                .snp(false, Sets.snp())
                .vcek(CHIP, Bytes.fromHex("3000"))
                .vcek(CHIP, Sets.data("ok-genoa-v3.ek.der"))
                .rim(RIM, XML)
                .build();
        assertThat(got(source.tdx(Sets.FMSPC, PckCa.PLATFORM, false))).isEqualTo(Sets.tdx());
        assertThat(got(source.snp(SnpProduct.GENOA, false))).isEqualTo(Sets.snp());
        assertThat(got(source.vcek(VcekRequest.forReport(SnpProduct.GENOA, Sets.data("ok-genoa-v3.report.bin")))))
                .isEqualTo(Sets.data("ok-genoa-v3.ek.der"));
        assertThat(got(source.rim(RIM))).isEqualTo(XML);
    }

    @Test
    void should_not_give_out_the_set_of_another_platform_authority_or_kind() throws Exception {
        MemoryCollateral source = MemoryCollateral.builder()
                .tdx(Sets.FMSPC, PckCa.PLATFORM, false, Sets.tdx())
                .build();
        assertThat(refused(source.tdx(Sets.FMSPC, PckCa.PROCESSOR, false)).reason())
                .isEqualTo(Reason.NOT_FOUND);
        assertThat(refused(source.tdx(Sets.FMSPC, PckCa.PLATFORM, true)).reason())
                .isEqualTo(Reason.NOT_FOUND);
        assertThat(refused(source.snp(SnpProduct.GENOA, false)).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(refused(source.rim(RIM)).reason()).isEqualTo(Reason.NOT_FOUND);
    }
}
