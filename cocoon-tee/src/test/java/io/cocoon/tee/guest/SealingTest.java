package io.cocoon.tee.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxSets;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlWriter;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Numbers of the kernel, keys that SEV-SNP derives, and the protocol of the sealing enclave, by the dossiers' vectors. */
class SealingTest {

    private static final JsonNode VECTORS = TestData.json("vectors/guest-vectors.json");
    private static final JsonNode SEAL = VECTORS.path("seal_protocol");
    private static final JsonNode SNP = VECTORS.path("sevGuest");
    private static final Instant TIME = Instant.parse("2026-11-01T12:00:00Z");
    private static final Set<Bytes> ENCLAVES = Set.of(Bytes.fromHex("44".repeat(32)));
    private static final Set<TcbStatus> GOOD = EnumSet.of(TcbStatus.UP_TO_DATE);
    private static final TdxCollateral COLLATERAL = TdxSets.sgxCollateral();

    private static Bytes hex(JsonNode node, String name) {
        return Bytes.fromHex(node.path(name).asText());
    }

    /** The exchange of the vector, with its private key. */
    private static TdxSeal seal() throws Exception {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        ECParameterSpec curve = parameters.getParameterSpec(ECParameterSpec.class);
        byte[] key = hex(SEAL, "client_public_key_le").toByteArray();
        byte[] big = new byte[64];
        for (int i = 0; i < 32; i++) {
            big[i] = key[31 - i];
            big[32 + i] = key[63 - i];
        }
        KeyFactory factory = KeyFactory.getInstance("EC");
        return TdxSeal.of(new KeyPair(
                factory.generatePublic(new ECPublicKeySpec(
                        new ECPoint(new BigInteger(1, big, 0, 32), new BigInteger(1, big, 32, 32)), curve)),
                factory.generatePrivate(new ECPrivateKeySpec(
                        new BigInteger(SEAL.path("client_private_scalar").asText(), 16), curve))));
    }

    private static TdxSeal.Answer answer(Bytes quote) {
        return new TdxSeal.Answer(quote, hex(SEAL, "encrypted_secret"));
    }

    private static void refused(
            Reason reason, String text, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(text);
    }

    @Test
    void should_use_the_numbers_of_the_kernels_interface() {
        JsonNode kernel = VECTORS.path("kernel_abi");
        assertThat(GuestDevice.TDX_CMD_GET_REPORT0)
                .isEqualTo(Long.decode(kernel.path("TDX_CMD_GET_REPORT0").asText()));
        assertThat(GuestDevice.TDX_REPORT_ARGUMENT_BYTES)
                .isEqualTo(kernel.path("argument_length").asInt());
        JsonNode ioctl = SNP.path("ioctl");
        assertThat(GuestDevice.SNP_GET_REPORT)
                .isEqualTo(Long.decode(ioctl.path("SNP_GET_REPORT").asText()));
        assertThat(GuestDevice.SNP_GET_DERIVED_KEY)
                .isEqualTo(Long.decode(ioctl.path("SNP_GET_DERIVED_KEY").asText()));
        assertThat(GuestDevice.SNP_GET_EXT_REPORT)
                .isEqualTo(Long.decode(ioctl.path("SNP_GET_EXT_REPORT").asText()));
        JsonNode sizes = SNP.path("sizes");
        assertThat(GuestDevice.SNP_ARGUMENT_BYTES)
                .isEqualTo(sizes.path("ioctlArgument").asInt());
        assertThat(SnpKeyRequest.REQUEST_BYTES)
                .isEqualTo(sizes.path("derivedKeyRequest").asInt());
        assertThat(SnpKeyRequest.RESPONSE_BYTES)
                .isEqualTo(sizes.path("derivedKeyResponse").asInt());
    }

    @Test
    void should_say_that_pure_java_has_no_ioctl_and_no_vsock() throws Exception {
        refused(Reason.NEEDS_NATIVE, "implement GuestDevice", () -> GuestDevice.NONE.tdReport(Bytes.empty()));
        refused(
                Reason.NEEDS_NATIVE,
                "SNP_GET_DERIVED_KEY",
                () -> SnpKeyRequest.strict(0).key(GuestDevice.NONE, "app"));
        refused(Reason.NEEDS_NATIVE, "vsock 2:12345", () -> GuestDevice.NONE.seal(Bytes.empty()));
    }

    @Test
    void should_ask_for_a_derived_key_as_the_reference_does() {
        assertThat(SnpKeyRequest.ofReference().encode())
                .isEqualTo(hex(SNP.path("derivedKeyRequestOfReference"), "value"));
    }

    @Test
    void d8_should_mix_in_the_guests_policy_when_it_asks_strictly() {
        Bytes request = SnpKeyRequest.strict(7).encode();
        assertThat(request.intLeAt(8)).isEqualTo(0b011111);
        assertThat(request.intLeAt(20)).isEqualTo(7);
    }

    @Test
    void should_derive_the_named_keys_of_the_vectors() throws Exception {
        for (JsonNode each : SNP.path("derivedKey")) {
            GuestDevice device = new GuestDevice() {
                @Override
                public Bytes snpDerivedKey(Bytes request) {
                    assertThat(request).isEqualTo(SnpKeyRequest.ofReference().encode());
                    return hex(each, "response");
                }
            };
            assertThat(SnpKeyRequest.ofReference().key(device, each.path("name").asText()))
                    .isEqualTo(hex(each, "key"));
        }
    }

    @Test
    void d8_should_make_no_key_out_of_a_failure_of_the_firmware() {
        Bytes good = hex(SNP.path("derivedKey").get(0), "response");
        Bytes failed = Bytes.fromHex("16000000").concat(good.sliceFrom(4));
        refused(Reason.WRONG_ANSWER, "status 22", () -> SnpKeyRequest.key(failed, "app"));
        refused(Reason.WRONG_ANSWER, "zeros", () -> SnpKeyRequest.key(Bytes.wrapUnshared(new byte[64]), "app"));
        refused(Reason.WRONG_ANSWER, "63 bytes", () -> SnpKeyRequest.key(good.slice(0, 63), "app"));
        assertThatThrownBy(() -> SnpKeyRequest.key(good, "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void should_make_the_request_of_the_vector() throws Exception {
        TdxSeal seal = seal();
        assertThat(seal.publicKey()).isEqualTo(hex(SEAL, "client_public_key_le"));
        assertThat(seal.reportData()).isEqualTo(hex(SEAL, "tdx_report_data"));
        assertThat(seal.request(Bytes.wrapUnshared(new byte[1024]), "disk_encryption"))
                .isEqualTo(hex(SEAL, "request_frame"));
    }

    @Test
    void should_read_the_answer_of_the_vector_and_decrypt_its_key() throws Exception {
        TdxSeal seal = seal();
        TdxSeal.Answer answer = TdxSeal.parse(hex(SEAL, "response_frame"));
        assertThat(answer.encryptedSecret()).isEqualTo(hex(SEAL, "encrypted_secret"));
        assertThat(seal.enclaveReportData(answer)).isEqualTo(hex(SEAL, "sgx_report_data"));
        assertThat(seal.decrypt(answer.encryptedSecret())).isEqualTo(hex(SEAL, "persistent_key"));
    }

    @Test
    void t17_the_enclaves_key_depends_on_the_domain_and_on_the_tdx_module() throws Exception {
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        byte[] name = hash.digest(Bytes.utf8(SEAL.path("key_name").asText()).toByteArray());
        hash.update(hex(SEAL, "sgx_sealing_key").toByteArray());
        hash.update(hex(SEAL, "tee_info_hash").toByteArray());
        hash.update(hex(SEAL, "tee_tcb_info_hash").toByteArray());
        assertThat(Bytes.wrapUnshared(hash.digest(name))).isEqualTo(hex(SEAL, "persistent_key"));
    }

    @Test
    void should_open_the_answer_of_a_listed_enclave() throws Exception {
        TdxSeal seal = seal();
        Bytes quote = TdxSets.sgxQuote(hex(SEAL, "sgx_report_data"));
        assertThat(seal.open(answer(quote), ENCLAVES, GOOD, COLLATERAL, TdxSets.trust(), TIME))
                .isEqualTo(hex(SEAL, "persistent_key"));
    }

    @Test
    void should_not_open_what_no_listed_enclave_answered_to_us() throws Exception {
        TdxSeal seal = seal();
        Bytes data = hex(SEAL, "sgx_report_data");
        Bytes quote = TdxSets.sgxQuote(data);
        refused(
                Reason.WRONG_ANSWER,
                "allowed enclaves",
                () -> seal.open(answer(quote), Set.of(), GOOD, COLLATERAL, TdxSets.trust(), TIME));
        refused(
                Reason.WRONG_ANSWER,
                "status UpToDate",
                () -> seal.open(answer(quote), ENCLAVES, Set.of(), COLLATERAL, TdxSets.trust(), TIME));
        refused(
                Reason.WRONG_ANSWER,
                "another key or another secret",
                () -> TdxSeal.begin(new SecureRandom())
                        .open(answer(quote), ENCLAVES, GOOD, COLLATERAL, TdxSets.trust(), TIME));
        refused(
                Reason.WRONG_ANSWER,
                "findings",
                () -> seal.open(
                        answer(TdxSets.debugSgxQuote(data)), ENCLAVES, GOOD, COLLATERAL, TdxSets.trust(), TIME));
        refused(
                Reason.WRONG_ANSWER,
                "trust domain",
                () -> seal.open(
                        answer(TdxSets.tdQuote(data)),
                        ENCLAVES,
                        GOOD,
                        TdxSets.collateral(21, Instant.parse("2026-10-15T00:00:00Z")),
                        TdxSets.trust(),
                        TIME));
        byte[] flipped = quote.toByteArray();
        flipped[100] ^= 1;
        refused(
                Reason.WRONG_ANSWER,
                "tdx.quote.signature",
                () -> seal.open(
                        answer(Bytes.wrapUnshared(flipped)), ENCLAVES, GOOD, COLLATERAL, TdxSets.trust(), TIME));
    }

    @Test
    void should_not_use_a_point_beside_the_curve() throws Exception {
        TdxSeal seal = seal();
        byte[] secret = hex(SEAL, "encrypted_secret").toByteArray();
        secret[0] ^= 1;
        refused(Reason.WRONG_ANSWER, "no point of P-256", () -> seal.decrypt(Bytes.wrapUnshared(secret)));
    }

    @Test
    void should_ask_a_device_over_its_own_key_and_refuse_a_report_over_another() throws Exception {
        TdxSeal seal = seal();
        byte[] report = new byte[1024];
        GuestDevice device = new GuestDevice() {
            @Override
            public Bytes tdReport(Bytes reportData) {
                return Bytes.copyOf(report);
            }

            @Override
            public Bytes seal(Bytes frame) {
                assertThat(frame.length()).isEqualTo(hex(SEAL, "request_frame").length());
                return hex(SEAL, "response_frame");
            }
        };
        refused(Reason.WRONG_ANSWER, "other report data", () -> seal.ask(device, "disk_encryption"));
        seal.reportData().copyTo(report, 128);
        assertThat(seal.ask(device, "disk_encryption").encryptedSecret()).isEqualTo(hex(SEAL, "encrypted_secret"));
    }

    @Test
    void should_refuse_answers_of_another_form() {
        Bytes good = hex(SEAL, "response_frame");
        refused(Reason.WRONG_ANSWER, "bytes", () -> TdxSeal.parse(Bytes.empty()));
        refused(Reason.WRONG_ANSWER, "stated length", () -> TdxSeal.parse(good.slice(0, good.length() - 4)));
        refused(
                Reason.WRONG_ANSWER,
                "bytes",
                () -> TdxSeal.parse(Bytes.wrapUnshared(new byte[TdxSeal.MAX_FRAME_BYTES + 5])));
        Bytes message = new TlWriter()
                .writeInt(0x163a179a)
                .writeBytes(Bytes.empty())
                .writeBytes(Bytes.empty())
                .toBytes();
        refused(
                Reason.WRONG_ANSWER,
                "a secret of 0 bytes",
                () -> TdxSeal.parse(new TlWriter()
                        .writeInt(message.length())
                        .writeRaw(message)
                        .toBytes()));
        refused(Reason.WRONG_ANSWER, "another form", () -> TdxSeal.parse(hex(SEAL, "request_frame")));
    }
}
