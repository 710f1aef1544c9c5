package io.cocoon.tee.sevsnp;

/** AMD's product lines with SEV-SNP, each with a certificate chain of its own. 2026 part of the TEE dossier, 8.3. */
public enum SnpProduct {
    MILAN("Milan"),
    GENOA("Genoa"),
    TURIN("Turin");

    private final String word;

    SnpProduct(String word) {
        this.word = word;
    }

    /** Returns AMD's name of it, as in the addresses of its key service. */
    public String word() {
        return word;
    }
}
