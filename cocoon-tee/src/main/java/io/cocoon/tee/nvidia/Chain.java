package io.cocoon.tee.nvidia;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Chains of NVIDIA's certificates, leaf first, root last. RFC 5280 6.1, with pinned root keys. */
final class Chain {

    private static final int DIGITAL_SIGNATURE = 0x80;

    private Chain() {}

    /**
     * Checks a chain: signatures with ECDSA and SHA-384 over P-384, names, CA flags, path lengths, dates, critical
     * extensions, and the root's key.
     *
     * @param what for people, for example {@code device chain}
     * @param known critical extensions of the leaf that the caller understands
     */
    static void check(
            List<Certificate> chain, String what, Bytes rootKeyHash, Set<String> known, Instant time, String rule)
            throws Refusal {
        Certificate root = chain.get(chain.size() - 1);
        PublicKey.Ec rootKey = VendorSignatures.p384(root.key(), "root of the " + what, "CHAIN", rule);
        if (!VendorSignatures.keyHash(rootKey).equals(rootKeyHash)) {
            throw refusal(
                    "CHAIN",
                    "the " + what + " ends at another root, key hash "
                            + VendorSignatures.keyHash(rootKey).toHex(),
                    "the pinned root, key hash " + rootKeyHash.toHex(),
                    rule);
        }
        for (int i = 0; i < chain.size(); i++) {
            Certificate each = chain.get(i);
            Certificate issuer = chain.get(Math.min(i + 1, chain.size() - 1));
            String name = "certificate " + (i + 1) + " of the " + what;
            if (each.version() != 3 || each.algorithm() != SignatureAlgorithm.ECDSA_SHA384) {
                throw refusal(
                        "CHAIN",
                        name + " of version " + each.version() + " is signed by " + each.algorithm(),
                        "version 3, ECDSA with SHA-384",
                        rule);
            }
            if (!each.issuer().equals(issuer.subject())) {
                throw refusal("CHAIN", name + " names another issuer", "the next one's subject", rule);
            }
            if (i > 0 && !each.mayIssue()) {
                throw refusal("CHAIN", name + " may not sign certificates", "a CA with keyCertSign", rule);
            }
            if (i > 0 && each.pathLength().isPresent() && each.pathLength().getAsInt() < i - 1) {
                throw refusal("CHAIN", name + " allows fewer intermediates", "at least " + (i - 1), rule);
            }
            if (i == 0
                    && (each.isCa()
                            || (each.keyUsage().isPresent()
                                    && (each.keyUsage().getAsInt() & DIGITAL_SIGNATURE) == 0))) {
                throw refusal("CHAIN", name + " is a CA or may not sign", "digitalSignature, no CA", rule);
            }
            Set<String> unknown = each.unknownCritical(i == 0 ? known : Set.of());
            if (!unknown.isEmpty()) {
                throw refusal("CHAIN", name + " has critical extensions " + unknown, "none that is unknown", rule);
            }
            if (!each.isValidAt(time)) {
                throw refusal(
                        "CERTIFICATE_TIME",
                        name + " is valid from " + each.notBefore() + " to " + each.notAfter(),
                        "valid at " + time,
                        rule);
            }
            PublicKey.Ec key = VendorSignatures.p384(issuer.key(), "issuer of " + name, "CHAIN", rule);
            if (!each.isSignedBy(key)) {
                throw refusal("CHAIN", name + " is not signed by the next one", "a signature of its issuer", rule);
            }
        }
    }

    private static Refusal refusal(String code, String seen, String wanted, String rule) {
        return new Refusal(
                code, seen, wanted, rule, "ask for fresh evidence; if that has the same chain, do not trust it");
    }

    /** Returns the earliest end of validity. */
    static Instant expires(List<Certificate> chain) {
        return chain.stream().map(Certificate::notAfter).min(Instant::compareTo).orElseThrow();
    }
}
