package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * An X.509 certificate of a vendor (RFC 5280), read and not yet judged. Immutable. Certificates of peers, with their tolerated
 * form, have a reader of their own.
 *
 * @param encoded all of it, DER
 * @param signedBytes tbsCertificate: exactly what the signature covers
 * @param version 1, 2 or 3
 * @param serial magnitude of the serial number, without leading zero bytes
 * @param algorithm how it is signed; the same inside and outside of what is signed
 * @param signature as it stands in the certificate, for ECDSA a DER sequence
 * @param issuer encoded name
 * @param subject encoded name
 * @param notBefore first second of validity
 * @param notAfter last second of validity
 * @param key the public key
 * @param extensions all extensions
 * @param isCa whether basicConstraints says so
 * @param pathLength how many intermediates may follow, if limited
 * @param keyUsage the first eight bits of keyUsage, bit 0 (digitalSignature) being 0x80; empty if there is no such extension
 */
public record Certificate(
        Bytes encoded,
        Bytes signedBytes,
        int version,
        Bytes serial,
        SignatureAlgorithm algorithm,
        Bytes signature,
        Bytes issuer,
        Bytes subject,
        Instant notBefore,
        Instant notAfter,
        PublicKey key,
        Extensions extensions,
        boolean isCa,
        OptionalInt pathLength,
        OptionalInt keyUsage) {

    /** Longest certificate that is read. */
    public static final int MAX_BYTES = 32_768;

    /** Longest serial number; RFC 5280 allows 20 bytes. */
    public static final int MAX_SERIAL_BYTES = 20;

    /** Most relative names of one name. */
    private static final int MAX_NAME_PARTS = 16;

    private static final String COMMON_NAME = "2.5.4.3";
    private static final int KEY_CERT_SIGN = 0x04;
    private static final int CRL_SIGN = 0x02;

    /** Critical extensions that {@link #parse} reads or that only matter to other users of a certificate. */
    private static final Set<String> KNOWN = Set.of(
            Extensions.BASIC_CONSTRAINTS, Extensions.KEY_USAGE, Extensions.AUTHORITY_KEY_IDENTIFIER, "2.5.29.14");

    /**
     * Reads a certificate.
     *
     * @throws DerException with the first rule that the encoding breaks
     */
    public static Certificate parse(Bytes encoded) throws DerException {
        if (encoded.length() > MAX_BYTES) {
            throw new DerException("a certificate of " + encoded.length() + " bytes", "at most " + MAX_BYTES);
        }
        Der outer = new Der(encoded);
        Der certificate = outer.enter(Der.SEQUENCE, "certificate");
        outer.expectEnd("the certificate");
        Bytes signed = certificate.skip("tbsCertificate");
        SignatureAlgorithm algorithm;
        Bytes outerAlgorithm = certificate.skip("signature algorithm");
        algorithm = SignatureAlgorithm.read(new Der(outerAlgorithm), "signature algorithm");
        Bytes signature = certificate.bitString("signature");
        certificate.expectEnd("the signature");

        Der tbs = new Der(signed).enter(Der.SEQUENCE, "tbsCertificate");
        int version = version(tbs);
        Bytes serial = tbs.magnitude("serial number", MAX_SERIAL_BYTES);
        if (!tbs.skip("signature algorithm").equals(outerAlgorithm)) {
            throw new DerException("two signature algorithms", "the same one inside and outside of what is signed");
        }
        Bytes issuer = name(tbs, "issuer");
        Der validity = tbs.enter(Der.SEQUENCE, "validity");
        Instant notBefore = validity.time("notBefore");
        Instant notAfter = validity.time("notAfter");
        validity.expectEnd("notAfter");
        Bytes subject = name(tbs, "subject");
        PublicKey key = PublicKey.read(tbs);
        // Unique identifiers of versions 2 and 3; nobody uses them.
        for (int tag = 0x81; tag <= 0x82; tag++) {
            if (tbs.peek() == tag) {
                tbs.enter(tag, "unique identifier");
            }
        }
        Extensions extensions = Extensions.NONE;
        if (tbs.hasMore()) {
            Der explicit = tbs.enter(0xa3, "extensions");
            extensions = Extensions.read(explicit);
            explicit.expectEnd("the extensions");
        }
        tbs.expectEnd("the extensions");
        if (version != 3 && !extensions.identifiers().isEmpty()) {
            throw new DerException("extensions in version " + version, "version 3");
        }

        boolean isCa = false;
        OptionalInt pathLength = OptionalInt.empty();
        Optional<Bytes> constraints = extensions.find(Extensions.BASIC_CONSTRAINTS);
        if (constraints.isPresent()) {
            Der whole = new Der(constraints.get());
            Der content = whole.enter(Der.SEQUENCE, "basicConstraints");
            whole.expectEnd("the basic constraints");
            isCa = content.peek() == Der.BOOLEAN && content.bool("CA");
            if (content.hasMore()) {
                pathLength = OptionalInt.of(content.smallInteger(Der.INTEGER, "path length", 1_000));
            }
            content.expectEnd("the path length");
        }
        return new Certificate(
                encoded,
                signed,
                version,
                serial,
                algorithm,
                signature,
                issuer,
                subject,
                notBefore,
                notAfter,
                key,
                extensions,
                isCa,
                pathLength,
                keyUsage(extensions));
    }

    private static int version(Der tbs) throws DerException {
        if (tbs.peek() != 0xa0) {
            return 1;
        }
        Der explicit = tbs.enter(0xa0, "version");
        int version = explicit.smallInteger(Der.INTEGER, "version", 2);
        explicit.expectEnd("the version");
        if (version == 0) {
            throw new DerException("version 1 written out", "no version, as 1 is the default");
        }
        return version + 1;
    }

    static Bytes name(Der tbs, String what) throws DerException {
        if (tbs.peek() != Der.SEQUENCE) {
            throw new DerException(what + " with tag " + tbs.peek(), "a name");
        }
        return tbs.skip(what);
    }

    private static OptionalInt keyUsage(Extensions extensions) throws DerException {
        Optional<Bytes> content = extensions.find(Extensions.KEY_USAGE);
        if (content.isEmpty()) {
            return OptionalInt.empty();
        }
        Der whole = new Der(content.get());
        Bytes bits = whole.enter(Der.BIT_STRING, "key usage").rest();
        whole.expectEnd("the key usage");
        if (bits.length() < 2 || bits.length() > 3 || bits.get(0) < 0 || bits.get(0) > 7) {
            throw new DerException("a key usage of " + bits.length() + " bytes", "2 or 3 bytes");
        }
        return OptionalInt.of(bits.get(1) & 0xff);
    }

    /** Returns the text of the name's last commonName, or an empty text. For checks of the wording, never for identity. */
    public static String commonName(Bytes name) {
        try {
            String found = "";
            Der parts = new Der(name).enter(Der.SEQUENCE, "name");
            for (int i = 0; i < MAX_NAME_PARTS && parts.hasMore(); i++) {
                Der set = parts.enter(Der.SET, "relative name");
                while (set.hasMore()) {
                    Der pair = set.enter(Der.SEQUENCE, "attribute");
                    String identifier = pair.identifier("attribute type");
                    Bytes value = pair.enter(pair.peek(), "attribute value").rest();
                    if (identifier.equals(COMMON_NAME)) {
                        found = value.toUtf8();
                    }
                }
            }
            return found;
        } catch (DerException e) {
            return "";
        }
    }

    /** Returns the subject's commonName, or an empty text. */
    public String subjectCommonName() {
        return commonName(subject);
    }

    /** Returns the issuer's commonName, or an empty text. */
    public String issuerCommonName() {
        return commonName(issuer);
    }

    /** Returns whether the issuer's key made the signature. Judges neither names nor dates. */
    public boolean isSignedBy(PublicKey issuerKey) {
        return Signatures.verify(algorithm, issuerKey, signedBytes, signature);
    }

    /** Returns whether it is a CA whose key may sign certificates. */
    public boolean mayIssue() {
        return isCa && (keyUsage.isEmpty() || (keyUsage.getAsInt() & KEY_CERT_SIGN) != 0);
    }

    /** Returns whether its key may sign revocation lists. */
    public boolean maySignLists() {
        return isCa && (keyUsage.isEmpty() || (keyUsage.getAsInt() & CRL_SIGN) != 0);
    }

    /** Returns whether the time is inside of the validity, both ends included. */
    public boolean isValidAt(Instant time) {
        return !time.isBefore(notBefore) && !time.isAfter(notAfter);
    }

    /** Returns the critical extensions that no reader here knows; {@code alsoKnown} is what the caller understands. */
    public Set<String> unknownCritical(Set<String> alsoKnown) {
        Set<String> unknown = extensions.unknownCritical(KNOWN);
        unknown.removeAll(alsoKnown);
        return unknown;
    }

    @Override
    public String toString() {
        return "Certificate[" + subjectCommonName() + ", serial " + serial.toHex() + "]";
    }
}
