package io.cocoon.transport;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.TlObject;
import io.netty.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A query of the peer that waits for our answer. */
final class PeerQuery implements Responder {

    private static final int LONGEST_ERROR = 4096;

    private final Link link;
    private final long id;
    private final AtomicBoolean done = new AtomicBoolean();

    @Nullable
    Future<?> timer;

    PeerQuery(Link link, long id) {
        this.link = link;
        this.id = id;
    }

    @Override
    public void answer(TlObject answer) {
        if (!done.compareAndSet(false, true)) {
            return;
        }
        OutFrame frame;
        try {
            frame = OutFrame.answer(id, answer, link.frameLimit());
        } catch (FrameTooLargeException e) {
            frame = error(ErrorCodes.ERROR, "the answer is too large");
        }
        link.react(this, frame);
    }

    @Override
    public void fail(int code, String message) {
        if (done.compareAndSet(false, true)) {
            String text = message.length() <= LONGEST_ERROR ? message : message.substring(0, LONGEST_ERROR);
            link.react(this, error(code, text));
        }
    }

    private OutFrame error(int code, String message) {
        try {
            return OutFrame.of(new TcpPacket.QueryError(id, code, message), TransportLimits.REFERENCE_FRAME_BYTES);
        } catch (FrameTooLargeException e) {
            throw new IllegalStateException("an error text of " + message.length() + " characters", e);
        }
    }
}
