package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.List;

/**
 * An HTTP request as it travels, boxed, inside a query. Wire dossier 6.1.
 *
 * <p>{@code http.request}, id 0x47492de5.
 */
public record HttpRequest(String method, String url, String httpVersion, List<HttpHeader> headers, Bytes payload)
        implements TlObject {
    public static final int ID = 0x47492de5;

    public HttpRequest {
        headers = List.copyOf(headers);
    }

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeString(method);
        out.writeString(url);
        out.writeString(httpVersion);
        out.writeVector(headers, (to, each) -> each.writeBare(to));
        out.writeBytes(payload);
    }

    static HttpRequest readBare(TlReader in) throws TlException {
        return new HttpRequest(
                in.readString(), in.readString(), in.readString(), in.readVector(HttpHeader::readBare), in.readBytes());
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static HttpRequest readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
