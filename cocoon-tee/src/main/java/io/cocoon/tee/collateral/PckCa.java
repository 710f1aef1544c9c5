package io.cocoon.tee.collateral;

/** Which of Intel's two authorities issued a platform's PCK certificate. TEE dossier 7.2. */
public enum PckCa {
    /** {@code Intel SGX PCK Processor CA}: single-package platforms. */
    PROCESSOR("processor"),
    /** {@code Intel SGX PCK Platform CA}: multi-package platforms. */
    PLATFORM("platform");

    private final String word;

    PckCa(String word) {
        this.word = word;
    }

    /** Returns the word for it in the addresses of Intel's service. */
    public String word() {
        return word;
    }
}
