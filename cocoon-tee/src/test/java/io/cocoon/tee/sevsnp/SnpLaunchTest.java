package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Launch digests. 2026 part of the TEE dossier, 9 and vectors launchDigest. */
class SnpLaunchTest {

    private static final int EPYC_V4 = 0x800f12;

    /** Sections of OVMF's AmdSev build, as the vectors list them: address, length, kind. */
    private static final int[] SECTIONS = {
        0x800000, 0x9000, 1, 0x80a000, 0x3000, 1, 0x80d000, 0x1000, 2, 0x80e000, 0x1000, 3, 0x80f000, 0x1000, 4,
        0x810000, 0x1000, 16, 0x811000, 0xf000, 1
    };

    /** A file with the tables of that build and nothing else. */
    private static byte[] firmware() {
        byte[] file = new byte[4096];
        int at = 4096 - 0x554;
        put(file, at, 0x56455341);
        put(file, at + 4, 16 + 4 * SECTIONS.length);
        put(file, at + 8, 1);
        put(file, at + 12, SECTIONS.length / 3);
        for (int i = 0; i < SECTIONS.length; i++) {
            put(file, at + 16 + 4 * i, SECTIONS[i]);
        }
        int end = 4096 - 32;
        Bytes.fromHex("de82b596b21ff745baeaa366c55a082d").copyTo(file, end - 16);
        int total = 18;
        int position = end - 18;
        String[] entries = {
            "540500001600666588dc4a989847a75e5585a7bf67cc",
            "000c8100000400001a001f3755723b3a044b927b1da6efa8d454",
            "04b080001600de71f7007e1acb4f890e68c77e2fb44e"
        };
        for (String entry : entries) {
            byte[] bytes = Bytes.fromHex(entry).toByteArray();
            position -= bytes.length;
            System.arraycopy(bytes, 0, file, position, bytes.length);
            total += bytes.length;
        }
        file[end - 18] = (byte) total;
        return file;
    }

    private static void put(byte[] file, int at, int value) {
        for (int i = 0; i < 4; i++) {
            file[at + i] = (byte) (value >>> 8 * i);
        }
    }

    private static Bytes filled(int value) {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) value);
        return Bytes.wrapUnshared(page);
    }

    private static String hex(byte[] digest) {
        return Bytes.wrapUnshared(digest).toHex();
    }

    @Test
    void should_make_every_step_of_the_vectors() {
        byte[] digest = SnpLaunch.normal(new byte[48], filled(0x5a), 0xfff00000L);
        assertThat(hex(digest))
                .isEqualTo(
                        "f8affd15ab5354e2e9997414f334165307465f62f79c5653331b98dc260bef49dd3f34e27d227766d75c18c2b0c5b056");
        digest = SnpLaunch.normal(digest, filled(0x5a), 0xfff01000L);
        assertThat(hex(digest))
                .isEqualTo(
                        "643a0f56d35ea5af8472cf97a0b993cf629caa9156dc1d67c9b1192179429174de35935cda633ddc073618382cb98f47");
        digest = SnpLaunch.page(digest, new byte[48], 3, 0x800000);
        assertThat(hex(digest))
                .isEqualTo(
                        "230693efefcc91440ed44845a7df0f6b160dac43d72059e0007497d4960a9794b308a6f28283a377cc1e8494bb305df4");
        digest = SnpLaunch.page(digest, new byte[48], 3, 0x801000);
        digest = SnpLaunch.page(digest, new byte[48], 5, 0x80d000);
        digest = SnpLaunch.page(digest, new byte[48], 6, 0x80e000);
        assertThat(hex(digest))
                .isEqualTo(
                        "0eb89f30f808149888e25659d1cb6eaf98987b1e3ec7b6c59bc70b3b8cdbcba734f78313420ae0937632fd4561f10811");
        digest = SnpLaunch.page(digest, Signatures.sha384(filled(0x11)), 2, 0xfffffffff000L);
        assertThat(hex(digest))
                .isEqualTo(
                        "ec1c692826d5c6ba86a1a7266dd7365ac6f452dbbde321afa2fc4a9ccb4bad1caa28f013b40c386289858cb91fba0d17");
    }

    @Test
    void should_make_the_virtual_cpu_and_its_signature() {
        assertThat(hex(Signatures.sha384(SnpLaunch.vmsa(0xfffffff0L, EPYC_V4, 1))))
                .isEqualTo(
                        "77920c4c629ff47e90c0e174fc1ad0eb6fa664f88cd4739488058a8c6cb1a77b3856f55378e9518d0da99452d51c553a");
        assertThat(SnpLaunch.cpuSignature(23, 1, 2)).isEqualTo(EPYC_V4);
        assertThat(SnpLaunch.cpuSignature(25, 17, 1)).isEqualTo(0xa10f11);
        assertThat(SnpLaunch.cpuSignature(26, 2, 1)).isEqualTo(0xb00f21);
    }

    @Test
    void should_reproduce_the_published_digests_of_the_amdsev_build() throws SnpException {
        OvmfFirmware firmware = OvmfFirmware.parse(Bytes.wrapUnshared(firmware()));
        Optional<Bytes> digest = Optional.of(Bytes.fromHex(
                "086e2e9149ebf45abdc3445fba5b2da8270bdbb04094d7a2c37faaa4b24af3aa16aff8c374c2a55c467a50da6d466b74"));
        Optional<SnpLaunch.KernelHashes> nothing =
                Optional.of(SnpLaunch.KernelHashes.of(Bytes.empty(), Bytes.empty(), ""));
        assertThat(SnpLaunch.measurement(firmware, digest, nothing, 1, EPYC_V4, 1)
                        .toHex())
                .isEqualTo(
                        "ddc5224521617a536ee7ce9dd6224d1b58a8d4fda1c741f3ac99fc4bfa04ba6e9fc98646d4a07a9079397fa3852819b5");
        assertThat(SnpLaunch.measurement(firmware, digest, nothing, 1, EPYC_V4, 0x21)
                        .toHex())
                .isEqualTo(
                        "329c8ce0972ae52343b64d34a434a86f245dfd74f5ed7aae15d22efc78fb9683632b9b50e4e1d7fa41179ef98a7ef198");
    }

    @Test
    void d25_should_measure_the_number_of_cpus_and_the_command_line() throws SnpException {
        OvmfFirmware firmware = OvmfFirmware.parse(Bytes.wrapUnshared(firmware()));
        Optional<SnpLaunch.KernelHashes> one =
                Optional.of(SnpLaunch.KernelHashes.of(Bytes.empty(), Bytes.empty(), "a"));
        Optional<SnpLaunch.KernelHashes> other =
                Optional.of(SnpLaunch.KernelHashes.of(Bytes.empty(), Bytes.empty(), "b"));
        Bytes first = SnpLaunch.measurement(firmware, Optional.empty(), one, 1, EPYC_V4, 1);
        assertThat(SnpLaunch.measurement(firmware, Optional.empty(), one, 2, EPYC_V4, 1))
                .isNotEqualTo(first);
        assertThat(SnpLaunch.measurement(firmware, Optional.empty(), other, 1, EPYC_V4, 1))
                .isNotEqualTo(first);
    }

    @Test
    void should_refuse_a_file_whose_sections_or_tables_do_not_fit() {
        byte[] many = firmware();
        put(many, 4096 - 0x554 + 12, 0x7fffffff);
        byte[] huge = firmware();
        put(huge, 4096 - 0x554 + 20, 0xfffff000);
        byte[] cut = firmware();
        cut[4096 - 50] = (byte) 0xff;
        for (byte[] bad : new byte[][] {many, huge, cut, new byte[4096], new byte[4095], {}}) {
            assertThatThrownBy(() -> OvmfFirmware.parse(Bytes.wrapUnshared(bad)))
                    .isInstanceOf(SnpException.class)
                    .hasMessageStartingWith("FIRMWARE_FORMAT");
        }
    }
}
