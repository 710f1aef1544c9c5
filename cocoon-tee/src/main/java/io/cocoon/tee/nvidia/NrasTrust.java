package io.cocoon.tee.nvidia;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tl.Bytes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why keys of NVIDIA's attestation service are believed. NVIDIA's own libraries believe a key set because it came over TLS;
 * here the certificates inside it count, unless the caller says otherwise by name. Immutable. 2026 part of the TEE dossier,
 * 10.3.
 */
public final class NrasTrust {

    /** Key of NVIDIA Attestation Service GPU Intermediate 004; RSA, valid until 2029-12-08. 2026 part, vector {@code nras}. */
    private static final Bytes NVIDIA_INTERMEDIATE =
            Bytes.fromHex("fd32837f954e2c45db073105166dfe6985ae0480bb113fba63b091a75affe896");

    private final boolean certificates;
    private final @Nullable Certificate root;
    private final Bytes intermediateKeyHash;

    private NrasTrust(boolean certificates, @Nullable Certificate root, Bytes intermediateKeyHash) {
        this.certificates = certificates;
        this.root = root;
        this.intermediateKeyHash = intermediateKeyHash;
    }

    /** Returns trust in what NVIDIA's intermediate certifies. */
    public static NrasTrust nvidia() {
        return new NrasTrust(true, null, NVIDIA_INTERMEDIATE);
    }

    /**
     * Returns trust in what an issuer certifies.
     *
     * @param keyHash SHA-256 of the issuer's SubjectPublicKeyInfo
     */
    public static NrasTrust intermediate(Bytes keyHash) {
        if (keyHash.length() != 32) {
            throw new IllegalArgumentException("a key hash of " + keyHash.length() + " bytes; wanted: SHA-256, 32");
        }
        return new NrasTrust(true, null, keyHash);
    }

    /**
     * Returns trust in what a root certifies, at most two steps down.
     *
     * @param certificate of the root, DER
     * @throws GpuEvidenceException with code {@code FORMAT} if it is none
     */
    public static NrasTrust root(Bytes certificate) throws GpuEvidenceException {
        try {
            return new NrasTrust(true, Certificate.parse(certificate), Bytes.empty());
        } catch (DerException e) {
            throw new GpuEvidenceException("FORMAT", e.seen(), e.wanted(), "RFC 5280");
        }
    }

    /** Returns trust in every key of the set, because the caller knows where it comes from. Certificates are not looked at. */
    public static NrasTrust ofKeySetItself() {
        return new NrasTrust(false, null, Bytes.empty());
    }

    boolean wantsCertificates() {
        return certificates;
    }

    Optional<Certificate> root() {
        return Optional.ofNullable(root);
    }

    Bytes intermediateKeyHash() {
        return intermediateKeyHash;
    }
}
