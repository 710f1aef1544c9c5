package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A form of type {@code multipart/form-data} (RFC 7578). Bounded; confined to one thread. With the reference's rules it
 * is as lenient and as strict as the reference (2026 part, section 7.4): parts are sorted, a broken tail is not noticed.
 */
public final class Multipart {

    /** How many parts a form may have. */
    public static final int MAX_PARTS = 128;

    /** How many header lines a part may have. */
    public static final int MAX_HEADERS = 16;

    /** How long a header line may be. */
    public static final int MAX_HEADER_LENGTH = 4096;

    private static final int MAX_BOUNDARY_LENGTH = 200;
    private static final String TYPE = "multipart/form-data";

    private final String boundary;
    private final boolean reference;
    private final List<Part> parts = new ArrayList<>();

    /**
     * One part.
     *
     * @param name the field's name, one char for each byte
     * @param headers complete header lines, one char for each byte
     */
    public record Part(String name, List<String> headers, Bytes body) {}

    private Multipart(String boundary, boolean reference) {
        this.boundary = boundary;
        this.reference = reference;
    }

    /**
     * Parses a form.
     *
     * @throws RequestException code 621 if type, boundary or form are bad, or a bound is crossed
     */
    public static Multipart parse(String contentType, Bytes body, RequestRules rules) throws RequestException {
        boolean reference = rules != RequestRules.OPEN_AI;
        String type = reference ? contentType : contentType.strip().toLowerCase(Locale.ROOT);
        if (!type.startsWith(TYPE)) {
            throw RequestException.invalid("expected multipart/form-data content type, found " + contentType);
        }
        Multipart form = new Multipart(boundary(contentType.substring(TYPE.length()), reference), reference);
        form.read(body);
        return form;
    }

    private static String boundary(String parameters, boolean reference) throws RequestException {
        for (String parameter : parameters.split(reference ? " " : ";", 32)) {
            String piece = reference ? parameter : parameter.strip();
            if (piece.regionMatches(!reference, 0, "boundary=", 0, 9)) {
                String value = piece.substring(9);
                if (value.startsWith("\"")) {
                    value = value.length() < 2 ? "" : value.substring(1, value.length() - 1);
                }
                if (value.isEmpty() || value.length() > MAX_BOUNDARY_LENGTH) {
                    break;
                }
                return value;
            }
        }
        throw RequestException.invalid("cannot find boundary in content type");
    }

    private void read(Bytes body) throws RequestException {
        byte[] text = body.toByteArray();
        byte[] open = latin("--" + boundary);
        byte[] delimiter = latin("\r\n--" + boundary);
        if (!startsWith(text, 0, open)) {
            // The reference's parser gives up silently unless the very first byte is wrong.
            if (!reference || text.length == 0 || text[0] != '-') {
                throw broken();
            }
            return;
        }
        int at = open.length;
        while (startsWith(text, at, latin("\r\n"))) {
            int headersEnd = indexOf(text, latin("\r\n\r\n"), at);
            if (headersEnd < 0) {
                requireReference();
                return;
            }
            int bodyStart = headersEnd + 4;
            int bodyEnd = indexOf(text, delimiter, bodyStart - 2);
            if (bodyEnd < 0) {
                requireReference();
                add(text, at, headersEnd, bodyStart, unclosedEnd(text, bodyStart, delimiter));
                return;
            }
            add(text, at, headersEnd, bodyStart, Math.max(bodyStart, bodyEnd));
            at = bodyEnd + delimiter.length;
        }
        if (!startsWith(text, at, latin("--"))) {
            requireReference();
        }
    }

    /** Where the last part ends if its closing line is missing: before what could be the beginning of that line. */
    private static int unclosedEnd(byte[] text, int from, byte[] delimiter) {
        for (int cut = Math.min(delimiter.length - 1, text.length - from); cut > 0; cut--) {
            if (java.util.Arrays.equals(text, text.length - cut, text.length, delimiter, 0, cut)) {
                return text.length - cut;
            }
        }
        return text.length;
    }

    private void requireReference() throws RequestException {
        if (!reference) {
            throw broken();
        }
    }

    private static RequestException broken() {
        return RequestException.invalid("cannot parse form multipart data");
    }

    private void add(byte[] text, int headersStart, int headersEnd, int bodyStart, int bodyEnd)
            throws RequestException {
        List<String> headers = new ArrayList<>();
        String name = null;
        int at = headersStart + 2;
        while (at < headersEnd) {
            int end = indexOf(text, latin("\r\n"), at);
            end = end < 0 ? headersEnd : Math.min(end, headersEnd);
            if (headers.size() == MAX_HEADERS || end - at > MAX_HEADER_LENGTH) {
                throw RequestException.invalid("a part of the form has more than " + MAX_HEADERS
                        + " headers or one of more than " + MAX_HEADER_LENGTH + " bytes");
            }
            String line = new String(text, at, end - at, StandardCharsets.ISO_8859_1);
            int colon = line.indexOf(':');
            if (colon > 0) {
                String value = line.substring(colon + 1).strip();
                headers.add(line.substring(0, colon) + ": " + value);
                if (line.substring(0, colon).equalsIgnoreCase("content-disposition")) {
                    name = fieldName(value);
                }
            }
            at = end + 2;
        }
        if (name == null) {
            requireReference();
            return;
        }
        put(new Part(name, List.copyOf(headers), Bytes.copyOf(text, bodyStart, bodyEnd - bodyStart)));
    }

    private @Nullable String fieldName(String disposition) {
        String name = null;
        int from = 0;
        while (from < disposition.length()) {
            int to = from;
            boolean quoted = false;
            while (to < disposition.length() && (quoted || disposition.charAt(to) != ';')) {
                if (!reference && disposition.charAt(to) == '\\' && quoted) {
                    to++;
                } else if (!reference && disposition.charAt(to) == '"') {
                    quoted = !quoted;
                }
                to++;
            }
            to = Math.min(to, disposition.length());
            String parameter = disposition.substring(from, to).strip();
            if (parameter.regionMatches(true, 0, "name=", 0, 5)) {
                String value = parameter.substring(5);
                name = value.length() >= 2 && value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
            }
            from = to + 1;
        }
        return name;
    }

    private void put(Part part) throws RequestException {
        boolean list = !reference && part.name().endsWith("[]");
        for (int i = 0; i < parts.size() && !list; i++) {
            if (parts.get(i).name().equals(part.name())) {
                parts.set(i, part);
                return;
            }
        }
        if (parts.size() == MAX_PARTS) {
            throw RequestException.invalid("the form has more than " + MAX_PARTS + " parts");
        }
        parts.add(part);
    }

    /** Returns the parts. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }

    /** Returns the content of a field, if it is there. */
    public Optional<Bytes> field(String name) {
        return parts.stream()
                .filter(part -> part.name().equals(name))
                .map(Part::body)
                .findFirst();
    }

    /** Returns the content of a field as text, if it is there. */
    public Optional<String> text(String name) {
        return field(name).map(Bytes::toUtf8);
    }

    /** Sets a field; an existing one keeps its headers. */
    public void set(String name, Bytes body) throws RequestException {
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).name().equals(name)) {
                parts.set(i, new Part(name, parts.get(i).headers(), body));
                return;
            }
        }
        put(new Part(name, List.of("Content-Disposition: form-data; name=\"" + name + "\""), body));
    }

    void replace(int index, Bytes body) {
        Part part = parts.get(index);
        parts.set(index, new Part(part.name(), part.headers(), body));
    }

    /** Removes a field, if it is there. */
    public void remove(String name) {
        parts.removeIf(part -> part.name().equals(name));
    }

    /** Returns the content type, with the boundary. */
    public String contentType() {
        return TYPE + "; boundary="
                + (boundary.chars().allMatch(Character::isLetterOrDigit) ? boundary : "\"" + boundary + "\"");
    }

    /** Returns the form's bytes. */
    public Bytes print() {
        List<Part> ordered = new ArrayList<>(parts);
        if (reference) {
            ordered.sort(Comparator.comparing(Part::name));
        }
        List<Bytes> pieces = new ArrayList<>();
        for (Part part : ordered) {
            pieces.add(Bytes.wrapUnshared(
                    latin("--" + boundary + "\r\n" + String.join("\r\n", part.headers()) + "\r\n\r\n")));
            pieces.add(part.body());
            pieces.add(Bytes.wrapUnshared(latin("\r\n")));
        }
        pieces.add(Bytes.wrapUnshared(latin("--" + boundary + "--\r\n")));
        return Pieces.join(pieces);
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean startsWith(byte[] text, int at, byte[] wanted) {
        return text.length - at >= wanted.length
                && java.util.Arrays.equals(text, at, at + wanted.length, wanted, 0, wanted.length);
    }

    private static int indexOf(byte[] text, byte[] wanted, int from) {
        for (int i = from; i <= text.length - wanted.length; i++) {
            if (text[i] == wanted[0] && startsWith(text, i, wanted)) {
                return i;
            }
        }
        return -1;
    }
}
