package io.cocoon.tee.sevsnp;

import java.util.Optional;

/** AMD's product lines with SEV-SNP, each with a certificate chain of its own. 2026 part of the TEE dossier, 8.3. */
public enum SnpProduct {
    MILAN("Milan"),
    GENOA("Genoa"),
    TURIN("Turin");

    private static final int ZEN_3_AND_4 = 0x19;
    private static final int ZEN_5 = 0x1a;

    private final String word;

    SnpProduct(String word) {
        this.word = word;
    }

    /** Returns AMD's name of it, as in the addresses of its key service. */
    public String word() {
        return word;
    }

    /** Returns how many bytes of a report's CHIP_ID name the chip; the rest is zero. */
    public int chipIdBytes() {
        return this == TURIN ? 8 : 64;
    }

    /** Returns the product with this name of AMD's, with or without a stepping: {@code Genoa}, {@code Milan-B0}. */
    public static Optional<SnpProduct> named(String name) {
        int dash = name.indexOf('-');
        String word = dash < 0 ? name : name.substring(0, dash);
        for (SnpProduct product : values()) {
            if (product.word.equals(word)) {
                return Optional.of(product);
            }
        }
        return Optional.empty();
    }

    /** Returns the product with this CPUID family and model, both in full. */
    static Optional<SnpProduct> ofCpuid(int family, int model) {
        if (family == ZEN_3_AND_4 && model <= 0x0f) {
            return Optional.of(MILAN);
        }
        // Genoa, and Bergamo and Siena, which share its chain.
        if (family == ZEN_3_AND_4 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) {
            return Optional.of(GENOA);
        }
        return family == ZEN_5 && model <= 0x1f ? Optional.of(TURIN) : Optional.empty();
    }
}
