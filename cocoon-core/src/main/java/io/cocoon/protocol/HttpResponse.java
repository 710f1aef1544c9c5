package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.List;

/**
 * The head of an HTTP answer as it travels, boxed, inside the first answer. Wire dossier 6.4.
 *
 * <p>{@code http.response}, id 0x1cd0c42b.
 */
public record HttpResponse(String httpVersion, int statusCode, String reason, List<HttpHeader> headers, Bytes payload)
        implements TlObject {
    public static final int ID = 0x1cd0c42b;

    public HttpResponse {
        headers = List.copyOf(headers);
    }

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeString(httpVersion);
        out.writeInt(statusCode);
        out.writeString(reason);
        out.writeVector(headers, (to, each) -> each.writeBare(to));
        out.writeBytes(payload);
    }

    static HttpResponse readBare(TlReader in) throws TlException {
        return new HttpResponse(
                in.readString(), in.readInt(), in.readString(), in.readVector(HttpHeader::readBare), in.readBytes());
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static HttpResponse readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
