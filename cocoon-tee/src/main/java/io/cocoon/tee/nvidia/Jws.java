package io.cocoon.tee.nvidia;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A token in the compact form of RFC 7515, signed with ES384 and nothing else. The header chooses neither the algorithm nor
 * the key: it names one that the verifier already has. 2026 part of the TEE dossier, 10.3.
 *
 * @param claims what was signed, an object without repeated members
 * @param keyExpires end of validity of the key's certificates
 */
record Jws(Json.Obj claims, Instant keyExpires) {

    static final String ALGORITHM = "ES384";

    private static final int MAX_DEPTH = 16;
    private static final String RULE = "2026 part of the TEE dossier, 10.3; RFC 7515, RFC 8725";
    private static final String NEXT = "ask the service for a new token";

    /** Checks form, header, key and signature of a token. */
    static Jws verify(String token, NrasKeys keys, Instant time) throws Refusal {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0 || token.indexOf('.', second + 1) >= 0) {
            throw refusal("FORMAT", "a token that is not three parts", "header.claims.signature");
        }
        Bytes header = part(token.substring(0, first), "header");
        Bytes payload = part(token.substring(first + 1, second), "claims");
        Bytes signature = part(token.substring(second + 1), "signature");
        Json.Obj fields = object(header, "header");
        if (!ALGORITHM.equals(fields.text("alg"))) {
            throw refusal("ALGORITHM", "another algorithm", ALGORITHM);
        }
        if (fields.has("crit")) {
            throw refusal("HEADER", "a critical header field", "none");
        }
        NrasKeys.Usable key = keys.find(fields.text("kid"), time);
        if (!Signatures.ecdsaRaw(key.key(), Bytes.utf8(token.substring(0, second)), signature)) {
            throw refusal("SIGNATURE", "the key did not sign the token", "r and s, 96 bytes, of ECDSA with SHA-384");
        }
        return new Jws(object(payload, "claims"), key.expires());
    }

    private static Bytes part(String text, String what) throws Refusal {
        Bytes value = base64Url(text);
        if (value == null) {
            throw refusal("FORMAT", "a " + what + " that is not base64url", "base64url without padding");
        }
        return value;
    }

    /** Decodes base64url without padding, in its one form only; null if it is anything else. */
    static @Nullable Bytes base64Url(String text) {
        try {
            byte[] value = Base64.getUrlDecoder().decode(text);
            boolean canonical = Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(value)
                    .equals(text);
            return canonical ? Bytes.wrapUnshared(value) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Json.Obj object(Bytes json, String what) throws Refusal {
        try {
            if (JsonParser.parseStrict(json, MAX_DEPTH) instanceof Json.Obj object) {
                return object;
            }
        } catch (JsonException e) {
            throw refusal("JSON", what + ": " + e.getMessage(), "one JSON object, no member twice");
        }
        throw refusal("JSON", what + " that is no object", "one JSON object");
    }

    private static Refusal refusal(String code, String seen, String wanted) {
        return new Refusal(code, seen, wanted, RULE, NEXT);
    }
}
