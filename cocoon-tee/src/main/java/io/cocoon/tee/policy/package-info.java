/**
 * Policies as data, and the one place where evidence, collateral, policy and time become a verdict: for peers of a handshake
 * ({@link io.cocoon.tee.policy.AttestedPeers}), for files and for tools ({@link io.cocoon.tee.policy.EvidenceBundle}).
 *
 * <p>Judging is a pure function; {@code AttestedPeers} adds collateral from a source, a cache of verdicts, and the judging of
 * open connections anew. Nothing here blocks an event loop; everything public is immutable or thread-safe. Depends on {@code
 * io.cocoon.tee}, its verifiers and its collateral sources, and on {@code io.cocoon.ton.chain} for the root contract's lists.
 * Source of the rules: TEE dossier 3 to 5, 7.7 to 7.9, 11; 2026 part, 3, 8.8, 8.11, 11.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.policy;
