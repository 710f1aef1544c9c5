package io.cocoon.tee.sevsnp;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a verifier trusts before it sees any evidence. Immutable.
 *
 * @param rootKeys SHA-256 of the SubjectPublicKeyInfo (DER) of the accepted roots (ARK), by product. AMD's own certificate chain
 *     file is never a reason to trust a root (hazard D7)
 * @param vlekAllowed whether keys that AMD loaned to cloud providers may sign; such a report names no chip
 * @param revocationRequired whether evidence is refused where there is no revocation list. A list that is there is always checked
 */
public record SnpTrust(Map<SnpProduct, Set<Bytes>> rootKeys, boolean vlekAllowed, boolean revocationRequired) {

    /** Public keys of ARK-Milan, ARK-Genoa and ARK-Turin, as AMD publishes them. 2026 part of the TEE dossier, amdRoots. */
    private static final SnpTrust AMD = new SnpTrust(
            Map.of(
                    SnpProduct.MILAN,
                            Set.of(Bytes.fromHex("9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9")),
                    SnpProduct.GENOA,
                            Set.of(Bytes.fromHex("429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831")),
                    SnpProduct.TURIN,
                            Set.of(Bytes.fromHex("4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"))),
            false,
            true);

    private static final int HASH_BYTES = 32;

    public SnpTrust {
        EnumMap<SnpProduct, Set<Bytes>> copy = new EnumMap<>(SnpProduct.class);
        rootKeys.forEach((product, hashes) -> {
            for (Bytes hash : hashes) {
                if (hash.length() != HASH_BYTES) {
                    throw new IllegalArgumentException(
                            "a root key hash has " + HASH_BYTES + " bytes, not " + hash.length());
                }
            }
            copy.put(product, Set.copyOf(hashes));
        });
        rootKeys = Map.copyOf(copy);
    }

    /** Returns trust in AMD's roots, without VLEKs, with revocation lists required. */
    public static SnpTrust amd() {
        return AMD;
    }

    /** Returns trust in one root that is not AMD's: for tests and simulations. */
    public static SnpTrust of(SnpProduct product, Bytes rootKeyHash) {
        return new SnpTrust(Map.of(product, Set.of(rootKeyHash)), false, true);
    }

    /** Returns the same, with or without VLEKs. */
    public SnpTrust withVlek(boolean allowed) {
        return new SnpTrust(rootKeys, allowed, revocationRequired);
    }

    /** Returns the same, with revocation lists required or not. */
    public SnpTrust withRevocationRequired(boolean required) {
        return new SnpTrust(rootKeys, vlekAllowed, required);
    }

    /**
     * Returns the hash by which a root is named in {@link #rootKeys}.
     *
     * @param certificate DER
     * @throws IllegalArgumentException if it is no certificate
     */
    public static Bytes keyHash(Bytes certificate) {
        try {
            return keyHash(Certificate.parse(certificate));
        } catch (DerException e) {
            throw new IllegalArgumentException("no certificate: " + e.getMessage(), e);
        }
    }

    static Bytes keyHash(Certificate certificate) throws DerException {
        Der tbs = new Der(certificate.signedBytes()).enter(Der.SEQUENCE, "tbsCertificate");
        if (tbs.peek() == 0xa0) {
            tbs.skip("version");
        }
        for (String each : new String[] {"serial number", "signature algorithm", "issuer", "validity", "subject"}) {
            tbs.skip(each);
        }
        return Bytes.wrapUnshared(Signatures.sha256(tbs.skip("subjectPublicKeyInfo")));
    }

    /** Returns the product whose root has this key. */
    Optional<SnpProduct> productOf(Bytes keyHash) {
        return rootKeys.entrySet().stream()
                .filter(entry -> entry.getValue().contains(keyHash))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
