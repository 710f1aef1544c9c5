/**
 * Collateral: what Intel, AMD and NVIDIA publish and sign about their hardware, and where we get it: their services over
 * HTTPS, a directory, memory, and a cache in front of any of them.
 *
 * <p>A source delivers bytes and is not trusted: whoever uses them verifies them. {@link
 * io.cocoon.tee.collateral.CachedCollateral} checks the signatures as well, but only to decide what it keeps.
 *
 * <p>Threads: sources are thread-safe and answer asynchronously; blocking work runs on an executor that can be injected.
 * Depends on {@code io.cocoon.tee.tdx} and {@code .sevsnp} for the shapes of collateral and, hidden inside, on OkHttp.
 * Source of the rules: TEE dossier 7.3, 7.5 and 7.8; its 2026 part, 8.5 to 8.7 and 10.2.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.collateral;
