package io.cocoon.tee;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;

/**
 * Our own certificate and its private key: what we show to peers. Immutable and thread-safe; {@link #toString} shows no
 * private part.
 *
 * <p>Certificates made here are X.509 v3, Ed25519, self-signed, with the names and extensions of the reference's (TEE
 * dossier 1), and last one day. Among the alternative names is the DNS name {@code 127.0.0.1}, which a C++ dialler demands
 * (4.3).
 */
public final class CertificateIdentity {

    /** How long a certificate made here lasts. */
    public static final Duration LIFETIME = Duration.ofDays(1);

    private static final int SERIAL_BYTES = 16;
    private static final int SNP_REPORT_BYTES = 1184;
    private static final int MAX_ENDORSEMENT_BYTES = 16_384;
    /** An Ed25519 key as PKCS#8 without attributes, up to the seed (RFC 8410 7). */
    private static final Bytes PKCS8_PREFIX = Bytes.fromHex("302e020100300506032b657004220420");

    private static final int PKCS8_PREFIX_BYTES = 16;

    /** More than a certificate with the largest quote needs as PEM, with room for text around it. */
    private static final int MAX_FILE_BYTES = 1 << 18;

    private final Bytes certificate;
    private final Ed25519Key key;
    private final Instant notBefore;
    private final Instant notAfter;

    private CertificateIdentity(Bytes certificate, Ed25519Key key, Instant notBefore, Instant notAfter) {
        this.certificate = certificate;
        this.key = key;
        this.notBefore = notBefore;
        this.notAfter = notAfter;
    }

    /** Makes a new key and a certificate without evidence. */
    public static CertificateIdentity unattested(Clock clock, SecureRandom random) {
        return make(Ed25519Key.generate(random), List.of(), clock, random);
    }

    /**
     * Makes a new key and a certificate with SIMULATED evidence, which proves nothing: the 64 bytes of report data in place of
     * a quote. Verifiers of both public generations of the reference take this form (2026 part, 2.6), in test networks.
     */
    public static CertificateIdentity simulatedTdx(Clock clock, SecureRandom random) {
        Ed25519Key key = Ed25519Key.generate(random);
        return withTdxQuote(key, Hashes.sha512(key.publicKey().toBytes()), clock, random);
    }

    /**
     * Makes a certificate for a key with a quote for that key.
     *
     * @param quote evidence whose report data are the SHA-512 of the key, at most 32,768 bytes
     */
    public static CertificateIdentity withTdxQuote(Ed25519Key key, Bytes quote, Clock clock, SecureRandom random) {
        if (quote.length() > CertificateParser.MAX_QUOTE_BYTES) {
            throw new IllegalArgumentException(
                    "a quote has at most " + CertificateParser.MAX_QUOTE_BYTES + " bytes, this has " + quote.length());
        }
        return make(
                key,
                List.of(
                        privateExtension("1.3.6.1.4.1.12345.1", quote),
                        privateExtension("1.3.6.1.4.1.12345.2", key.publicKey().toBytes())),
                clock,
                random);
    }

    /**
     * Makes a certificate for a key with an SEV-SNP report for that key. 2026 part of the TEE dossier, 2.2.
     *
     * @param report 1184 bytes whose report data are the SHA-512 of the key
     * @param endorsementPem PEM text with the certificate of the key that signed the report, at most 16,384 bytes
     */
    public static CertificateIdentity withSnpReport(
            Ed25519Key key, Bytes report, Bytes endorsementPem, Clock clock, SecureRandom random) {
        if (report.length() != SNP_REPORT_BYTES || endorsementPem.length() > MAX_ENDORSEMENT_BYTES) {
            throw new IllegalArgumentException(
                    "a report has " + SNP_REPORT_BYTES + " bytes and its certificate at most " + MAX_ENDORSEMENT_BYTES
                            + ", these have " + report.length() + " and " + endorsementPem.length());
        }
        return make(
                key,
                List.of(
                        privateExtension(
                                "1.3.6.1.4.1.12345.100",
                                Hashes.sha512(key.publicKey().toBytes())),
                        privateExtension("1.3.6.1.4.1.12345.101", report),
                        privateExtension("1.3.6.1.4.1.12345.102", endorsementPem)),
                clock,
                random);
    }

    private static Extension privateExtension(String identifier, Bytes content) {
        return new Extension(new ASN1ObjectIdentifier(identifier), true, content.toByteArray());
    }

    /** For tests: any private extensions, of any size. */
    static CertificateIdentity make(Ed25519Key key, List<Extension> evidence, Clock clock, SecureRandom random) {
        Instant from = Instant.ofEpochSecond(clock.instant().getEpochSecond());
        Instant to = from.plus(LIFETIME);
        byte[] serial = new byte[SERIAL_BYTES];
        random.nextBytes(serial);
        X500Name name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.C, "AE")
                .addRDN(BCStyle.ST, "DUBAI")
                .addRDN(BCStyle.O, "TDLib Development")
                .addRDN(BCStyle.OU, "Security")
                .addRDN(BCStyle.CN, "localhost")
                .build();
        byte[] publicKey = key.publicKey().toByteArray();
        X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                name,
                new BigInteger(1, serial),
                new Time(Date.from(from), Locale.ROOT),
                new Time(Date.from(to), Locale.ROOT),
                name,
                new SubjectPublicKeyInfo(ed25519(), publicKey));
        try {
            for (Extension extension : evidence) {
                builder.addExtension(extension);
            }
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    }))
                    .addExtension(
                            Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(Hashes.sha1(publicKey)))
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                        new GeneralName(GeneralName.dNSName, "localhost"),
                        new GeneralName(GeneralName.dNSName, "127.0.0.1"),
                        new GeneralName(GeneralName.iPAddress, "::1")
                    }));
            byte[] encoded = builder.build(new Signer(key)).getEncoded();
            return new CertificateIdentity(Bytes.wrapUnshared(encoded), key, from, to);
        } catch (IOException e) {
            throw new IllegalStateException("a certificate of known parts did not encode", e);
        }
    }

    private static AlgorithmIdentifier ed25519() {
        return new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);
    }

    private static final class Signer implements ContentSigner {
        private final Ed25519Key key;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream(2048);

        Signer(Ed25519Key key) {
            this.key = key;
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return ed25519();
        }

        @Override
        public OutputStream getOutputStream() {
            return content;
        }

        @Override
        public byte[] getSignature() {
            return key.sign(Bytes.wrapUnshared(content.toByteArray())).toByteArray();
        }
    }

    /**
     * Reads the two PEM files that the reference's tool writes (TEE dossier 1): one certificate, and its key as PKCS#8.
     *
     * <p>If the two do not belong together, but the key's file also holds the certificate, as {@link #store} writes it, then
     * a replacement was interrupted between the two files, or is going on; the key's file alone is complete and is taken.
     *
     * @throws IOException if a file cannot be read or is larger than 256 KiB, the key is not Ed25519 as PKCS#8, or the two do
     *     not belong together
     */
    public static CertificateIdentity load(Path certificateFile, Path keyFile) throws IOException {
        String keyText = read(keyFile);
        byte[] pkcs8 = decode("PRIVATE KEY", keyText, keyFile);
        if (pkcs8.length != PKCS8_PREFIX_BYTES + Int256.BYTES) {
            throw new IOException(keyFile + ": an Ed25519 key as PKCS#8 has 48 bytes, this has " + pkcs8.length);
        }
        if (!Bytes.copyOf(Arrays.copyOf(pkcs8, PKCS8_PREFIX_BYTES)).equals(PKCS8_PREFIX)) {
            throw new IOException(
                    keyFile + ": a PKCS#8 key of another algorithm or form; wanted Ed25519, which begins with "
                            + PKCS8_PREFIX.toHex() + ": make a new pair");
        }
        Ed25519Key key = Ed25519Key.fromSeed(Int256.of(Arrays.copyOfRange(pkcs8, PKCS8_PREFIX_BYTES, pkcs8.length)));
        byte[] encoded = decode("CERTIFICATE", read(certificateFile), certificateFile);
        PeerCertificate parsed = parse(encoded, certificateFile);
        if (!parsed.key().equals(key.publicKey()) && keyText.contains(Pem.BEGIN_CERTIFICATE)) {
            encoded = decode("CERTIFICATE", keyText, keyFile);
            parsed = parse(encoded, keyFile);
        }
        if (!parsed.key().equals(key.publicKey())) {
            throw new IOException(
                    certificateFile + " is for key " + parsed.key().toHex() + ", but " + keyFile + " holds "
                            + key.publicKey().toHex()
                            + ": one of the two was replaced without the other; make a new pair, or restore both");
        }
        return new CertificateIdentity(Bytes.wrapUnshared(encoded), key, parsed.notBefore(), parsed.notAfter());
    }

    private static String read(Path file) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MAX_FILE_BYTES + 1);
        }
        if (content.length > MAX_FILE_BYTES) {
            throw new IOException(file + ": more than " + MAX_FILE_BYTES + " bytes; wanted a PEM certificate or key");
        }
        return new String(content, StandardCharsets.ISO_8859_1);
    }

    private static byte[] decode(String label, String text, Path file) throws IOException {
        try {
            return Pem.decode(label, text);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static PeerCertificate parse(byte[] encoded, Path file) throws IOException {
        try {
            return CertificateParser.parse(encoded, CertificateRules.DEFAULT.toleratingMissingClaims());
        } catch (CertificateRefusal e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes the two PEM files, readable by their owner only, in place of those that are there.
     *
     * <p>No file system renames two files at once, so the key's file comes first and holds the certificate as well, behind
     * the key, where OpenSSL's readers of keys do not look: it is a complete pair at every moment, and {@link #load} takes
     * it when the certificate's file is still, or after a crash remains, the older one (TEE dossier T21). Both files are on
     * the disk before they are renamed.
     *
     * @throws IOException if a file cannot be written or renamed
     */
    public void store(Path certificateFile, Path keyFile) throws IOException {
        storeKeyFile(keyFile);
        replace(certificateFile, Pem.encode("CERTIFICATE", certificate.toByteArray()));
    }

    /** The first half of {@link #store}: after it, the pair can be loaded. */
    void storeKeyFile(Path keyFile) throws IOException {
        byte[] pkcs8 = Arrays.copyOf(PKCS8_PREFIX.toByteArray(), PKCS8_PREFIX_BYTES + Int256.BYTES);
        key.seed().toBytes().copyTo(pkcs8, PKCS8_PREFIX_BYTES);
        replace(keyFile, Pem.encode("PRIVATE KEY", pkcs8) + Pem.encode("CERTIFICATE", certificate.toByteArray()));
    }

    private static void replace(Path file, String text) throws IOException {
        Path target = file.toAbsolutePath();
        Path folder = Objects.requireNonNull(target.getParent(), "a file has a folder");
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] owner = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path written = Files.createTempFile(folder, "identity", ".new", owner);
        try {
            try (FileChannel out = FileChannel.open(written, StandardOpenOption.WRITE)) {
                ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
                while (content.hasRemaining()) {
                    out.write(content);
                }
                out.force(true);
            }
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(written);
        }
        if (posix) {
            try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
    }

    /** Returns the certificate, DER. */
    public Bytes certificate() {
        return certificate;
    }

    /** Returns the public key. */
    public Int256 publicKey() {
        return key.publicKey();
    }

    /** Returns the first second of validity. */
    public Instant notBefore() {
        return notBefore;
    }

    /** Returns the last second of validity. */
    public Instant notAfter() {
        return notAfter;
    }

    Ed25519Key key() {
        return key;
    }

    /** For tests: shows the certificate of somebody else with this key, which every peer has to notice. */
    CertificateIdentity withCertificateOf(CertificateIdentity other) {
        return new CertificateIdentity(other.certificate, key, other.notBefore, other.notAfter);
    }

    @Override
    public String toString() {
        return "CertificateIdentity[key=" + key.publicKey().toHex() + ", until=" + notAfter + "]";
    }
}
