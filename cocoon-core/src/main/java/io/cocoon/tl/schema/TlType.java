package io.cocoon.tl.schema;

import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.Locale;

/** The type of a field. */
sealed interface TlType {

    /** A value that TL itself knows. */
    enum Scalar implements TlType {
        INT,
        FLAGS,
        LONG,
        DOUBLE,
        BOOL,
        STRING,
        BYTES,
        INT256
    }

    /** A count, then elements. */
    record Vector(TlType element) implements TlType {}

    /** Exactly this constructor, without its id. */
    record Bare(String constructor) implements TlType {}

    /** Any constructor with this result, behind its id. */
    record Boxed(String result) implements TlType {}

    static TlType parse(String text) {
        if (text.startsWith("vector<") && text.endsWith(">")) {
            return new Vector(parse(text.substring(7, text.length() - 1)));
        }
        return switch (text) {
            case "#" -> Scalar.FLAGS;
            case "int", "long", "double", "string", "bytes", "int256", "Bool" ->
                Scalar.valueOf(text.toUpperCase(Locale.ROOT));
            default -> Character.isUpperCase(text.charAt(text.lastIndexOf('.') + 1)) ? new Boxed(text) : new Bare(text);
        };
    }

    /** The type as the canonical text of a combinator has it; dossier 1.6. */
    default String canonical() {
        if (this instanceof Vector vector) {
            return "vector " + vector.element().canonical();
        } else if (this instanceof Bare bare) {
            return bare.constructor();
        } else if (this instanceof Boxed boxed) {
            return boxed.result();
        }
        return this == Scalar.FLAGS
                ? "#"
                : this == Scalar.BOOL ? "Bool" : toString().toLowerCase(Locale.ROOT);
    }

    static Object read(Scalar type, TlReader in) throws io.cocoon.tl.TlException {
        return switch (type) {
            case INT -> in.readInt();
            case FLAGS -> in.readFlags();
            case LONG -> in.readLong();
            case DOUBLE -> in.readDouble();
            case BOOL -> in.readBool();
            case STRING -> in.readString();
            case BYTES -> in.readBytes();
            case INT256 -> in.readInt256();
        };
    }

    static void write(Scalar type, Object value, TlWriter out) {
        switch (type) {
            case INT, FLAGS -> out.writeInt((Integer) value);
            case LONG -> out.writeLong((Long) value);
            case DOUBLE -> out.writeDouble((Double) value);
            case BOOL -> out.writeBool((Boolean) value);
            case STRING -> out.writeString((String) value);
            case BYTES -> out.writeBytes((io.cocoon.tl.Bytes) value);
            case INT256 -> out.writeInt256((io.cocoon.tl.Int256) value);
        }
    }
}
