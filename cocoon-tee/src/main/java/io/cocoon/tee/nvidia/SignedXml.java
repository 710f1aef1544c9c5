package io.cocoon.tee.nvidia;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tl.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * An XML document with exactly one signature, enveloped, over all of it, in exactly the form that NVIDIA's manifests have. No
 * network, no document type, no entity, no second signature, nothing beside the root element: what is read is what is signed.
 * XML-Signature 1.1, with the JDK's secure validation.
 */
final class SignedXml {

    static final String DSIG = XMLSignature.XMLNS;

    private static final String C14N_1_1 = "http://www.w3.org/2006/12/xml-c14n11";
    private static final String ECDSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
    private static final String SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    private static final int SIGNATURE_LENGTH = 96;
    private static final BigInteger ORDER =
            CustomNamedCurves.getByName("secp384r1").getN();
    private static final int MAX_CERTIFICATES = 6;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_ATTRIBUTES = 64;
    private static final int MAX_ELEMENTS = 1_000;
    private static final String RULE = "TEE dossier 10.2; its 2026 part, 10.2; XML-Signature 1.1";

    private final Element root;
    private final List<Certificate> certificates;

    private SignedXml(Element root, List<Certificate> certificates) {
        this.root = root;
        this.certificates = certificates;
    }

    /** Returns the root element, all of which but the signature itself is signed. */
    Element root() {
        return root;
    }

    /** Returns the certificates of the signature in their order; the first one's key signed. */
    List<Certificate> certificates() {
        return certificates;
    }

    static SignedXml open(Bytes xml) throws GpuEvidenceException {
        if (xml.length() > GpuRim.MAX_LENGTH) {
            throw GpuRim.refusal("a manifest of " + xml.length() + " bytes", "at most " + GpuRim.MAX_LENGTH);
        }
        Document document = parse(xml);
        Element root = document.getDocumentElement();
        if (!GpuRim.SWID.equals(root.getNamespaceURI()) || !"SoftwareIdentity".equals(root.getLocalName())) {
            throw GpuRim.refusal("another root element", "SoftwareIdentity of ISO/IEC 19770-2:2015");
        }
        checkNodes(document);
        Element signature = onlySignature(document, root);
        List<Certificate> certificates = certificates(signature);
        validate(signature, certificates.get(0));
        return new SignedXml(root, certificates);
    }

    private static Document parse(Bytes xml) throws GpuEvidenceException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            factory.setAttribute("jdk.xml.maxElementDepth", String.valueOf(MAX_DEPTH));
            factory.setAttribute("jdk.xml.elementAttributeLimit", String.valueOf(MAX_ATTRIBUTES));
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(Silent.INSTANCE);
            return builder.parse(new ByteArrayInputStream(xml.unsafeArray(), xml.unsafeOffset(), xml.length()));
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the JDK's own XML parser has these features", e);
        } catch (SAXException | IOException e) {
            throw GpuRim.refusal(
                    "text that is not XML within the limits",
                    "XML without a document type, at most " + MAX_DEPTH + " deep, at most " + MAX_ATTRIBUTES
                            + " attributes an element");
        }
    }

    /** Comments and processing instructions are not covered by the signature, so that there may be none. */
    private static void checkNodes(Document document) throws GpuEvidenceException {
        int elements = 0;
        Node node = document.getFirstChild();
        while (node != null) {
            switch (node.getNodeType()) {
                case Node.ELEMENT_NODE -> elements++;
                case Node.TEXT_NODE -> {}
                default ->
                    throw GpuRim.refusal("a node of type " + node.getNodeType(), "elements and text, which are signed");
            }
            if (elements > MAX_ELEMENTS) {
                throw GpuRim.refusal("more than " + MAX_ELEMENTS + " elements", "at most " + MAX_ELEMENTS);
            }
            node = following(node);
        }
    }

    private static @org.jspecify.annotations.Nullable Node following(Node node) {
        if (node.getFirstChild() != null) {
            return node.getFirstChild();
        }
        Node each = node;
        while (each != null && each.getNextSibling() == null) {
            each = each.getParentNode();
        }
        return each == null ? null : each.getNextSibling();
    }

    private static Element onlySignature(Document document, Element root) throws GpuEvidenceException {
        NodeList found = document.getElementsByTagNameNS(DSIG, "Signature");
        if (found.getLength() != 1) {
            throw GpuRim.refusal(found.getLength() + " signatures", "one");
        }
        Element signature = (Element) found.item(0);
        if (signature.getParentNode() != root) {
            throw GpuRim.refusal("a signature deeper than the root's children", "a child of the root");
        }
        return signature;
    }

    private static List<Certificate> certificates(Element signature) throws GpuEvidenceException {
        NodeList elements = signature.getElementsByTagNameNS(DSIG, "X509Certificate");
        if (elements.getLength() < 1 || elements.getLength() > MAX_CERTIFICATES) {
            throw GpuRim.refusal(elements.getLength() + " certificates", "1 to " + MAX_CERTIFICATES);
        }
        List<Certificate> certificates = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++) {
            String packed = elements.item(i).getTextContent().replaceAll("[ \t\r\n]", "");
            try {
                certificates.add(
                        Certificate.parse(Bytes.wrapUnshared(Base64.getDecoder().decode(packed))));
            } catch (IllegalArgumentException e) {
                throw GpuRim.refusal("certificate " + (i + 1) + " that is not base64", "base64");
            } catch (DerException e) {
                throw GpuRim.refusal("certificate " + (i + 1) + ": " + e.seen(), e.wanted());
            }
        }
        return certificates;
    }

    private static void validate(Element element, Certificate signer) throws GpuEvidenceException {
        if (!(signer.key() instanceof PublicKey.Ec key) || key.curve().bytes() * 2 != SIGNATURE_LENGTH) {
            throw refusal("a signer without a key of P-384", "P-384");
        }
        try {
            Key verificationKey = KeyFactory.getInstance("EC")
                    .generatePublic(
                            new X509EncodedKeySpec(VendorSignatures.encoded(key).toByteArray()));
            DOMValidateContext context =
                    new DOMValidateContext(KeySelector.singletonKeySelector(verificationKey), element);
            context.setProperty("org.jcp.xml.dsig.secureValidation", true);
            XMLSignature signature = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
            checkForm(signature);
            if (!signature.validate(context)) {
                throw refusal("a signature or digest that does not hold", "the signature of the signer over the root");
            }
        } catch (MarshalException | XMLSignatureException | GeneralSecurityException e) {
            throw refusal("a signature that cannot be checked", "one of the form that NVIDIA's manifests have");
        }
    }

    private static void checkForm(XMLSignature signature) throws GpuEvidenceException {
        SignedInfo info = signature.getSignedInfo();
        if (!info.getCanonicalizationMethod().getAlgorithm().equals(C14N_1_1)
                || !info.getSignatureMethod().getAlgorithm().equals(ECDSA_SHA384)
                || !signature.getObjects().isEmpty()
                || info.getReferences().size() != 1) {
            throw refusal(
                    "another canonicalization, algorithm, an object or "
                            + info.getReferences().size() + " references",
                    "C14N 1.1, ECDSA with SHA-384, one reference");
        }
        Reference reference = (Reference) info.getReferences().get(0);
        List<?> transforms = reference.getTransforms();
        if (!"".equals(reference.getURI())
                || !reference.getDigestMethod().getAlgorithm().equals(SHA384)
                || transforms.size() != 2
                || !isTransform(transforms.get(0), Transform.ENVELOPED)
                || !isTransform(transforms.get(1), C14N_1_1)) {
            throw refusal(
                    "a reference to another element, or with other transforms or digest",
                    "the whole document, enveloped, C14N 1.1, SHA-384");
        }
        // Not left to the JDK: some of version 17 accept r = s = 0 (CVE-2022-21449).
        byte[] value = signature.getSignatureValue().getValue();
        if (value.length != SIGNATURE_LENGTH || !isScalar(value, 0) || !isScalar(value, SIGNATURE_LENGTH / 2)) {
            throw refusal("a signature value out of range", "r and s from 1 to n - 1, 96 bytes");
        }
    }

    private static boolean isTransform(Object transform, String algorithm) {
        return transform instanceof Transform found
                && found.getAlgorithm().equals(algorithm)
                && found.getParameterSpec() == null;
    }

    private static boolean isScalar(byte[] value, int from) {
        BigInteger scalar = new BigInteger(1, value, from, SIGNATURE_LENGTH / 2);
        return scalar.signum() > 0 && scalar.compareTo(ORDER) < 0;
    }

    private static GpuEvidenceException refusal(String seen, String wanted) {
        return new GpuEvidenceException("RIM_SIGNATURE", seen, wanted, RULE);
    }

    /** The JDK's parser would print to the error stream. */
    private enum Silent implements ErrorHandler {
        INSTANCE;

        @Override
        public void warning(SAXParseException exception) {}

        @Override
        public void error(SAXParseException exception) throws SAXException {
            throw exception;
        }

        @Override
        public void fatalError(SAXParseException exception) throws SAXException {
            throw exception;
        }
    }
}
