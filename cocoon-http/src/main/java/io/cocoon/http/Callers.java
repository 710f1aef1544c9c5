package io.cocoon.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what. Keeps hashes of secrets only, and compares all of them with each one that is shown, so that the time says
 * nothing. Not changed any more once the server runs.
 */
final class Callers implements Gate {

    static final int SHORTEST_SECRET = 16;

    /** The name of everybody while no caller has a key. */
    static final String ANYBODY = "anybody";

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Key(String name, byte[] hash) {}

    private final List<Key> keys = new ArrayList<>();
    private byte @Nullable [] token;

    void addKey(String name, String key) {
        keys.add(new Key(name, distinct("the key of " + name, key)));
    }

    void setToken(String value) {
        token = distinct("the control token", value);
    }

    boolean hasKeys() {
        return !keys.isEmpty();
    }

    private byte[] distinct(String what, String secret) {
        if (secret.length() < SHORTEST_SECRET || secret.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException(what + " has at least " + SHORTEST_SECRET
                    + " visible ASCII characters and no blank; got " + secret.length() + " characters");
        }
        byte[] hash = hash(secret);
        if ((token != null && MessageDigest.isEqual(token, hash))
                || keys.stream().anyMatch(key -> MessageDigest.isEqual(key.hash, hash))) {
            throw new IllegalArgumentException(what + " is used already; every secret opens one thing");
        }
        return hash;
    }

    private static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns the name of the caller; {@link #ANYBODY} if nobody has a key, empty if this one shows none that is known. */
    Optional<String> caller(Request request) {
        return keys.isEmpty() ? Optional.of(ANYBODY) : bearer(request).flatMap(this::named);
    }

    private Optional<String> named(String secret) {
        byte[] shown = hash(secret);
        String found = null;
        for (Key key : keys) {
            if (MessageDigest.isEqual(key.hash, shown)) {
                found = key.name;
            }
        }
        return Optional.ofNullable(found);
    }

    private boolean isToken(String secret) {
        return token != null && MessageDigest.isEqual(token, hash(secret));
    }

    private static Optional<String> bearer(Request request) {
        return credentials(request, "bearer ");
    }

    /** A browser can show a secret as the password of basic authentication only. */
    private static Optional<String> password(Request request) {
        return credentials(request, "basic ").flatMap(text -> {
            try {
                String pair = new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
                return pair.indexOf(':') < 0 ? Optional.empty() : Optional.of(pair.substring(pair.indexOf(':') + 1));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        });
    }

    private static Optional<String> credentials(Request request, String scheme) {
        return request.header("authorization")
                .filter(value -> value.regionMatches(true, 0, scheme, 0, scheme.length()))
                .map(value -> value.substring(scheme.length()).strip());
    }

    @Override
    public Optional<Reply> refuse(Request head) {
        if (head.path().startsWith("/request/")) {
            return refuseControl(head);
        }
        if (head.path().startsWith("/v1/")) {
            return caller(head).isPresent() ? Optional.empty() : Optional.of(unauthorised("Bearer", "a caller's key"));
        }
        boolean known = keys.isEmpty()
                || bearer(head)
                        .or(() -> password(head))
                        .filter(secret -> named(secret).isPresent() || isToken(secret))
                        .isPresent();
        return known
                ? Optional.empty()
                : Optional.of(unauthorised(
                        "Basic realm=\"cocoon status\"",
                        "a caller's key or the control token (in a browser: as password)"));
    }

    private Optional<Reply> refuseControl(Request head) {
        if (token == null) {
            return Optional.of(Errors.reply(
                    403,
                    Errors.INVALID,
                    "nothing that moves money is switched on: start the local port with a control token"));
        }
        return bearer(head).filter(this::isToken).isPresent()
                ? Optional.empty()
                : Optional.of(unauthorised("Bearer", "the control token"));
    }

    private static Reply unauthorised(String scheme, String wanted) {
        return Errors.reply(
                        401,
                        Errors.INVALID,
                        "this port wants " + wanted
                                + " in the header 'Authorization: Bearer …', and got none that it knows")
                .with("www-authenticate", scheme);
    }
}
