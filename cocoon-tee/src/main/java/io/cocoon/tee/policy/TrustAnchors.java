package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.nvidia.GpuTrust;
import io.cocoon.tee.nvidia.NrasTrust;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxTrust;
import java.util.Optional;

/**
 * Whose signatures count in the end. Immutable. Everything but {@link #genuine} stands in every report with its name and in
 * the name of the policy: {@code git grep forTestsOnly} finds who uses it.
 */
public final class TrustAnchors {

    private static final TrustAnchors GENUINE =
            new TrustAnchors(TdxTrust.intel(), SnpTrust.amd(), GpuTrust.nvidia(), NrasTrust.nvidia(), Optional.empty());

    private static final String NAME = "trust.anchors";

    private final TdxTrust tdx;
    private final SnpTrust snp;
    private final GpuTrust gpu;
    private final NrasTrust nras;
    private final Optional<String> testName;

    private TrustAnchors(TdxTrust tdx, SnpTrust snp, GpuTrust gpu, NrasTrust nras, Optional<String> testName) {
        this.tdx = tdx;
        this.snp = snp;
        this.gpu = gpu;
        this.nras = nras;
        this.testName = testName;
    }

    /** Returns the pinned keys of Intel, AMD and NVIDIA. */
    public static TrustAnchors genuine() {
        return GENUINE;
    }

    /**
     * Returns other roots, which make forged evidence verify.
     *
     * @param name what they are for; not blank; every report shows it
     */
    public static TrustAnchors forTestsOnly(String name, TdxTrust tdx, SnpTrust snp) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("test roots need a name; every report shows it");
        }
        return new TrustAnchors(tdx, snp, GpuTrust.nvidia(), NrasTrust.nvidia(), Optional.of(name));
    }

    /**
     * Returns the same with other roots of GPUs and of tokens, which make forged evidence of GPUs verify.
     *
     * @param name what they are for; not blank; every report shows it
     */
    public TrustAnchors withGpusForTestsOnly(String name, GpuTrust otherGpu, NrasTrust otherNras) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("test roots need a name; every report shows it");
        }
        return new TrustAnchors(tdx, snp, otherGpu, otherNras, Optional.of(name));
    }

    TdxTrust tdx() {
        return tdx;
    }

    SnpTrust snp() {
        return snp;
    }

    GpuTrust gpu() {
        return gpu;
    }

    NrasTrust nras() {
        return nras;
    }

    /** Returns what to put behind a policy's name. */
    String suffix() {
        return testName.map(name -> " (TEST ROOTS: " + name + ")").orElse("");
    }

    AttestationCheck check() {
        return testName.map(name -> AttestationCheck.notApplicable(
                        NAME,
                        "TEST ROOTS (" + name + "): what follows proves nothing outside of tests",
                        "TEE dossier T13, T14"))
                .orElseGet(() -> AttestationCheck.passed(
                        NAME,
                        "the pinned keys of Intel, AMD and NVIDIA",
                        "pinned keys",
                        "TEE dossier 3.5; 2026 part, 8.5"));
    }
}
