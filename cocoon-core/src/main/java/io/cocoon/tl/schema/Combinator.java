package io.cocoon.tl.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** One line of the schema: a constructor or a function. */
record Combinator(int id, String name, boolean isFunction, List<Field> fields, String result) {

    /** A field; with {@code bit} at least 0 it is on the wire only if that bit of {@code flagsField} is set. */
    record Field(String name, TlType type, String flagsField, int bit) {

        static final int ALWAYS = -1;

        boolean isOptional() {
            return bit != ALWAYS;
        }

        private String canonical() {
            return name + ':' + (isOptional() ? flagsField + '.' + bit + '?' : "") + type.canonical();
        }
    }

    /**
     * Parses everything of a line behind the generation.
     *
     * @throws IllegalArgumentException if it is not of the form {@code obj|fun id name field… = result}
     */
    static Combinator parse(String text) {
        String[] words = text.split(" ");
        int count = words.length;
        if (count < 5 || !words[count - 2].equals("=") || !(words[0].equals("obj") || words[0].equals("fun"))) {
            throw new IllegalArgumentException("not a line of a TL schema: " + text);
        }
        List<Field> fields = new ArrayList<>();
        for (int i = 3; i < count - 2; i++) {
            fields.add(parseField(words[i]));
        }
        return new Combinator(
                Integer.parseUnsignedInt(words[1], 16),
                words[2],
                words[0].equals("fun"),
                List.copyOf(fields),
                words[count - 1]);
    }

    private static Field parseField(String text) {
        int colon = text.indexOf(':');
        String name = text.substring(0, colon);
        String type = text.substring(colon + 1);
        int question = type.indexOf('?');
        if (question < 0) {
            return new Field(name, TlType.parse(type), "", Field.ALWAYS);
        }
        int dot = type.indexOf('.');
        int bit = Integer.parseInt(type.substring(dot + 1, question));
        return new Field(name, TlType.parse(type.substring(question + 1)), type.substring(0, dot), bit);
    }

    /** The text whose CRC-32 is the id, unless the schema pins another; dossier 1.6. */
    String canonical() {
        StringBuilder text = new StringBuilder(name);
        for (Field field : fields) {
            text.append(' ').append(field.canonical());
        }
        return text.append(" = ").append(result).toString();
    }

    int canonicalId() {
        CRC32 crc = new CRC32();
        crc.update(canonical().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }
}
