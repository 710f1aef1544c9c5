package io.cocoon.tee;

import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks the DER of a peer's certificate. Live peers send X.509 version 1 with extensions, which other parsers refuse;
 * this one is lenient about the version number and about nothing else (TEE dossier 1, last paragraph).
 */
final class CertificateParser {

    /** Longest certificate that is looked at. A TLS message with one is bounded to the same size. */
    static final int MAX_CERTIFICATE_BYTES = 65_535;

    static final int MAX_QUOTE_BYTES = 32_768;
    static final int MAX_ENDORSEMENT_BYTES = 16_384;
    static final int SEV_REPORT_BYTES = 1_184;
    static final int REPORT_DATA_BYTES = 64;
    private static final int MAX_CLAIMS_BYTES = 4_096;
    private static final int MAX_EXTENSIONS = 32;

    static final String TDX_QUOTE = "2b06010401e03901";
    static final String TDX_CLAIMS = "2b06010401e03902";
    static final String SEV_REPORT_DATA = "2b06010401e03964";
    static final String SEV_REPORT = "2b06010401e03965";
    static final String SEV_ENDORSEMENT = "2b06010401e03966";
    private static final String KEY_USAGE = "551d0f";
    private static final String EXTENDED_KEY_USAGE = "551d25";
    private static final String ED25519 = "2b6570";
    private static final String SERVER_AUTH = "2b06010505070301";
    private static final String CLIENT_AUTH = "2b06010505070302";

    private static final Set<String> PRIVATE =
            Set.of(TDX_QUOTE, TDX_CLAIMS, SEV_REPORT_DATA, SEV_REPORT, SEV_ENDORSEMENT);
    /** Critical extensions that are understood: basic constraints, key usages, names, key identifiers. */
    private static final Set<String> KNOWN =
            Set.of("551d13", KEY_USAGE, EXTENDED_KEY_USAGE, "551d11", "551d0e", "551d23");

    private static final String EVIDENCE_CHECK = "ratls.evidence.form";
    private static final String EVIDENCE_RULE = "TEE dossier 2026, 2.7";

    private CertificateParser() {}

    /** Parses a certificate by the default rules. */
    static PeerCertificate parse(byte[] encoded) throws CertificateRefusal {
        return parse(encoded, CertificateRules.DEFAULT);
    }

    /**
     * Parses a certificate; judges neither time nor signature.
     *
     * @param rules says whether the claims may be missing
     * @throws CertificateRefusal with the first rule that the encoding breaks
     */
    static PeerCertificate parse(byte[] encoded, CertificateRules rules) throws CertificateRefusal {
        try {
            return parseDer(encoded, rules);
        } catch (DerException e) {
            throw new CertificateRefusal(
                    "ratls.certificate.encoding", "TLS_CERT_ENCODING", e.seen(), e.wanted(), "X.690 8.1, 10.1");
        }
    }

    private static PeerCertificate parseDer(byte[] encoded, CertificateRules rules)
            throws CertificateRefusal, DerException {
        if (encoded.length > MAX_CERTIFICATE_BYTES) {
            throw new DerException("a certificate of " + encoded.length + " bytes", "at most " + MAX_CERTIFICATE_BYTES);
        }
        Der outer = new Der(encoded);
        Der certificate = outer.enter(Der.SEQUENCE, "certificate");
        outer.expectEnd("the certificate");
        byte[] tbsEncoding = certificate.skip("tbsCertificate").toByteArray();
        expectEd25519(certificate.enter(Der.SEQUENCE, "signatureAlgorithm"), "TLS_CERT_SIGNATURE_ALGORITHM");
        byte[] signature = bitString(certificate, "signature", 64);
        certificate.expectEnd("the signature");

        Der tbs = new Der(tbsEncoding).enter(Der.SEQUENCE, "tbsCertificate");
        boolean version3 = version(tbs);
        Der serial = tbs.enter(Der.INTEGER, "serial number");
        if (serial.remaining() < 1 || serial.remaining() > 21) {
            throw new DerException("a serial number of " + serial.remaining() + " bytes", "1 to 21 bytes");
        }
        expectEd25519(tbs.enter(Der.SEQUENCE, "signature algorithm"), "TLS_CERT_SIGNATURE_ALGORITHM");
        byte[] issuer = name(tbs, "issuer");
        Der validity = tbs.enter(Der.SEQUENCE, "validity");
        Instant notBefore = validity.time("notBefore");
        Instant notAfter = validity.time("notAfter");
        validity.expectEnd("notAfter");
        byte[] subject = name(tbs, "subject");
        Der keyInfo = tbs.enter(Der.SEQUENCE, "subjectPublicKeyInfo");
        expectEd25519(keyInfo.enter(Der.SEQUENCE, "key algorithm"), "TLS_CERT_KEY_TYPE");
        Int256 key = Int256.of(bitString(keyInfo, "public key", 32));
        keyInfo.expectEnd("the public key");
        Map<String, byte[]> extensions = extensions(tbs);
        tbs.expectEnd("the extensions");

        Set<String> purposes = purposes(extensions.get(EXTENDED_KEY_USAGE));
        return new PeerCertificate(
                Bytes.copyOf(encoded),
                Bytes.wrapUnshared(tbsEncoding),
                Bytes.wrapUnshared(signature),
                key,
                issuer,
                subject,
                notBefore,
                notAfter,
                version3,
                extensions.size(),
                keyUsage(extensions.get(KEY_USAGE)),
                purposes.isEmpty() || purposes.contains(SERVER_AUTH),
                purposes.isEmpty() || purposes.contains(CLIENT_AUTH),
                evidence(extensions, key, rules));
    }

    /** Returns whether it says version 3; without the field it is version 1, and may have extensions all the same (T16). */
    private static boolean version(Der tbs) throws CertificateRefusal, DerException {
        if (tbs.peek() != 0xa0) {
            return false;
        }
        Der explicit = tbs.enter(0xa0, "version");
        byte[] version = explicit.enter(Der.INTEGER, "version").bytes();
        explicit.expectEnd("the version");
        // 1 would be version 2; an explicit 0 is not DER, because it is the default.
        if (version.length != 1 || version[0] != 2) {
            throw new DerException("version " + HexFormat.of().formatHex(version), "version 3, or no version at all");
        }
        return true;
    }

    private static void expectEd25519(Der algorithm, String code) throws CertificateRefusal, DerException {
        String identifier = hex(algorithm.enter(Der.OBJECT_IDENTIFIER, "algorithm"));
        if (!identifier.equals(ED25519)) {
            throw new CertificateRefusal(
                    "ratls.certificate.key",
                    code,
                    "algorithm with the encoded identifier " + shorten(identifier),
                    "Ed25519, 1.3.101.112",
                    "TEE dossier 4.2");
        }
        algorithm.expectEnd("the Ed25519 identifier");
    }

    private static byte[] name(Der tbs, String what) throws DerException {
        if (tbs.peek() != Der.SEQUENCE) {
            throw new DerException(what + " with tag " + tbs.peek(), "a name");
        }
        return tbs.skip(what).toByteArray();
    }

    private static byte[] bitString(Der parent, String what, int bytes) throws DerException {
        byte[] content = parent.enter(Der.BIT_STRING, what).bytes();
        if (content.length != bytes + 1 || content[0] != 0) {
            throw new DerException(
                    what + " of " + (content.length - 1) + " bytes", bytes + " bytes without unused bits");
        }
        return Arrays.copyOfRange(content, 1, content.length);
    }

    /** Returns the contents of all extensions by the hexadecimal digits of their identifiers. */
    private static Map<String, byte[]> extensions(Der tbs) throws CertificateRefusal, DerException {
        Map<String, byte[]> found = new HashMap<>();
        @Nullable String notCritical = null;
        if (!tbs.hasMore()) {
            return found;
        }
        Der explicit = tbs.enter(0xa3, "extensions");
        Der list = explicit.enter(Der.SEQUENCE, "extensions");
        explicit.expectEnd("the list of extensions");
        while (list.hasMore()) {
            Der extension = list.enter(Der.SEQUENCE, "extension");
            String identifier = hex(extension.enter(Der.OBJECT_IDENTIFIER, "extension identifier"));
            boolean critical = false;
            if (extension.peek() == Der.BOOLEAN) {
                critical = extension.bool("critical");
                if (!critical) {
                    throw new DerException("critical written as false", "true, or left out");
                }
            }
            byte[] content =
                    extension.enter(Der.OCTET_STRING, "extension content").bytes();
            extension.expectEnd("the content of an extension");
            if (found.put(identifier, content) != null) {
                throw new CertificateRefusal(
                        "ratls.certificate.extensions",
                        "EXTENSION_DUPLICATE",
                        "extension " + shorten(identifier) + " twice",
                        "every extension once",
                        EVIDENCE_RULE);
            }
            if (found.size() > MAX_EXTENSIONS) {
                throw new DerException("more than " + MAX_EXTENSIONS + " extensions", "at most " + MAX_EXTENSIONS);
            }
            if (PRIVATE.contains(identifier) && !critical) {
                notCritical = identifier;
            }
            if (critical && !PRIVATE.contains(identifier) && !KNOWN.contains(identifier)) {
                throw new CertificateRefusal(
                        "ratls.certificate.extensions",
                        "TLS_CERT_UNKNOWN_CRITICAL",
                        "critical extension " + shorten(identifier),
                        "only critical extensions that are understood",
                        "RFC 5280 4.2");
            }
        }
        // Evidence of both kinds is refused as such, critical or not: see evidence().
        if (notCritical != null && !(hasTdx(found) && hasSev(found))) {
            throw new CertificateRefusal(
                    EVIDENCE_CHECK,
                    "EVIDENCE_NOT_CRITICAL",
                    "evidence in extension " + notCritical + ", not critical",
                    "critical, as every peer sets it",
                    EVIDENCE_RULE);
        }
        return found;
    }

    private static boolean hasTdx(Map<String, byte[]> extensions) {
        return extensions.containsKey(TDX_QUOTE) || extensions.containsKey(TDX_CLAIMS);
    }

    private static boolean hasSev(Map<String, byte[]> extensions) {
        return extensions.containsKey(SEV_REPORT_DATA)
                || extensions.containsKey(SEV_REPORT)
                || extensions.containsKey(SEV_ENDORSEMENT);
    }

    private static int keyUsage(byte @Nullable [] content) throws CertificateRefusal, DerException {
        if (content == null) {
            return -1;
        }
        Der der = new Der(content);
        byte[] bits = der.enter(Der.BIT_STRING, "key usage").bytes();
        der.expectEnd("the key usage");
        if (bits.length < 2 || bits.length > 3) {
            throw new DerException("a key usage of " + bits.length + " bytes", "2 or 3 bytes");
        }
        return bits[1] & 0xff;
    }

    private static Set<String> purposes(byte @Nullable [] content) throws CertificateRefusal, DerException {
        Set<String> purposes = new HashSet<>();
        if (content != null) {
            Der der = new Der(content);
            Der list = der.enter(Der.SEQUENCE, "extended key usage");
            der.expectEnd("the extended key usage");
            do {
                purposes.add(hex(list.enter(Der.OBJECT_IDENTIFIER, "purpose")));
            } while (list.hasMore());
        }
        return purposes;
    }

    private static Evidence evidence(Map<String, byte[]> extensions, Int256 key, CertificateRules rules)
            throws CertificateRefusal {
        byte[] quote = extensions.get(TDX_QUOTE);
        byte[] claims = extensions.get(TDX_CLAIMS);
        byte[] reportData = extensions.get(SEV_REPORT_DATA);
        byte[] report = extensions.get(SEV_REPORT);
        byte[] endorsement = extensions.get(SEV_ENDORSEMENT);
        boolean tdx = hasTdx(extensions);
        boolean sev = hasSev(extensions);
        if (tdx && sev) {
            throw evidenceRefusal("EVIDENCE_AMBIGUOUS", "TDX and SEV-SNP extensions", "those of one kind");
        }
        if (tdx) {
            if (quote == null || claims == null && !rules.toleratesMissingClaims()) {
                throw evidenceRefusal(
                        "EVIDENCE_INCOMPLETE",
                        "the " + (quote == null ? "claims" : "quote") + " extension alone",
                        "quote and claims");
            }
            limit("quote", quote, MAX_QUOTE_BYTES);
            if (claims == null) {
                return new Evidence.Tdx(Bytes.wrapUnshared(quote), Bytes.empty());
            }
            limit("claims", claims, MAX_CLAIMS_BYTES);
            return new Evidence.Tdx(Bytes.wrapUnshared(quote), Bytes.wrapUnshared(claims));
        }
        if (!sev) {
            return new Evidence.None();
        }
        if (reportData == null || report == null || endorsement == null) {
            throw evidenceRefusal("EVIDENCE_INCOMPLETE", "some of the SEV-SNP extensions", "all three");
        }
        if (report.length != SEV_REPORT_BYTES) {
            throw evidenceRefusal(
                    "REPORT_LENGTH", "a report of " + report.length + " bytes", SEV_REPORT_BYTES + " bytes");
        }
        limit("endorsement certificate", endorsement, MAX_ENDORSEMENT_BYTES);
        if (!Bytes.wrapUnshared(reportData).equals(Hashes.sha512(key.toBytes()))) {
            throw evidenceRefusal("REPORT_DATA_EXTENSION", "report data for another key", "SHA-512 of this key");
        }
        expectOnePemBlock(endorsement);
        return new Evidence.SevSnp(
                Bytes.wrapUnshared(reportData), Bytes.wrapUnshared(report), Bytes.wrapUnshared(endorsement));
    }

    private static void expectOnePemBlock(byte[] text) throws CertificateRefusal {
        String pem = new String(text, StandardCharsets.ISO_8859_1);
        int begin = pem.indexOf(Pem.BEGIN_CERTIFICATE);
        if (begin < 0
                || pem.indexOf(Pem.END_CERTIFICATE, begin) < 0
                || pem.indexOf(Pem.BEGIN_CERTIFICATE, begin + 1) >= 0) {
            throw evidenceRefusal("VCEK_ENCODING", "no or several PEM certificates", "exactly one PEM certificate");
        }
    }

    private static void limit(String what, byte[] content, int limit) throws CertificateRefusal {
        if (content.length > limit) {
            throw evidenceRefusal("EVIDENCE_TOO_LARGE", what + " of " + content.length + " bytes", "at most " + limit);
        }
    }

    private static CertificateRefusal evidenceRefusal(String code, String seen, String wanted) {
        return new CertificateRefusal(EVIDENCE_CHECK, code, seen, wanted, EVIDENCE_RULE);
    }

    private static String hex(Der der) {
        return hex(der.bytes());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static String shorten(String hex) {
        return hex.length() <= 40 ? hex : hex.substring(0, 40) + "…";
    }
}
