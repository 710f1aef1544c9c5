package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
import org.junit.jupiter.api.Test;

/** Values that independent programs computed. 2026 part of the TEE dossier, vectors imageHash, tcb, launchDigest.hashTable. */
class SnpVectorsTest {

    private static String imageHash(String measurement) throws SnpException {
        Bytes report = SnpForge.with(forge -> forge.reportBefore = bytes -> {
                    Bytes.fromHex(measurement).copyTo(bytes, 0x90);
                    return bytes;
                })
                .report();
        return SnpReport.parse(report).imageHash().toHex();
    }

    @Test
    void should_hash_an_image_as_everybody_does() throws SnpException {
        assertThat(
                        imageHash(
                                "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30"))
                .isEqualTo("288619620a5fa11e73c72f2473872715271396e6f36eb0e27dcf076f6ee584d0");
        assertThat(imageHash("00".repeat(48)))
                .isEqualTo("b5fdab78d8947eacc864bfeecb4d2100780e5afe1cd8efafb124887913ac49fa");
        assertThat(SnpEvidence.of("ok-genoa-v3").appraisal().imageHash().toHex())
                .isEqualTo("af440623fe0c62d1038012ea7adf060602dc41f92c80ac41fdefcf9f8a65959d");
    }

    private static SnpTcb tcb(SnpProduct product, String bytes) {
        return SnpTcb.of(product, Bytes.fromHex(bytes));
    }

    @Test
    void should_read_the_tcb_in_the_layout_of_its_product() {
        assertThat(tcb(SnpProduct.MILAN, "04000000000018db")).isEqualTo(new SnpTcb(0, 4, 0, 24, 219));
        assertThat(tcb(SnpProduct.MILAN, "03000000000008ce")).isEqualTo(new SnpTcb(0, 3, 0, 8, 206));
        assertThat(tcb(SnpProduct.GENOA, "0a00000000001754")).isEqualTo(new SnpTcb(0, 10, 0, 23, 84));
        assertThat(tcb(SnpProduct.TURIN, "0101010400000051")).isEqualTo(new SnpTcb(1, 1, 1, 4, 81));
        assertThat(tcb(SnpProduct.MILAN, "0101010400000051")).isEqualTo(new SnpTcb(0, 1, 1, 0, 81));
        assertThat(SnpTcb.unusedAreZero(SnpProduct.MILAN, Bytes.fromHex("0101010400000051")))
                .isFalse();
    }

    /** The octets are those of the vectors, but for the chip's id, which is made up. */
    @Test
    void should_read_the_extensions_of_endorsement_certificates_as_amd_writes_them() throws SnpException {
        SnpForge milan = SnpForge.of(SnpProduct.MILAN, forge -> {
            octets(forge, "1", "020100");
            octets(forge, "2", "16084d696c616e2d4230");
            octets(forge, "3.1", "020104");
            octets(forge, "3.2", "020100");
            octets(forge, "3.3", "020118");
            octets(forge, "3.4", "020100");
            octets(forge, "3.8", "020200db");
        });
        SnpForge turin = SnpForge.of(SnpProduct.TURIN, forge -> {
            octets(forge, "1", "020101");
            octets(forge, "2", "1605547572696e");
            octets(forge, "3.9", "020101");
            octets(forge, "3.1", "020101");
            octets(forge, "3.2", "020101");
            octets(forge, "3.3", "020104");
            octets(forge, "3.5", "020100");
            octets(forge, "3.8", "020151");
        });

        assertThat(SnpVerifier.readEndorsement(milan.endorsement()).tcb()).isEqualTo(new SnpTcb(0, 4, 0, 24, 219));
        assertThat(SnpVerifier.readEndorsement(turin.endorsement()).tcb()).isEqualTo(new SnpTcb(1, 1, 1, 4, 81));
        assertThat(SnpVerifier.readEndorsement(turin.endorsement()).hwId()).contains(Bytes.fromHex("4041424344454647"));
    }

    private static void octets(SnpForge forge, String tail, String hex) {
        forge.amd.put(tail, Bytes.fromHex(hex).toByteArray());
    }

    private static String table(String commandLine) {
        return SnpLaunch.KernelHashes.of(Bytes.empty(), Bytes.empty(), commandLine)
                .table()
                .toHex();
    }

    @Test
    void should_make_the_table_of_kernel_hashes() {
        String nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        String rest = "31f7ba442f3ad74b9af141e29169781d3200" + nothing + "3794e74dd2ab7f42b835d5b172d2045b3200"
                + nothing + "00".repeat(8);
        String head = "06d63894224fc94cb479a793d411fd21a800d82dd09720bd944caa78e7714d36ab2a3200";
        assertThat(table(""))
                .isEqualTo(head + "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" + rest);
        assertThat(table("console=ttyS0 loglevel=7"))
                .isEqualTo(head + "321c8eec6a77bad179511397f913a083067ad8cb737bb260aacbfe8df70fc50a" + rest);
    }

    @Test
    void d25_should_give_every_stepping_of_a_processor_a_signature_of_its_own() {
        assertThat(SnpLaunch.cpuSignature(25, 1, 1)).isEqualTo(0xa00f11);
        assertThat(SnpLaunch.cpuSignature(25, 1, 0)).isNotEqualTo(SnpLaunch.cpuSignature(25, 1, 1));
    }
}
