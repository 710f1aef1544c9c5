package io.cocoon.internal.json;

import com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal;
import io.cocoon.tl.Bytes;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Prints JSON in the network's form: members by name bytes, no white space, few escapes, shortest numbers. Wire dossier,
 * appendix D.
 */
public final class JsonPrinter {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    /** Decimal point positions between which a number is printed without an exponent. */
    private static final int MAX_PLAIN = 15;

    private static final int MIN_PLAIN = -4;

    private byte[] out;
    private int length;

    private JsonPrinter(int expected) {
        out = new byte[expected];
    }

    /** Returns the document's UTF-8 text. */
    public static Bytes print(Json value) {
        return print(value, "", "");
    }

    /** Returns the document's UTF-8 text between two pieces of ASCII. */
    public static Bytes print(Json value, String before, String after) {
        JsonPrinter printer = new JsonPrinter(512);
        printer.ascii(before);
        printer.value(value);
        printer.ascii(after);
        return Bytes.wrapUnshared(printer.out, 0, printer.length);
    }

    private void value(Json value) {
        if (value instanceof Json.Str text) {
            string(text.value());
        } else if (value instanceof Json.Obj object) {
            object(object);
        } else if (value instanceof Json.Arr array) {
            array(array.items());
        } else if (value instanceof Json.Int number) {
            ascii(number.unsigned() ? Long.toUnsignedString(number.bits()) : Long.toString(number.bits()));
        } else if (value instanceof Json.Bool truth) {
            ascii(truth.value() ? "true" : "false");
        } else if (value instanceof Json.Real number) {
            ascii(realText(number.value()));
        } else {
            ascii("null");
        }
    }

    private void object(Json.Obj object) {
        put('{');
        boolean first = true;
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            if (!first) {
                put(',');
            }
            first = false;
            string(member.getKey());
            put(':');
            value(member.getValue());
        }
        put('}');
    }

    private void array(List<Json> items) {
        put('[');
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                put(',');
            }
            value(items.get(i));
        }
        put(']');
    }

    private void put(char c) {
        room(1);
        out[length++] = (byte) c;
    }

    private void room(int more) {
        if (out.length - length < more) {
            out = Arrays.copyOf(out, Math.max(Math.addExact(length, more), (int) Math.min(out.length * 2L, 1 << 30)));
        }
    }

    private void ascii(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            out[length++] = (byte) text.charAt(i);
        }
    }

    private void string(String text) {
        put('"');
        int size = text.length();
        int from = 0;
        for (int i = 0; i < size; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // The rest in one go through the JDK's encoder, when nothing has to be escaped.
                i = nonAscii(text, from, i);
                from = i + 1;
            } else if (c < ' ' || c == '"' || c == '\\') {
                plain(text, from, i);
                escape(c);
                from = i + 1;
            }
        }
        plain(text, from, size);
        put('"');
    }

    private int nonAscii(String text, int from, int at) {
        plain(text, from, at);
        int to = at + 1;
        while (to < text.length() && text.charAt(to) >= 0x80) {
            to++;
        }
        byte[] encoded = text.substring(at, to).getBytes(StandardCharsets.UTF_8);
        room(encoded.length);
        System.arraycopy(encoded, 0, out, length, encoded.length);
        length += encoded.length;
        return to - 1;
    }

    @SuppressWarnings("deprecation") // the fastest way to copy characters that are known to be ASCII
    private void plain(String text, int from, int to) {
        if (to > from) {
            room(to - from);
            text.getBytes(from, to, out, length);
            length += to - from;
        }
    }

    private void escape(char c) {
        room(6);
        out[length++] = '\\';
        switch (c) {
            case '"', '\\' -> out[length++] = (byte) c;
            case '\b' -> out[length++] = 'b';
            case '\f' -> out[length++] = 'f';
            case '\n' -> out[length++] = 'n';
            case '\r' -> out[length++] = 'r';
            case '\t' -> out[length++] = 't';
            default -> {
                out[length++] = 'u';
                out[length++] = '0';
                out[length++] = '0';
                out[length++] = HEX[c >> 4];
                out[length++] = HEX[c & 15];
            }
        }
    }

    /** Shortest digits that read back as the same value, in the reference's notation: {@code 1.0}, {@code 1e+20}. */
    static String realText(double value) {
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(DoubleToDecimal.toString(Math.abs(value))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int count = digits.length();
        int point = count - shortest.scale();
        StringBuilder text = new StringBuilder(value < 0 ? "-" : "");
        if (count <= point && point <= MAX_PLAIN) {
            text.append(digits).append("0".repeat(point - count)).append(".0");
        } else if (point > 0 && point <= MAX_PLAIN) {
            text.append(digits, 0, point).append('.').append(digits, point, count);
        } else if (point > MIN_PLAIN && point <= 0) {
            text.append("0.").append("0".repeat(-point)).append(digits);
        } else {
            text.append(digits.charAt(0));
            if (count > 1) {
                text.append('.').append(digits, 1, count);
            }
            int exponent = point - 1;
            text.append(exponent < 0 ? "e-" : "e+");
            if (Math.abs(exponent) < 10) {
                text.append('0');
            }
            text.append(Math.abs(exponent));
        }
        return text.toString();
    }
}
