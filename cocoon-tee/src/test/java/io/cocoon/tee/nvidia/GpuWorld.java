package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.TreeMap;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.w3c.dom.Document;

/**
 * A world of GPU evidence under roots of our own: device chains, reports, manifests and OCSP answers, good ones and, by the
 * parameters, bad ones. Keys are made once.
 */
final class GpuWorld {

    static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
    static final Instant TO = Instant.parse("2027-01-01T00:00:00Z");
    static final Bytes NONCE = Bytes.fromHex("11".repeat(32));
    static final Bytes OCSP_NONCE = Bytes.fromHex("22".repeat(32));
    static final byte[] FWID = filled(48, 0x66);
    static final String DRIVER_VERSION = "580.99.01";
    static final String VBIOS_VERSION = "96.00.74.00.20";

    /** Four issuers below which the fifth certificate, the device's, stands. */
    static final List<KeyPair> KEYS = keys(5);

    static final KeyPair STRANGER = keyPair();
    static final KeyPair RIM_ROOT = keyPair();
    static final KeyPair RIM_SIGNER = keyPair();
    static final KeyPair RESPONDER = keyPair();

    private static int serial = 1000;

    private GpuWorld() {}

    record Cert(X509CertificateHolder holder, KeyPair keys) {
        byte[] der() {
            try {
                return holder.getEncoded();
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    interface Step<T> {
        T run() throws Exception;
    }

    static <T> T make(Step<T> step) {
        try {
            return step.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static KeyPair keyPair() {
        return make(() -> {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp384r1"));
            return generator.generateKeyPair();
        });
    }

    private static List<KeyPair> keys(int count) {
        List<KeyPair> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(keyPair());
        }
        return keys;
    }

    static Bytes keyHash(PublicKey key) {
        return make(
                () -> Bytes.wrapUnshared(MessageDigest.getInstance("SHA-256").digest(key.getEncoded())));
    }

    static GpuTrust trust() {
        return GpuTrust.of(keyHash(KEYS.get(4).getPublic()), keyHash(RIM_ROOT.getPublic()));
    }

    // Certificates.

    static Cert certificate(
            String subject,
            KeyPair keys,
            String issuer,
            PrivateKey issuerKey,
            boolean ca,
            Instant to,
            Extension... more) {
        return make(() -> {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name("CN=" + issuer),
                    BigInteger.valueOf(++serial),
                    Date.from(FROM),
                    Date.from(to),
                    new X500Name("CN=" + subject),
                    keys.getPublic());
            if (ca) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            }
            builder.addExtension(
                    Extension.keyUsage, true, new KeyUsage(ca ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
            for (Extension each : more) {
                builder.addExtension(each);
            }
            return new Cert(builder.build(signer(issuerKey)), keys);
        });
    }

    static ContentSigner signer(PrivateKey key) {
        return make(() -> new JcaContentSignerBuilder("SHA384withECDSA").build(key));
    }

    static Extension hopperFwid(byte[] fwid) {
        byte[] content = new byte[2 + 13 + 50];
        content[0] = 0x30;
        content[1] = 63;
        content[2] = 0x30;
        content[3] = 0x3d;
        byte[] algorithm = Bytes.fromHex("0609608648016503040202").toByteArray();
        System.arraycopy(algorithm, 0, content, 4, algorithm.length);
        content[15] = 4;
        content[16] = 48;
        System.arraycopy(fwid, 0, content, 17, 48);
        return new Extension(new ASN1ObjectIdentifier(DeviceFwid.HOPPER), false, new DEROctetString(content));
    }

    /** TcbInfo: a vendor, then two FWIDs, of which the first counts. */
    static Extension blackwellFwid(byte[] fwid) {
        String oid = "0609608648016503040202";
        String list = "303d" + oid + "0430" + Bytes.copyOf(fwid).toHex() + "303d" + oid + "0430" + "00".repeat(48);
        String content = "8006" + Bytes.utf8("NVIDIA").toHex() + "a67e" + list;
        byte[] body = Bytes.fromHex(content).toByteArray();
        byte[] whole = new byte[body.length + 3];
        whole[0] = 0x30;
        whole[1] = (byte) 0x81;
        whole[2] = (byte) body.length;
        System.arraycopy(body, 0, whole, 3, body.length);
        return new Extension(new ASN1ObjectIdentifier(DeviceFwid.BLACKWELL), false, new DEROctetString(whole));
    }

    /** Returns a device chain, leaf first, whose device certificate has the extensions. */
    static List<Cert> chain(Extension... ofDevice) {
        return chain(KEYS, TO, ofDevice);
    }

    static List<Cert> chain(List<KeyPair> keys, Instant to, Extension... ofDevice) {
        String[] names = {"TEST GSP FMC LF", "TEST GSP BROM", "TEST Provisioner", "TEST Identity", "TEST Root"};
        List<Cert> chain = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int issuer = Math.min(i + 1, 4);
            Extension[] more = i == 0 ? ofDevice : new Extension[0];
            chain.add(certificate(
                    names[i], keys.get(i), names[issuer], keys.get(issuer).getPrivate(), i > 0, to, more));
        }
        return chain;
    }

    static Bytes pem(List<Cert> chain) {
        StringBuilder text = new StringBuilder();
        for (Cert each : chain) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(each.der()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return Bytes.utf8(text.toString());
    }

    // Reports.

    /** What a report is made of; change it, then make the bytes. */
    static final class Report {
        byte[] nonce = NONCE.toByteArray();
        int blockCount = 64;
        List<Integer> indices = new ArrayList<>();
        TreeMap<Integer, byte[]> values = new TreeMap<>();
        TreeMap<Integer, byte[]> opaque = new TreeMap<>();
        int opaqueLengthError;
        byte[] extraOpaque = new byte[0];

        Report() {
            for (int i = 1; i <= 64; i++) {
                indices.add(i);
                values.put(i, filled(48, i));
            }
            opaque.put(3, text(DRIVER_VERSION));
            opaque.put(6, Bytes.fromHex("0074009620000000").toByteArray());
            opaque.put(11, new byte[] {0x55});
            opaque.put(15, text("895"));
            opaque.put(17, text("G520"));
            opaque.put(18, text("0280"));
            opaque.put(20, FWID);
        }

        static byte[] text(String text) {
            return (text + "\0").getBytes(StandardCharsets.US_ASCII);
        }

        byte[] unsigned() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(new byte[] {0x11, (byte) 0xe0, 1, (byte) 0xff});
            out.writeBytes(nonce);
            out.writeBytes(new byte[] {0, 0x11, 0x60, 0, 0, (byte) blockCount});
            int length = indices.size() * 55;
            out.writeBytes(new byte[] {(byte) length, (byte) (length >> 8), (byte) (length >> 16)});
            for (int index : indices) {
                out.writeBytes(new byte[] {(byte) index, 1, 51, 0, 1, 48, 0});
                out.writeBytes(values.getOrDefault(index, filled(48, 0)));
            }
            out.writeBytes(filled(32, 0x33));
            ByteArrayOutputStream fields = new ByteArrayOutputStream();
            opaque.forEach((type, value) -> {
                fields.writeBytes(new byte[] {type.byteValue(), 0, (byte) value.length, (byte) (value.length >> 8)});
                fields.writeBytes(value);
            });
            fields.writeBytes(extraOpaque);
            int size = fields.size() + opaqueLengthError;
            out.writeBytes(new byte[] {(byte) size, (byte) (size >> 8)});
            out.writeBytes(fields.toByteArray());
            return out.toByteArray();
        }

        Bytes signed(PrivateKey key) {
            byte[] content = unsigned();
            return Bytes.wrapUnshared(content).concat(Bytes.wrapUnshared(rawSignature(key, content)));
        }
    }

    static byte[] rawSignature(PrivateKey key, byte[] content) {
        return make(() -> {
            Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
            signature.initSign(key);
            signature.update(content);
            return signature.sign();
        });
    }

    static GpuEvidence evidence(String architecture, Report report, List<Cert> chain) {
        return new GpuEvidence(architecture, report.signed(chain.get(0).keys().getPrivate()), pem(chain), NONCE);
    }

    // Manifests.

    static List<Cert> rimChain() {
        return rimChain(TO);
    }

    static List<Cert> rimChain(Instant to) {
        Cert root = certificate("RIM Root", RIM_ROOT, "RIM Root", RIM_ROOT.getPrivate(), true, TO);
        return List.of(certificate("RIM Signer", RIM_SIGNER, "RIM Root", RIM_ROOT.getPrivate(), false, to), root);
    }

    static String resource(int index, boolean active, byte[]... values) {
        StringBuilder text = new StringBuilder("<ns0:Resource type=\"Measurement\" index=\"" + index + "\" active=\""
                + (active ? "True" : "False") + "\" alternatives=\"" + values.length + "\"");
        for (int i = 0; i < values.length; i++) {
            text.append(" ns2:Hash")
                    .append(i)
                    .append("=\"")
                    .append(Bytes.copyOf(values[i]).toHex())
                    .append('"');
        }
        return text + " name=\"Measurement_" + index + "\" size=\"48\"/>";
    }

    /** A tag whose active golden values are those of {@link Report} at the indices. */
    static String tag(String version, String product, int... active) {
        StringBuilder resources = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            int index = i;
            boolean isActive = Arrays.stream(active).anyMatch(each -> each == index);
            resources.append(
                    isActive
                            ? resource(i, true, filled(48, 0xee), filled(48, i + 1))
                            : resource(i, false, filled(48, 0)));
        }
        return tag(version, product, resources.toString());
    }

    static String tag(String version, String product, String resources) {
        return "<SoftwareIdentity xmlns=\"" + GpuRim.SWID + "\" xmlns:ns0=\"" + GpuRim.SWID
                + "\" xmlns:ns2=\"http://www.w3.org/2001/04/xmlenc#sha384\" name=\"" + product
                + "\" tagId=\"test\"><ns0:Meta colloquialVersion=\"" + version + "\" product=\"" + product
                + "\"/><ns0:Payload>" + resources + "</ns0:Payload></SoftwareIdentity>";
    }

    static Bytes driverRim() {
        return signXml(tag(DRIVER_VERSION, "GH100", 7, 21, 22, 35), rimChain());
    }

    static Bytes vbiosRim() {
        return signXml(tag(VBIOS_VERSION, "GH100", 0, 1, 2), rimChain());
    }

    static Bytes signXml(String xml, List<Cert> chain) {
        return signXml(xml, chain, "", true);
    }

    static Bytes signXml(String xml, List<Cert> chain, String uri, boolean c14n11) {
        return make(() -> {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
            Document document =
                    factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
            if (!uri.isEmpty()) {
                document.getElementsByTagNameNS(GpuRim.SWID, "Meta").item(0);
                ((org.w3c.dom.Element) document.getElementsByTagNameNS(GpuRim.SWID, "Payload")
                                .item(0))
                        .setIdAttribute("Id", true);
            }
            XMLSignatureFactory signatures = XMLSignatureFactory.getInstance("DOM");
            String c14n = c14n11 ? "http://www.w3.org/2006/12/xml-c14n11" : "http://www.w3.org/2001/10/xml-exc-c14n#";
            Reference reference = signatures.newReference(
                    uri,
                    signatures.newDigestMethod("http://www.w3.org/2001/04/xmldsig-more#sha384", null),
                    List.of(
                            signatures.newTransform(
                                    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                                    (TransformParameterSpec) null),
                            signatures.newTransform(c14n, (TransformParameterSpec) null)),
                    null,
                    null);
            SignedInfo info = signatures.newSignedInfo(
                    signatures.newCanonicalizationMethod(c14n, (C14NMethodParameterSpec) null),
                    signatures.newSignatureMethod("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", null),
                    List.of(reference));
            KeyInfoFactory keys = signatures.getKeyInfoFactory();
            List<Object> certificates = new ArrayList<>();
            var reader = java.security.cert.CertificateFactory.getInstance("X.509");
            for (Cert each : chain) {
                certificates.add(reader.generateCertificate(new ByteArrayInputStream(each.der())));
            }
            signatures
                    .newXMLSignature(info, keys.newKeyInfo(List.of(keys.newX509Data(certificates))))
                    .sign(new DOMSignContext(chain.get(0).keys().getPrivate(), document.getDocumentElement()));
            Transformer transformer = TransformerFactory.newDefaultInstance().newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            transformer.transform(new DOMSource(document), new StreamResult(out));
            return Bytes.wrapUnshared(out.toByteArray());
        });
    }

    // OCSP.

    /** What an answer is made of; change it, then make the bytes. */
    static final class Answer {
        final Cert certificate;
        final Cert issuer;
        CertificateStatus status = CertificateStatus.GOOD;
        Bytes nonce = OCSP_NONCE;
        boolean withNonce = true;
        Instant thisUpdate = NOW.minusSeconds(3600);
        Instant nextUpdate = NOW.plusSeconds(86_400);
        Instant producedAt = NOW.minusSeconds(60);
        boolean withNextUpdate = true;
        boolean withSigningUsage = true;
        boolean byIssuer;
        KeyPair signingKey = RESPONDER;
        PrivateKey responderIssuerKey;
        Instant responderTo = TO;

        Answer(Cert certificate, Cert issuer) {
            this.certificate = certificate;
            this.issuer = issuer;
            this.responderIssuerKey = issuer.keys().getPrivate();
        }

        Answer onHold() {
            status = new RevokedStatus(Date.from(FROM), 6);
            return this;
        }

        OcspAnswer make() {
            return GpuWorld.make(() -> {
                DigestCalculator digests = new JcaDigestCalculatorProviderBuilder()
                        .build()
                        .get(new AlgorithmIdentifier(new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.2")));
                CertificateID id = new CertificateID(
                        digests, issuer.holder(), certificate.holder().getSerialNumber());
                Extension usage = new Extension(
                        Extension.extendedKeyUsage,
                        true,
                        new ExtendedKeyUsage(
                                        withSigningUsage
                                                ? KeyPurposeId.id_kp_OCSPSigning
                                                : KeyPurposeId.id_kp_serverAuth)
                                .getEncoded());
                Cert responder = certificate(
                        "TEST Responder",
                        RESPONDER,
                        issuer.holder().getSubject().toString().substring(3),
                        responderIssuerKey,
                        false,
                        responderTo,
                        usage);
                BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(new RespID(
                        byIssuer
                                ? issuer.holder().getSubject()
                                : responder.holder().getSubject()));
                builder.addResponse(
                        id, status, Date.from(thisUpdate), withNextUpdate ? Date.from(nextUpdate) : null, (Extensions)
                                null);
                if (withNonce) {
                    builder.setResponseExtensions(new Extensions(new Extension(
                            OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
                            true,
                            new DEROctetString(nonce.toByteArray()).getEncoded())));
                }
                var basic = builder.build(
                        signer(byIssuer ? issuer.keys().getPrivate() : signingKey.getPrivate()),
                        byIssuer ? null : new X509CertificateHolder[] {responder.holder()},
                        Date.from(producedAt));
                byte[] response = new OCSPRespBuilder()
                        .build(OCSPRespBuilder.SUCCESSFUL, basic)
                        .getEncoded();
                return new OcspAnswer(Bytes.wrapUnshared(response), OCSP_NONCE);
            });
        }
    }

    /** Answers for a chain, from a position on, the root left out. */
    static List<OcspAnswer> answers(List<Cert> chain, int from) {
        List<OcspAnswer> answers = new ArrayList<>();
        for (int i = from; i < chain.size() - 1; i++) {
            answers.add(new Answer(chain.get(i), chain.get(i + 1)).make());
        }
        return answers;
    }
}
