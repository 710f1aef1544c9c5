package io.cocoon.tee.sevsnp;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.Extensions;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The certificate of a VCEK or VLEK: its form, and what it says. The rules and their order are those of the 2026 part of the TEE
 * dossier, 2.7 (text), 8.4 and 8.9.
 */
record EndorsementCertificate(Certificate certificate, PublicKey.Ec key, SnpEndorsement content) {

    /** Longest text of the certificate extension. */
    static final int MAX_TEXT = 16_384;

    private static final byte[] BEGIN = "-----BEGIN CERTIFICATE-----".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "-----END CERTIFICATE-----".getBytes(StandardCharsets.US_ASCII);

    private static final String AMD = "1.3.6.1.4.1.3704.1.";
    private static final String STRUCT_VERSION = AMD + "1";
    private static final String PRODUCT_NAME = AMD + "2";
    private static final String BOOTLOADER = AMD + "3.1";
    private static final String TEE = AMD + "3.2";
    private static final String SNP = AMD + "3.3";
    private static final String MICROCODE = AMD + "3.8";
    private static final String FMC = AMD + "3.9";
    private static final String HWID = AMD + "4";
    private static final String CSP_ID = AMD + "5";

    private static final int IA5_STRING = 0x16;
    private static final int MAX_SPL = 255;

    /** Returns the content of the one certificate block of the text; what stands around the block does not count. */
    static Bytes decode(Bytes text) throws SnpException {
        if (text.length() > MAX_TEXT) {
            throw encoding(text.length() + " bytes", "at most " + MAX_TEXT + " bytes");
        }
        byte[] in = text.toByteArray();
        int begin = find(in, BEGIN, 0);
        int end = begin < 0 ? -1 : find(in, END, begin);
        if (end < 0) {
            throw encoding("no PEM certificate", "exactly one PEM certificate");
        }
        if (find(in, BEGIN, begin + BEGIN.length) >= 0 || find(in, END, end + END.length) >= 0) {
            throw encoding("several PEM certificates", "exactly one PEM certificate");
        }
        byte[] packed = new byte[end - begin];
        int length = 0;
        for (int i = begin + BEGIN.length; i < end; i++) {
            if (in[i] != '\n' && in[i] != '\r' && in[i] != ' ' && in[i] != '\t') {
                packed[length++] = in[i];
            }
        }
        try {
            return Bytes.wrapUnshared(Base64.getDecoder().decode(Arrays.copyOf(packed, length)));
        } catch (IllegalArgumentException e) {
            throw encoding("a PEM block that is not base64", "base64");
        }
    }

    private static SnpException encoding(String seen, String wanted) {
        return new SnpException("VCEK_ENCODING", seen, wanted);
    }

    private static int find(byte[] in, byte[] wanted, int from) {
        for (int i = from; i <= in.length - wanted.length; i++) {
            if (Arrays.equals(in, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    /** Reads and judges the form of a certificate, DER. */
    static EndorsementCertificate parse(Bytes encoded) throws SnpException {
        Certificate certificate;
        try {
            certificate = Certificate.parse(encoded);
        } catch (DerException e) {
            throw diagnose(encoded, e);
        }
        if (!(certificate.key() instanceof PublicKey.Ec key) || key.curve() != Curve.P384) {
            throw new SnpException("CERT_KEY_TYPE", "a key that is not of P-384", "a P-384 key");
        }
        if (certificate.algorithm() != SignatureAlgorithm.RSA_PSS_SHA384) {
            throw algorithm(certificate.algorithm() + " or other parameters");
        }
        Extensions extensions = certificate.extensions();
        Set<String> critical = extensions.unknownCritical(Set.of());
        if (!critical.isEmpty()) {
            throw new SnpException("CERT_UNKNOWN_CRITICAL", "critical extensions " + critical, "no critical extension");
        }
        for (String needed : new String[] {STRUCT_VERSION, PRODUCT_NAME, BOOTLOADER, TEE, SNP, MICROCODE}) {
            if (extensions.find(needed).isEmpty()) {
                throw missing(needed);
            }
        }
        Optional<Bytes> hwId = extensions.find(HWID);
        boolean hasProvider = extensions.find(CSP_ID).isPresent();
        if (hwId.isEmpty() && !hasProvider) {
            throw missing(HWID + " (chip) or " + CSP_ID + " (provider)");
        }
        String name = text(extensions, PRODUCT_NAME);
        Optional<SnpProduct> named = SnpProduct.named(name);
        if (named.isPresent()
                && named.get() == SnpProduct.TURIN
                && extensions.find(FMC).isEmpty()) {
            throw missing(FMC);
        }
        int structVersion = number(extensions, STRUCT_VERSION);
        SnpTcb tcb = new SnpTcb(
                extensions.find(FMC).isPresent() ? number(extensions, FMC) : 0,
                number(extensions, BOOTLOADER),
                number(extensions, TEE),
                number(extensions, SNP),
                number(extensions, MICROCODE));
        Optional<String> provider = hasProvider ? Optional.of(text(extensions, CSP_ID)) : Optional.empty();
        SnpProduct product = named.orElseThrow(() -> new SnpException(
                "PRODUCT_UNKNOWN", "product name of " + name.length() + " characters", "Milan, Genoa or Turin"));
        SnpSigner signer = signer(certificate, hwId.isPresent(), hasProvider);
        boolean isTurin = product == SnpProduct.TURIN;
        if (structVersion != (isTurin ? 1 : 0)
                || (!isTurin && extensions.find(FMC).isPresent())) {
            throw new SnpException(
                    "CERT_STRUCT_VERSION",
                    "structure " + structVersion + " of " + product.word()
                            + (extensions.find(FMC).isPresent() ? " with" : " without") + " FMC",
                    "1 with FMC for Turin, 0 without FMC for others");
        }
        Optional<Bytes> chip = hwId.isPresent() ? Optional.of(hwId(hwId.get(), product)) : Optional.empty();
        return new EndorsementCertificate(
                certificate,
                key,
                new SnpEndorsement(
                        product, signer, tcb, chip, provider, certificate.notBefore(), certificate.notAfter()));
    }

    private static SnpException missing(String identifier) {
        return new SnpException("CERT_EXTENSION_MISSING", "no extension " + identifier, "all of AMD's extensions");
    }

    private static SnpException algorithm(String seen) {
        return new SnpException(
                "CERT_SIGNATURE_ALGORITHM",
                seen,
                "RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt 48, twice the same");
    }

    /** VLEK exactly if a provider and no chip is named, and the names say the same. */
    private static SnpSigner signer(Certificate certificate, boolean hasChip, boolean hasProvider) throws SnpException {
        SnpSigner signer = hasProvider && !hasChip ? SnpSigner.VLEK : SnpSigner.VCEK;
        boolean issuedAsVlek = certificate.issuerCommonName().startsWith("SEV-VLEK-");
        if ((hasChip && hasProvider)
                || !certificate.subjectCommonName().equals("SEV-" + signer)
                || issuedAsVlek != (signer == SnpSigner.VLEK)) {
            throw new SnpException(
                    "SIGNER_CERT_KIND",
                    "subject " + shortened(certificate.subjectCommonName()) + ", issuer "
                            + shortened(certificate.issuerCommonName()) + (hasChip ? ", a chip" : "")
                            + (hasProvider ? ", a provider" : ""),
                    "SEV-VCEK with a chip, or SEV-VLEK with a provider and an issuer SEV-VLEK-…");
        }
        return signer;
    }

    static String shortened(String name) {
        return name.length() > 40 ? name.substring(0, 40) + "…" : name;
    }

    private static SnpException value(String identifier, DerException e) {
        return new SnpException("CERT_EXTENSION_VALUE", "extension " + identifier + ": " + e.seen(), e.wanted());
    }

    private static int number(Extensions extensions, String identifier) throws SnpException {
        try {
            Der content = new Der(extensions.find(identifier).orElse(Bytes.empty()));
            int number = content.smallInteger(Der.INTEGER, "number", MAX_SPL);
            content.expectEnd("the number");
            return number;
        } catch (DerException e) {
            throw value(identifier, e);
        }
    }

    private static String text(Extensions extensions, String identifier) throws SnpException {
        try {
            Der content = new Der(extensions.find(identifier).orElse(Bytes.empty()));
            Bytes text = content.enter(IA5_STRING, "IA5String").rest();
            content.expectEnd("the text");
            for (int i = 0; i < text.length(); i++) {
                if (text.get(i) < ' ') {
                    throw new DerException("a character that is not printable ASCII", "printable ASCII");
                }
            }
            return text.toUtf8();
        } catch (DerException e) {
            throw value(identifier, e);
        }
    }

    /** Returns the chip's id, which some certificates wrap in an OCTET STRING of its own. */
    private static Bytes hwId(Bytes content, SnpProduct product) throws SnpException {
        int wanted = product.chipIdBytes();
        if (content.length() == wanted) {
            return content;
        }
        if (content.length() == wanted + 2 && content.get(0) == Der.OCTET_STRING && content.get(1) == wanted) {
            return content.sliceFrom(2);
        }
        throw new SnpException(
                "CERT_HWID_LENGTH",
                "a hwID of " + content.length() + " bytes",
                wanted + " bytes for " + product.word());
    }

    /**
     * Says by which rule a certificate is refused that the shared reader does not read: it stops at the first oddity, whereas
     * these rules have an order of their own.
     */
    private static SnpException diagnose(Bytes encoded, DerException cause) {
        try {
            if (encoded.length() > Certificate.MAX_BYTES) {
                return encoding(cause.seen(), cause.wanted());
            }
            Der certificate = new Der(encoded).enter(Der.SEQUENCE, "certificate");
            Der tbs = certificate.enter(Der.SEQUENCE, "tbsCertificate");
            Bytes outer = certificate.skip("signature algorithm");
            if (tbs.peek() == 0xa0) {
                tbs.skip("version");
            }
            tbs.skip("serial number");
            Bytes inner = tbs.skip("signature algorithm");
            for (String each : new String[] {"issuer", "validity", "subject"}) {
                tbs.skip(each);
            }
            Der keyAlgorithm = tbs.enter(Der.SEQUENCE, "key").enter(Der.SEQUENCE, "key algorithm");
            if (!keyAlgorithm.identifier("key algorithm").equals("1.2.840.10045.2.1")
                    || keyAlgorithm.peek() != Der.OBJECT_IDENTIFIER
                    || !keyAlgorithm.identifier("curve").equals("1.3.132.0.34")) {
                return new SnpException("CERT_KEY_TYPE", cause.seen(), "a P-384 key");
            }
            if (!inner.equals(outer)) {
                return algorithm("two algorithms");
            }
            if (tbs.peek() == 0xa3) {
                Der list = tbs.enter(0xa3, "extensions").enter(Der.SEQUENCE, "extensions");
                Set<String> found = new HashSet<>();
                for (int i = 0; i <= Extensions.MAX_EXTENSIONS && list.hasMore(); i++) {
                    String identifier = list.enter(Der.SEQUENCE, "extension").identifier("extension identifier");
                    if (!found.add(identifier)) {
                        return new SnpException(
                                "CERT_EXTENSION_DUPLICATE", "extension " + identifier + " twice", "each at most once");
                    }
                }
            }
            return encoding(cause.seen(), cause.wanted());
        } catch (DerException e) {
            return encoding(cause.seen(), cause.wanted());
        }
    }
}
