package io.cocoon.tee.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.collateral.VcekRequest;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.Rtmr;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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
        boolean denied;
        String busyText = "Device or resource busy";
        String floor = "0";
        byte[] report = new byte[0];
        byte[] quote = new byte[0];
        byte[] table = new byte[0];
        CountDownLatch hanging = new CountDownLatch(0);
        /** How many directories of requests are gone again. */
        final AtomicInteger removed = new AtomicInteger();

        Kernel(String provider) {
            this.provider = provider;
        }

        @Override
        public boolean exists(Path path) {
            return KernelFiles.REAL.exists(path);
        }

        @Override
        public void makeDirectory(Path path) throws IOException {
            if (denied) {
                throw new AccessDeniedException(path.toString());
            }
            if (missing) {
                throw new IOException("No such device or address");
            }
            Files.createDirectory(path);
            Files.writeString(path.resolve("provider"), provider + "\n");
            Files.writeString(path.resolve("generation"), "7\n");
            Files.createFile(path.resolve("inblob"));
            if (provider.equals("sev_guest")) {
                Files.createFile(path.resolve("privlevel"));
                Files.writeString(path.resolve("privlevel_floor"), floor + "\n");
            }
        }

        @Override
        public void removeDirectory(Path path) throws IOException {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(path);
            removed.incrementAndGet();
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
                    throw new FileSystemException(path.toString(), null, busyText);
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
                if (report.length > 0) {
                    out = report.clone();
                    data = java.util.Arrays.copyOfRange(report, 0x50, 0x50 + 64);
                } else if (quote.length > 0) {
                    out = quote.clone();
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
            Path counter = path.resolveSibling("generation");
            if (path.endsWith("privlevel")) {
                Files.writeString(counter, (number(counter) + 1) + "\n");
                return;
            }
            int writes = 1 + (stranger-- > 0 ? 1 : 0);
            Files.writeString(counter, (number(counter) + writes) + "\n");
        }

        private static int number(Path file) throws IOException {
            return Integer.parseInt(Files.readString(file).trim());
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
        return detect(limit, OptionalInt.empty(), Clock.systemUTC(), new SecureRandom());
    }

    private GuestEvidence detect(Duration limit, OptionalInt level, Clock clock, SecureRandom random)
            throws GuestException {
        return GuestEvidence.detect(
                new GuestEvidence.Places(root(), top.resolve("measurements"), top.resolve("CCEL")),
                level,
                kernel,
                clock,
                random,
                time -> {},
                limit);
    }

    private GuestEvidence atLevel(int level) throws GuestException {
        return detect(Duration.ofSeconds(30), OptionalInt.of(level), Clock.systemUTC(), new SecureRandom());
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
        int before = kernel.removed.get();
        kernel.hanging = new CountDownLatch(1);
        try {
            assertReason(evidence, GuestException.Reason.LATE);
        } finally {
            kernel.hanging.countDown();
        }
        await("what was asked for too long is cleaned up")
                .atMost(Duration.ofSeconds(30))
                .until(() -> kernel.removed.get() == before + 1);
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
    void should_ask_again_when_the_kernel_is_busy_in_another_language() throws Exception {
        kernel.busyText = "Das Gerät oder die Ressource ist belegt";
        kernel.busy = 3;
        assertThat(detect().evidence(data()).length()).isEqualTo(5006);
    }

    @Test
    void should_not_ask_for_ever_when_the_kernel_fails_in_words_that_nobody_knows() throws Exception {
        GuestEvidence evidence = detect();
        kernel.busyText = "Eingabe-/Ausgabefehler";
        kernel.busy = Integer.MAX_VALUE;
        assertReason(evidence, GuestException.Reason.FAILED);
        assertThat(kernel.busy).isEqualTo(Integer.MAX_VALUE - 5);
        assertThat(root()).isEmptyDirectory();
    }

    @Test
    void should_say_that_it_may_not_ask_instead_of_that_there_is_no_tee() throws Exception {
        GuestEvidence evidence = detect();
        kernel.denied = true;
        assertReason(evidence, GuestException.Reason.DENIED);
        assertThatThrownBy(this::detect)
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isEqualTo(GuestException.Reason.DENIED));
    }

    @Test
    void should_ask_for_a_report_at_a_privilege_level() throws Exception {
        kernel = new Kernel("sev_guest") {
            @Override
            public void removeDirectory(Path path) throws IOException {
                if (Files.size(path.resolve("inblob")) > 0) {
                    assertThat(path.resolve("privlevel")).hasContent("2");
                }
                super.removeDirectory(path);
            }
        };
        assertThat(atLevel(2).evidence(data()).length()).isEqualTo(1184);
        kernel.stranger = 1;
        assertThat(atLevel(2).evidence(data()).length()).isEqualTo(1184);
    }

    @Test
    void should_refuse_a_privilege_level_above_the_guests_own_and_one_on_tdx() throws Exception {
        assertThatThrownBy(() -> atLevel(1))
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isEqualTo(GuestException.Reason.WRONG_KIND));
        assertThatThrownBy(() -> atLevel(4)).isInstanceOf(IllegalArgumentException.class);
        kernel = new Kernel("sev_guest");
        kernel.floor = "2";
        assertReason(atLevel(1), GuestException.Reason.DENIED);
    }

    /** The key of the test data's report comes from the bytes 0 to 31. */
    private static final class KnownRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            if (bytes.length != 32) {
                super.nextBytes(bytes);
                return;
            }
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) i;
            }
        }
    }

    private static Bytes snp(String name) {
        return Bytes.wrapUnshared(TestData.bytes("sev-snp/2026/synthetic/" + name));
    }

    private static final SnpTrust TRUST = SnpTrust.of(SnpProduct.GENOA, SnpTrust.keyHash(snp("ark-genoa.der")));

    private static MemoryCollateral.Builder amd() {
        return MemoryCollateral.builder()
                .snp(
                        false,
                        new SnpCollateral(
                                SnpProduct.GENOA,
                                PemBlocks.ofCertificate(snp("ask-genoa.der"))
                                        .concat(PemBlocks.ofCertificate(snp("ark-genoa.der"))),
                                Optional.of(snp("crl-genoa.der"))));
    }

    private static byte[] table(Bytes vcek) {
        byte[] table = new byte[48 + vcek.length()];
        System.arraycopy(Bytes.fromHex("8d75da6364e66445adc5f4b93be8accd").toByteArray(), 0, table, 0, 16);
        table[16] = 48;
        table[20] = (byte) vcek.length();
        table[21] = (byte) (vcek.length() >> 8);
        vcek.copyTo(table, 48);
        return table;
    }

    private Bytes snpEndorsement(MemoryCollateral source) throws Exception {
        Clock clock = Clock.fixed(Instant.parse("2026-04-15T00:00:00Z"), ZoneOffset.UTC);
        CertificateIdentity identity = detect(Duration.ofSeconds(30), OptionalInt.empty(), clock, new KnownRandom())
                .snpIdentity(SnpProduct.GENOA, source, TRUST);
        PeerEvidence read = PeerEvidence.read(identity.certificate(), true, identity.notBefore());
        return ((Evidence.SevSnp) read.evidence()).endorsement();
    }

    private Kernel snpKernel() {
        Kernel sev = new Kernel("sev_guest");
        sev.report = snp("ok-genoa-v3.report.bin").toByteArray();
        return sev;
    }

    @Test
    void should_make_an_snp_certificate_with_the_hosts_certificate() throws Exception {
        kernel = snpKernel();
        kernel.table = table(snp("ok-genoa-v3.ek.der"));
        assertThat(snpEndorsement(amd().build())).isEqualTo(PemBlocks.ofCertificate(snp("ok-genoa-v3.ek.der")));
    }

    @Test
    void d12_should_get_the_certificate_for_the_reported_level_where_the_hosts_did_not_sign() throws Exception {
        kernel = snpKernel();
        VcekRequest request = VcekRequest.forReport(SnpProduct.GENOA, snp("ok-genoa-v3.report.bin"));
        MemoryCollateral source = amd().vcek(request, snp("ok-genoa-v3.ek.der")).build();
        Bytes wanted = PemBlocks.ofCertificate(snp("ok-genoa-v3.ek.der"));
        for (byte[] table : new byte[][] {
            new byte[0],
            table(snp("cert-not-yet-valid.ek.der")),
            table(snp("ok-milan-v3.ek.der")),
            table(Bytes.fromHex("30020500")),
            new byte[5]
        }) {
            kernel.table = table;
            assertThat(snpEndorsement(source)).isEqualTo(wanted);
        }
    }

    @Test
    void should_make_no_certificate_that_no_peer_would_take() throws Exception {
        kernel = snpKernel();
        VcekRequest request = VcekRequest.forReport(SnpProduct.GENOA, snp("ok-genoa-v3.report.bin"));
        assertNoCertificate(amd().build(), "VCEK certificate");
        assertNoCertificate(amd().vcek(request, snp("ok-milan-v3.ek.der")).build(), "snp.certificate.product");
        assertNoCertificate(MemoryCollateral.builder().build(), "Genoa");
        kernel.report = snp("tcb-cert-higher.report.bin").toByteArray();
        VcekRequest higher = VcekRequest.forReport(SnpProduct.GENOA, snp("tcb-cert-higher.report.bin"));
        assertNoCertificate(amd().vcek(higher, snp("ok-genoa-v3.ek.der")).build(), "snp.report.tcb");
        kernel.report = snp("other-vcek-key.report.bin").toByteArray();
        assertNoCertificate(amd().vcek(request, snp("ok-genoa-v3.ek.der")).build(), "snp.report.signature");
    }

    private void assertNoCertificate(MemoryCollateral source, String text) {
        assertThatThrownBy(() -> snpEndorsement(source))
                .isInstanceOfSatisfying(
                        GuestException.class,
                        e -> assertThat(e.reason()).isEqualTo(GuestException.Reason.NO_CERTIFICATE))
                .hasMessageContaining(text);
    }

    @Test
    void should_not_make_the_certificate_of_another_tee() throws Exception {
        assertThatThrownBy(() -> detect().snpIdentity(SnpProduct.GENOA, amd().build()))
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isEqualTo(GuestException.Reason.WRONG_KIND));
    }

    /** A log with one algorithm and one measured event for each of RTMR0 and RTMR3. */
    private static Bytes log() {
        String header = "01000000" + "03000000" + "00".repeat(20) + "21000000" + "53706563204944204576656e74303300"
                + "00".repeat(8) + "01000000" + "0c003000" + "00";
        String event = "0d000000" + "01000000" + "0c00" + "ab".repeat(48) + "00000000";
        return Bytes.fromHex(header + "01000000" + event + "04000000" + event + "ff".repeat(8));
    }

    @Test
    void should_explain_the_registers_of_its_own_quote_by_the_logs() throws Exception {
        Files.write(top.resolve("CCEL"), log().toByteArray());
        Bytes digest = Bytes.fromHex("ab".repeat(48));
        Bytes once = Rtmr.extend(Rtmr.START, digest);
        byte[] quote = new byte[5006];
        quote[0] = 4;
        once.copyTo(quote, 48 + 136 + 4 * 48);
        Rtmr.extend(once, Rtmr.digest("cocoon:tdx_inited")).copyTo(quote, 48 + 136 + 7 * 48);
        kernel.quote = quote;
        BootLog boot = detect().bootLog(List.of("cocoon:tdx_inited"));
        assertThat(boot.log().events()).hasSize(2);
        assertThat(boot.unexplained()).isEmpty();
        assertThat(detect().bootLog(List.of()).unexplained()).containsExactly(3);
        quote[48 + 136 + 5 * 48] = 1;
        assertThat(detect().bootLog(List.of("cocoon:tdx_inited")).unexplained()).containsExactly(1);
    }

    @Test
    void should_say_that_there_is_no_log_or_that_it_is_none() throws Exception {
        assertThatThrownBy(() -> detect().bootLog(List.of()))
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isEqualTo(GuestException.Reason.ABSENT));
        Files.write(top.resolve("CCEL"), new byte[100]);
        assertThatThrownBy(() -> detect().bootLog(List.of()))
                .isInstanceOfSatisfying(
                        GuestException.class,
                        e -> assertThat(e.reason()).isEqualTo(GuestException.Reason.WRONG_ANSWER));
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
