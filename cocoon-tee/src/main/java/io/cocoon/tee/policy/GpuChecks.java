package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.nvidia.GpuAppraisal;
import io.cocoon.tee.nvidia.GpuArchitecture;
import io.cocoon.tee.nvidia.GpuEvidenceException;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tee.nvidia.GpuVerifier;
import io.cocoon.tee.nvidia.NrasAppraisal;
import io.cocoon.tee.nvidia.NrasKeys;
import io.cocoon.tee.nvidia.NrasTokens;
import io.cocoon.tl.Int256;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a policy says about GPUs. TEE dossier 10.2; its 2026 part, 10. Confined to one judgement. */
final class GpuChecks {

    private static final String THERE = "policy.gpu";
    private static final String PROOF = "policy.gpu.proof";
    private static final String BINDING = "policy.gpu.binding";
    private static final String COLLATERAL = "policy.gpu.collateral";
    private static final String KEYS = "nras.keys";
    private static final String DEVICES = "policy.gpu.devices";
    private static final String ARCHITECTURE = "policy.gpu.architecture";
    private static final String DRIVER = "policy.gpu.driver";
    private static final String VBIOS = "policy.gpu.vbios";
    private static final List<String> OF_POLICY = List.of(BINDING, DEVICES, ARCHITECTURE, DRIVER, VBIOS);

    private static final String RULE = "TEE dossier 10.2, T18; 2026 part, 10, D22";
    private static final String BINDING_RULE = "2026 part of the TEE dossier, 10.3";

    /** The machine that the GPUs are said to be in. */
    record Machine(Optional<Int256> key, Software software) {
        /** There is none. */
        static final Machine NONE = new Machine(Optional.empty(), Software.NOT_SHOWN);
    }

    /** What is known about the software that asked the GPUs. */
    enum Software {
        /** Measured, and its image is listed. */
        LISTED,
        /** Whatever the peer's operator chose. */
        NOT_PROVEN,
        /** No machine was shown. */
        NOT_SHOWN
    }

    /** What is known about one genuine GPU. */
    private record Gpu(
            String label,
            String ueid,
            String model,
            Optional<GpuArchitecture> architecture,
            String driver,
            String vbios) {

        String generation() {
            return architecture.map(Enum::name).orElse(StrictObject.quote(model));
        }
    }

    private final Checks checks;
    private final GpuRules rules;
    private final TrustAnchors anchors;
    private final Instant time;
    private final List<Gpu> gpus = new ArrayList<>();
    private Instant expires = Instant.MAX;

    private GpuChecks(Checks checks, GpuRules rules, TrustAnchors anchors, Instant time) {
        this.checks = checks;
        this.rules = rules;
        this.anchors = anchors;
        this.time = time;
    }

    /** Returns what is listed as not run where an earlier check failed. */
    static List<String> names(GpuRules rules) {
        List<String> names = new ArrayList<>(List.of(THERE));
        if (rules.required()) {
            names.add(PROOF);
            names.addAll(OF_POLICY);
        }
        return names;
    }

    /**
     * Makes the checks.
     *
     * @return the earliest end of validity of what was used
     */
    static Instant make(
            Checks checks,
            GpuRules rules,
            Optional<GpuBundle> shown,
            Machine machine,
            TrustAnchors anchors,
            Instant time) {
        if (!rules.required()) {
            checks.notApplicable(
                    THERE,
                    "the policy does not ask for GPUs"
                            + (shown.isPresent()
                                    ? "; GPU evidence is here and was NOT LOOKED AT"
                                    : ", and nothing was shown about any"),
                    RULE);
            return Instant.MAX;
        }
        GpuChecks made = new GpuChecks(checks, rules, anchors, time);
        made.judge(shown, machine);
        return made.expires;
    }

    private void judge(Optional<GpuBundle> shown, Machine machine) {
        if (!checks.check(
                THERE,
                shown.isPresent(),
                "GPU_EVIDENCE_MISSING",
                shown.map(it -> "GPU evidence: " + it.proof().word())
                        .orElse("no GPU evidence: certificates of this network carry none, so no handshake shows any"),
                "verified GPU evidence",
                RULE,
                "ask the peer for GPU evidence, with a nonce made of its key and a challenge, and verify it in an evidence"
                        + " bundle; or do not require GPUs in a policy for handshakes")) {
            checks.notRun(names(rules).subList(1, names(rules).size()), RULE);
            return;
        }
        GpuBundle bundle = shown.orElseThrow();
        if (!checks.check(
                PROOF,
                rules.proofs().contains(bundle.proof()),
                "GPU_PROOF",
                bundle.proof().word(),
                "one of " + rules.proofs().stream().map(GpuProof::word).sorted().toList(),
                BINDING_RULE,
                "show another proof, or name this one in the policy; tokens rest on NVIDIA's service, reports do not")) {
            checks.notRun(OF_POLICY, RULE);
            return;
        }
        Optional<GpuNonce> nonce = bundle.nonce(machine.key());
        binding(nonce, machine.software());
        List<String> left = OF_POLICY.subList(1, OF_POLICY.size());
        if (nonce.isEmpty() || !verify(bundle.shown(), nonce.get())) {
            checks.notRun(left, RULE);
            return;
        }
        devices();
        versions();
    }

    /** Says whether the nonce ties GPUs and machine together; that they answered to this nonce is checked behind it. */
    private void binding(Optional<GpuNonce> nonce, Software software) {
        if (nonce.isEmpty()) {
            checks.check(
                    BINDING,
                    false,
                    "GPU_KEY_MISSING",
                    "a challenge, and no certificate with the key that the nonce is made of",
                    "the peer's certificate beside the GPU evidence",
                    BINDING_RULE,
                    "verify it together with the certificate, or give the nonce itself: it is then UNBOUND");
        } else if (!nonce.get().isBound()) {
            String seen =
                    "UNBOUND: the nonce is not made of the peer's TLS key and a challenge, so that these may be any"
                            + " GPUs, in any machine";
            if (rules.tolerated().contains(GpuFinding.UNBOUND)) {
                checks.notApplicable(BINDING, seen + "; the policy tolerates it by name", BINDING_RULE);
            } else {
                checks.check(
                        BINDING,
                        false,
                        "GPU_UNBOUND",
                        seen,
                        "a nonce of the key in the CPU's evidence and a challenge",
                        BINDING_RULE,
                        "ask the peer's GPUs with such a nonce, or tolerate UNBOUND by name");
            }
        } else if (software == Software.LISTED) {
            checks.check(
                    BINDING,
                    true,
                    "",
                    "BOUND: the nonce is made of the key in the CPU's evidence and a challenge; that the GPUs are in this"
                            + " machine is the word of its listed software, which asked them",
                    "a nonce of the key in the CPU's evidence and a challenge",
                    BINDING_RULE,
                    "");
        } else {
            checks.notApplicable(
                    BINDING,
                    "BOUND TO THE KEY ONLY: the nonce is made of the peer's key and a challenge, but the software that"
                            + " holds the key is not proven, and may have asked GPUs of another machine",
                    BINDING_RULE);
        }
    }

    private boolean verify(GpuBundle.Shown shown, GpuNonce nonce) {
        if (shown instanceof GpuBundle.Shown.Tokens tokens) {
            return verifyTokens(tokens, nonce);
        }
        List<GpuBundle.Device> devices = ((GpuBundle.Shown.Reports) shown).devices();
        boolean good = true;
        for (int i = 0; i < devices.size(); i++) {
            good &= verifyReport("GPU-" + i, devices.get(i), nonce, devices.size() > 1);
        }
        return good;
    }

    private boolean verifyReport(String label, GpuBundle.Device device, GpuNonce nonce, boolean several) {
        if (device.collateral().isEmpty()) {
            checks.check(
                    COLLATERAL,
                    false,
                    "COLLATERAL_UNAVAILABLE",
                    "no manifests and no OCSP answers for " + label,
                    "what NVIDIA published about its driver and VBIOS",
                    RULE,
                    "collect the evidence again, with a source");
            return false;
        }
        Verification<GpuAppraisal> found = GpuVerifier.verify(
                device.evidence(), device.collateral().get(), rules.applyTo(anchors.gpu()), nonce, time);
        found.checks().forEach(check -> checks.add(several ? of(label, check) : check));
        until(found.expires());
        found.result()
                .ifPresent(gpu -> gpus.add(new Gpu(
                        label,
                        gpu.ueid(),
                        gpu.model(),
                        Optional.of(gpu.architecture()),
                        gpu.driverVersion(),
                        gpu.vbiosVersion())));
        return found.result().isPresent();
    }

    /** Names stay those of the check; which GPU it is about stands in what was seen. */
    private static AttestationCheck of(String label, AttestationCheck check) {
        return new AttestationCheck(
                check.name(),
                check.outcome(),
                check.code(),
                label + ": " + check.seen(),
                check.wanted(),
                check.rule(),
                check.nextStep());
    }

    private boolean verifyTokens(GpuBundle.Shown.Tokens tokens, GpuNonce nonce) {
        NrasKeys keys;
        try {
            keys = NrasKeys.read(tokens.keys(), anchors.nras());
        } catch (GpuEvidenceException e) {
            checks.check(KEYS, false, e.code(), e.seen(), e.wanted(), e.rule(), "get the service's key set again");
            return false;
        }
        Verification<NrasAppraisal> found = NrasTokens.verify(tokens.reply(), keys, nonce, time, rules.expectations());
        checks.add(found.checks());
        until(found.expires());
        for (NrasAppraisal.Device each :
                found.result().map(NrasAppraisal::devices).orElse(List.of())) {
            gpus.add(new Gpu(
                    StrictObject.quote(each.label()),
                    each.ueid(),
                    each.model(),
                    GpuArchitecture.ofModel(each.model()),
                    each.driverVersion(),
                    each.vbiosVersion()));
        }
        return found.result().isPresent();
    }

    private void until(Instant end) {
        expires = end.isBefore(expires) ? end : expires;
    }

    private void devices() {
        Set<String> once = new HashSet<>();
        List<String> twice = gpus.stream()
                .filter(gpu -> !once.add(gpu.ueid()))
                .map(Gpu::label)
                .toList();
        boolean count = rules.devices().isEmpty() || rules.devices().getAsInt() == gpus.size();
        checks.check(
                DEVICES,
                twice.isEmpty() && count,
                twice.isEmpty() ? "GPU_COUNT" : "GPU_DUPLICATE",
                gpus.size() + " GPUs" + (twice.isEmpty() ? "" : ", a second time: " + twice),
                (rules.devices().isEmpty()
                                ? "one or more"
                                : "exactly " + rules.devices().getAsInt()) + ", every GPU once",
                RULE,
                "show all GPUs of the machine, or set 'devices' in the policy to their number");
    }

    private void versions() {
        all(
                ARCHITECTURE,
                "GPU_ARCHITECTURE",
                gpu -> rules.architectures().isAny()
                        || gpu.architecture()
                                .filter(rules.architectures()::allows)
                                .isPresent(),
                Gpu::generation,
                rules.architectures().describe("generation"),
                "use GPUs of a listed generation, or list this one");
        String driver = "the policy sets no least version of the driver";
        if (rules.minimumDriver().isEmpty()) {
            checks.notApplicable(DRIVER, driver + "; seen " + seen(gpu -> StrictObject.quote(gpu.driver())), RULE);
        } else {
            all(
                    DRIVER,
                    "GPU_DRIVER",
                    gpu -> rules.allowsDriver(gpu.driver()),
                    gpu -> StrictObject.quote(gpu.driver()),
                    "at least " + rules.minimumDriver().get(),
                    "the peer has to use a newer driver");
        }
        if (rules.minimumVbios().isEmpty()) {
            checks.notApplicable(
                    VBIOS,
                    "the policy sets no least version of the VBIOS; seen "
                            + seen(gpu -> StrictObject.quote(gpu.vbios())),
                    RULE);
        } else {
            all(
                    VBIOS,
                    "GPU_VBIOS",
                    // A GPU whose generation is unknown cannot be compared, and so is none that is new enough.
                    gpu -> gpu.architecture()
                            .filter(of -> rules.allowsVbios(of, gpu.vbios()))
                            .isPresent(),
                    gpu -> gpu.generation() + " " + StrictObject.quote(gpu.vbios()),
                    "at least " + new java.util.TreeMap<>(rules.minimumVbios()),
                    "the peer has to update the firmware of its GPUs");
        }
    }

    private interface Show {
        String of(Gpu gpu);
    }

    private String seen(Show what) {
        return gpus.stream().map(gpu -> gpu.label() + " " + what.of(gpu)).collect(Collectors.joining(", "));
    }

    private void all(String name, String code, Predicate<Gpu> good, Show what, String wanted, String nextStep) {
        checks.check(name, gpus.stream().allMatch(good), code, seen(what), wanted, RULE, nextStep);
    }
}
