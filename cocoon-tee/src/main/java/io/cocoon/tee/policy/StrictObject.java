package io.cocoon.tee.policy;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One JSON object of which every member has to be understood: wrong types, members that nobody asked for and repeated ones are
 * errors that say where they stand (TEE dossier T6: the reference skips them and so loosens the policy).
 */
final class StrictObject {

    static final int MAX_DEPTH = 8;

    private final String place;
    private final Json.Obj object;
    private final Set<String> asked = new HashSet<>();

    private StrictObject(String place, Json.Obj object) {
        this.place = place;
        this.object = object;
    }

    /** Reads a whole document. */
    static StrictObject document(Bytes json, int maxBytes) throws PolicyException {
        if (json.length() > maxBytes) {
            throw new PolicyException("the document", json.length() + " bytes", "at most " + maxBytes);
        }
        try {
            return of("$", JsonParser.parseStrict(json, MAX_DEPTH));
        } catch (JsonException e) {
            throw new PolicyException("this is not one JSON document: " + e.getMessage());
        }
    }

    static StrictObject of(String place, Json value) throws PolicyException {
        if (value instanceof Json.Obj object) {
            return new StrictObject(place, object);
        }
        throw new PolicyException(place, describe(value), "an object");
    }

    String place(String name) {
        return place + "." + name;
    }

    /** Ends the reading: whatever was not asked for is an error. */
    void end() throws PolicyException {
        for (String name : object.members().keySet()) {
            if (!asked.contains(name)) {
                throw new PolicyException(
                        place,
                        "the unknown member " + quote(name),
                        "only members out of " + new java.util.TreeSet<>(asked));
            }
        }
    }

    boolean has(String name) {
        asked.add(name);
        return object.has(name);
    }

    Json require(String name) throws PolicyException {
        asked.add(name);
        Json value = object.get(name);
        if (value == null) {
            throw new PolicyException(place, "no member '" + name + "'", "one");
        }
        return value;
    }

    StrictObject object(String name) throws PolicyException {
        return of(place(name), require(name));
    }

    String text(String name) throws PolicyException {
        return text(place(name), require(name));
    }

    static String text(String place, Json value) throws PolicyException {
        if (value instanceof Json.Str text) {
            return text.value();
        }
        throw new PolicyException(place, describe(value), "a string");
    }

    boolean flag(String name, boolean otherwise) throws PolicyException {
        if (!has(name)) {
            return otherwise;
        }
        if (require(name) instanceof Json.Bool flag) {
            return flag.value();
        }
        throw new PolicyException(place(name), describe(require(name)), "true or false");
    }

    int number(String name, int least, int most) throws PolicyException {
        return number(place(name), require(name), least, most);
    }

    static int number(String place, Json value, int least, int most) throws PolicyException {
        if (value instanceof Json.Int number && !number.unsigned() && number.bits() >= least && number.bits() <= most) {
            return (int) number.bits();
        }
        throw new PolicyException(place, describe(value), "a whole number from " + least + " to " + most);
    }

    Instant time(String name) throws PolicyException {
        String text = text(name);
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new PolicyException(place(name), quote(text), "a time like 2026-11-26T00:00:00Z");
        }
    }

    /** Reads base64 (RFC 4648, with padding) of at most so many bytes. */
    Bytes base64(String name, int maxBytes) throws PolicyException {
        String text = text(name);
        if (text.length() > maxBytes / 3L * 4 + 4) {
            throw new PolicyException(
                    place(name), text.length() + " characters", "base64 of at most " + maxBytes + " bytes");
        }
        try {
            return Bytes.wrapUnshared(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            throw new PolicyException(place(name), "a string that is not base64", "base64 with padding");
        }
    }

    Optional<Bytes> optionalBase64(String name, int maxBytes) throws PolicyException {
        return has(name) ? Optional.of(base64(name, maxBytes)) : Optional.empty();
    }

    List<Json> array(String name) throws PolicyException {
        return array(place(name), require(name));
    }

    static List<Json> array(String place, Json value) throws PolicyException {
        if (value instanceof Json.Arr array) {
            return array.items();
        }
        throw new PolicyException(place, describe(value), "an array");
    }

    /** Reads exactly so many bytes of lower-case hexadecimal digits. */
    static Bytes hex(String place, Json value, int bytes) throws PolicyException {
        String text = text(place, value);
        boolean good = text.length() == 2 * bytes;
        for (int i = 0; good && i < text.length(); i++) {
            char c = text.charAt(i);
            good = c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
        }
        if (!good) {
            throw new PolicyException(
                    place, text.length() + " characters, " + quote(text), 2 * bytes + " lower-case hexadecimal digits");
        }
        return Bytes.fromHex(text);
    }

    /** Reads an array of strings of hexadecimal digits, each once. */
    List<Bytes> hexes(String name, int bytes) throws PolicyException {
        List<Bytes> all = new ArrayList<>();
        List<Json> items = array(name);
        for (int i = 0; i < items.size(); i++) {
            Bytes each = hex(place(name) + "[" + i + "]", items.get(i), bytes);
            if (all.contains(each)) {
                throw new PolicyException(
                        place(name) + "[" + i + "]", "a value for the second time", "every value once");
            }
            all.add(each);
        }
        return all;
    }

    boolean isWord(String name, String word) {
        asked.add(name);
        return word.equals(object.text(name));
    }

    Set<String> names() {
        return object.members().keySet();
    }

    static String describe(Json value) {
        if (value instanceof Json.Str text) {
            return "the string " + quote(text.value());
        }
        if (value instanceof Json.Int number) {
            return "the number " + (number.unsigned() ? Long.toUnsignedString(number.bits()) : number.bits());
        }
        if (value instanceof Json.Real number) {
            return "the number " + number.value();
        }
        if (value instanceof Json.Bool flag) {
            return String.valueOf(flag.value());
        }
        return value instanceof Json.Arr ? "an array" : value instanceof Json.Obj ? "an object" : "null";
    }

    static String quote(String text) {
        StringBuilder shown = new StringBuilder("'");
        for (int i = 0; i < text.length() && i < 40; i++) {
            char c = text.charAt(i);
            shown.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return shown.append(text.length() > 40 ? "…'" : "'").toString();
    }
}
