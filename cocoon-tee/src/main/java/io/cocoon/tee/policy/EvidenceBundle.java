package io.cocoon.tee.policy;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationReport;
import io.cocoon.tee.CertificateRules;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a verdict rests on: evidence, collateral, policy and time. Verifies without a network, at its own time or at
 * another, today and in ten years. Immutable.
 *
 * <p>A bundle is not signed and proves nothing by itself: whoever verifies it decides which roots count, and looks at the
 * policy and the time that it names.
 *
 * @param time when it was collected, and at which {@link #verify(TrustAnchors)} verifies
 * @param policy what was demanded
 * @param subject the evidence
 * @param tdxCollateral what Intel signed; empty if it could not be had, or was not needed
 * @param snpCollateral what AMD signed
 * @param gpus evidence of GPUs that the peer showed apart from its certificate, if any
 */
public record EvidenceBundle(
        Instant time,
        AttestationPolicy policy,
        Subject subject,
        Optional<TdxCollateral> tdxCollateral,
        Optional<SnpCollateral> snpCollateral,
        Optional<GpuBundle> gpus) {

    /** Longest file: two revocation lists of 8 MiB each in base64, and everything else. */
    public static final int MAX_BYTES = 24 << 20;

    private static final String VERSION = "cocoonEvidenceBundle";
    private static final int MAX_CERTIFICATE_BYTES = 65_535;
    private static final int MAX_QUOTE_BYTES = 65_536;
    private static final int MAX_CHAIN_BYTES = 65_536;
    private static final int MAX_LIST_BYTES = 8 << 20;
    private static final int MAX_DOCUMENT_BYTES = 1 << 20;
    private static final int SNP_REPORT_BYTES = 1_184;

    /** What is judged. */
    public sealed interface Subject {

        /**
         * A peer's certificate.
         *
         * @param der the whole of it
         * @param shownByClient whether the dialling peer showed it
         */
        record Certificate(Bytes der, boolean shownByClient) implements Subject {}

        /**
         * A TDX quote alone: bound to no key.
         *
         * @param quote as it came
         */
        record Quote(Bytes quote) implements Subject {}

        /**
         * A SEV-SNP report alone: bound to no key.
         *
         * @param report 1184 bytes
         * @param endorsement PEM with the certificate of the key that signed it
         */
        record Report(Bytes report, Bytes endorsement) implements Subject {}
    }

    /**
     * Collects what is needed to judge a subject.
     *
     * @return never fails; without collateral if that could not be had in time, and then no verification accepts it
     */
    public static CompletionStage<EvidenceBundle> collect(
            Subject subject, AttestationPolicy policy, Instant time, CollateralSource source, Duration deadline) {
        EvidenceBundle bare =
                new EvidenceBundle(time, policy, subject, Optional.empty(), Optional.empty(), Optional.empty());
        Judge judge;
        try {
            judge = Judge.begin(bare.read(time), policy, TrustAnchors.genuine(), time);
        } catch (IOException e) {
            return CompletableFuture.completedFuture(bare);
        }
        Optional<Judge.Ask> ask = judge.ask();
        if (ask.isEmpty()) {
            return CompletableFuture.completedFuture(bare);
        }
        return Collaterals.fetch(source, ask.get(), deadline).handle((set, failure) -> bare.with(set));
    }

    private EvidenceBundle with(Judge.@Nullable Delivered set) {
        return new EvidenceBundle(
                time,
                policy,
                subject,
                set instanceof Judge.Delivered.Tdx tdx ? Optional.of(tdx.collateral()) : Optional.empty(),
                set instanceof Judge.Delivered.Snp snp ? Optional.of(snp.collateral()) : Optional.empty(),
                gpus);
    }

    /** Returns the same with another policy, for asking what another one would have said. */
    public EvidenceBundle withPolicy(AttestationPolicy other) {
        return new EvidenceBundle(time, other, subject, tdxCollateral, snpCollateral, gpus);
    }

    /** Returns the same with evidence of GPUs; a policy that requires GPUs judges it together with the rest. */
    public EvidenceBundle withGpus(GpuBundle shown) {
        return new EvidenceBundle(time, policy, subject, tdxCollateral, snpCollateral, Optional.of(shown));
    }

    private Judge.Subject read(Instant at) throws IOException {
        if (subject instanceof Subject.Certificate certificate) {
            PeerEvidence peer = PeerEvidence.read(
                    certificate.der(),
                    certificate.shownByClient(),
                    at,
                    CertificateRules.DEFAULT.withMaxLifetime(policy.maxCertificateLifetime()));
            return new Judge.Subject(peer.evidence(), Optional.of(peer), gpus);
        }
        if (subject instanceof Subject.Quote quote) {
            return new Judge.Subject(new Evidence.Tdx(quote.quote(), Bytes.empty()), Optional.empty(), gpus);
        }
        Subject.Report report = (Subject.Report) subject;
        return new Judge.Subject(
                new Evidence.SevSnp(Bytes.empty(), report.report(), report.endorsement()), Optional.empty(), gpus);
    }

    /** Verifies at the bundle's own time. */
    public AttestationReport verify(TrustAnchors anchors) {
        return verify(anchors, time);
    }

    /** Verifies at another time. Never throws for what the bundle holds. */
    public AttestationReport verify(TrustAnchors anchors, Instant at) {
        Judge.Subject read;
        try {
            read = read(at);
        } catch (IOException e) {
            // The text of a refusal is 'CODE: seen …; wanted …'.
            String text = String.valueOf(e.getMessage()).replace(": seen ", ": ");
            int colon = text.indexOf(':');
            return report(
                    anchors,
                    at,
                    Optional.empty(),
                    List.of(AttestationCheck.failed(
                            "ratls.certificate",
                            colon > 0 ? text.substring(0, colon) : "CERTIFICATE",
                            colon > 0 ? text.substring(colon + 1).trim() : text,
                            "a certificate of a peer, valid at " + at,
                            "TEE dossier 1, 4.2",
                            "the peer has to show another certificate")));
        }
        Judge judge = Judge.begin(read, policy, anchors, at);
        Optional<Judge.Ask> ask = judge.ask();
        Judge.Verdict verdict;
        if (ask.isEmpty()) {
            verdict = judge.refusal();
        } else {
            Optional<? extends Judge.Delivered> set = ask.get() instanceof Judge.Ask.Tdx
                    ? tdxCollateral.map(Judge.Delivered.Tdx::new)
                    : snpCollateral.map(Judge.Delivered.Snp::new);
            verdict = set.isPresent()
                    ? judge.finish(set.get(), new CollateralMemo())
                    : judge.withoutCollateral(
                            "", "no collateral in the bundle", "collateral", "collect the bundle again, with a source");
        }
        return report(anchors, at, read.peer().map(PeerEvidence::key), verdict.decision());
    }

    private AttestationReport report(
            TrustAnchors anchors, Instant at, Optional<Int256> key, List<AttestationCheck> checks) {
        return new AttestationReport(
                policy.name() + anchors.suffix(), at, Optional.empty(), key.orElse(Int256.ZERO), Int256.ZERO, checks);
    }

    private AttestationReport report(
            TrustAnchors anchors, Instant at, Optional<Int256> key, io.cocoon.tee.PolicyDecision decision) {
        return new AttestationReport(
                policy.name() + anchors.suffix(),
                at,
                decision.accepted(),
                key.orElse(Int256.ZERO),
                decision.imageHash(),
                decision.checks());
    }

    /**
     * Reads a bundle.
     *
     * @throws PolicyException with the place in the document, what was seen and what was wanted
     */
    public static EvidenceBundle parse(Bytes json) throws PolicyException {
        StrictObject in = StrictObject.document(json, MAX_BYTES);
        in.number(VERSION, 1, 1);
        Instant time = in.time("time");
        AttestationPolicy policy = PolicyJson.read(in.object("policy"));
        Subject subject = subject(in.object("subject"));
        Optional<TdxCollateral> tdx =
                in.has("tdxCollateral") ? Optional.of(tdx(in.object("tdxCollateral"))) : Optional.empty();
        Optional<SnpCollateral> snp =
                in.has("snpCollateral") ? Optional.of(snp(in.object("snpCollateral"))) : Optional.empty();
        Optional<GpuBundle> gpus = in.has("gpus") ? Optional.of(GpuJson.read(in.object("gpus"))) : Optional.empty();
        in.end();
        return new EvidenceBundle(time, policy, subject, tdx, snp, gpus);
    }

    private static Subject subject(StrictObject in) throws PolicyException {
        Subject subject;
        String kind = in.text("kind");
        switch (kind) {
            case "certificate" ->
                subject = new Subject.Certificate(
                        in.base64("certificate", MAX_CERTIFICATE_BYTES), in.flag("shownByClient", false));
            case "quote" -> subject = new Subject.Quote(in.base64("quote", MAX_QUOTE_BYTES));
            case "report" ->
                subject = new Subject.Report(
                        in.base64("report", SNP_REPORT_BYTES), in.base64("endorsement", MAX_CHAIN_BYTES));
            default ->
                throw new PolicyException(
                        in.place("kind"), StrictObject.quote(kind), "'certificate', 'quote' or 'report'");
        }
        in.end();
        return subject;
    }

    private static TdxCollateral tdx(StrictObject in) throws PolicyException {
        TdxCollateral set = new TdxCollateral(
                in.base64("pckCrlIssuerChain", MAX_CHAIN_BYTES),
                in.base64("rootCaCrl", MAX_LIST_BYTES),
                in.base64("pckCrl", MAX_LIST_BYTES),
                in.base64("tcbInfoIssuerChain", MAX_CHAIN_BYTES),
                in.base64("tcbInfo", MAX_DOCUMENT_BYTES),
                in.base64("tcbInfoSignature", 64),
                in.base64("qeIdentityIssuerChain", MAX_CHAIN_BYTES),
                in.base64("qeIdentity", MAX_DOCUMENT_BYTES),
                in.base64("qeIdentitySignature", 64));
        in.end();
        return set;
    }

    private static SnpCollateral snp(StrictObject in) throws PolicyException {
        String word = in.text("product");
        SnpProduct product = null;
        for (SnpProduct each : SnpProduct.values()) {
            product = each.word().equals(word) ? each : product;
        }
        if (product == null) {
            throw new PolicyException(in.place("product"), StrictObject.quote(word), "'Milan', 'Genoa' or 'Turin'");
        }
        SnpCollateral set = new SnpCollateral(
                product, in.base64("chain", MAX_CHAIN_BYTES), in.optionalBase64("crl", MAX_LIST_BYTES));
        in.end();
        return set;
    }

    /** Returns the bundle as one JSON document; {@link #parse} gives an equal one. */
    public Bytes toJson() {
        Json.Obj out = new Json.Obj();
        out.put(VERSION, new Json.Int(1));
        out.put("time", new Json.Str(time.toString()));
        out.put("policy", PolicyJson.toJson(policy));
        Json.Obj what = new Json.Obj();
        if (subject instanceof Subject.Certificate certificate) {
            what.put("kind", new Json.Str("certificate"));
            what.put("shownByClient", new Json.Bool(certificate.shownByClient()));
            put(what, "certificate", certificate.der());
        } else if (subject instanceof Subject.Quote quote) {
            what.put("kind", new Json.Str("quote"));
            put(what, "quote", quote.quote());
        } else if (subject instanceof Subject.Report report) {
            what.put("kind", new Json.Str("report"));
            put(what, "report", report.report());
            put(what, "endorsement", report.endorsement());
        }
        out.put("subject", what);
        tdxCollateral.ifPresent(set -> {
            Json.Obj tdx = new Json.Obj();
            put(tdx, "pckCrlIssuerChain", set.pckCrlIssuerChain());
            put(tdx, "rootCaCrl", set.rootCaCrl());
            put(tdx, "pckCrl", set.pckCrl());
            put(tdx, "tcbInfoIssuerChain", set.tcbInfoIssuerChain());
            put(tdx, "tcbInfo", set.tcbInfo());
            put(tdx, "tcbInfoSignature", set.tcbInfoSignature());
            put(tdx, "qeIdentityIssuerChain", set.qeIdentityIssuerChain());
            put(tdx, "qeIdentity", set.qeIdentity());
            put(tdx, "qeIdentitySignature", set.qeIdentitySignature());
            out.put("tdxCollateral", tdx);
        });
        snpCollateral.ifPresent(set -> {
            Json.Obj snp = new Json.Obj();
            snp.put("product", new Json.Str(set.product().word()));
            put(snp, "chain", set.chain());
            set.crl().ifPresent(list -> put(snp, "crl", list));
            out.put("snpCollateral", snp);
        });
        gpus.ifPresent(shown -> out.put("gpus", GpuJson.write(shown)));
        return JsonPrinter.print(out);
    }

    private static void put(Json.Obj out, String name, Bytes value) {
        out.put(name, new Json.Str(Base64.getEncoder().encodeToString(value.toByteArray())));
    }
}
