package io.cocoon.okhttp;

import io.cocoon.client.CocoonException;
import io.cocoon.client.HttpReply;
import java.io.IOException;
import okio.Buffer;
import okio.Source;
import okio.Timeout;

/** The body of an answer as OkHttp reads it: what has arrived is passed on at once, and failures are IOExceptions. */
final class ReplySource implements Source {

    private static final int PIECE = 8192;

    private final HttpReply reply;
    private final byte[] piece = new byte[PIECE];

    ReplySource(HttpReply reply) {
        this.reply = reply;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        try {
            int count = reply.body().read(piece, 0, (int) Math.min(byteCount, PIECE));
            if (count > 0) {
                sink.write(piece, 0, count);
            }
            return count;
        } catch (CocoonException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The client's own deadlines end every wait. */
    @Override
    public Timeout timeout() {
        return Timeout.NONE;
    }

    @Override
    public void close() {
        reply.close();
    }
}
