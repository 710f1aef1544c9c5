package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A certificate revocation list (RFC 5280 5), read and not yet judged. Immutable. */
public final class RevocationList {

    /** Longest list that is read. Intel's have 3 KiB, AMD's 1 KiB. */
    public static final int MAX_BYTES = 8 * 1024 * 1024;

    /** Longest list number; RFC 5280 allows 20 bytes. */
    private static final int MAX_NUMBER_BYTES = 20;

    private static final Set<String> KNOWN = Set.of(Extensions.CRL_NUMBER, Extensions.AUTHORITY_KEY_IDENTIFIER);
    /** Reason and date of an entry; they do not change that it is revoked. */
    private static final Set<String> KNOWN_IN_ENTRY = Set.of("2.5.29.21", "2.5.29.24");

    private static final Comparator<Bytes> SERIAL_ORDER =
            Comparator.comparingInt(Bytes::length).thenComparing(Comparator.naturalOrder());

    private final Bytes signedBytes;
    private final SignatureAlgorithm algorithm;
    private final Bytes signature;
    private final Bytes issuer;
    private final Instant thisUpdate;
    private final Instant nextUpdate;
    private final Optional<Bytes> number;
    private final Optional<Bytes> authorityKeyIdentifier;
    private final Bytes[] revoked;

    private RevocationList(
            Bytes signedBytes,
            SignatureAlgorithm algorithm,
            Bytes signature,
            Bytes issuer,
            Instant thisUpdate,
            Instant nextUpdate,
            Optional<Bytes> number,
            Optional<Bytes> authorityKeyIdentifier,
            Bytes[] revoked) {
        this.signedBytes = signedBytes;
        this.algorithm = algorithm;
        this.signature = signature;
        this.issuer = issuer;
        this.thisUpdate = thisUpdate;
        this.nextUpdate = nextUpdate;
        this.number = number;
        this.authorityKeyIdentifier = authorityKeyIdentifier;
        this.revoked = revoked;
    }

    /**
     * Reads a list. Unknown critical extensions are refused, of the list and of its entries: such a list may mean something else
     * (only some certificates, only changes).
     *
     * @throws DerException with the first rule that the encoding breaks
     */
    public static RevocationList parse(Bytes encoded) throws DerException {
        if (encoded.length() > MAX_BYTES) {
            throw new DerException("a revocation list of " + encoded.length() + " bytes", "at most " + MAX_BYTES);
        }
        Der outer = new Der(encoded);
        Der list = outer.enter(Der.SEQUENCE, "revocation list");
        outer.expectEnd("the revocation list");
        Bytes signed = list.skip("tbsCertList");
        Bytes outerAlgorithm = list.skip("signature algorithm");
        SignatureAlgorithm algorithm = SignatureAlgorithm.read(new Der(outerAlgorithm), "signature algorithm");
        Bytes signature = list.bitString("signature");
        list.expectEnd("the signature");

        Der tbs = new Der(signed).enter(Der.SEQUENCE, "tbsCertList");
        boolean second = tbs.peek() == Der.INTEGER;
        if (second && tbs.smallInteger(Der.INTEGER, "version", 1) != 1) {
            throw new DerException("version 1 written out", "version 2");
        }
        if (!tbs.skip("signature algorithm").equals(outerAlgorithm)) {
            throw new DerException("two signature algorithms", "the same one inside and outside of what is signed");
        }
        Bytes issuer = Certificate.name(tbs, "issuer");
        Instant thisUpdate = tbs.time("thisUpdate");
        Instant nextUpdate = tbs.time("nextUpdate");
        Bytes[] revoked = tbs.peek() == Der.SEQUENCE ? entries(tbs.enter(Der.SEQUENCE, "entries")) : new Bytes[0];
        Extensions extensions = Extensions.NONE;
        if (tbs.hasMore()) {
            Der explicit = tbs.enter(0xa0, "extensions");
            extensions = Extensions.read(explicit);
            explicit.expectEnd("the extensions");
        }
        tbs.expectEnd("the extensions");
        refuseUnknown(extensions, KNOWN, "list");
        if (!second && !extensions.identifiers().isEmpty()) {
            throw new DerException("extensions in version 1", "version 2");
        }
        Optional<Bytes> number = Optional.empty();
        Optional<Bytes> content = extensions.find(Extensions.CRL_NUMBER);
        if (content.isPresent()) {
            Der whole = new Der(content.get());
            number = Optional.of(whole.magnitude("list number", MAX_NUMBER_BYTES));
            whole.expectEnd("the list number");
        }
        return new RevocationList(
                signed,
                algorithm,
                signature,
                issuer,
                thisUpdate,
                nextUpdate,
                number,
                keyIdentifier(extensions),
                revoked);
    }

    private static Bytes[] entries(Der list) throws DerException {
        List<Bytes> serials = new ArrayList<>();
        while (list.hasMore()) {
            Der entry = list.enter(Der.SEQUENCE, "entry");
            serials.add(entry.magnitude("serial number", Certificate.MAX_SERIAL_BYTES));
            entry.time("revocation date");
            if (entry.hasMore()) {
                refuseUnknown(Extensions.read(entry), KNOWN_IN_ENTRY, "entry");
            }
            entry.expectEnd("the entry's extensions");
        }
        Bytes[] sorted = serials.toArray(Bytes[]::new);
        Arrays.sort(sorted, SERIAL_ORDER);
        return sorted;
    }

    private static void refuseUnknown(Extensions extensions, Set<String> known, String what) throws DerException {
        Set<String> unknown = extensions.unknownCritical(known);
        if (!unknown.isEmpty()) {
            throw new DerException(
                    "critical extension " + unknown.iterator().next() + " of a revocation " + what,
                    "only critical extensions that are understood");
        }
    }

    private static Optional<Bytes> keyIdentifier(Extensions extensions) throws DerException {
        Optional<Bytes> content = extensions.find(Extensions.AUTHORITY_KEY_IDENTIFIER);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        Der whole = new Der(content.get());
        Der sequence = whole.enter(Der.SEQUENCE, "authority key identifier");
        whole.expectEnd("the authority key identifier");
        return sequence.peek() == 0x80
                ? Optional.of(sequence.enter(0x80, "key identifier").rest())
                : Optional.of(Bytes.empty());
    }

    /** Returns the encoded name of who issued the list. */
    public Bytes issuer() {
        return issuer;
    }

    /** Returns the first second at which the list speaks. */
    public Instant thisUpdate() {
        return thisUpdate;
    }

    /** Returns the last second at which the list may be used. */
    public Instant nextUpdate() {
        return nextUpdate;
    }

    /** Returns the number of the list, magnitude without leading zero bytes. */
    public Optional<Bytes> number() {
        return number;
    }

    /** Returns which key signed; empty bytes if the extension is there and names the key by other means. */
    public Optional<Bytes> authorityKeyIdentifier() {
        return authorityKeyIdentifier;
    }

    /** Returns how the list is signed. */
    public SignatureAlgorithm algorithm() {
        return algorithm;
    }

    /** Returns how many certificates are revoked. */
    public int size() {
        return revoked.length;
    }

    /** Returns whether the list revokes the serial number, given as {@link Certificate#serial}. */
    public boolean revokes(Bytes serial) {
        return Arrays.binarySearch(revoked, serial, SERIAL_ORDER) >= 0;
    }

    /** Returns whether the key made the signature. Judges neither names nor dates. */
    public boolean isSignedBy(PublicKey issuerKey) {
        return Signatures.verify(algorithm, issuerKey, signedBytes, signature);
    }
}
