package io.cocoon.tee.collateral;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the answers of Intel's service, of a PCCS and of NVIDIA's RIM service. TEE dossier 7.3, 7.5 and 10.2. Every input
 * is bounded by whoever fetched it; nothing here allocates more than a few times its size.
 */
final class PcsAnswers {

    /** Of an issuer chain's text, after decoding. */
    static final int MAX_CHAIN_BYTES = 32 << 10;

    private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
    private static final String END = "-----END CERTIFICATE-----";
    private static final int SIGNATURE_BYTES = 64;

    private PcsAnswers() {}

    /** A document and the signature over its exact bytes. */
    record Signed(Bytes document, Bytes signature) {}

    /**
     * Cuts the signed object out of {@code {"<member>":{…},"signature":"…"}}. The bytes are those that were served: the
     * signature is over them, so they must never be written anew.
     */
    static Signed signed(Bytes body, String member) throws MalformedAnswer {
        Map<String, Bytes> members = members(body);
        Bytes document = members.get(member);
        Bytes signature = members.get("signature");
        if (document == null || document.get(0) != '{' || signature == null) {
            throw new MalformedAnswer(
                    "JSON with the members " + shown(members), "an object '" + member + "' and a 'signature'");
        }
        return new Signed(document, hex(signature, SIGNATURE_BYTES));
    }

    private static String shown(Map<String, Bytes> members) {
        String names = members.keySet().toString();
        return names.length() <= 80 ? names : names.substring(0, 80) + "…";
    }

    private static Bytes hex(Bytes quoted, int bytes) throws MalformedAnswer {
        if (quoted.length() == 2 * bytes + 2 && quoted.get(0) == '"') {
            try {
                return Bytes.fromHex(quoted.slice(1, 2 * bytes).toUtf8());
            } catch (IllegalArgumentException e) {
                throw new MalformedAnswer("a signature that is not hexadecimal", 2 * bytes + " hexadecimal digits");
            }
        }
        throw new MalformedAnswer(
                "a signature of " + quoted.length() + " characters with its quotes", 2 * bytes + " hexadecimal digits");
    }

    /** Returns the members of a JSON object, each as the exact bytes of its value. */
    static Map<String, Bytes> members(Bytes body) throws MalformedAnswer {
        try {
            if (!(JsonParser.parse(body) instanceof Json.Obj)) {
                throw new MalformedAnswer("JSON that is no object", "a JSON object");
            }
        } catch (JsonException e) {
            throw new MalformedAnswer(body.length() + " bytes that are no JSON: " + e.getMessage(), "a JSON object");
        }
        return new Slicer(body).members();
    }

    /** Walks the top level of a document that is known to be a JSON object, so that few rules are left to check. */
    private static final class Slicer {
        private final Bytes body;
        private int at;

        Slicer(Bytes body) {
            this.body = body;
        }

        Map<String, Bytes> members() throws MalformedAnswer {
            Map<String, Bytes> members = new LinkedHashMap<>();
            while (body.get(at) != '{') {
                at++;
            }
            at++;
            while (true) {
                skip(" \t\r\n,");
                if (body.get(at) == '}') {
                    return members;
                }
                Bytes quoted = value();
                String name = quoted.slice(1, quoted.length() - 2).toUtf8();
                skip(" \t\r\n:");
                if (name.indexOf('\\') >= 0 || members.put(name, value()) != null) {
                    throw new MalformedAnswer("a member name with an escape, or twice", "each member once");
                }
            }
        }

        private void skip(String which) {
            while (which.indexOf(body.get(at)) >= 0) {
                at++;
            }
        }

        private Bytes value() {
            int from = at;
            int depth = 0;
            boolean inText = false;
            while (true) {
                byte b = body.get(at);
                if (inText) {
                    if (b == '\\') {
                        at++;
                    } else if (b == '"') {
                        inText = false;
                    }
                } else if (b == '"') {
                    inText = true;
                } else if (b == '{' || b == '[') {
                    depth++;
                } else if (b == '}' || b == ']') {
                    depth--;
                }
                boolean ended = depth == 0 && !inText && (b == '"' || b == '}' || b == ']' || endsBefore(at + 1));
                at++;
                if (ended) {
                    return body.slice(from, at - from);
                }
            }
        }

        /** Whether a bare word or number ends before this place. */
        private boolean endsBefore(int next) {
            return " \t\r\n,}:".indexOf(body.get(next)) >= 0;
        }
    }

    /** Decodes an issuer chain out of a header: PEM in percent encoding, signer first, then the root. */
    static Bytes chain(List<String> values, int certificates) throws MalformedAnswer {
        if (values.size() != 1) {
            throw new MalformedAnswer(values.size() + " headers with an issuer chain", "exactly one");
        }
        return pem(percentDecoded(values.get(0)), certificates);
    }

    private static Bytes percentDecoded(String text) throws MalformedAnswer {
        if (text.length() > 3 * MAX_CHAIN_BYTES) {
            throw new MalformedAnswer(
                    "an issuer chain of " + text.length() + " characters", "at most " + 3 * MAX_CHAIN_BYTES);
        }
        byte[] decoded = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw new MalformedAnswer("a broken percent encoding", "an issuer chain in percent encoding");
                }
                decoded[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                // A plus stays one: it is a digit of base64 and not a blank here.
                decoded[length++] = (byte) (c < 0x80 ? c : '?');
            }
        }
        return Bytes.copyOf(decoded, 0, length);
    }

    /** Checks that a text is PEM with so many certificates, and returns it as it is. */
    static Bytes pem(Bytes text, int certificates) throws MalformedAnswer {
        if (text.length() > MAX_CHAIN_BYTES) {
            throw new MalformedAnswer("a chain of " + text.length() + " bytes", "at most " + MAX_CHAIN_BYTES);
        }
        String ascii = new String(text.toByteArray(), StandardCharsets.ISO_8859_1);
        int begins = count(ascii, BEGIN);
        int ends = count(ascii, END);
        if (begins != certificates || ends != certificates) {
            throw new MalformedAnswer(begins + " certificates", "PEM with " + certificates);
        }
        return text;
    }

    private static int count(String text, String what) {
        int count = 0;
        for (int at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + what.length())) {
            count++;
        }
        return count;
    }

    /** Returns the DER of a list or certificate that is served as DER, or as hexadecimal text (a PCCS does that). */
    static Bytes der(Bytes body) throws MalformedAnswer {
        Bytes der = body;
        if (body.length() >= 2 && body.get(0) == '3' && body.get(1) == '0') {
            try {
                der = Bytes.fromHex(body.toUtf8().trim());
            } catch (IllegalArgumentException e) {
                throw new MalformedAnswer(body.length() + " bytes that are no hexadecimal text", "DER, or its digits");
            }
        }
        if (wholeSequence(der) != der.length()) {
            throw new MalformedAnswer(
                    body.length() + " bytes that are not one DER sequence", "one DER sequence and nothing behind it");
        }
        return der;
    }

    /** The length of the DER sequence at the start, header included; -1 if there is none. */
    private static long wholeSequence(Bytes der) {
        if (der.length() < 2 || der.get(0) != 0x30) {
            return -1;
        }
        int first = der.get(1) & 0xff;
        if (first < 0x80) {
            return 2L + first;
        }
        int count = first & 0x7f;
        if (count < 1 || count > 4 || der.length() < 2 + count) {
            return -1;
        }
        long length = 0;
        for (int i = 0; i < count; i++) {
            length = length << 8 | der.get(2 + i) & 0xff;
        }
        return 2L + count + length;
    }

    /** Checks that a TCB info is of the kind and platform that were asked for. */
    static void requireTcbInfo(Bytes document, Fmspc fmspc, boolean sgx) throws MalformedAnswer {
        Json.Obj info = object(document);
        require(info, "id", sgx ? "SGX" : "TDX");
        String shown = info.text("fmspc");
        if (shown == null || !shown.equalsIgnoreCase(fmspc.toHex())) {
            throw new MalformedAnswer("TCB info of another platform", "that of FMSPC " + fmspc.toHex());
        }
    }

    /** Checks that a QE identity is of the kind that was asked for. */
    static void requireQeIdentity(Bytes document, boolean sgx) throws MalformedAnswer {
        require(object(document), "id", sgx ? "QE" : "TD_QE");
    }

    static Json.Obj object(Bytes document) throws MalformedAnswer {
        try {
            if (JsonParser.parse(document) instanceof Json.Obj object) {
                return object;
            }
        } catch (JsonException e) {
            throw new MalformedAnswer("no JSON: " + e.getMessage(), "a JSON object");
        }
        throw new MalformedAnswer("JSON that is no object", "a JSON object");
    }

    private static void require(Json.Obj object, String name, String value) throws MalformedAnswer {
        if (!value.equals(object.text(name))) {
            throw new MalformedAnswer("a document whose '" + name + "' is another", "'" + value + "'");
        }
    }

    /** Takes the XML out of an answer of NVIDIA's service. */
    static Bytes rim(Bytes body, RimId id) throws MalformedAnswer {
        Json.Obj answer = object(body);
        require(answer, "id", id.value());
        String encoded = answer.text("rim");
        if (encoded == null) {
            throw new MalformedAnswer("an answer without 'rim'", "one with it, in base64");
        }
        try {
            return Bytes.wrapUnshared(Base64.getDecoder().decode(encoded));
        } catch (IllegalArgumentException e) {
            throw new MalformedAnswer("a 'rim' that is not base64", "base64 of an XML document");
        }
    }
}
