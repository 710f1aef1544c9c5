package io.cocoon.tee.nvidia;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key set of NVIDIA's attestation service (JWKS, RFC 7517) with the reason why it is believed. A key that two entries claim
 * is nobody's. Keys change several times a day: one that is not found is a reason to fetch the set once more, not to look
 * elsewhere. Immutable. 2026 part of the TEE dossier, 10.3.
 */
public final class NrasKeys {

    /** Longest key set that is read, in bytes. */
    public static final int MAX_LENGTH = 1_048_576;

    /** Most keys of a set. */
    public static final int MAX_KEYS = 256;

    private static final int MAX_CERTIFICATES = 4;
    private static final int DIGITAL_SIGNATURE = 0x80;
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String RULE = "2026 part of the TEE dossier, 10.3; RFC 7517";
    private static final String REFETCH =
            "fetch the key set again, once; if that does not help, do not trust the token";

    private record Entry(PublicKey.Ec key, List<Bytes> chain) {}

    /** A key whose entry was checked, and the end of its certificates. */
    record Usable(PublicKey.Ec key, Instant expires) {}

    private final Map<String, List<Entry>> byId;
    private final NrasTrust trust;

    private NrasKeys(Map<String, List<Entry>> byId, NrasTrust trust) {
        this.byId = byId;
        this.trust = trust;
    }

    /**
     * Reads a key set. Entries that are not EC keys of P-384 for ES384 are left out.
     *
     * @throws GpuEvidenceException with code {@code JSON} or {@code FORMAT}; also if no usable entry is left
     */
    public static NrasKeys read(Bytes json, NrasTrust trust) throws GpuEvidenceException {
        if (json.length() > MAX_LENGTH) {
            throw refusal("FORMAT", "a key set of " + json.length() + " bytes", "at most " + MAX_LENGTH);
        }
        Json document;
        try {
            document = JsonParser.parseStrict(json, 8);
        } catch (JsonException e) {
            throw refusal("JSON", String.valueOf(e.getMessage()), "one JSON document, no member twice");
        }
        if (!(document instanceof Json.Obj set) || !(set.get("keys") instanceof Json.Arr keys)) {
            throw refusal("FORMAT", "no member keys", "an object with an array of keys");
        }
        if (keys.items().isEmpty() || keys.items().size() > MAX_KEYS) {
            throw refusal("FORMAT", keys.items().size() + " keys", "1 to " + MAX_KEYS);
        }
        Map<String, List<Entry>> byId = new HashMap<>();
        for (Json item : keys.items()) {
            if (!(item instanceof Json.Obj object)) {
                throw refusal("FORMAT", "a key that is no object", "objects");
            }
            String id = object.text("kid");
            if (id == null || !isForTokens(object)) {
                continue;
            }
            byId.computeIfAbsent(id, key -> new ArrayList<>()).add(entry(object));
        }
        if (byId.isEmpty()) {
            throw refusal("FORMAT", "no key of P-384 with an id", "at least one");
        }
        return new NrasKeys(byId, trust);
    }

    /** Returns how many key ids there are. */
    public int size() {
        return byId.size();
    }

    private static boolean isForTokens(Json.Obj object) {
        return "EC".equals(object.text("kty"))
                && "P-384".equals(object.text("crv"))
                && (!object.has("alg") || Jws.ALGORITHM.equals(object.text("alg")))
                && (!object.has("use") || "sig".equals(object.text("use")));
    }

    private static Entry entry(Json.Obj object) throws GpuEvidenceException {
        Bytes point = coordinate(object.text("x")).concat(coordinate(object.text("y")));
        List<Bytes> chain = new ArrayList<>();
        if (object.get("x5c") instanceof Json.Arr certificates) {
            if (certificates.items().size() > MAX_CERTIFICATES) {
                throw refusal(
                        "FORMAT",
                        certificates.items().size() + " certificates of a key",
                        "at most " + MAX_CERTIFICATES);
            }
            for (Json each : certificates.items()) {
                try {
                    chain.add(Bytes.wrapUnshared(
                            Base64.getDecoder().decode(each instanceof Json.Str text ? text.value() : "?")));
                } catch (IllegalArgumentException e) {
                    throw refusal("FORMAT", "a certificate of a key that is not base64", "base64");
                }
            }
        } else if (object.has("x5c")) {
            throw refusal("FORMAT", "a member x5c that is no array", "an array of base64");
        }
        try {
            return new Entry(PublicKey.Ec.ofCoordinates(Curve.P384, point), chain);
        } catch (DerException e) {
            throw refusal("FORMAT", e.seen(), e.wanted());
        }
    }

    private static Bytes coordinate(@Nullable String text) throws GpuEvidenceException {
        Bytes value = text == null ? null : Jws.base64Url(text);
        if (value == null || value.length() != Curve.P384.bytes()) {
            throw refusal("FORMAT", "a coordinate that is not base64url of 48 bytes", "x and y, 48 bytes each");
        }
        return value;
    }

    /** Returns the key of this id if exactly one entry has it and its certificates are as the trust wants. */
    Usable find(@Nullable String id, Instant time) throws Refusal {
        List<Entry> entries = id == null ? List.of() : byId.getOrDefault(id, List.of());
        if (entries.size() != 1) {
            throw new Refusal(
                    "KEY_UNKNOWN",
                    id == null ? "a token without key id" : entries.size() + " keys with the token's key id",
                    "exactly one; keys inside a token are never used",
                    RULE,
                    REFETCH);
        }
        Entry entry = entries.get(0);
        if (entry.chain().isEmpty()) {
            if (trust.wantsCertificates()) {
                throw certificate("a key without certificates", "a chain to what is pinned");
            }
            return new Usable(entry.key(), Instant.MAX);
        }
        List<Certificate> chain = new ArrayList<>();
        for (Bytes each : entry.chain()) {
            try {
                chain.add(Certificate.parse(each));
            } catch (DerException e) {
                throw certificate(e.seen(), e.wanted());
            }
        }
        if (!chain.get(0).key().equals(entry.key())) {
            throw new Refusal(
                    "KEY_MISMATCH",
                    "an entry whose x and y are not the key of its certificate",
                    "the same key",
                    RULE,
                    REFETCH);
        }
        return new Usable(entry.key(), trust.wantsCertificates() ? checkChain(chain, time) : Instant.MAX);
    }

    private Instant checkChain(List<Certificate> chain, Instant time) throws Refusal {
        Certificate leaf = chain.get(0);
        if (leaf.isCa() || (leaf.keyUsage().isPresent() && (leaf.keyUsage().getAsInt() & DIGITAL_SIGNATURE) == 0)) {
            throw certificate("a signer that is a CA or may not sign", "digitalSignature, no CA");
        }
        Instant expires = Instant.MAX;
        for (int i = 0; i < chain.size(); i++) {
            Certificate each = chain.get(i);
            checkOne(each, i, time);
            expires = each.notAfter().isBefore(expires) ? each.notAfter() : expires;
            if (i > 0 && keyHash(each).equals(trust.intermediateKeyHash())) {
                return expires;
            }
            Certificate root = trust.root().orElse(null);
            if (root != null && each.issuer().equals(root.subject()) && each.isSignedBy(root.key())) {
                checkOne(root, i + 1, time);
                return root.notAfter().isBefore(expires) ? root.notAfter() : expires;
            }
            if (i + 1 == chain.size()) {
                break;
            }
            Certificate issuer = chain.get(i + 1);
            if (!each.issuer().equals(issuer.subject()) || !VendorSignatures.isSignedBy(each, issuer.key())) {
                throw certificate(
                        "certificate " + (i + 1) + " is not signed by the next one", "its issuer's signature");
            }
        }
        throw certificate("a chain that ends at nothing that is pinned", "a chain to what is pinned");
    }

    private static void checkOne(Certificate each, int position, Instant time) throws Refusal {
        if (position > 0 && !each.mayIssue()) {
            throw certificate("an issuer that is no CA", "a CA with keyCertSign");
        }
        if (position > 0 && each.pathLength().isPresent() && each.pathLength().getAsInt() < position - 1) {
            throw certificate("an issuer that allows fewer intermediates", "at least " + (position - 1));
        }
        if (!each.isValidAt(time)) {
            throw certificate(
                    "a certificate valid from " + each.notBefore() + " to " + each.notAfter(), "valid at " + time);
        }
        Set<String> unknown = each.unknownCritical(Set.of(EXTENDED_KEY_USAGE));
        if (!unknown.isEmpty()) {
            throw certificate("critical extensions " + unknown, "none that is unknown");
        }
    }

    /** SHA-256 of the SubjectPublicKeyInfo. */
    private static Bytes keyHash(Certificate certificate) {
        try {
            Der tbs = new Der(certificate.signedBytes()).enter(Der.SEQUENCE, "tbsCertificate");
            if (tbs.peek() == 0xa0) {
                tbs.skip("version");
            }
            for (String each : List.of("serial number", "algorithm", "issuer", "validity", "subject")) {
                tbs.skip(each);
            }
            return Bytes.wrapUnshared(Signatures.sha256(tbs.skip("subjectPublicKeyInfo")));
        } catch (DerException e) {
            throw new IllegalStateException("a certificate that was read has a key", e);
        }
    }

    private static Refusal certificate(String seen, String wanted) {
        return new Refusal("KEY_CERTIFICATE", seen, wanted, RULE, REFETCH);
    }

    private static GpuEvidenceException refusal(String code, String seen, String wanted) {
        return new GpuEvidenceException(code, seen, wanted, RULE);
    }
}
