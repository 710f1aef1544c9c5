/**
 * AMD SEV-SNP evidence: attestation reports of versions 2 to 5 and their verification against AMD's certificate chains.
 * Pure functions of (evidence, collateral, trust anchor, time): no network, no clock, no state.
 *
 * <p>Threads: everything is immutable. Depends on {@code io.cocoon.tee} for checks and on {@code io.cocoon.tee.internal}
 * for certificates and signatures. Source of the rules: TEE dossier 10.1 and its 2026 part, 8.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.sevsnp;
