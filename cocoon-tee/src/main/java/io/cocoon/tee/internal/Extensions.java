package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The extensions of a certificate or a list, by identifier, each at most once. Immutable. RFC 5280 4.2. */
public final class Extensions {

    /** Most extensions of one certificate or list, and of one entry of a list. */
    public static final int MAX_EXTENSIONS = 32;

    static final String KEY_USAGE = "2.5.29.15";
    static final String CRL_NUMBER = "2.5.29.20";
    static final String BASIC_CONSTRAINTS = "2.5.29.19";
    static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";

    static final Extensions NONE = new Extensions(Map.of());

    private record Extension(boolean critical, Bytes content) {}

    private final Map<String, Extension> byIdentifier;

    private Extensions(Map<String, Extension> byIdentifier) {
        this.byIdentifier = byIdentifier;
    }

    /** Reads a list of extensions, the tag of the list included. */
    static Extensions read(Der parent) throws DerException {
        Der list = parent.enter(Der.SEQUENCE, "extensions");
        Map<String, Extension> found = new LinkedHashMap<>();
        while (list.hasMore()) {
            Der extension = list.enter(Der.SEQUENCE, "extension");
            String identifier = extension.identifier("extension identifier");
            // DER leaves a false out, as it is the default; some issuers write it.
            boolean critical = extension.peek() == Der.BOOLEAN && extension.bool("critical");
            Bytes content =
                    extension.enter(Der.OCTET_STRING, "extension content").rest();
            extension.expectEnd("the content of an extension");
            if (found.put(identifier, new Extension(critical, content)) != null) {
                throw new DerException("extension " + identifier + " twice", "every extension once");
            }
            if (found.size() > MAX_EXTENSIONS) {
                throw new DerException(
                        "more than " + MAX_EXTENSIONS + " extensions", "at most " + MAX_EXTENSIONS + " extensions");
            }
        }
        return new Extensions(found);
    }

    /** Returns the content of an extension's octet string, for example of {@code 2.5.29.15}. */
    public Optional<Bytes> find(String identifier) {
        Extension extension = byIdentifier.get(identifier);
        return extension == null ? Optional.empty() : Optional.of(extension.content());
    }

    /** Returns whether the extension is there and critical. */
    public boolean isCritical(String identifier) {
        Extension extension = byIdentifier.get(identifier);
        return extension != null && extension.critical();
    }

    /** Returns the identifiers of all extensions. */
    public Set<String> identifiers() {
        return Set.copyOf(byIdentifier.keySet());
    }

    /** Returns the critical extensions that are not among the known ones, sorted. */
    public Set<String> unknownCritical(Set<String> known) {
        Set<String> unknown = new TreeSet<>();
        byIdentifier.forEach((identifier, extension) -> {
            if (extension.critical() && !known.contains(identifier)) {
                unknown.add(identifier);
            }
        });
        return unknown;
    }
}
