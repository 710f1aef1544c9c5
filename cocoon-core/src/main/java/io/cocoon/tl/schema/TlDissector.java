package io.cocoon.tl.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Shows an object for people, with the objects inside its byte strings: a packet, the message in it, the HTTP request
 * in that.
 *
 * <p>The form is JSON: {@code _} is the constructor, a long is a decimal string, an int256 hexadecimal, a double also
 * has its bytes, and a byte string is {@code tl} (an object of the schema that comes back to the same bytes),
 * {@code utf8} (text without control characters) or {@code hex}. The output holds everything that the input holds, so
 * it may hold prompts and keys: it is for tests and tools, never for a log.
 *
 * <p>Immutable and thread-safe.
 */
public final class TlDissector {

    private static final int MAX_NESTED_OBJECTS = 8;
    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private final TlSchema schema;

    /** Shows objects of this schema. */
    public TlDissector(TlSchema schema) {
        this.schema = schema;
    }

    /**
     * Decodes one boxed object and everything in it that can be decoded.
     *
     * @throws TlException if the bytes are not one boxed object
     */
    public String toJson(Bytes boxed) throws TlException {
        return object(schema.decode(boxed), 0).toString();
    }

    private ObjectNode object(TlNode node, int nested) {
        ObjectNode object = MAKE.objectNode().put("_", node.type());
        node.fields().forEach((name, value) -> object.set(name, value(value, nested)));
        return object;
    }

    private JsonNode value(Object value, int nested) {
        if (value instanceof TlNode node) {
            return object(node, nested);
        } else if (value instanceof List<?> list) {
            var array = MAKE.arrayNode();
            list.forEach(element -> array.add(value(element, nested)));
            return array;
        } else if (value instanceof Bytes bytes) {
            return bytes(bytes, nested);
        } else if (value instanceof Double number) {
            String bits = new TlWriter(Double.BYTES).writeDouble(number).seal().toHex();
            JsonNode shown = Double.isFinite(number) ? MAKE.numberNode(number) : MAKE.textNode(number.toString());
            return MAKE.objectNode().put("hex_le", bits).set("double", shown);
        } else if (value instanceof Integer number) {
            return MAKE.numberNode(number);
        } else if (value instanceof Boolean bool) {
            return MAKE.booleanNode(bool);
        } else if (value instanceof Int256 hash) {
            return MAKE.textNode(hash.toHex());
        }
        return MAKE.textNode(value.toString());
    }

    private JsonNode bytes(Bytes bytes, int nested) {
        if (nested < MAX_NESTED_OBJECTS && bytes.length() >= 4 && schema.knows(bytes.intLeAt(0))) {
            try {
                TlNode inside = schema.decode(bytes);
                if (schema.encode(inside).equals(bytes)) {
                    return MAKE.objectNode().set("tl", object(inside, nested + 1));
                }
            } catch (TlException e) {
                return MAKE.objectNode().put("hex", bytes.toHex()).put("not_tl", e.getMessage());
            }
        }
        return isText(bytes)
                ? MAKE.objectNode().put("utf8", bytes.toUtf8())
                : MAKE.objectNode().put("hex", bytes.toHex());
    }

    private static boolean isText(Bytes bytes) {
        if (bytes.isEmpty()) {
            return false;
        }
        try {
            ByteBuffer buffer = bytes.asByteBuffer();
            String text = StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
            return text.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t');
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
