package io.cocoon.tee.sevsnp;

import io.cocoon.tl.Bytes;
import java.util.Optional;

/**
 * What AMD publishes about a product, needed to judge a report. Nothing here is trusted: every part is verified against
 * the pinned root of the product. Immutable. 2026 part of the TEE dossier, 8.
 *
 * @param product which product's
 * @param chain PEM, intermediate (ASK, or the VLEK's ASVK) first, then the root (ARK)
 * @param crl the product's revocation list, DER; empty if the source has none
 */
public record SnpCollateral(SnpProduct product, Bytes chain, Optional<Bytes> crl) {}
