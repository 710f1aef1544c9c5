package io.cocoon.tee.policy;

/** The kinds of hardware whose evidence a policy can allow. A policy names them (2026 part of the TEE dossier, D14). */
public enum Tee {
    /** Intel TDX. */
    TDX("tdx"),
    /** AMD SEV-SNP. */
    SEV_SNP("sev-snp");

    private final String word;

    Tee(String word) {
        this.word = word;
    }

    /** Returns the word for it in policy files. */
    public String word() {
        return word;
    }
}
