package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxTrust;
import java.util.Optional;

/**
 * Whose signatures count in the end. Immutable. Everything but {@link #genuine} stands in every report with its name and in
 * the name of the policy: {@code git grep forTestsOnly} finds who uses it.
 */
public final class TrustAnchors {

    private static final TrustAnchors GENUINE = new TrustAnchors(TdxTrust.intel(), SnpTrust.amd(), Optional.empty());

    private static final String NAME = "trust.anchors";

    private final TdxTrust tdx;
    private final SnpTrust snp;
    private final Optional<String> testName;

    private TrustAnchors(TdxTrust tdx, SnpTrust snp, Optional<String> testName) {
        this.tdx = tdx;
        this.snp = snp;
        this.testName = testName;
    }

    /** Returns the pinned keys of Intel and AMD. */
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
        return new TrustAnchors(tdx, snp, Optional.of(name));
    }

    TdxTrust tdx() {
        return tdx;
    }

    SnpTrust snp() {
        return snp;
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
                        NAME, "the pinned keys of Intel and AMD", "pinned keys", "TEE dossier 3.5; 2026 part, 8.5"));
    }
}
