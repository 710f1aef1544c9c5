/**
 * Intel TDX and SGX evidence: quotes of versions 3, 4 and 5, and their verification from scratch against Intel's signed
 * collateral. Pure functions of (evidence, collateral, trust anchor, time): no network, no clock, no state.
 *
 * <p>Threads: everything is immutable. Depends on {@code io.cocoon.tee} for checks and on {@code io.cocoon.tee.internal}
 * for certificates and signatures. Source of the rules: TEE dossier 3 and 7.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.tdx;
