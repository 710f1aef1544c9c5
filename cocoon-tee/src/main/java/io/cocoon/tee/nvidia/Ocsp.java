package io.cocoon.tee.nvidia;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One OCSP response, read with bounds and verified against the issuer of the certificate in question. RFC 6960; TEE dossier
 * 10.2 and its 2026 part, 10.2.
 */
final class Ocsp {

    private static final String RULE = "RFC 6960; 2026 part of the TEE dossier, 10.2";
    private static final String BASIC = "1.3.6.1.5.5.7.48.1.1";
    private static final String NONCE = "1.3.6.1.5.5.7.48.1.2";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    private static final Map<String, String> CERT_ID_HASHES =
            Map.of("1.3.14.3.2.26", "SHA-1", "2.16.840.1.101.3.4.2.1", "SHA-256", "2.16.840.1.101.3.4.2.2", "SHA-384");
    private static final int MAX_ENTRIES = 32;
    private static final int MAX_CERTIFICATES = 4;
    private static final int MAX_EXTENSIONS = 16;
    private static final int CERTIFICATE_HOLD = 6;
    private static final int MAX_REASON = 10;
    private static final Duration CLOCK_SKEW = Duration.ofSeconds(60);
    private static final String ASK_AGAIN = "ask https://ocsp.ndis.nvidia.com/ again, with a fresh nonce";

    private enum Status {
        GOOD,
        REVOKED,
        UNKNOWN
    }

    private record Entry(
            String hash,
            Bytes issuerName,
            Bytes issuerKey,
            Bytes serial,
            Status status,
            OptionalInt reason,
            Instant thisUpdate,
            Optional<Instant> nextUpdate) {}

    private final Bytes signed;
    private final Bytes algorithm;
    private final Bytes signature;
    private final Bytes responder;
    private final Instant producedAt;
    private final List<Entry> entries;
    private final Optional<Bytes> nonce;
    private final List<Certificate> certificates;

    private Ocsp(
            Bytes signed,
            Bytes algorithm,
            Bytes signature,
            Bytes responder,
            Instant producedAt,
            List<Entry> entries,
            Optional<Bytes> nonce,
            List<Certificate> certificates) {
        this.signed = signed;
        this.algorithm = algorithm;
        this.signature = signature;
        this.responder = responder;
        this.producedAt = producedAt;
        this.entries = entries;
        this.nonce = nonce;
        this.certificates = certificates;
    }

    /** Parses an OCSPResponse. */
    static Ocsp parse(Bytes response) throws Refusal {
        if (response.length() > OcspAnswer.MAX_LENGTH) {
            throw refusal("OCSP", "an answer of " + response.length() + " bytes", "at most " + OcspAnswer.MAX_LENGTH);
        }
        try {
            Der outer = new Der(response);
            Der whole = outer.enter(Der.SEQUENCE, "OCSP response");
            outer.expectEnd("the OCSP response");
            int status = whole.smallInteger(Der.ENUMERATED, "response status", 255);
            if (status != 0) {
                throw refusal("OCSP", "response status " + status, "0, successful");
            }
            Der explicit = whole.enter(0xa0, "response bytes");
            whole.expectEnd("the response bytes");
            Der bytes = explicit.enter(Der.SEQUENCE, "response bytes");
            explicit.expectEnd("the response bytes");
            String type = bytes.identifier("response type");
            if (!type.equals(BASIC)) {
                throw refusal("OCSP", "response type " + type, BASIC);
            }
            Bytes basic = bytes.enter(Der.OCTET_STRING, "response").rest();
            bytes.expectEnd("the response");
            return parseBasic(basic);
        } catch (DerException e) {
            throw refusal("OCSP", e.seen(), e.wanted());
        }
    }

    private static Ocsp parseBasic(Bytes encoded) throws DerException, Refusal {
        Der outer = new Der(encoded);
        Der basic = outer.enter(Der.SEQUENCE, "basic response");
        outer.expectEnd("the basic response");
        Bytes signed = basic.skip("response data");
        Bytes algorithm = basic.skip("signature algorithm");
        Bytes signature = basic.bitString("signature");
        List<Certificate> certificates = new ArrayList<>();
        if (basic.hasMore()) {
            Der explicit = basic.enter(0xa0, "certificates");
            Der list = explicit.enter(Der.SEQUENCE, "certificates");
            explicit.expectEnd("the certificates");
            while (list.hasMore()) {
                if (certificates.size() == MAX_CERTIFICATES) {
                    throw refusal(
                            "OCSP", "more than " + MAX_CERTIFICATES + " certificates", "at most " + MAX_CERTIFICATES);
                }
                certificates.add(Certificate.parse(list.skip("certificate")));
            }
        }
        basic.expectEnd("the certificates");

        Der data = new Der(signed).enter(Der.SEQUENCE, "response data");
        if (data.peek() == 0xa0) {
            throw refusal("OCSP", "a version that is written out", "version 1, which is the default");
        }
        int choice = data.peek();
        if (choice != 0xa1 && choice != 0xa2) {
            throw refusal("OCSP", "a responder id with tag " + choice, "a name or a key hash");
        }
        Bytes responder = data.skip("responder id");
        Instant producedAt = data.time("producedAt");
        Der list = data.enter(Der.SEQUENCE, "responses");
        List<Entry> entries = new ArrayList<>();
        while (list.hasMore()) {
            if (entries.size() == MAX_ENTRIES) {
                throw refusal("OCSP", "more than " + MAX_ENTRIES + " entries", "at most " + MAX_ENTRIES);
            }
            entries.add(entry(list.enter(Der.SEQUENCE, "single response")));
        }
        Optional<Bytes> nonce = Optional.empty();
        if (data.hasMore()) {
            Der explicit = data.enter(0xa1, "response extensions");
            nonce = Optional.ofNullable(extensions(explicit, Set.of(NONCE)).get(NONCE));
        }
        data.expectEnd("the response extensions");
        return new Ocsp(signed, algorithm, signature, responder, producedAt, entries, nonce, certificates);
    }

    private static Entry entry(Der single) throws DerException, Refusal {
        Der id = single.enter(Der.SEQUENCE, "certificate id");
        Der algorithm = id.enter(Der.SEQUENCE, "hash algorithm");
        String hash = algorithm.identifier("hash algorithm");
        if (algorithm.hasMore()) {
            algorithm.enter(Der.NULL, "hash parameters").expectEnd("NULL");
        }
        algorithm.expectEnd("the hash algorithm");
        Bytes issuerName = id.enter(Der.OCTET_STRING, "issuer name hash").rest();
        Bytes issuerKey = id.enter(Der.OCTET_STRING, "issuer key hash").rest();
        Bytes serial = id.magnitude("serial number", Certificate.MAX_SERIAL_BYTES);
        id.expectEnd("the serial number");

        OptionalInt reason = OptionalInt.empty();
        Status status;
        switch (single.peek()) {
            case 0x80 -> {
                single.enter(0x80, "status").expectEnd("good");
                status = Status.GOOD;
            }
            case 0xa1 -> {
                Der revoked = single.enter(0xa1, "status");
                revoked.time("revocation time");
                if (revoked.hasMore()) {
                    Der explicit = revoked.enter(0xa0, "reason");
                    reason = OptionalInt.of(explicit.smallInteger(Der.ENUMERATED, "reason", MAX_REASON));
                    explicit.expectEnd("the reason");
                }
                revoked.expectEnd("the reason");
                status = Status.REVOKED;
            }
            case 0x82 -> {
                single.enter(0x82, "status").expectEnd("unknown");
                status = Status.UNKNOWN;
            }
            default -> throw refusal("OCSP", "a status with tag " + single.peek(), "good, revoked or unknown");
        }
        Instant thisUpdate = single.time("thisUpdate");
        Optional<Instant> nextUpdate = Optional.empty();
        if (single.peek() == 0xa0) {
            Der explicit = single.enter(0xa0, "nextUpdate");
            nextUpdate = Optional.of(explicit.time("nextUpdate"));
            explicit.expectEnd("nextUpdate");
        }
        if (single.hasMore()) {
            extensions(single.enter(0xa1, "single extensions"), Set.of());
        }
        single.expectEnd("the single extensions");
        return new Entry(hash, issuerName, issuerKey, serial, status, reason, thisUpdate, nextUpdate);
    }

    private static Map<String, Bytes> extensions(Der explicit, Set<String> known) throws DerException, Refusal {
        Der list = explicit.enter(Der.SEQUENCE, "extensions");
        explicit.expectEnd("the extensions");
        Map<String, Bytes> found = new LinkedHashMap<>();
        while (list.hasMore()) {
            Der extension = list.enter(Der.SEQUENCE, "extension");
            String identifier = extension.identifier("extension identifier");
            boolean critical = extension.peek() == Der.BOOLEAN && extension.bool("critical");
            Bytes content =
                    extension.enter(Der.OCTET_STRING, "extension content").rest();
            extension.expectEnd("the extension");
            if (found.put(identifier, content) != null || found.size() > MAX_EXTENSIONS) {
                throw refusal("OCSP", "extension " + identifier + " twice, or too many", "at most " + MAX_EXTENSIONS);
            }
            if (critical && !known.contains(identifier)) {
                throw refusal("OCSP", "critical extension " + identifier, "none that is unknown");
            }
        }
        return found;
    }

    /** Returns whether the response has an entry for the certificate. */
    boolean speaksOf(Certificate certificate, Certificate issuer) {
        return find(certificate, issuer) != null;
    }

    private @Nullable Entry find(Certificate certificate, Certificate issuer) {
        for (Entry entry : entries) {
            String digest = CERT_ID_HASHES.get(entry.hash());
            if (digest != null
                    && entry.serial().equals(certificate.serial())
                    && entry.issuerName().equals(hash(digest, issuer.subject()))
                    && issuer.key() instanceof PublicKey.Ec key
                    && entry.issuerKey().equals(hash(digest, key.point()))) {
                return entry;
            }
        }
        return null;
    }

    /**
     * Checks that the response, asked for with the nonce, says that the certificate is good.
     *
     * @param tolerateHold whether a certificate on hold counts as good
     * @return the last moment at which the answer may be used
     */
    Instant check(
            Certificate certificate,
            Certificate issuer,
            Bytes expectedNonce,
            Instant time,
            boolean tolerateHold,
            String what)
            throws Refusal {
        Entry entry = find(certificate, issuer);
        if (entry == null) {
            throw refusal("OCSP_MISSING", "no entry for " + what, "one with its serial number and issuer");
        }
        checkNonce(expectedNonce);
        Instant signerExpires = checkSigner(issuer, time);
        Instant latest = time.plus(CLOCK_SKEW);
        if (entry.thisUpdate().isAfter(latest) || producedAt.isAfter(latest)) {
            throw refusal("OCSP_TIME", "an answer of the future, " + entry.thisUpdate(), "at most " + latest);
        }
        if (entry.nextUpdate().isEmpty()) {
            throw refusal("OCSP_TIME", "an answer without nextUpdate", "one that says how long it holds");
        }
        Instant next = entry.nextUpdate().get();
        if (next.isBefore(time)) {
            throw refusal("OCSP_TIME", "an answer until " + next, "one that holds at " + time);
        }
        boolean onHold = entry.status() == Status.REVOKED
                && entry.reason().isPresent()
                && entry.reason().getAsInt() == CERTIFICATE_HOLD;
        if (entry.status() != Status.GOOD && !(onHold && tolerateHold)) {
            throw new Refusal(
                    "OCSP_STATUS",
                    what + " is " + entry.status()
                            + (entry.reason().isPresent()
                                    ? ", reason " + entry.reason().getAsInt()
                                    : ""),
                    "GOOD",
                    RULE,
                    onHold ? "a policy may tolerate certificate hold of manifests, by name" : "do not trust it");
        }
        return next.isBefore(signerExpires) ? next : signerExpires;
    }

    private void checkNonce(Bytes expected) throws Refusal {
        // The extension's content is an octet string in an octet string (RFC 9654); older responders leave the inner
        // one out.
        Bytes wrapped = derOctets(expected);
        if (nonce.isEmpty()) {
            throw refusal("OCSP_NONCE", "an answer without a nonce", "ours");
        }
        if (!nonce.get().equals(expected) && !nonce.get().equals(wrapped)) {
            throw refusal("OCSP_NONCE", "another nonce than ours", "ours");
        }
    }

    private static Bytes derOctets(Bytes content) {
        byte[] header = content.length() < 0x80
                ? new byte[] {Der.OCTET_STRING, (byte) content.length()}
                : new byte[] {Der.OCTET_STRING, (byte) 0x81, (byte) content.length()};
        return Bytes.wrapUnshared(header).concat(content);
    }

    /** The signer is the issuer itself, or a responder in the response that the issuer certified. */
    private Instant checkSigner(Certificate issuer, Instant time) throws Refusal {
        if (isResponder(issuer)) {
            requireSignature(issuer);
            return issuer.notAfter();
        }
        for (Certificate signer : certificates) {
            if (isResponder(signer)) {
                requireSigningUsage(signer);
                checkIssued(signer, issuer, time);
                requireSignature(signer);
                return signer.notAfter();
            }
        }
        throw refusal("OCSP_SIGNER", "an answer of a responder that is not in it", "the issuer or a responder of its");
    }

    private boolean isResponder(Certificate certificate) {
        if (responder.get(0) == (byte) 0xa1) {
            try {
                return new Der(responder).enter(0xa1, "responder").rest().equals(certificate.subject());
            } catch (DerException e) {
                return false;
            }
        }
        return certificate.key() instanceof PublicKey.Ec key
                && responder.equals(Bytes.fromHex("a2160414").concat(hash("SHA-1", key.point())));
    }

    private void requireSignature(Certificate signer) throws Refusal {
        if (!VendorSignatures.verify(algorithm, signer.key(), signed, signature)) {
            throw refusal("OCSP_SIGNATURE", "the responder's key did not sign the answer", "its signature");
        }
    }

    private static void requireSigningUsage(Certificate signer) throws Refusal {
        boolean found = false;
        Optional<Bytes> usage = signer.extensions().find(EXTENDED_KEY_USAGE);
        if (usage.isPresent()) {
            try {
                Der list = new Der(usage.get()).enter(Der.SEQUENCE, "extended key usage");
                while (list.hasMore()) {
                    found |= list.identifier("purpose").equals(OCSP_SIGNING);
                }
            } catch (DerException e) {
                throw refusal("OCSP_SIGNER", e.seen(), e.wanted());
            }
        }
        if (!found) {
            throw refusal("OCSP_SIGNER", "a responder that may not sign answers", "extended key usage OCSPSigning");
        }
    }

    /** RFC 6960 4.2.2.2: issued by the issuer itself. A longer path would let any CA below it speak of its siblings. */
    private static void checkIssued(Certificate signer, Certificate issuer, Instant time) throws Refusal {
        if (!signer.isValidAt(time)) {
            throw refusal(
                    "OCSP_SIGNER",
                    "a responder valid from " + signer.notBefore() + " to " + signer.notAfter(),
                    "valid at " + time);
        }
        Set<String> unknown = signer.unknownCritical(Set.of(EXTENDED_KEY_USAGE));
        if (!unknown.isEmpty()) {
            throw refusal("OCSP_SIGNER", "critical extensions " + unknown, "none that is unknown");
        }
        if (!signer.issuer().equals(issuer.subject()) || !signer.isSignedBy(issuer.key())) {
            throw refusal("OCSP_SIGNER", "a responder that the issuer did not certify", "one that it did");
        }
    }

    private static Bytes hash(String name, Bytes content) {
        try {
            return switch (name) {
                case "SHA-256" -> Bytes.wrapUnshared(Signatures.sha256(content));
                case "SHA-384" -> Bytes.wrapUnshared(Signatures.sha384(content));
                default -> Bytes.wrapUnshared(MessageDigest.getInstance("SHA-1").digest(content.toByteArray()));
            };
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-1", e);
        }
    }

    private static Refusal refusal(String code, String seen, String wanted) {
        return new Refusal(code, seen, wanted, RULE, ASK_AGAIN);
    }
}
