package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * One header of a request or an answer. Wire dossier 6.1.
 *
 * <p>{@code http.header}, id 0x8e9be511.
 */
public record HttpHeader(String name, String value) implements TlObject {
    public static final int ID = 0x8e9be511;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeString(name);
        out.writeString(value);
    }

    static HttpHeader readBare(TlReader in) throws TlException {
        return new HttpHeader(in.readString(), in.readString());
    }
    /** Leaves out the value, which may be a credential. */
    @Override
    public String toString() {
        return "HttpHeader[" + name + "]";
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static HttpHeader readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
