package io.cocoon.tee.tdx;

import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Verifies TDX and SGX quotes from scratch, without Intel's library: structure, chains to the pinned root, revocation, dates,
 * signatures, TCB levels. Pure functions, thread-safe. TEE dossier 7.6, 7.7 and the stricter rules of 7.11.
 *
 * <p>A verified quote is genuine; whether it is good enough is a policy's decision, see {@link TdxAppraisal}.
 */
public final class TdxVerifier {

    private static final int REPORT_DATA_HASH_BYTES = 32;

    private TdxVerifier() {}

    /**
     * Verifies a quote and its collateral.
     *
     * @param quote as the peer shows it, trailing bytes included
     * @param time the verification instant, from an injected clock
     * @return the appraisal, or the check that failed; never throws for what quote or collateral hold
     */
    public static Verification<TdxAppraisal> verify(
            Bytes quote, TdxCollateral collateral, TdxTrust trust, Instant time) {
        Progress progress = new Progress(Step.STRUCTURE);
        try {
            TdxQuote parsed = structure(quote, progress);
            return verify(parsed, VerifiedCollateral.verify(collateral, trust, progress), time, progress);
        } catch (TdxRefusal e) {
            return progress.failed(e, Step.TCB_LEVEL);
        }
    }

    /**
     * Verifies a quote against collateral that was verified before; the dates of the collateral are checked again.
     *
     * @param quote as the peer shows it, trailing bytes included
     * @param time the verification instant, from an injected clock
     * @return the appraisal, or the check that failed; never throws for what the quote holds
     */
    public static Verification<TdxAppraisal> verify(Bytes quote, VerifiedCollateral collateral, Instant time) {
        Progress progress = new Progress(Step.STRUCTURE);
        try {
            TdxQuote parsed = structure(quote, progress);
            progress.addAll(collateral.checks());
            return verify(parsed, collateral, time, progress);
        } catch (TdxRefusal e) {
            return progress.failed(e, Step.TCB_LEVEL);
        }
    }

    private static TdxQuote structure(Bytes bytes, Progress progress) throws TdxRefusal {
        TdxQuote quote = TdxQuote.read(bytes);
        progress.passed((quote.isSgx() ? "SGX" : "TDX") + " quote of version " + quote.version() + ", "
                + quote.canonical().length() + " bytes and " + quote.trailingBytes() + " behind");
        return quote;
    }

    private static Verification<TdxAppraisal> verify(
            TdxQuote quote, VerifiedCollateral collateral, Instant time, Progress progress) throws TdxRefusal {
        collateral.requireValid(time, progress);

        progress.begin(Step.PCK_CHAIN);
        List<Certificate> chain = collateral.verifyPckChain(quote);
        Certificate leaf = chain.get(0);
        progress.passed("issued by " + Chains.printable(leaf.issuerCommonName()));

        progress.begin(Step.PCK_DATES);
        for (Certificate certificate : chain) {
            progress.until(certificate.notAfter());
        }
        Chains.requireValid(chain, time);
        progress.passed("valid at " + time);

        progress.begin(Step.PCK_EXTENSION);
        PckIdentity pck = PckIdentity.read(leaf);
        progress.passed("family " + pck.fmspc().toHex());

        progress.begin(Step.PCK_REVOCATION);
        requireNotRevoked(chain, collateral);
        progress.passed("on neither list");

        progress.begin(Step.TCB_MATCH);
        requireMatch(collateral.tcbInfo(), pck, quote.isSgx());
        progress.passed(collateral.tcbInfo().id() + " for family " + pck.fmspc().toHex());

        TdBody td = quote.td().orElse(null);
        if (td != null) {
            progress.begin(Step.MODULE);
            progress.passed(requireModule(td, collateral.tcbInfo()));
        } else {
            progress.notApplicable(Step.MODULE, "an SGX quote has no TDX module");
        }

        progress.begin(Step.QE_REPORT);
        if (!(leaf.key() instanceof PublicKey.Ec key)
                || !Signatures.ecdsaRaw(key, quote.qeReportBytes(), quote.qeReportSignature())) {
            throw new TdxRefusal(
                    TdxError.QE_REPORT_SIGNATURE,
                    "a report of the quoting enclave that the platform's key did not sign",
                    "the signature of the PCK certificate's key");
        }
        progress.passed("signed by the platform's key");

        progress.begin(Step.KEY_BINDING);
        SgxBody qe = quote.qeReport();
        requireBinding(quote, qe);
        progress.passed("the quoting enclave vouches for the attestation key");

        progress.begin(Step.QE_IDENTITY);
        collateral.qeIdentity().requireMatch(qe, quote.isSgx());
        progress.passed("product " + qe.isvProdId() + " of security version " + qe.isvSvn());

        progress.begin(Step.QUOTE_SIGNATURE);
        requireQuoteSignature(quote);
        progress.passed("signed by the attestation key");

        progress.begin(Step.TCB_LEVEL);
        TdxAppraisal appraisal = appraise(quote, td, pck, qe, collateral);
        progress.passed(describe(appraisal));
        return progress.verified(appraisal);
    }

    private static void requireNotRevoked(List<Certificate> chain, VerifiedCollateral collateral) throws TdxRefusal {
        Certificate leaf = chain.get(0);
        Certificate intermediate = chain.get(1);
        Certificate listIssuer = collateral.crlChain().get(0);
        // A list of the other CA would hide a revocation.
        if (!listIssuer.subject().equals(intermediate.subject())
                || !listIssuer.key().equals(intermediate.key())) {
            throw new TdxRefusal(
                    TdxError.CRL_INVALID,
                    "the list of " + Chains.printable(listIssuer.subjectCommonName()),
                    "the list of the platform's issuer, " + Chains.printable(intermediate.subjectCommonName()));
        }
        if (!intermediate.issuer().equals(collateral.rootCrl().issuer())) {
            throw new TdxRefusal(
                    TdxError.CRL_INVALID, "a root list of another issuer", "the list of the intermediate's issuer");
        }
        if (collateral.rootCrl().revokes(intermediate.serial())) {
            throw VerifiedCollateral.revoked(TdxError.INTERMEDIATE_REVOKED, intermediate);
        }
        if (collateral.pckCrl().revokes(leaf.serial())) {
            throw VerifiedCollateral.revoked(TdxError.PCK_REVOKED, leaf);
        }
    }

    private static void requireMatch(TcbInfo info, PckIdentity pck, boolean isSgx) throws TdxRefusal {
        String wanted = isSgx ? TcbInfo.SGX : TcbInfo.TDX;
        if (!info.id().equals(wanted)
                || !info.fmspc().equals(pck.fmspc())
                || !info.pceId().equals(pck.pceId())) {
            throw new TdxRefusal(
                    TdxError.TCB_INFO_MISMATCH,
                    Chains.printable(info.id()) + " for family " + info.fmspc().toHex() + ", PCEID "
                            + info.pceId().toHex(),
                    wanted + " for family " + pck.fmspc().toHex() + ", PCEID "
                            + pck.pceId().toHex());
        }
    }

    private static String requireModule(TdBody td, TcbInfo info) throws TdxRefusal {
        int version = td.teeTcbSvn().get(1) & 0xff;
        TcbInfo.Module module = version == 0 ? info.oldModule() : info.modules().get(version);
        if (module == null) {
            throw new TdxRefusal(
                    TdxError.TDX_MODULE_MISMATCH,
                    "TDX module version " + version,
                    "one of " + info.modules().keySet());
        }
        if (!td.mrSignerSeam().equals(module.mrSigner())) {
            throw new TdxRefusal(
                    TdxError.TDX_MODULE_MISMATCH,
                    "a TDX module signed by " + td.mrSignerSeam().toHex(),
                    module.mrSigner().toHex());
        }
        if (!TdBody.isZero(td.seamAttributes()) || !td.seamAttributes().equals(module.attributes())) {
            throw new TdxRefusal(
                    TdxError.TDX_MODULE_MISMATCH,
                    "attributes " + td.seamAttributes().toHex() + " of the TDX module",
                    "zero, and the listed " + module.attributes().toHex());
        }
        return "TDX module version " + version;
    }

    private static void requireBinding(TdxQuote quote, SgxBody qe) throws TdxRefusal {
        byte[] hash = Signatures.sha256(quote.attestationKey().concat(quote.qeAuthenticationData()));
        Bytes wanted = Bytes.wrapUnshared(Arrays.copyOf(hash, 2 * REPORT_DATA_HASH_BYTES));
        if (!qe.reportData().equals(wanted)) {
            throw new TdxRefusal(
                    TdxError.ATTESTATION_KEY_BINDING,
                    "report data " + qe.reportData().toHex() + " of the quoting enclave",
                    wanted.toHex());
        }
    }

    private static void requireQuoteSignature(TdxQuote quote) throws TdxRefusal {
        PublicKey.Ec key;
        try {
            key = PublicKey.Ec.ofCoordinates(Curve.P256, quote.attestationKey());
        } catch (DerException e) {
            throw new TdxRefusal(TdxError.QUOTE_MALFORMED, e);
        }
        if (!Signatures.ecdsaRaw(key, quote.signedBytes(), quote.signature())) {
            throw new TdxRefusal(
                    TdxError.QUOTE_SIGNATURE,
                    "a signature that does not fit the " + quote.signedBytes().length() + " signed bytes",
                    "the attestation key's signature");
        }
    }

    private static TdxAppraisal appraise(
            TdxQuote quote, @Nullable TdBody td, PckIdentity pck, SgxBody qe, VerifiedCollateral collateral)
            throws TdxRefusal {
        TcbInfo info = collateral.tcbInfo();
        QeIdentity identity = collateral.qeIdentity();
        TcbEvaluation launch = TcbEvaluation.of(info, identity, pck, qe.isvSvn(), td == null ? null : td.teeTcbSvn());
        Optional<TcbStatus> current = Optional.empty();
        TcbStatus status = launch.status();
        Bytes currentSvn = td == null ? null : td.teeTcbSvn2().orElse(null);
        if (currentSvn != null) {
            TcbStatus now = TcbEvaluation.of(info, identity, pck, qe.isvSvn(), currentSvn)
                    .status();
            current = Optional.of(now);
            status = TcbEvaluation.relaunch(launch.status(), now);
        }
        return new TdxAppraisal(
                quote,
                status,
                launch.platform(),
                launch.module(),
                launch.qe(),
                current,
                launch.advisoryIds(),
                launch.date(),
                collateral.evaluationNumber(),
                TdFinding.of(quote),
                quote.imageHash(),
                pck,
                pck.fmspc(),
                collateral.trust().rootHash(),
                quote.trailingBytes(),
                quote.canonical().length());
    }

    private static String describe(TdxAppraisal appraisal) {
        StringBuilder text = new StringBuilder(120)
                .append(appraisal.status().word())
                .append(" (platform ")
                .append(appraisal.platformStatus().word());
        appraisal.moduleStatus().ifPresent(module -> text.append(", module ").append(module.word()));
        text.append(", QE ").append(appraisal.qeStatus().word());
        appraisal.currentStatus().ifPresent(current -> text.append(", current ").append(current.word()));
        return text.append("), TCB of ")
                .append(appraisal.tcbDate())
                .append(", advisories ")
                .append(appraisal.advisoryIds())
                .toString();
    }
}
