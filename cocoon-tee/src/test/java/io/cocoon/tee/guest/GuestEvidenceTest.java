package io.cocoon.tee.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.collateral.VcekRequest;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against real files in a directory that behaves as the kernel's does. */
class GuestEvidenceTest {

    @TempDir
    Path top;

    private Kernel kernel = new Kernel("tdx_guest");

    /** The kernel's side: fills a request's directory, counts writes, answers, measures. */
    private static class Kernel implements KernelFiles {
        String provider;
        int busy;
        int stranger;
        int cut;
        boolean otherData;
        boolean missing;
        byte[] table = new byte[0];
        CountDownLatch hanging = new CountDownLatch(0);

        Kernel(String provider) {
            this.provider = provider;
        }

        @Override
        public boolean exists(Path path) {
            return KernelFiles.REAL.exists(path);
        }

        @Override
        public void makeDirectory(Path path) throws IOException {
            if (missing) {
                throw new IOException("No such device or address");
            }
            Files.createDirectory(path);
            Files.writeString(path.resolve("provider"), provider + "\n");
            Files.writeString(path.resolve("generation"), "7\n");
            Files.createFile(path.resolve("inblob"));
        }

        @Override
        public void removeDirectory(Path path) throws IOException {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(path);
        }

        @Override
        public byte[] read(Path path, int maxBytes) throws IOException {
            if (path.endsWith("outblob")) {
                try {
                    hanging.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                if (busy-- > 0) {
                    throw new IOException("Device or resource busy");
                }
                byte[] data = Files.readAllBytes(path.resolveSibling("inblob"));
                if (otherData) {
                    data[5] ^= 1;
                }
                boolean tdx = provider.equals("tdx_guest");
                byte[] out = new byte[(tdx ? 5006 : 1184) - cut];
                if (tdx) {
                    out[0] = 4;
                }
                System.arraycopy(data, 0, out, Math.min(tdx ? 48 + 520 : 0x50, out.length - 64), 64);
                Files.write(path, out);
                if (table.length > 0) {
                    Files.write(path.resolveSibling("auxblob"), table);
                }
            }
            return KernelFiles.REAL.read(path, maxBytes);
        }

        @Override
        public void write(Path path, byte[] content) throws IOException {
            if (path.getFileName().toString().startsWith("rtmr")) {
                try {
                    MessageDigest hash = MessageDigest.getInstance("SHA-384");
                    hash.update(Files.readAllBytes(path));
                    Files.write(path, hash.digest(content));
                } catch (java.security.NoSuchAlgorithmException e) {
                    throw new IOException(e);
                }
                return;
            }
            KernelFiles.REAL.write(path, content);
            int writes = 1 + (stranger-- > 0 ? 1 : 0);
            Files.writeString(path.resolveSibling("generation"), (7 + writes) + "\n");
        }
    }

    private Path root() {
        return top.resolve("report");
    }

    @BeforeEach
    void mountConfigfs() throws IOException {
        Files.createDirectory(root());
    }

    private GuestEvidence detect() throws GuestException {
        return detect(Duration.ofSeconds(30));
    }

    private GuestEvidence detect(Duration limit) throws GuestException {
        return GuestEvidence.detect(
                root(), top.resolve("measurements"), kernel, Clock.systemUTC(), new SecureRandom(), time -> {}, limit);
    }

    private static Bytes data() {
        return Bytes.fromHex("11".repeat(64));
    }

    @Test
    void should_get_a_quote_over_the_report_data_and_leave_no_directory_behind() throws Exception {
        assertThat(detect().evidence(data()).length()).isEqualTo(5006);
        assertThat(root()).isEmptyDirectory();
    }

    @Test
    void should_ask_again_while_the_kernel_is_busy() throws Exception {
        kernel.busy = 3;
        assertThat(detect().evidence(data()).length()).isEqualTo(5006);
    }

    @Test
    void should_say_busy_when_it_stays_busy() throws Exception {
        GuestEvidence evidence = detect(Duration.ofSeconds(5));
        kernel.busy = Integer.MAX_VALUE;
        assertReason(evidence, GuestException.Reason.BUSY, GuestException.Reason.LATE);
        assertThat(root()).isEmptyDirectory();
    }

    private static void assertReason(GuestEvidence evidence, GuestException.Reason... reasons) {
        assertThatThrownBy(() -> evidence.evidence(data()))
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isIn((Object[]) reasons));
    }

    @Test
    void should_ask_again_when_a_stranger_wrote_in_between() throws Exception {
        kernel.stranger = 2;
        assertThat(detect().evidence(data()).length()).isEqualTo(5006);
    }

    @Test
    void should_refuse_a_quote_that_is_too_short() throws Exception {
        kernel.cut = 4500;
        assertReason(detect(), GuestException.Reason.WRONG_ANSWER);
    }

    @Test
    void should_refuse_a_quote_over_other_report_data() throws Exception {
        kernel.otherData = true;
        assertReason(detect(), GuestException.Reason.WRONG_ANSWER);
    }

    @Test
    void should_refuse_a_provider_that_changed_its_name() throws Exception {
        GuestEvidence evidence = detect();
        kernel.provider = "sev_guest";
        assertReason(evidence, GuestException.Reason.WRONG_ANSWER);
    }

    @Test
    void should_not_wait_for_ever_for_a_kernel_that_hangs() throws Exception {
        GuestEvidence evidence = detect(Duration.ofMillis(200));
        kernel.hanging = new CountDownLatch(1);
        try {
            assertReason(evidence, GuestException.Reason.LATE);
        } finally {
            kernel.hanging.countDown();
        }
    }

    @Test
    void should_say_that_this_is_no_tee() {
        kernel.missing = true;
        assertThatThrownBy(this::detect).isInstanceOf(GuestException.class).hasMessageContaining("Linux 6.7");
        kernel.missing = false;
        kernel.provider = "other_guest";
        assertThatThrownBy(this::detect).isInstanceOf(GuestException.class);
    }

    @Test
    void should_make_a_tdx_certificate_whose_quote_is_over_its_key() throws Exception {
        CertificateIdentity identity = detect().tdxIdentity();
        PeerEvidence read = PeerEvidence.read(identity.certificate(), true, identity.notBefore());
        Bytes quote = ((Evidence.Tdx) read.evidence()).quote();
        assertThat(quote.slice(48 + 520, 64)).isEqualTo(read.expectedReportData());
    }

    @Test
    void d12_should_make_an_snp_certificate_with_the_chips_certificate_for_the_reported_level() throws Exception {
        kernel = new Kernel("sev_guest");
        Bytes vcek = Bytes.fromHex("30020500");
        byte[] table = new byte[48 + vcek.length()];
        System.arraycopy(Bytes.fromHex("8d75da6364e66445adc5f4b93be8accd").toByteArray(), 0, table, 0, 16);
        table[16] = 48;
        table[20] = (byte) vcek.length();
        vcek.copyTo(table, 48);
        kernel.table = table;
        CertificateIdentity identity = detect().snpIdentity(
                        SnpProduct.GENOA, MemoryCollateral.builder().build());
        PeerEvidence read = PeerEvidence.read(identity.certificate(), true, identity.notBefore());
        assertThat(((Evidence.SevSnp) read.evidence()).endorsement().toUtf8()).contains("BEGIN CERTIFICATE");
        // CURRENT_TCB is at 0x38; the certificate that AMD gives for it would not verify the report.
        byte[] report = new byte[1184];
        report[0x38] = 9;
        report[0x180] = 4;
        report[0x1A0] = 1;
        assertThat(VcekRequest.forReport(SnpProduct.GENOA, Bytes.wrapUnshared(report))
                        .reportedTcb())
                .isEqualTo(Bytes.fromHex("0400000000000000"));
    }

    @Test
    void should_extend_rtmr3_as_the_vectors_say_and_not_after_the_image_hash_is_out() throws Exception {
        registers("00");
        GuestEvidence evidence = detect();
        evidence.extendRtmr3("cocoon:spec.tree=7d0c1a6f0b8c6cd2a1f9f0f3b3a9a1c5e4d3c2b1a09f8e7d6c5b4a3928170605");
        evidence.extendRtmr3("cocoon:tdx_inited");
        assertThat(Bytes.wrapUnshared(Files.readAllBytes(top.resolve("measurements/rtmr3:sha384")))
                        .toHex())
                .isEqualTo(
                        "207c7b5227e3c9cd42a0922e5a8430e0484589964fc63c31599fa40b84d9caa7c4a5a1627c3a150e7fc3681cfec5c35f");
        evidence.imageHash();
        assertThatThrownBy(() -> evidence.extendRtmr3("late")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void t19_registers_that_end_in_white_space_are_not_trimmed() throws Exception {
        registers("20");
        detect().imageHash();
        registers("0a");
        detect().imageHash();
    }

    @Test
    void should_compute_the_hash_of_all_zero_measurements_from_registers_and_from_a_quote() throws Exception {
        String zeros = "5c55c8f4db4010ba9203d83536d0609856af8c847ac039e37e7dde8fbd574b61";
        assertThat(detect().imageHash().toHex()).isEqualTo(zeros);
        registers("00");
        assertThat(detect().imageHash().toHex()).isEqualTo(zeros);
    }

    private void registers(String each) throws IOException {
        Files.createDirectories(top.resolve("measurements"));
        for (String name : new String[] {
            "mrtd:sha384",
            "mrconfigid",
            "mrowner",
            "mrownerconfig",
            "rtmr0:sha384",
            "rtmr1:sha384",
            "rtmr2:sha384",
            "rtmr3:sha384"
        }) {
            Files.write(
                    top.resolve("measurements").resolve(name),
                    Bytes.fromHex(each.repeat(48)).toByteArray());
        }
    }
}
