package io.cocoon.tee.nvidia;

import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Verifies evidence of a GPU from scratch: device chain, FWID, nonce, signature, manifests, golden measurements and
 * revocation. Stateless; every method is a pure function and never throws for what is wrong with its input. TEE dossier 10.2
 * and its 2026 part, 10.2.
 */
public final class GpuVerifier {

    /** Certificates of a device chain, the root included. */
    public static final int CHAIN_LENGTH = 5;

    /** Longest device chain that is read, in bytes: what NVIDIA's driver has room for, as PEM. */
    public static final int MAX_CHAIN_LENGTH = 0x4000;

    private static final String RULE = "TEE dossier 10.2; its 2026 part, 10.2";
    private static final String ARCHITECTURE = "gpu.architecture";
    private static final String STRUCTURE = "gpu.report.structure";
    private static final String CHAIN = "gpu.chain";
    private static final String FWID = "gpu.fwid";
    private static final String NONCE = "gpu.nonce";
    private static final String SIGNATURE = "gpu.report.signature";
    private static final String DRIVER = "gpu.rim.driver";
    private static final String VBIOS = "gpu.rim.vbios";
    private static final String MEASUREMENTS = "gpu.measurements";
    private static final String OCSP_DEVICE = "gpu.ocsp.device";
    private static final String OCSP_DRIVER = "gpu.ocsp.rim.driver";
    private static final String OCSP_VBIOS = "gpu.ocsp.rim.vbios";
    private static final String BINDING = "gpu.binding";
    private static final List<String> REPORT_PLAN =
            List.of(ARCHITECTURE, STRUCTURE, CHAIN, FWID, NONCE, SIGNATURE, BINDING);
    private static final List<String> PLAN = List.of(
            ARCHITECTURE,
            STRUCTURE,
            CHAIN,
            FWID,
            NONCE,
            SIGNATURE,
            DRIVER,
            VBIOS,
            MEASUREMENTS,
            OCSP_DEVICE,
            OCSP_DRIVER,
            OCSP_VBIOS,
            BINDING);
    private static final int MIN_RIM_CHAIN = 2;

    /** Critical extensions of a device certificate that this verifier reads, and its alternative name. */
    private static final Set<String> DEVICE_EXTENSIONS = Set.of(DeviceFwid.HOPPER, DeviceFwid.BLACKWELL, "2.5.29.17");

    private GpuVerifier() {}

    private record Device(GpuArchitecture architecture, GpuReport report, List<Certificate> chain, Bytes fwid) {}

    /**
     * Verifies only that a genuine GPU made the report for this nonce: chain, FWID, nonce, signature. Says nothing about
     * what the GPU runs, nor about revocation; {@link #verify} does.
     *
     * @param nonce what the verifier asked with; the one in the evidence is not looked at
     */
    public static Verification<GpuReport> verifyReport(
            GpuEvidence evidence, GpuTrust trust, GpuNonce nonce, Instant time) {
        CheckList checks = new CheckList(REPORT_PLAN);
        Device device = device(checks, evidence, trust, nonce, time);
        nonce.addCheck(checks, BINDING);
        return new Verification<>(
                device == null ? Optional.empty() : Optional.of(device.report()),
                checks.finish(RULE),
                device == null ? Instant.MAX : checks.expires());
    }

    /**
     * Verifies evidence completely: that a genuine GPU made the report for this nonce, that its driver and VBIOS have the
     * measurements that NVIDIA signed, and that no certificate is revoked.
     *
     * @param nonce what the verifier asked with; the one in the evidence is not looked at
     * @param time the verifier's clock
     */
    public static Verification<GpuAppraisal> verify(
            GpuEvidence evidence, GpuCollateral collateral, GpuTrust trust, GpuNonce nonce, Instant time) {
        CheckList checks = new CheckList(PLAN);
        Device device = device(checks, evidence, trust, nonce, time);
        GpuAppraisal appraisal = device == null ? null : appraise(checks, device, collateral, trust, nonce, time);
        nonce.addCheck(checks, BINDING);
        return new Verification<>(
                Optional.ofNullable(appraisal),
                checks.finish(RULE),
                appraisal == null ? Instant.MAX : checks.expires());
    }

    private static @Nullable Device device(
            CheckList checks, GpuEvidence evidence, GpuTrust trust, GpuNonce nonce, Instant time) {
        String step = ARCHITECTURE;
        try {
            Optional<GpuArchitecture> architecture = GpuArchitecture.of(evidence.architecture());
            if (architecture.isEmpty()) {
                throw refusal(
                        "ARCHITECTURE",
                        "an architecture that is neither of ours",
                        "HOPPER or BLACKWELL",
                        "switches cannot be verified here");
            }
            checks.pass(step, architecture.get().name(), "a known generation", RULE);

            step = STRUCTURE;
            GpuReport report = GpuReport.parse(evidence.report());
            checks.pass(step, evidence.report().length() + " bytes", "every length adds up", RULE);

            step = CHAIN;
            List<Certificate> chain = chain(evidence.chain());
            Chain.check(chain, "device chain", trust.deviceRoot(), DEVICE_EXTENSIONS, time, RULE);
            checks.expiresAt(Chain.expires(chain));
            checks.pass(step, chain.get(1).subjectCommonName(), "five certificates to the pinned device root", RULE);

            step = FWID;
            Bytes fwid = DeviceFwid.of(chain.get(0), architecture.get());
            checkFwid(checks, fwid, report, trust);

            step = NONCE;
            if (!report.requesterNonce().equals(nonce.value())) {
                throw refusal(
                        "NONCE_MISMATCH",
                        "nonce " + report.requesterNonce().toHex(),
                        nonce.value().toHex(),
                        "ask for evidence with the verifier's nonce; a replay has an old one");
            }
            checks.pass(step, nonce.value().toHex(), "the verifier's nonce", RULE);

            step = SIGNATURE;
            PublicKey.Ec key = VendorSignatures.p384(chain.get(0).key(), "device key", "SIGNATURE", RULE);
            if (!Signatures.ecdsaRaw(key, report.signedPart(), report.signature())) {
                throw refusal(
                        "SIGNATURE",
                        "the device key did not sign the report",
                        "ECDSA with SHA-384 over request and response",
                        "do not trust it: it was changed, or belongs to another device");
            }
            checks.pass(step, "signed by the device key", "ECDSA with SHA-384 over request and response", RULE);
            return new Device(architecture.get(), report, chain, fwid);
        } catch (GpuEvidenceException e) {
            checks.fail(step, Refusal.of(e, "ask for fresh evidence"));
        } catch (Refusal e) {
            checks.fail(step, e);
        }
        return null;
    }

    private static List<Certificate> chain(Bytes pem) throws Refusal {
        if (pem.length() > MAX_CHAIN_LENGTH) {
            throw refusal("CHAIN", "a chain of " + pem.length() + " bytes", "at most " + MAX_CHAIN_LENGTH, "");
        }
        try {
            List<Certificate> chain = PemBlocks.certificates(pem, CHAIN_LENGTH);
            if (chain.size() != CHAIN_LENGTH) {
                throw refusal("CHAIN", chain.size() + " certificates", "five", "ask for the whole chain");
            }
            return chain;
        } catch (DerException e) {
            throw refusal("CHAIN", e.seen(), e.wanted(), "ask for fresh evidence");
        }
    }

    private static void checkFwid(CheckList checks, Bytes fwid, GpuReport report, GpuTrust trust) throws Refusal {
        Optional<Bytes> stated = report.opaque(OpaqueField.FWID);
        if (stated.isEmpty()) {
            if (!trust.tolerateMissingFwid()) {
                throw refusal(
                        "FWID_MISSING",
                        "a report without FWID",
                        "that of the device certificate",
                        "a newer driver reports it; a policy may tolerate its absence by name");
            }
            checks.skip(FWID, "the report has no FWID; tolerated by name", RULE);
        } else if (!stated.get().equals(fwid)) {
            throw refusal(
                    "FWID_MISMATCH",
                    "FWID " + stated.get().toHex(),
                    fwid.toHex() + ", of the device certificate",
                    "do not trust it: report and certificate belong to different firmware");
        } else {
            checks.pass(FWID, fwid.toHex(), "equal in report and device certificate", RULE);
        }
    }

    private static @Nullable GpuAppraisal appraise(
            CheckList checks, Device device, GpuCollateral collateral, GpuTrust trust, GpuNonce nonce, Instant time) {
        GpuReport report = device.report();
        String step = DRIVER;
        try {
            String driverVersion = report.driverVersion();
            String chip = report.chip(device.architecture());
            GpuRim driver = rim(checks, step, collateral.driverRim(), driverVersion, chip, trust, time);
            step = VBIOS;
            String vbiosVersion = report.vbiosVersion();
            GpuRim vbios = rim(checks, step, collateral.vbiosRim(), vbiosVersion, chip, trust, time);

            step = MEASUREMENTS;
            compare(checks, report, driver, vbios);

            List<OpenAnswer> answers = new ArrayList<>();
            step = OCSP_DEVICE;
            if (trust.requireOcsp()) {
                for (OcspAnswer answer : collateral.ocsp()) {
                    answers.add(new OpenAnswer(Ocsp.parse(answer.response()), answer.nonce()));
                }
            }
            // NVIDIA's verifiers ask for neither the device certificate nor the root.
            revocation(checks, step, device.chain(), 1, answers, trust, false, time);
            step = OCSP_DRIVER;
            boolean hold = trust.tolerateRimCertificateHold();
            revocation(checks, step, driver.certificates(), 0, answers, trust, hold, time);
            step = OCSP_VBIOS;
            revocation(checks, step, vbios.certificates(), 0, answers, trust, hold, time);

            return new GpuAppraisal(
                    device.architecture(),
                    device.chain().get(1).subjectCommonName(),
                    new BigInteger(1, device.chain().get(0).serial().toByteArray()).toString(),
                    driverVersion,
                    vbiosVersion,
                    device.fwid(),
                    report.opaque(OpaqueField.FEATURE_FLAG)
                            .map(flag -> OptionalInt.of(flag.get(0) & 0xff))
                            .orElse(OptionalInt.empty()),
                    nonce.isBound(),
                    report);
        } catch (GpuEvidenceException e) {
            checks.fail(step, Refusal.of(e, "get the manifest again, by the id that the report gives"));
        } catch (Refusal e) {
            checks.fail(step, e);
        }
        return null;
    }

    private static GpuRim rim(
            CheckList checks, String step, Bytes xml, String version, String chip, GpuTrust trust, Instant time)
            throws GpuEvidenceException, Refusal {
        GpuRim rim = GpuRim.open(xml);
        if (rim.certificates().size() < MIN_RIM_CHAIN) {
            throw refusal("CHAIN", rim.certificates().size() + " certificates", "a signer and a root", "");
        }
        Chain.check(rim.certificates(), "manifest's chain", trust.rimRoot(), Set.of(), time, RULE);
        checks.expiresAt(Chain.expires(rim.certificates()));
        if (!rim.version().equals(version)) {
            throw refusal(
                    "RIM_VERSION",
                    "a manifest of version " + printable(rim.version()),
                    version + ", which the report states",
                    "get the manifest by the id that the report gives");
        }
        if (!rim.product().equals(chip)) {
            throw refusal(
                    "RIM_PRODUCT",
                    "a manifest of chip " + printable(rim.product()),
                    chip,
                    "get the manifest by the id that the report gives");
        }
        checks.pass(
                step,
                "version " + version + " for " + chip + ", " + rim.active().size() + " golden values",
                "one signature over all of it, a chain to the pinned manifest root, the report's version",
                RULE);
        return rim;
    }

    private static String printable(String text) {
        return text.replaceAll("[^ -~]", "?");
    }

    private static void compare(CheckList checks, GpuReport report, GpuRim driver, GpuRim vbios)
            throws GpuEvidenceException, Refusal {
        SortedSet<Integer> both = new TreeSet<>(driver.active().keySet());
        both.retainAll(vbios.active().keySet());
        if (!both.isEmpty()) {
            throw refusal(
                    "INDEX_CONFLICT",
                    "driver and VBIOS both active at " + both,
                    "every index in one of them",
                    "do not use these manifests together");
        }
        if (driver.active().isEmpty() || vbios.active().isEmpty()) {
            throw refusal("MEASUREMENTS", "a manifest without active golden values", "at least one in each", "");
        }
        SortedSet<Integer> wrong = new TreeSet<>(driver.mismatches(report));
        wrong.addAll(vbios.mismatches(report));
        if (!wrong.isEmpty()) {
            throw refusal(
                    "MEASUREMENTS",
                    "golden values that the report does not match: " + wrong,
                    "all match",
                    "the GPU runs firmware or a driver that NVIDIA did not sign: do not trust it");
        }
        checks.pass(
                MEASUREMENTS,
                driver.active().size() + vbios.active().size() + " golden values match",
                "golden value i equals measurement block i + 1",
                RULE);
    }

    private record OpenAnswer(Ocsp ocsp, Bytes nonce) {}

    private static void revocation(
            CheckList checks,
            String step,
            List<Certificate> chain,
            int from,
            List<OpenAnswer> answers,
            GpuTrust trust,
            boolean tolerateHold,
            Instant time)
            throws Refusal {
        if (!trust.requireOcsp()) {
            checks.skip(step, "revocation was not checked, as the trust asks; it stays unknown", RULE);
            return;
        }
        for (int i = from; i < chain.size() - 1; i++) {
            Certificate certificate = chain.get(i);
            Certificate issuer = chain.get(i + 1);
            String what = certificate.subjectCommonName() + ", serial "
                    + certificate.serial().toHex();
            OpenAnswer found = null;
            for (OpenAnswer each : answers) {
                if (found == null && each.ocsp().speaksOf(certificate, issuer)) {
                    found = each;
                }
            }
            if (found == null) {
                throw refusal(
                        "OCSP_MISSING",
                        "no OCSP answer for " + what,
                        "one for every certificate but device and root",
                        "ask https://ocsp.ndis.nvidia.com/, with a fresh nonce");
            }
            checks.expiresAt(found.ocsp().check(certificate, issuer, found.nonce(), time, tolerateHold, what));
        }
        checks.pass(step, (chain.size() - 1 - from) + " certificates are good", "none is revoked", RULE);
    }

    private static Refusal refusal(String code, String seen, String wanted, String nextStep) {
        return new Refusal(code, seen, wanted, RULE, nextStep);
    }
}
