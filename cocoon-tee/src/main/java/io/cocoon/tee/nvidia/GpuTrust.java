package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;

/**
 * What GPU evidence is judged against: two pinned roots, and what is tolerated. Everything that is tolerated has a name here
 * and is off unless it is asked for. Immutable.
 *
 * @param deviceRoot SHA-256 of the SubjectPublicKeyInfo of the root of device chains
 * @param rimRoot the same of the root of manifests
 * @param requireOcsp whether an OCSP answer must say that every certificate is good; without, revocation stays unknown
 * @param tolerateRimCertificateHold whether certificates of manifests may be on hold (revocation reason 6)
 * @param tolerateMissingFwid whether a report may have no FWID field, as those of drivers of 2023
 */
public record GpuTrust(
        Bytes deviceRoot,
        Bytes rimRoot,
        boolean requireOcsp,
        boolean tolerateRimCertificateHold,
        boolean tolerateMissingFwid) {

    /** Key of NVIDIA Device Identity CA; P-384, valid from 2021-11-05. TEE dossier 10.2. */
    private static final Bytes NVIDIA_DEVICE_ROOT =
            Bytes.fromHex("a90c4eb5acfd3e3d03a25db6a26b84f720ad0503196c627c21ddd48dd85b06a4");

    /** Key of NVIDIA CoRIM signing Root CA; P-384, valid until 2053-03-08. TEE dossier 10.2. */
    private static final Bytes NVIDIA_RIM_ROOT =
            Bytes.fromHex("dec1dc316477aa851eebdf51327ae9f864bc8d89254657ed1e7eb9168af1e1a3");

    public GpuTrust {
        if (deviceRoot.length() != 32 || rimRoot.length() != 32) {
            throw new IllegalArgumentException("hashes of root keys have " + deviceRoot.length() + " and "
                    + rimRoot.length() + " bytes; wanted: SHA-256, 32 bytes");
        }
    }

    /** Returns NVIDIA's roots; nothing is tolerated. */
    public static GpuTrust nvidia() {
        return of(NVIDIA_DEVICE_ROOT, NVIDIA_RIM_ROOT);
    }

    /** Returns other roots, for tests; nothing is tolerated. */
    public static GpuTrust of(Bytes deviceRoot, Bytes rimRoot) {
        return new GpuTrust(deviceRoot, rimRoot, true, false, false);
    }

    /** Returns the same without OCSP: whether a certificate was revoked stays unknown, and the report says so. */
    public GpuTrust withoutOcsp() {
        return new GpuTrust(deviceRoot, rimRoot, false, tolerateRimCertificateHold, tolerateMissingFwid);
    }

    /** Returns the same, with certificates of manifests tolerated that are on hold. */
    public GpuTrust toleratingRimCertificateHold() {
        return new GpuTrust(deviceRoot, rimRoot, requireOcsp, true, tolerateMissingFwid);
    }

    /** Returns the same, with reports tolerated that have no FWID field. */
    public GpuTrust toleratingMissingFwid() {
        return new GpuTrust(deviceRoot, rimRoot, requireOcsp, tolerateRimCertificateHold, true);
    }
}
