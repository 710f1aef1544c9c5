package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.tee.Verification;
import io.cocoon.tee.collateral.Fmspc;
import io.cocoon.tee.collateral.PckCa;
import io.cocoon.tee.sevsnp.SnpAppraisal;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpException;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpReport;
import io.cocoon.tee.sevsnp.SnpSigner;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.tee.tdx.PckIdentity;
import io.cocoon.tee.tdx.TdxAppraisal;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tee.tdx.TdxVerifier;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The one way from evidence to a verdict, for all roles, bundles and tools: a pure function of evidence, collateral, policy,
 * anchors and time, in two steps. {@link #begin} makes every check that needs no collateral, and says what collateral is
 * needed; {@link #finish} makes the others. Nothing is accepted before all of them.
 */
final class Judge {

    private static final String BINDING = "ratls.key-binding";
    private static final String LIFETIME = "ratls.certificate.lifetime";
    private static final String KIND = "policy.tee";
    private static final String STRUCTURE_RULE = "TEE dossier 7.1";

    /** What is judged, and the certificate that it came in, if any. */
    record Subject(Evidence evidence, Optional<PeerEvidence> peer, Optional<GpuBundle> gpus) {

        /** A peer of a handshake, whose certificate carries no evidence of GPUs. */
        static Subject of(PeerEvidence peer) {
            return new Subject(peer.evidence(), Optional.of(peer), Optional.empty());
        }
    }

    /** Which collateral is needed. */
    sealed interface Ask {
        /** A platform of Intel. */
        record Tdx(Fmspc fmspc, PckCa ca) implements Ask {}

        /** A product of AMD. */
        record Snp(SnpProduct product, boolean vlek) implements Ask {}
    }

    /** Collateral that was delivered; not trusted. */
    sealed interface Delivered {
        /** Of Intel. */
        record Tdx(TdxCollateral collateral) implements Delivered {}

        /** Of AMD. */
        record Snp(SnpCollateral collateral) implements Delivered {}
    }

    /**
     * A verdict.
     *
     * @param expires the verdict may not be used after it
     */
    record Verdict(PolicyDecision decision, Instant expires) {

        static Verdict refused(Checks checks) {
            return new Verdict(PolicyDecision.refuse(checks.all()), Instant.MAX);
        }
    }

    private final AttestationPolicy policy;
    private final TrustAnchors anchors;
    private final Instant time;
    private final Subject subject;
    private final Checks checks = new Checks();
    private Instant expires = Instant.MAX;

    private Judge(Subject subject, AttestationPolicy policy, TrustAnchors anchors, Instant time) {
        this.subject = subject;
        this.policy = policy;
        this.anchors = anchors;
        this.time = time;
    }

    /** Makes the checks that need no collateral. The result is used once, by one thread at a time. */
    static Judge begin(Subject subject, AttestationPolicy policy, TrustAnchors anchors, Instant time) {
        return new Judge(subject, policy, anchors, time);
    }

    /** Returns what collateral is needed, or empty if the subject is refused already: see {@link #refusal}. */
    Optional<Ask> ask() {
        checks.add(anchors.check());
        subject.peer().ifPresent(this::lifetime);
        if (subject.evidence() instanceof Evidence.Tdx tdx) {
            return allowed(Tee.TDX) ? askTdx(tdx.quote()) : Optional.empty();
        }
        if (subject.evidence() instanceof Evidence.SevSnp sev) {
            return allowed(Tee.SEV_SNP) ? askSnp(sev) : Optional.empty();
        }
        checks.check(
                KIND,
                false,
                "EVIDENCE_MISSING",
                "no evidence",
                wantedTees(),
                "2026 part of the TEE dossier, 2.7, D1",
                "the peer has to run in hardware that the policy names, and show its evidence");
        return Optional.empty();
    }

    private String wantedTees() {
        return "evidence of " + policy.tees().stream().map(Tee::word).sorted().toList();
    }

    private boolean allowed(Tee tee) {
        return checks.check(
                KIND,
                policy.tees().contains(tee),
                "EVIDENCE_KIND",
                "evidence of " + tee.word(),
                wantedTees(),
                "2026 part of the TEE dossier, D14",
                "name this kind of hardware in the policy if it is meant to be allowed");
    }

    /** The lifetime is chosen by the peer, so it is bounded here. Its begin was judged with the certificate, its end comes again for open connections. */
    private void lifetime(PeerEvidence peer) {
        Duration lifetime = Duration.between(peer.notBefore(), peer.notAfter());
        expires = peer.notAfter();
        boolean inTime = !time.isAfter(peer.notAfter());
        checks.check(
                LIFETIME,
                inTime && lifetime.compareTo(policy.maxCertificateLifetime()) <= 0,
                inTime ? "CERTIFICATE_LIFETIME" : "CERTIFICATE_EXPIRED",
                "a certificate from " + peer.notBefore() + " to " + peer.notAfter() + ", " + lifetime.toSeconds()
                        + " s",
                "one that is valid at " + time + " and lasts at most "
                        + policy.maxCertificateLifetime().toSeconds() + " s",
                "TEE dossier 7.8, T7",
                "the peer has to make certificates more often: a quote has no nonce, so their life bounds its age");
    }

    private Optional<Ask> askTdx(Bytes quote) {
        TdxQuote parsed;
        PckIdentity pck;
        try {
            parsed = TdxQuote.parse(quote);
            if (!checks.check(
                    "policy.tdx.kind",
                    !parsed.isSgx(),
                    "EVIDENCE_SGX",
                    parsed.isSgx() ? "a quote of an SGX enclave" : "a quote of a trust domain",
                    "a quote of a trust domain",
                    "TEE dossier 5.1; 2026 part, D9",
                    "an enclave is no peer of this network")) {
                return Optional.empty();
            }
            if (!bound(parsed.reportData())) {
                return Optional.empty();
            }
            pck = parsed.pck();
        } catch (TdxQuoteException e) {
            checks.check(
                    "tdx.quote.structure",
                    false,
                    isSimulated(quote) ? "EVIDENCE_SIMULATED" : e.code(),
                    (isSimulated(quote) ? "of the form of SIMULATED evidence: " : "")
                            + String.valueOf(e.getMessage()).replaceFirst("^[A-Z_]+: seen ", ""),
                    "a quote of a trust domain",
                    STRUCTURE_RULE,
                    isSimulated(quote)
                            ? "simulated peers belong to test networks, under a policy of that name"
                            : "the peer has to show another quote");
            return Optional.empty();
        }
        return checks.failed()
                ? Optional.empty()
                : Optional.of(new Ask.Tdx(new Fmspc(pck.fmspc()), pck.platformCa() ? PckCa.PLATFORM : PckCa.PROCESSOR));
    }

    /** The two forms of the reference; TEE dossier 2.2 and 2026 part, 2.2. */
    private static boolean isSimulated(Bytes quote) {
        return quote.length() == 64 || quote.length() == 496;
    }

    private Optional<Ask> askSnp(Evidence.SevSnp sev) {
        SnpReport report;
        try {
            report = SnpReport.parse(sev.report());
        } catch (SnpException e) {
            checks.check(
                    "snp.report.structure",
                    false,
                    e.code(),
                    e.seen(),
                    e.wanted(),
                    "2026 part of the TEE dossier, 8.1",
                    "the peer has to show another report");
            return Optional.empty();
        }
        if (!bound(report.reportData())) {
            return Optional.empty();
        }
        Optional<SnpProduct> product = report.product().or(() -> productOf(sev.endorsement()));
        if (!checks.check(
                "snp.product",
                product.isPresent(),
                "PRODUCT_UNKNOWN",
                product.map(SnpProduct::word).orElse("a product that neither report nor certificate names"),
                "Milan, Genoa or Turin",
                "2026 part of the TEE dossier, 8.3",
                "wait for a release that knows this processor")) {
            return Optional.empty();
        }
        return checks.failed()
                ? Optional.empty()
                : Optional.of(new Ask.Snp(product.get(), report.signer() == SnpSigner.VLEK));
    }

    /** Reports of version 2 name no product, so the certificate's word decides which chain is asked for; it is verified later. */
    private static Optional<SnpProduct> productOf(Bytes endorsement) {
        try {
            return Optional.of(SnpVerifier.readEndorsement(endorsement).product());
        } catch (SnpException e) {
            return Optional.empty();
        }
    }

    private boolean bound(Bytes reportData) {
        if (subject.peer().isEmpty()) {
            checks.notApplicable(
                    BINDING,
                    "bound to no key: there is no certificate beside this evidence, so anybody can have copied it",
                    "TEE dossier 2.1");
            return true;
        }
        boolean good = MessageDigest.isEqual(
                reportData.toByteArray(),
                subject.peer().get().expectedReportData().toByteArray());
        return checks.check(
                BINDING,
                good,
                "REPORT_DATA",
                good ? "report data for this certificate's key" : "report data for another key",
                "SHA-512 of the certificate's key",
                "TEE dossier 2.1",
                "evidence of somebody else does not help: the peer has to show its own");
    }

    /** Returns the refusal after {@link #ask} gave nothing. */
    Verdict refusal() {
        if (!checks.failed()) {
            throw new IllegalStateException("the subject is not refused yet");
        }
        checks.notRun(subject.evidence() instanceof Evidence.SevSnp ? SnpChecks.NAMES : TdxChecks.NAMES, "fail closed");
        checks.notRun(GpuChecks.names(policy.gpu()), "fail closed");
        return Verdict.refused(checks);
    }

    /** Returns the refusal of a subject whose collateral could not be had. */
    Verdict withoutCollateral(String tried, String seen, String wanted, String nextStep) {
        checks.add(AttestationCheck.failed(
                "collateral.source",
                "COLLATERAL_UNAVAILABLE",
                (tried.isEmpty() ? "" : tried + ": ") + seen,
                wanted,
                "TEE dossier 12: a time-out refuses",
                nextStep));
        return refusal();
    }

    /**
     * Makes the checks that need collateral.
     *
     * @param memo remembers collateral whose signatures were verified
     */
    Verdict finish(Delivered delivered, CollateralMemo memo) {
        if (delivered instanceof Delivered.Tdx tdx && subject.evidence() instanceof Evidence.Tdx quote) {
            CollateralMemo.Found found = memo.verify(tdx.collateral(), anchors, time);
            if (found.set().isEmpty()) {
                checks.add(found.checks());
                return refusal();
            }
            return finishTdx(TdxVerifier.verify(quote.quote(), found.set().get(), time));
        }
        if (delivered instanceof Delivered.Snp snp && subject.evidence() instanceof Evidence.SevSnp sev) {
            Verification<SnpAppraisal> verification = memo.verify(
                    sev.report(),
                    sev.endorsement(),
                    snp.collateral(),
                    anchors.snp().withVlek(policy.snp().allowVlek()),
                    time);
            checks.add(verification.checks());
            return verification
                    .result()
                    .map(seen -> {
                        SnpChecks.make(checks, seen, policy);
                        return end(PeerIdentity.Kind.SEV_SNP, seen.report().imageHash(), verification.expires());
                    })
                    .orElseGet(this::refusal);
        }
        throw new IllegalArgumentException("collateral of another kind than the evidence");
    }

    private Verdict finishTdx(Verification<TdxAppraisal> verification) {
        checks.add(verification.checks());
        if (verification.result().isEmpty()) {
            return refusal();
        }
        TdxAppraisal seen = verification.result().get();
        TdxChecks.make(checks, seen, seen.quote().td().orElseThrow(), policy, time);
        return end(PeerIdentity.Kind.TDX, seen.imageHash(), verification.expires());
    }

    private Verdict end(PeerIdentity.Kind kind, Int256 imageHash, Instant until) {
        boolean listed = !policy.imageHashes().isAny()
                && !(kind == PeerIdentity.Kind.SEV_SNP && policy.snp().software() == SnpRules.Software.FIRMWARE_ONLY);
        GpuChecks.Machine machine = new GpuChecks.Machine(
                subject.peer().map(PeerEvidence::key),
                listed ? GpuChecks.Software.LISTED : GpuChecks.Software.NOT_PROVEN);
        Instant ofGpus = GpuChecks.make(checks, policy.gpu(), subject.gpus(), machine, anchors, time);
        expires = ofGpus.isBefore(expires) ? ofGpus : expires;
        if (checks.failed()) {
            return new Verdict(PolicyDecision.refuse(checks.all()), Instant.MAX);
        }
        return new Verdict(
                PolicyDecision.accept(kind, imageHash, checks.all()), until.isBefore(expires) ? until : expires);
    }

    /** The image has to be listed; those of zero measurements never count as listed. */
    static void imageHash(Checks checks, String name, Int256 seen, AttestationPolicy policy) {
        boolean worthless = AttestationPolicy.isWorthless(seen);
        checks.check(
                name,
                !worthless && policy.imageHashes().allows(seen),
                worthless ? "IMAGE_HASH_OF_ZEROS" : "IMAGE_HASH",
                seen.toHex(),
                policy.imageHashes().describe("image hash"),
                "TEE dossier 3.4, T5; 2026 part, 5.1",
                policy.imageHashes().values().isEmpty() && !policy.imageHashes().isAny()
                        ? "list the images that are allowed; an empty list allows none"
                        : "the peer has to run a listed image, or this one has to be listed");
    }
}
