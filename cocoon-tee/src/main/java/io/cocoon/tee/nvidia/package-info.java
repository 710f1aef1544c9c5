/**
 * Evidence of NVIDIA's confidential GPUs (Hopper, Blackwell): SPDM measurement reports with their device chains, reference
 * integrity manifests (RIMs), OCSP answers, and the tokens of NVIDIA's remote attestation service (NRAS). Pure functions of
 * (evidence, collateral, trust anchors, nonce, time): no network, no clock, no state.
 *
 * <p>A GPU says nothing about the machine that it is in. Its evidence is bound to a peer only by the nonce; see {@link
 * io.cocoon.tee.nvidia.GpuNonce}. What has no such binding says so in a check that can never read as passed.
 *
 * <p>Threads: everything is immutable. Depends on {@code io.cocoon.tee} for checks, on {@code io.cocoon.tee.internal} for
 * certificates and signatures, and on the JDK's XML signatures. Source of the rules: TEE dossier 10.2 and its 2026 part, 10.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.nvidia;
