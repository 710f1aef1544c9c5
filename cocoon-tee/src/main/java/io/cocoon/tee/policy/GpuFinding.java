package io.cocoon.tee.policy;

/** What genuine GPU evidence may still lack. Each refuses, unless a policy tolerates it by name. */
public enum GpuFinding {
    /** The nonce is not made of the peer's TLS key: the evidence may be that of any GPU in any machine. 2026 part, 10.3. */
    UNBOUND,
    /** A certificate of a manifest is on hold (OCSP, revocation reason 6). TEE dossier 10.2, step 9. */
    RIM_CERTIFICATE_HOLD,
    /** The report does not repeat the firmware's identity, as those of drivers of 2023. 2026 part of the TEE dossier, 10.2. */
    MISSING_FWID,
    /** NVIDIA's service approved of the GPU and wrote a warning beside it. 2026 part of the TEE dossier, 10.3. */
    TOKEN_WARNING
}
