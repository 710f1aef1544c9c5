package io.cocoon.tee.tdx;

import static io.cocoon.tee.tdx.TdxForge.STRANGER;
import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.DerOut;
import io.cocoon.tee.internal.EcTestKey;
import io.cocoon.tee.internal.TestCertificate;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;

/** One test for each attack on a quote, its chain or its collateral. TEE dossier 12, quote level. */
class TdxAttackTest {

    private static final EcTestKey PROCESSOR = new EcTestKey(Curve.P256, "processor CA");

    private static final int AUTHENTICATION_LENGTH_AT = 632;
    private static final int SIGNATURE_AT = AUTHENTICATION_LENGTH_AT + 4;
    private static final int OUTER_LENGTH_AT = SIGNATURE_AT + 130;
    private static final int QE_REPORT_AT = SIGNATURE_AT + 134;
    private static final int QE_DATA_LENGTH_AT = SIGNATURE_AT + 582;
    private static final int CHAIN_LENGTH_AT = QE_DATA_LENGTH_AT + 2 + 32 + 2;

    private static void refused(Consumer<TdxForge> attack, String... codes) {
        TdxForge forge = TdxForge.with(attack);
        Bytes quote = forge.quote();
        TdxCollateral collateral = forge.collateral();

        Verification<TdxAppraisal> found = TdxVerifier.verify(quote, collateral, forge.trust(), forge.time);

        assertThat(found.result()).isEmpty();
        assertThat(found.firstFailure().map(AttestationCheck::code)).get().isIn((Object[]) codes);
        // A check that comes behind the failed one did not run; none that was not made says that it passed.
        int failed = found.checks().indexOf(found.firstFailure().orElseThrow());
        assertThat(found.checks()).hasSize(Step.values().length);
        assertThat(found.checks().subList(failed + 1, found.checks().size()))
                .allSatisfy(check -> assertThat(check.outcome()).isEqualTo(AttestationCheck.Outcome.NOT_APPLICABLE));
        // Collateral that was verified before gives the same answer.
        VerifiedCollateral.verify(collateral, forge.trust(), forge.time)
                .result()
                .ifPresent(verified -> assertThat(
                                TdxVerifier.verify(quote, verified, forge.time).checks())
                        .isEqualTo(found.checks()));
    }

    private static UnaryOperator<byte[]> set(int at, int... values) {
        return quote -> {
            for (int i = 0; i < values.length; i++) {
                quote[at + i] = (byte) values[i];
            }
            return quote;
        };
    }

    private static UnaryOperator<byte[]> swap(int a, int b) {
        return quote -> {
            byte first = quote[a];
            quote[a] = quote[b];
            quote[b] = first;
            return quote;
        };
    }

    private static UnaryOperator<byte[]> flip(int at) {
        return quote -> {
            quote[at] ^= 1;
            return quote;
        };
    }

    /** Changes a length word by a difference; the ends of the range stand for zero and the largest number. */
    private static UnaryOperator<byte[]> length(int at, int difference) {
        return quote -> {
            int value = Bytes.wrapUnshared(quote).intLeAt(at);
            int changed = switch (difference) {
                case Integer.MIN_VALUE -> 0;
                case Integer.MAX_VALUE -> -1;
                default -> value + difference;
            };
            System.arraycopy(TdxForge.le32(changed), 0, quote, at, 4);
            return quote;
        };
    }

    private static UnaryOperator<byte[]> part(int at, BigInteger value) {
        return signature -> {
            System.arraycopy(BigIntegers.asUnsignedByteArray(32, value), 0, signature, at, 32);
            return signature;
        };
    }

    private static byte[] reversed(byte[] source, int at) {
        byte[] target = new byte[32];
        for (int i = 0; i < target.length; i++) {
            target[i] = source[at + 31 - i];
        }
        return target;
    }

    private static byte[] withoutBodyHeader(byte[] region) {
        byte[] header = Arrays.copyOf(region, 48);
        header[0] = 4;
        return DerOut.concat(header, Arrays.copyOfRange(region, 54, region.length));
    }

    /** Puts the healthy certificates back into a chain of collateral, so that only the quote's chain is attacked. */
    private static UnaryOperator<List<byte[]>> real() {
        TdxForge healthy = new TdxForge();
        return chain -> List.of(
                chain.get(0).length > 0 && isSigner(chain.get(0))
                        ? healthy.signing.encode()
                        : healthy.platform.encode(),
                healthy.root.encode());
    }

    private static boolean isSigner(byte[] certificate) {
        return Bytes.wrapUnshared(certificate)
                .toHex()
                .contains(Bytes.utf8(TdxForge.SIGNING_NAME).toHex());
    }

    private static byte[] processor() {
        return new TestCertificate(TdxForge.PROCESSOR_NAME, PROCESSOR, TdxForge.ROOT_NAME, TdxForge.ROOT)
                .ca(0)
                .encode();
    }

    private static byte[] rsa() {
        BigInteger modulus = BigInteger.ONE.shiftLeft(2047).add(BigInteger.ONE);
        return DerOut.sequence(
                DerOut.sequence(DerOut.oid("1.2.840.113549.1.1.1"), DerOut.value(5)),
                DerOut.bits(DerOut.sequence(DerOut.integer(modulus), DerOut.integer(65_537))));
    }

    private static List<byte[]> without(List<byte[]> entries, int index) {
        List<byte[]> rest = new ArrayList<>(entries);
        rest.remove(index);
        return rest;
    }

    private static List<byte[]> replaced(List<byte[]> entries, int index, byte[] entry) {
        List<byte[]> changed = new ArrayList<>(entries);
        changed.set(index, entry);
        return changed;
    }

    private static String moduleOf(String tcbInfo) {
        int from = tcbInfo.indexOf("{\"id\":\"TDX_01\"");
        return tcbInfo.substring(from, tcbInfo.indexOf("]}],\"tcbLevels\"", from) + 2);
    }

    @Test
    void should_verify_what_no_attack_changed() {
        assertThat(new TdxForge().verify().result()).isPresent();
    }

    @Test
    void should_refuse_a_quote_cut_off_anywhere() {
        TdxForge forge = new TdxForge();
        Bytes quote = forge.quote();
        for (int length = 0; length < quote.length(); length++) {
            Bytes cut = quote.slice(0, length);
            assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                                    () -> TdxQuote.parse(cut), TdxQuoteException.class)
                            .code())
                    .isEqualTo("QUOTE_MALFORMED");
        }
    }

    @Test
    void should_refuse_an_unknown_version() {
        refused(f -> f.version = 2, "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_version_written_big_endian() {
        refused(f -> f.quoteAfter = swap(0, 1), "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_an_attestation_key_of_p384() {
        refused(f -> f.keyType = 3, "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_an_unknown_tee_type() {
        refused(f -> f.quoteAfter = set(4, 0x82), "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_tee_type_with_high_bytes() {
        refused(f -> f.quoteAfter = set(7, 1), "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_another_vendor_of_the_quoting_enclave() {
        refused(f -> f.vendor[0] ^= 1, "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_td_quote_that_says_sgx() {
        refused(f -> f.quoteAfter = set(4, 0), "QUOTE_MALFORMED", "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_version_3_quote_of_a_td() {
        refused(f -> f.quoteAfter = set(0, 3), "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_version_4_td_relabelled_as_version_5() {
        refused(f -> f.quoteAfter = set(0, 5), "QUOTE_MALFORMED", "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_version_5_td_relabelled_as_version_4() {
        refused(
                f -> {
                    f.version = 5;
                    f.quoteAfter = set(0, 4);
                },
                "QUOTE_MALFORMED",
                "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_version_4_body_rewritten_as_version_5_with_its_old_signature() {
        refused(
                f -> {
                    f.version = 5;
                    f.signedRegion = region -> withoutBodyHeader(region);
                },
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_body_type_that_is_not_assigned() {
        refused(
                f -> {
                    f.version = 5;
                    f.quoteAfter = set(48, 5);
                },
                "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_the_extended_body_type() {
        refused(
                f -> {
                    f.version = 5;
                    f.quoteAfter = set(48, 4);
                },
                "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_an_sgx_body_type_in_a_td_quote() {
        refused(
                f -> {
                    f.version = 5;
                    f.bodyType = 1;
                    f.bodySize = 384;
                },
                "QUOTE_MALFORMED",
                "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_body_size_one_too_small() {
        refused(
                f -> {
                    f.version = 5;
                    f.bodySize = 583;
                },
                "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_body_size_one_too_large() {
        refused(
                f -> {
                    f.version = 5;
                    f.bodySize = 585;
                },
                "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_body_size_of_zero() {
        refused(
                f -> {
                    f.version = 5;
                    f.bodySize = 0;
                },
                "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_largest_body_size() {
        refused(
                f -> {
                    f.version = 5;
                    f.quoteAfter = set(50, 0xff, 0xff, 0xff, 0xff);
                },
                "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_authentication_length_one_too_large() {
        refused(f -> f.quoteAfter = length(AUTHENTICATION_LENGTH_AT, 1), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_outer_certification_length_one_too_large() {
        refused(f -> f.quoteAfter = length(OUTER_LENGTH_AT, 1), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_pck_chain_length_one_too_large() {
        refused(f -> f.quoteAfter = length(CHAIN_LENGTH_AT, 1), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_authentication_length_one_too_small() {
        refused(f -> f.quoteAfter = length(AUTHENTICATION_LENGTH_AT, -1), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_outer_certification_length_one_too_small() {
        refused(f -> f.quoteAfter = length(OUTER_LENGTH_AT, -1), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_pck_chain_length_one_too_small() {
        refused(f -> f.quoteAfter = length(CHAIN_LENGTH_AT, -1), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_authentication_length_of_zero() {
        refused(f -> f.quoteAfter = length(AUTHENTICATION_LENGTH_AT, Integer.MIN_VALUE), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_outer_certification_length_of_zero() {
        refused(f -> f.quoteAfter = length(OUTER_LENGTH_AT, Integer.MIN_VALUE), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_pck_chain_length_of_zero() {
        refused(f -> f.quoteAfter = length(CHAIN_LENGTH_AT, Integer.MIN_VALUE), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_authentication_length_that_is_the_largest() {
        refused(f -> f.quoteAfter = length(AUTHENTICATION_LENGTH_AT, Integer.MAX_VALUE), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_outer_certification_length_that_is_the_largest() {
        refused(f -> f.quoteAfter = length(OUTER_LENGTH_AT, Integer.MAX_VALUE), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_pck_chain_length_that_is_the_largest() {
        refused(f -> f.quoteAfter = length(CHAIN_LENGTH_AT, Integer.MAX_VALUE), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_a_qe_data_length_one_too_large() {
        refused(f -> f.quoteAfter = set(QE_DATA_LENGTH_AT, 33), "QUOTE_MALFORMED", "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_qe_data_length_one_too_small() {
        refused(f -> f.quoteAfter = set(QE_DATA_LENGTH_AT, 31), "QUOTE_MALFORMED", "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_largest_qe_data_length() {
        refused(f -> f.quoteAfter = set(QE_DATA_LENGTH_AT, 0xff, 0xff), "QUOTE_MALFORMED");
    }

    @Test
    void should_refuse_an_outer_type_that_is_no_qe_report() {
        refused(f -> f.outerType = 5, "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_certification_data_without_a_chain() {
        refused(f -> f.innerType = 1, "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_certification_data_nested_once_more() {
        refused(f -> f.innerType = 6, "QUOTE_UNSUPPORTED");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_header() {
        refused(f -> f.quoteAfter = flip(40), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_body() {
        refused(f -> f.quoteAfter = flip(48 + 136), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_attributes() {
        refused(f -> f.quoteAfter = flip(48 + 120), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_report_data() {
        refused(f -> f.quoteAfter = flip(48 + 520), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_signature() {
        refused(f -> f.quoteAfter = flip(SIGNATURE_AT + 10), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_attestation_key() {
        refused(f -> f.quoteAfter = flip(SIGNATURE_AT + 70), "ATTESTATION_KEY_BINDING");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_qe_report() {
        refused(f -> f.quoteAfter = flip(QE_REPORT_AT + 258), "QE_REPORT_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_qe_report_s_signature() {
        refused(f -> f.quoteAfter = flip(QE_REPORT_AT + 390), "QE_REPORT_SIGNATURE");
    }

    @Test
    void should_refuse_a_bit_flipped_in_the_qe_data() {
        refused(f -> f.quoteAfter = flip(QE_DATA_LENGTH_AT + 5), "ATTESTATION_KEY_BINDING");
    }

    @Test
    void should_refuse_r_of_zero() {
        refused(f -> f.quoteSignature = part(0, BigInteger.ZERO), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_s_of_zero() {
        refused(f -> f.quoteSignature = part(32, BigInteger.ZERO), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_r_of_the_order() {
        refused(f -> f.quoteSignature = part(0, TdxForge.ROOT.order()), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_s_of_the_order() {
        refused(f -> f.quoteSignature = part(32, TdxForge.ROOT.order()), "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_an_r_and_s_of_zero() {
        refused(f -> f.quoteSignature = signature -> new byte[64], "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_r_and_s_in_little_endian() {
        refused(
                f -> f.quoteSignature = signature -> DerOut.concat(reversed(signature, 0), reversed(signature, 32)),
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_r_and_s_exchanged() {
        refused(
                f -> f.quoteSignature =
                        signature -> DerOut.concat(Arrays.copyOfRange(signature, 32, 64), Arrays.copyOf(signature, 32)),
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_the_signature_of_another_quote() {
        refused(
                f -> f.signedRegion = region -> TdxForge.with(other -> other.reportData[0] = 1)
                        .quote()
                        .slice(0, region.length)
                        .toByteArray(),
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_signature_by_a_stranger() {
        refused(f -> f.quoteSigner = TdxForge.STRANGER, "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_an_attestation_key_that_was_replaced() {
        refused(
                f -> {
                    f.quoteSigner = TdxForge.STRANGER;
                    f.shownKey = TdxForge.STRANGER.coordinates();
                },
                "ATTESTATION_KEY_BINDING");
    }

    @Test
    void should_refuse_an_attestation_key_off_the_curve() {
        refused(
                f -> {
                    f.boundKey[63] ^= 1;
                    f.shownKey = f.boundKey;
                },
                "QUOTE_MALFORMED",
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_an_attestation_key_of_zeros() {
        refused(
                f -> {
                    f.boundKey = new byte[64];
                    f.shownKey = f.boundKey;
                },
                "QUOTE_MALFORMED",
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_an_attestation_key_above_the_field() {
        refused(
                f -> {
                    f.boundKey = TdxForge.filled(64, 0xff);
                    f.shownKey = f.boundKey;
                },
                "QUOTE_MALFORMED",
                "QUOTE_SIGNATURE");
    }

    @Test
    void should_refuse_a_qe_report_signed_again_by_a_stranger() {
        refused(f -> f.qeReportSigner = TdxForge.STRANGER, "QE_REPORT_SIGNATURE");
    }

    @Test
    void should_refuse_a_qe_report_signed_by_the_attestation_key() {
        refused(f -> f.qeReportSigner = TdxForge.ATTESTATION, "QE_REPORT_SIGNATURE");
    }

    @Test
    void should_refuse_a_second_half_of_the_qe_s_report_data() {
        refused(f -> f.qeReportDataTail[31] = 1, "ATTESTATION_KEY_BINDING");
    }

    @Test
    void should_refuse_a_foreign_root_with_equal_names() {
        refused(
                f -> {
                    f.root.keyInfo = STRANGER.info();
                    f.root.issuerKey = STRANGER;
                    f.listChain = real();
                    f.signingChain = real();
                    f.platform.issuerKey = STRANGER;
                },
                "ROOT_UNTRUSTED");
    }

    @Test
    void should_refuse_a_pck_certificate_signed_by_a_stranger() {
        refused(f -> f.pck.issuerKey = STRANGER, "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_with_a_damaged_signature() {
        refused(f -> f.pck.flipSignature = true, "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_an_intermediate_signed_by_a_stranger() {
        refused(
                f -> {
                    f.platform.issuerKey = STRANGER;
                    f.listChain = real();
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_root_whose_own_signature_is_damaged() {
        refused(
                f -> {
                    f.root.flipSignature = true;
                    f.listChain = real();
                    f.signingChain = real();
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_of_another_issuer_s_name() {
        refused(f -> f.pck.issuer = TdxForge.PROCESSOR_NAME, "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_with_a_key_of_p384() {
        refused(f -> f.pck.keyInfo = new EcTestKey(Curve.P384, "x").info(), "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_with_an_rsa_key() {
        refused(f -> f.pck.keyInfo = rsa(), "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_signed_with_sha384() {
        refused(f -> f.pck.algorithm = TestCertificate.ECDSA_SHA384, "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_tcb_signing_certificate_in_place_of_the_pck_certificate() {
        refused(f -> f.pck.subject = TdxForge.SIGNING_NAME, "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_chain_of_the_leaf_alone() {
        refused(f -> f.pckChain = chain -> chain.subList(0, 1), "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_chain_without_intermediate() {
        refused(f -> f.pckChain = chain -> List.of(chain.get(0), chain.get(2)), "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_chain_with_the_root_twice() {
        refused(
                f -> f.pckChain = chain -> List.of(chain.get(0), chain.get(1), chain.get(2), chain.get(2)),
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_chain_in_reverse() {
        refused(f -> f.pckChain = chain -> List.of(chain.get(2), chain.get(1), chain.get(0)), "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_an_empty_chain() {
        refused(
                f -> {
                    f.pckChain = chain -> List.of();
                    f.chainEnd = "";
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_text_behind_the_chain() {
        refused(f -> f.chainEnd = "x", "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_an_intermediate_that_is_no_ca() {
        refused(
                f -> {
                    f.platform.isCa = false;
                    f.platform.pathLength = -1;
                    f.listChain = real();
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_an_intermediate_that_may_not_sign_certificates() {
        refused(
                f -> {
                    f.platform.keyUsage = 0x02;
                    f.listChain = real();
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_root_that_allows_no_intermediate() {
        refused(
                f -> {
                    f.root.pathLength = 0;
                    f.listChain = real();
                    f.signingChain = real();
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_an_unknown_critical_extension_of_the_intermediate() {
        refused(
                f -> {
                    f.platform.extensions.add(DerOut.extension("1.2.3.4", true, new byte[1]));
                    f.listChain = real();
                },
                "PCK_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_that_ended() {
        refused(f -> f.pck.notAfter = f.time.minusSeconds(1), "CERT_EXPIRED");
    }

    @Test
    void should_refuse_a_pck_certificate_of_the_future() {
        refused(f -> f.pck.notBefore = f.time.plusSeconds(1), "CERT_NOT_YET_VALID");
    }

    @Test
    void should_refuse_an_intermediate_that_ended() {
        refused(f -> f.platform.notAfter = f.time.minusSeconds(1), "CERT_EXPIRED");
    }

    @Test
    void should_refuse_an_intermediate_of_the_future() {
        refused(f -> f.platform.notBefore = f.time.plusSeconds(1), "CERT_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_root_that_ended() {
        refused(f -> f.root.notAfter = f.time.minusSeconds(1), "CERT_EXPIRED");
    }

    @Test
    void should_refuse_a_signer_of_collateral_that_ended() {
        refused(f -> f.signing.notAfter = f.time.minusSeconds(1), "CERT_EXPIRED");
    }

    @Test
    void should_refuse_a_signer_of_collateral_of_the_future() {
        refused(f -> f.signing.notBefore = f.time.plusSeconds(1), "CERT_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_pck_certificate_without_the_sgx_extension() {
        refused(f -> f.sgxExtension = content -> new byte[0], "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_an_sgx_extension_that_is_cut_off() {
        refused(f -> f.sgxExtension = content -> Arrays.copyOf(content, content.length - 3), "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_an_sgx_extension_with_bytes_behind() {
        refused(f -> f.sgxExtension = content -> Arrays.copyOf(content, content.length + 1), "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_an_sgx_extension_without_fmspc() {
        refused(f -> f.sgxEntries = entries -> without(entries, 3), "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_an_sgx_extension_with_fmspc_twice() {
        refused(f -> f.sgxEntries = entries -> replaced(entries, 2, entries.get(3)), "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_an_sgx_extension_with_an_unknown_entry() {
        refused(
                f -> f.sgxEntries = entries -> replaced(
                        entries, 5, DerOut.sequence(DerOut.oid(PckIdentity.EXTENSION + ".8"), DerOut.integer(1))),
                "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_a_component_of_256() {
        refused(f -> f.components[3] = 256, "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_a_negative_component() {
        refused(f -> f.components[3] = -1, "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_a_pcesvn_of_65536() {
        refused(f -> f.pceSvn = 65_536, "PCK_EXTENSION_INVALID");
    }

    @Test
    void should_refuse_a_revoked_platform() {
        refused(f -> f.pckList.serials.add(f.pck.serial), "PCK_REVOKED");
    }

    @Test
    void should_refuse_a_revoked_platform_whose_serial_has_its_top_bit_set() {
        refused(
                f -> {
                    f.pck.serial = new byte[] {0, (byte) 0x81, 5};
                    f.pckList.serials.add(f.pck.serial);
                },
                "PCK_REVOKED");
    }

    @Test
    void should_refuse_a_revoked_platform_whose_serial_was_written_as_negative() {
        refused(
                f -> {
                    f.pck.serial = new byte[] {(byte) 0x81, 5};
                    f.pckList.serials.add(new byte[] {0, (byte) 0x81, 5});
                },
                "PCK_REVOKED");
    }

    @Test
    void should_refuse_a_revoked_platform_whose_serial_has_one_byte() {
        refused(
                f -> {
                    f.pck.serial = new byte[] {5};
                    f.pckList.serials.add(new byte[] {5});
                },
                "PCK_REVOKED");
    }

    @Test
    void should_refuse_a_revoked_platform_among_many() {
        refused(
                f -> {
                    for (int i = 1; i < 2000; i++) {
                        f.pckList.serials.add(BigInteger.valueOf(i * 7919L).toByteArray());
                    }
                    f.pckList.serials.add(f.pck.serial);
                },
                "PCK_REVOKED");
    }

    @Test
    void should_refuse_a_revoked_intermediate() {
        refused(
                f -> {
                    f.platform.serial = new byte[] {9};
                    f.rootList.serials.add(new byte[] {9});
                },
                "INTERMEDIATE_REVOKED");
    }

    @Test
    void should_refuse_a_revoked_signer_of_collateral() {
        refused(
                f -> {
                    f.signing.serial = new byte[] {8};
                    f.rootList.serials.add(new byte[] {8});
                },
                "TCB_SIGNING_REVOKED");
    }

    @Test
    void should_refuse_a_pck_list_of_the_other_ca() {
        refused(
                f -> {
                    f.listChain = chain -> List.of(processor(), chain.get(1));
                    f.pckList.issuer = TdxForge.PROCESSOR_NAME;
                    f.pckList.key = PROCESSOR;
                },
                "CRL_INVALID");
    }

    @Test
    void should_refuse_a_pck_list_in_the_name_of_the_other_ca() {
        refused(f -> f.pckList.issuer = TdxForge.PROCESSOR_NAME, "CRL_INVALID");
    }

    @Test
    void should_refuse_a_pck_list_that_ended() {
        refused(f -> f.pckList.nextUpdate = f.time.minusSeconds(1), "CRL_EXPIRED");
    }

    @Test
    void should_refuse_a_pck_list_of_the_future() {
        refused(f -> f.pckList.thisUpdate = f.time.plusSeconds(1), "CRL_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_root_list_that_ended() {
        refused(f -> f.rootList.nextUpdate = f.time.minusSeconds(1), "CRL_EXPIRED");
    }

    @Test
    void should_refuse_a_root_list_of_the_future() {
        refused(f -> f.rootList.thisUpdate = f.time.plusSeconds(1), "CRL_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_pck_list_with_a_damaged_signature() {
        refused(f -> f.pckList.flipSignature = true, "CRL_INVALID");
    }

    @Test
    void should_refuse_a_pck_list_signed_by_a_stranger() {
        refused(f -> f.pckList.key = STRANGER, "CRL_INVALID");
    }

    @Test
    void should_refuse_a_root_list_signed_by_the_intermediate() {
        refused(f -> f.rootList.key = TdxForge.PLATFORM, "CRL_INVALID");
    }

    @Test
    void should_refuse_a_pck_list_without_number_and_key_identifier() {
        refused(f -> f.pckList.hasExtensions = false, "CRL_INVALID");
    }

    @Test
    void should_refuse_a_pck_list_with_an_unknown_critical_extension() {
        refused(f -> f.pckList.moreExtensions.add(DerOut.extension("2.5.29.28", true, new byte[1])), "CRL_INVALID");
    }

    @Test
    void should_refuse_a_pck_list_with_an_unknown_critical_extension_of_an_entry() {
        refused(
                f -> {
                    f.pckList.serials.add(new byte[] {1});
                    f.pckList.entryExtensions.add(DerOut.extension("2.5.29.29", true, new byte[1]));
                },
                "CRL_INVALID");
    }

    @Test
    void should_refuse_tcb_info_that_ended() {
        refused(
                f -> f.tcbInfo = text -> text.replace("2026-11-14T00:00:00Z", "2026-11-01T11:59:59Z"),
                "TCB_INFO_EXPIRED");
    }

    @Test
    void should_refuse_tcb_info_of_the_future() {
        refused(
                f -> f.tcbInfo = text -> text.replace("2026-10-15T00:00:00Z", "2026-11-01T12:00:01Z"),
                "TCB_INFO_NOT_YET_VALID");
    }

    @Test
    void should_refuse_tcb_info_for_sgx() {
        refused(
                f -> f.tcbInfo = text -> text.replace("\"id\":\"TDX\",\"version\"", "\"id\":\"SGX\",\"version\""),
                "TCB_INFO_MISMATCH");
    }

    @Test
    void should_refuse_tcb_info_of_another_family() {
        refused(f -> f.tcbInfo = text -> text.replace("F0C056101765", "F0C056101766"), "TCB_INFO_MISMATCH");
    }

    @Test
    void should_refuse_tcb_info_of_another_pce() {
        refused(f -> f.tcbInfo = text -> text.replace("\"pceId\":\"0000\"", "\"pceId\":\"0001\""), "TCB_INFO_MISMATCH");
    }

    @Test
    void should_refuse_tcb_info_that_was_edited() {
        refused(f -> f.tcbInfoAfter = text -> text.replace("\"pcesvn\":13", "\"pcesvn\":12"), "TCB_INFO_SIGNATURE");
    }

    @Test
    void should_refuse_tcb_info_written_anew_with_the_same_meaning() {
        refused(f -> f.tcbInfoAfter = text -> text.replace(":", ": "), "TCB_INFO_SIGNATURE");
    }

    @Test
    void should_refuse_tcb_info_signed_by_the_platform() {
        refused(f -> f.tcbInfoSigner = TdxForge.PCK, "TCB_INFO_SIGNATURE");
    }

    @Test
    void should_refuse_tcb_info_with_a_signature_of_63_bytes() {
        refused(
                f -> f.tcbInfoSignature = signature -> Arrays.copyOf(signature, 63),
                "TCB_INFO_MALFORMED",
                "TCB_INFO_SIGNATURE");
    }

    @Test
    void should_refuse_tcb_info_of_version_2() {
        refused(f -> f.tcbInfo = text -> text.replace("\"version\":3", "\"version\":2"), "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_of_an_unknown_type() {
        refused(f -> f.tcbInfo = text -> text.replace("\"tcbType\":0", "\"tcbType\":1"), "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_a_member_twice() {
        refused(
                f -> f.tcbInfo = text -> text.replace("\"tcbType\":0", "\"tcbType\":0,\"tcbType\":0"),
                "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_fifteen_components() {
        refused(f -> f.tcbInfo = text -> text.replace("{\"svn\":7},{\"svn\":5}", "{\"svn\":7}"), "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_a_component_of_256() {
        refused(f -> f.tcbInfo = text -> text.replace("{\"svn\":7}", "{\"svn\":256}"), "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_a_component_that_is_a_fraction() {
        refused(f -> f.tcbInfo = text -> text.replace("{\"svn\":7}", "{\"svn\":7.0}"), "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_without_levels() {
        refused(
                f -> f.tcbInfo = text -> text.substring(0, text.lastIndexOf("\"tcbLevels\"")) + "\"tcbLevels\":[]}",
                "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_a_level_twice() {
        refused(
                f -> f.tcbInfo = text -> text.replace("{\"svn\":6},{\"svn\":5}", "{\"svn\":7},{\"svn\":5}"),
                "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_a_module_twice() {
        refused(
                f -> f.tcbInfo = text ->
                        text.replace("\"tdxModuleIdentities\":[", "\"tdxModuleIdentities\":[" + moduleOf(text) + ","),
                "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_that_nests_too_deep() {
        refused(
                f -> f.tcbInfo = text -> text.replace(
                        "\"tcbType\":0",
                        "\"tcbType\":0,\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
                "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_with_a_date_that_no_calendar_has() {
        refused(
                f -> f.tcbInfo = text -> text.replace("\"tcbDate\":\"2026-03-11", "\"tcbDate\":\"2026-02-30"),
                "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_that_is_a_qe_identity() {
        refused(f -> f.tcbInfo = text -> f.qeIdentityText(), "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_tcb_info_that_is_no_json() {
        refused(f -> f.tcbInfo = text -> "no JSON", "TCB_INFO_MALFORMED");
    }

    @Test
    void should_refuse_a_platform_status_that_nobody_knows() {
        refused(
                f -> f.tcbInfo = text -> text.replace(
                        "\"UpToDate\",\"advisoryIDs\":[]},{\"tcb\":{\"sgx",
                        "\"Fine\",\"advisoryIDs\":[]},{\"tcb\":{\"sgx"),
                "TCB_STATUS_UNRECOGNIZED");
    }

    @Test
    void should_refuse_a_qe_status_that_only_platforms_have() {
        refused(
                f -> f.qeIdentity = text -> text.replace("\"UpToDate\"", "\"SWHardeningNeeded\""),
                "TCB_STATUS_UNRECOGNIZED");
    }

    @Test
    void should_refuse_a_qe_identity_that_ended() {
        refused(
                f -> f.qeIdentity = text -> text.replace("2026-11-14T00:00:00Z", "2026-11-01T11:59:59Z"),
                "QE_IDENTITY_EXPIRED");
    }

    @Test
    void should_refuse_a_qe_identity_of_the_future() {
        refused(
                f -> f.qeIdentity = text -> text.replace("2026-10-15T00:00:00Z", "2026-11-01T12:00:01Z"),
                "QE_IDENTITY_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_qe_identity_for_sgx() {
        refused(f -> f.qeIdentity = text -> text.replace("\"TD_QE\"", "\"QE\""), "QE_MISMATCH");
    }

    @Test
    void should_refuse_a_qe_identity_of_version_1() {
        refused(f -> f.qeIdentity = text -> text.replace("\"version\":2", "\"version\":1"), "QE_IDENTITY_MALFORMED");
    }

    @Test
    void should_refuse_a_qe_identity_with_a_member_twice() {
        refused(
                f -> f.qeIdentity = text -> text.replace("\"isvprodid\":2", "\"isvprodid\":2,\"isvprodid\":2"),
                "QE_IDENTITY_MALFORMED");
    }

    @Test
    void should_refuse_a_qe_identity_that_was_edited() {
        refused(f -> f.qeIdentityAfter = text -> text.replace("\"isvsvn\":4", "\"isvsvn\":1"), "QE_IDENTITY_SIGNATURE");
    }

    @Test
    void should_refuse_a_qe_identity_signed_by_a_stranger() {
        refused(f -> f.qeIdentitySigner = STRANGER, "QE_IDENTITY_SIGNATURE");
    }

    @Test
    void should_refuse_a_signing_chain_of_one_certificate() {
        refused(f -> f.signingChain = chain -> chain.subList(0, 1), "TCB_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_signer_of_collateral_that_the_intermediate_issued() {
        refused(
                f -> {
                    f.signing.issuer = TdxForge.PLATFORM_NAME;
                    f.signing.issuerKey = TdxForge.PLATFORM;
                },
                "TCB_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_pck_certificate_in_place_of_the_signer() {
        refused(f -> f.signing.subject = TdxForge.PCK_NAME, "TCB_CHAIN_INVALID");
    }

    @Test
    void should_refuse_a_quoting_enclave_in_debug_mode() {
        refused(f -> f.qeAttributes[0] |= 2, "QE_MISMATCH");
    }

    @Test
    void should_refuse_a_quoting_enclave_of_another_signer() {
        refused(f -> f.qeMrSigner[0] ^= 1, "QE_MISMATCH");
    }

    @Test
    void should_refuse_a_quoting_enclave_that_is_another_product() {
        refused(f -> f.qeProduct = 1, "QE_MISMATCH");
    }

    @Test
    void should_refuse_a_quoting_enclave_with_another_miscselect() {
        refused(f -> f.qeMiscSelect[0] = 1, "QE_MISMATCH");
    }

    @Test
    void should_refuse_a_quoting_enclave_below_every_level() {
        refused(f -> f.qeSvn = 1, "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_a_tdx_module_of_a_version_that_is_not_listed() {
        refused(f -> f.teeTcbSvn[1] = 2, "TDX_MODULE_MISMATCH");
    }

    @Test
    void should_refuse_a_tdx_module_of_another_signer() {
        refused(f -> f.mrSignerSeam[47] = 1, "TDX_MODULE_MISMATCH");
    }

    @Test
    void should_refuse_a_tdx_module_with_attributes() {
        refused(f -> f.seamAttributes[7] = 1, "TDX_MODULE_MISMATCH");
    }

    @Test
    void should_refuse_a_tdx_module_below_every_level() {
        refused(f -> f.teeTcbSvn[0] = 0, "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_a_platform_below_every_level() {
        refused(f -> f.components[0] = 0, "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_a_platform_whose_second_component_is_below_every_level() {
        refused(
                f -> {
                    f.components[0] = 255;
                    f.components[1] = 0;
                },
                "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_a_platform_whose_pcesvn_is_below_every_level() {
        refused(f -> f.pceSvn = 4, "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_microcode_below_every_level() {
        refused(f -> f.teeTcbSvn[2] = 5, "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_a_current_module_of_a_version_that_is_not_listed() {
        refused(
                f -> {
                    f.version = 5;
                    f.bodyType = 3;
                    f.teeTcbSvn2[1] = 9;
                },
                "TCB_NOT_SUPPORTED");
    }

    @Test
    void should_refuse_an_sgx_quote_with_tdx_collateral() {
        refused(
                f -> {
                    f.version = 3;
                    f.tee = 0;
                },
                "TCB_INFO_MISMATCH");
    }

    @Test
    void should_refuse_a_clock_one_second_behind_the_documents() {
        refused(f -> f.time = Instant.parse("2026-11-14T00:00:01Z"), "TCB_INFO_EXPIRED");
    }

    @Test
    void should_refuse_a_clock_one_second_before_the_documents() {
        refused(f -> f.time = Instant.parse("2026-10-14T23:59:59Z"), "CRL_NOT_YET_VALID", "TCB_INFO_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_clock_far_behind() {
        refused(f -> f.time = Instant.parse("1970-01-01T00:00:00Z"), "CERT_NOT_YET_VALID");
    }

    @Test
    void should_refuse_a_clock_far_ahead() {
        refused(f -> f.time = Instant.parse("2100-01-01T00:00:00Z"), "CERT_EXPIRED");
    }
}
