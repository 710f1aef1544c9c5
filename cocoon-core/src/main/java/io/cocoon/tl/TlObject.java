package io.cocoon.tl;

/**
 * A TL object: a constructor or a function with its fields.
 *
 * <p>Boxed means that the constructor id stands in front; bare means that it does not.
 */
public interface TlObject {

    /** Returns the constructor id; on the wire it is written little endian. */
    int constructorId();

    /** Writes the fields without the id. */
    void writeBare(TlWriter out);

    /** Writes the id and the fields. */
    default void writeBoxed(TlWriter out) {
        out.writeInt(constructorId());
        writeBare(out);
    }

    /** Returns the boxed form. */
    default Bytes toBytes() {
        TlWriter out = new TlWriter();
        writeBoxed(out);
        return out.seal();
    }
}
