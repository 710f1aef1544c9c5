package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * Token counters of one query in adjusted tokens, that is already multiplied by price factors. Wire dossier 6.9.
 *
 * <p>{@code tokensUsed}, id 0x70c5b15c.
 */
public record TokensUsed(
        long promptTokensUsed,
        long cachedTokensUsed,
        long completionTokensUsed,
        long reasoningTokensUsed,
        long totalTokensUsed)
        implements TlObject {
    public static final int ID = 0x70c5b15c;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeLong(promptTokensUsed);
        out.writeLong(cachedTokensUsed);
        out.writeLong(completionTokensUsed);
        out.writeLong(reasoningTokensUsed);
        out.writeLong(totalTokensUsed);
    }

    static TokensUsed readBare(TlReader in) throws TlException {
        return new TokensUsed(in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static TokensUsed readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
