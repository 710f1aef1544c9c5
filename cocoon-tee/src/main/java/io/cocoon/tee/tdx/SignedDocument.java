package io.cocoon.tee.tdx;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tl.Bytes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads members of TCB info and QE identity; whatever is not as Intel writes it is an error. TEE dossier 7.5. */
final class SignedDocument {

    /** Longest document that is read. Genuine ones have 1 to 10 KiB. */
    static final int MAX_BYTES = 1024 * 1024;

    /** How deep a document may nest, as in Intel's library. */
    static final int MAX_DEPTH = 32;

    /** Most members of one list. */
    static final int MAX_ITEMS = 4_096;

    private static final int MAX_WORD_LENGTH = 128;
    private static final String DATE_FORM = "YYYY-MM-DDTHH:MM:SSZ";

    private final Json.Obj object;
    private final String path;
    private final TdxError malformed;

    private SignedDocument(Json.Obj object, String path, TdxError malformed) {
        this.object = object;
        this.path = path;
        this.malformed = malformed;
    }

    static SignedDocument parse(Bytes text, String name, TdxError malformed) throws TdxRefusal {
        if (text.length() > MAX_BYTES) {
            throw new TdxRefusal(malformed, "a document of " + text.length() + " bytes", "at most " + MAX_BYTES);
        }
        try {
            if (JsonParser.parseStrict(text, MAX_DEPTH) instanceof Json.Obj object) {
                return new SignedDocument(object, name, malformed);
            }
            throw new TdxRefusal(malformed, "JSON that is not an object", "a JSON object");
        } catch (JsonException e) {
            throw new TdxRefusal(malformed, String.valueOf(e.getMessage()), "one JSON object, every member once");
        }
    }

    TdxRefusal refusal(String member, String wanted) {
        Json value = object.get(member);
        return new TdxRefusal(
                malformed, path + "." + member + (value == null ? " missing" : " of another form"), wanted);
    }

    boolean has(String member) {
        return object.has(member);
    }

    String text(String member) throws TdxRefusal {
        String text = object.text(member);
        if (text == null || text.length() > MAX_WORD_LENGTH) {
            throw refusal(member, "a text of at most " + MAX_WORD_LENGTH + " characters");
        }
        return text;
    }

    int integer(String member, int max) throws TdxRefusal {
        return integer(object.get(member), member, max);
    }

    private int integer(@Nullable Json value, String member, int max) throws TdxRefusal {
        if (!(value instanceof Json.Int number) || !number.nonNegative() || number.saturated() > max) {
            throw refusal(member, "an integer of 0 to " + max);
        }
        return (int) number.bits();
    }

    Bytes hex(String member, int bytes) throws TdxRefusal {
        String text = text(member);
        if (text.length() != 2 * bytes) {
            throw refusal(member, 2 * bytes + " hexadecimal digits");
        }
        try {
            return Bytes.fromHex(text);
        } catch (IllegalArgumentException e) {
            throw refusal(member, 2 * bytes + " hexadecimal digits");
        }
    }

    Instant date(String member) throws TdxRefusal {
        String text = text(member);
        if (text.length() != DATE_FORM.length()) {
            throw refusal(member, DATE_FORM);
        }
        for (int i = 0; i < text.length(); i++) {
            char form = DATE_FORM.charAt(i);
            char c = text.charAt(i);
            boolean isMark = form == '-' || form == ':' || form == 'T' || form == 'Z';
            if (isMark ? c != form : c < '0' || c > '9') {
                throw refusal(member, DATE_FORM);
            }
        }
        try {
            return LocalDateTime.of(
                            number(text, 0, 4),
                            number(text, 5, 7),
                            number(text, 8, 10),
                            number(text, 11, 13),
                            number(text, 14, 16),
                            number(text, 17, 19))
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw refusal(member, "a time of the Gregorian calendar");
        }
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    SignedDocument child(String member) throws TdxRefusal {
        if (!(object.get(member) instanceof Json.Obj child)) {
            throw refusal(member, "an object");
        }
        return new SignedDocument(child, path + "." + member, malformed);
    }

    private List<Json> list(String member) throws TdxRefusal {
        if (!(object.get(member) instanceof Json.Arr array) || array.items().size() > MAX_ITEMS) {
            throw refusal(member, "a list of at most " + MAX_ITEMS + " items");
        }
        return array.items();
    }

    List<SignedDocument> children(String member) throws TdxRefusal {
        List<SignedDocument> children = new ArrayList<>();
        for (Json item : list(member)) {
            if (!(item instanceof Json.Obj child)) {
                throw refusal(member, "a list of objects");
            }
            children.add(new SignedDocument(child, path + "." + member, malformed));
        }
        return children;
    }

    List<String> texts(String member) throws TdxRefusal {
        List<String> texts = new ArrayList<>();
        for (Json item : list(member)) {
            if (!(item instanceof Json.Str text) || text.value().length() > MAX_WORD_LENGTH) {
                throw refusal(member, "a list of texts of at most " + MAX_WORD_LENGTH + " characters");
            }
            texts.add(text.value());
        }
        return List.copyOf(texts);
    }

    TdxError malformed() {
        return malformed;
    }
}
