/**
 * What the verifiers share: a bounded DER reader, X.509 certificates, revocation lists, PEM blocks and signatures. Not for
 * users of the library; types may change in any release.
 *
 * <p>Everything here reads hostile input: sizes are bounded before anything is allocated, nothing recurses, and every refusal
 * is a {@link io.cocoon.tee.internal.DerException}. Threads: everything but {@link io.cocoon.tee.internal.Der} is immutable.
 * Depends on {@code io.cocoon.tl} and, hidden inside, on BouncyCastle's lightweight API. Source of the rules: X.690 (DER), RFC
 * 5280 (certificates, lists), RFC 7468 (PEM), FIPS 186-4 (ECDSA), RFC 8017 (RSASSA-PSS).
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.internal;
