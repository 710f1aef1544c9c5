package io.cocoon.tee.nvidia;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tl.Bytes;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * A reference integrity manifest: NVIDIA's golden measurements of one driver or VBIOS, a SWID tag with one XML signature over
 * all of it. One that exists is signed by the certificate that it carries; {@link GpuVerifier} checks who that is. Immutable.
 * TEE dossier 10.2 and its 2026 part, 10.2; ISO/IEC 19770-2; TCG RIM information model.
 */
public final class GpuRim {

    /** Longest manifest that is read, in bytes; NVIDIA's have 21,000. */
    public static final int MAX_LENGTH = 262_144;

    /** Longest reply of the RIM service that is read, in bytes. */
    public static final int MAX_REPLY_LENGTH = 524_288;

    /** Index of the measurement that counts only while the video decoder is on. */
    public static final int NVDEC0_INDEX = 35;

    static final String SWID = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";

    private static final String SHA384 = "http://www.w3.org/2001/04/xmlenc#sha384";
    private static final int MAX_RESOURCES = 256;
    private static final int MAX_INDEX = 254;
    private static final int MAX_ALTERNATIVES = 32;
    private static final int NVDEC0_ON = 0xaa;
    private static final int NVDEC0_OFF = 0x55;
    private static final String RULE = "TEE dossier 10.2; its 2026 part, 10.2";

    private final String version;
    private final String product;
    private final int resources;
    private final SortedMap<Integer, List<Bytes>> active;
    private final List<Certificate> certificates;

    private GpuRim(
            String version,
            String product,
            int resources,
            SortedMap<Integer, List<Bytes>> active,
            List<Certificate> certificates) {
        this.version = version;
        this.product = product;
        this.resources = resources;
        this.active = Collections.unmodifiableSortedMap(active);
        this.certificates = List.copyOf(certificates);
    }

    /**
     * Reads a manifest and checks its XML signature with the signer's certificate inside. Whether that signer is NVIDIA's is
     * not checked here.
     *
     * @param xml the document, UTF-8 without a document type
     * @throws GpuEvidenceException with code {@code RIM_FORMAT} or {@code RIM_SIGNATURE}
     */
    public static GpuRim open(Bytes xml) throws GpuEvidenceException {
        SignedXml signed = SignedXml.open(xml);
        Element root = signed.root();
        Element meta = only(root, "Meta");
        Element payload = only(root, "Payload");
        SortedMap<Integer, List<Bytes>> active = new TreeMap<>();
        SortedSet<Integer> all = new TreeSet<>();
        for (Node node = payload.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element resource) {
                if (!SWID.equals(resource.getNamespaceURI()) || !"Resource".equals(resource.getLocalName())) {
                    throw refusal("an element in the payload that is no Resource", "Resource elements");
                }
                int index = number(resource, "index", 0, MAX_INDEX);
                if (!all.add(index) || all.size() > MAX_RESOURCES) {
                    throw refusal("index " + index + " twice, or too many", "every index once");
                }
                List<Bytes> values = values(resource, index);
                if (isActive(resource, index)) {
                    active.put(index, values);
                }
            }
        }
        return new GpuRim(
                text(meta, "colloquialVersion"), text(meta, "product"), all.size(), active, signed.certificates());
    }

    /**
     * Takes the manifest out of a reply of the RIM service: a JSON object with the members {@code id} and {@code rim}
     * (base64).
     *
     * @param id what was asked for; another manifest is refused
     * @return the XML, for {@link GpuCollateral}
     * @throws GpuEvidenceException with code {@code JSON}, {@code FORMAT} or {@code RIM_ID}
     */
    public static Bytes fromReply(Bytes reply, String id) throws GpuEvidenceException {
        if (reply.length() > MAX_REPLY_LENGTH) {
            throw new GpuEvidenceException(
                    "FORMAT", "a reply of " + reply.length() + " bytes", "at most " + MAX_REPLY_LENGTH, RULE);
        }
        Json document;
        try {
            document = JsonParser.parseStrict(reply, 4);
        } catch (JsonException e) {
            throw new GpuEvidenceException("JSON", String.valueOf(e.getMessage()), "one JSON document", RULE);
        }
        if (!(document instanceof Json.Obj object)) {
            throw new GpuEvidenceException("FORMAT", "no JSON object", "an object with id and rim", RULE);
        }
        if (!id.equals(object.text("id"))) {
            throw new GpuEvidenceException("RIM_ID", "a manifest with another id", id, RULE);
        }
        String rim = object.text("rim");
        try {
            if (rim != null) {
                return Bytes.wrapUnshared(Base64.getDecoder().decode(rim));
            }
        } catch (IllegalArgumentException e) {
            throw new GpuEvidenceException("FORMAT", "a member rim that is not base64", "base64", RULE);
        }
        throw new GpuEvidenceException("FORMAT", "no member rim", "base64 of a manifest", RULE);
    }

    private static Element only(Element parent, String name) throws GpuEvidenceException {
        Element found = null;
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element
                    && SWID.equals(element.getNamespaceURI())
                    && name.equals(element.getLocalName())) {
                if (found != null) {
                    throw refusal("two elements " + name, "one");
                }
                found = element;
            }
        }
        if (found == null) {
            throw refusal("no element " + name, "one, a child of the root");
        }
        return found;
    }

    private static String text(Element element, String attribute) throws GpuEvidenceException {
        String value = element.getAttributeNS(null, attribute);
        if (value.isEmpty() || value.length() > 128) {
            throw refusal("an attribute " + attribute + " of " + value.length() + " characters", "1 to 128");
        }
        return value;
    }

    private static int number(Element element, String attribute, int min, int max) throws GpuEvidenceException {
        String value = element.getAttributeNS(null, attribute);
        if (value.matches("0|[1-9][0-9]{0,3}")) {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw refusal("an attribute " + attribute + " that is no number from " + min + " to " + max, "a number");
    }

    private static boolean isActive(Element resource, int index) throws GpuEvidenceException {
        if (!resource.getAttributeNS(null, "type").equals("Measurement")) {
            throw refusal("a resource of another type at index " + index, "Measurement");
        }
        return switch (resource.getAttributeNS(null, "active")) {
            case "True" -> true;
            case "False" -> false;
            default -> throw refusal("index " + index + " neither active nor not", "active True or False");
        };
    }

    private static List<Bytes> values(Element resource, int index) throws GpuEvidenceException {
        int alternatives = number(resource, "alternatives", 1, MAX_ALTERNATIVES);
        number(resource, "size", GpuReport.MEASUREMENT_LENGTH, GpuReport.MEASUREMENT_LENGTH);
        SortedMap<Integer, Bytes> values = new TreeMap<>();
        NamedNodeMap attributes = resource.getAttributes();
        for (int i = 0; i < attributes.getLength(); i++) {
            Attr attribute = (Attr) attributes.item(i);
            String name = attribute.getLocalName();
            if (SHA384.equals(attribute.getNamespaceURI()) && name != null && name.matches("Hash[0-9]{1,2}")) {
                String hex = attribute.getValue();
                if (!hex.matches("[0-9a-fA-F]{96}")) {
                    throw refusal(name + " of index " + index + " that is no SHA-384", "96 hexadecimal digits");
                }
                values.put(Integer.parseInt(name.substring("Hash".length())), Bytes.fromHex(hex));
            }
        }
        // Both are signed; a count that disagrees with the values is an error of the manifest, not a choice of ours.
        if (values.size() != alternatives || values.lastKey() != alternatives - 1) {
            throw refusal(
                    values.size() + " values at index " + index + " with alternatives " + alternatives,
                    "Hash0 to Hash" + (alternatives - 1));
        }
        return List.copyOf(values.values());
    }

    static GpuEvidenceException refusal(String seen, String wanted) {
        return new GpuEvidenceException("RIM_FORMAT", seen, wanted, RULE);
    }

    /** Returns the version of the driver or VBIOS. */
    public String version() {
        return version;
    }

    /** Returns the chip, for example {@code GH100}. */
    public String product() {
        return product;
    }

    /** Returns how many golden values there are, active or not. */
    public int resources() {
        return resources;
    }

    /** Returns the active golden values by index; any of an index's values may match. */
    public SortedMap<Integer, List<Bytes>> active() {
        return active;
    }

    /** Returns how many certificates the signature carries. */
    public int certificateCount() {
        return certificates.size();
    }

    List<Certificate> certificates() {
        return certificates;
    }

    /**
     * Compares the active golden values with a report: value {@code i} with measurement block {@code i + 1}. Index 35 is left
     * out while the report says that NVDEC0 is off.
     *
     * @return the indices that do not match, or whose block is missing
     * @throws GpuEvidenceException with code {@code FORMAT} if NVDEC0 matters and is neither on nor off
     */
    public SortedSet<Integer> mismatches(GpuReport report) throws GpuEvidenceException {
        SortedSet<Integer> wrong = new TreeSet<>();
        for (var entry : active.entrySet()) {
            int index = entry.getKey();
            if (index == NVDEC0_INDEX && !isDecoderOn(report)) {
                continue;
            }
            Bytes measured = report.measurements().get(index + 1);
            if (measured == null || !entry.getValue().contains(measured)) {
                wrong.add(index);
            }
        }
        return wrong;
    }

    private static boolean isDecoderOn(GpuReport report) throws GpuEvidenceException {
        Optional<Bytes> status = report.opaque(OpaqueField.NVDEC0_STATUS);
        int value =
                status.isPresent() && status.get().length() == 1 ? status.get().get(0) & 0xff : -1;
        if (value != NVDEC0_ON && value != NVDEC0_OFF) {
            throw GpuReport.refusal("NVDEC0 status " + value, "AA, on, or 55, off");
        }
        return value == NVDEC0_ON;
    }
}
