package io.cocoon.tee.policy;

/** The two ways to show that a GPU is genuine. A policy names those that it believes. */
public enum GpuProof {
    /** The GPU's own report, with what NVIDIA signed about it: verified here, from scratch. */
    REPORTS("reports"),
    /** Tokens of NVIDIA's attestation service, which looked at the report: whoever believes them believes the service. */
    NRAS_TOKENS("nras-tokens");

    private final String word;

    GpuProof(String word) {
        this.word = word;
    }

    /** Returns the word for it in policy files and bundles. */
    public String word() {
        return word;
    }
}
