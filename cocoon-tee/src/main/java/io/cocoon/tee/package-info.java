/**
 * Attested connections: certificates that carry evidence, policies that judge it, reports that say what was checked, and
 * TLS 1.3 channels that hand out a peer's identity only after all of it.
 *
 * <p>{@link io.cocoon.tee.RaTls} makes channels for the transport. It needs an {@link io.cocoon.tee.IdentitySource} (our
 * certificate) and a {@link io.cocoon.tee.PeerPolicy} (what a peer may be). Everything that a peer sends is bounded
 * before it is parsed.
 *
 * <p>Threads: a channel is confined to its event loop; policies run on the verification executor; everything else is
 * immutable or says that it is thread-safe. Depends on {@code io.cocoon.transport}, {@code io.cocoon.crypto}, {@code
 * io.cocoon.tl} and, hidden inside, BouncyCastle's TLS engine. Source of the rules: TEE dossier 1 to 5 and its 2026 part,
 * 2 and 3.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee;
