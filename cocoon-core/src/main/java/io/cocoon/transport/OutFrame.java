package io.cocoon.transport;

import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlWriter;
import org.jspecify.annotations.Nullable;

/**
 * One frame on its way out, encoded by the sending thread except for what only the event loop knows: the sequence number
 * and the id of a query.
 *
 * <p>The object is written once, behind room for the longest head; the head is then put directly in front of it, so that
 * no body is copied.
 */
final class OutFrame {

    /** Length and sequence number. */
    static final int HEAD = 8;

    private static final int PREFIX = 4;
    private static final int LONGEST_SHORT_STRING = 253;
    private static final Bytes PADDING = Bytes.wrapUnshared(new byte[3]);

    final byte[] array;
    final int offset;
    final int length;
    final @Nullable OpenQuery query;

    private OutFrame(Bytes frame, @Nullable OpenQuery query) {
        this.array = frame.unsafeArray();
        this.offset = frame.unsafeOffset();
        this.length = frame.length();
        this.query = query;
    }

    /** A whole packet without an inner object: hello, ping, pong, error. */
    static OutFrame of(TcpPacket packet, int limit) throws FrameTooLargeException {
        TlWriter out = new TlWriter(64).writeInt(0).writeInt(0);
        packet.writeBoxed(out);
        int payload = out.length() - HEAD;
        check(payload, limit);
        out.patchInt(0, payload);
        return new OutFrame(out.seal(), null);
    }

    static OutFrame message(TlObject message, int limit) throws FrameTooLargeException {
        TlWriter out = new TlWriter().writeInt(0).writeInt(0).writeInt(0).writeInt(0);
        return finish(out, message, TcpPacket.Packet.ID, limit, null);
    }

    static OutFrame query(TlObject query, OpenQuery open, int limit) throws FrameTooLargeException {
        TlWriter out =
                new TlWriter().writeInt(0).writeInt(0).writeInt(0).writeLong(0).writeInt(0);
        return finish(out, query, TcpPacket.Query.ID, limit, open);
    }

    static OutFrame answer(long id, TlObject answer, int limit) throws FrameTooLargeException {
        TlWriter out =
                new TlWriter().writeInt(0).writeInt(0).writeInt(0).writeLong(0).writeInt(0);
        OutFrame frame = finish(out, answer, TcpPacket.QueryAnswer.ID, limit, null);
        frame.putId(id);
        return frame;
    }

    private static OutFrame finish(TlWriter out, TlObject object, int packetId, int limit, @Nullable OpenQuery query)
            throws FrameTooLargeException {
        int begin = out.length();
        object.writeBoxed(out);
        int content = out.length() - begin;
        boolean small = content <= LONGEST_SHORT_STRING;
        int prefix = small ? 1 : PREFIX;
        int padding = -(prefix + content) & 3;
        out.writeRaw(PADDING.slice(0, padding));
        int from = PREFIX - prefix;
        int payload = out.length() - from - HEAD;
        check(payload, limit);
        // A short prefix is the last byte of its four; what stands in front of it then overwrites the other three.
        out.patchInt(begin - PREFIX, small ? content << 24 : content << 8 | 254);
        out.patchInt(from + HEAD, packetId);
        out.patchInt(from, payload);
        Bytes whole = out.seal();
        return new OutFrame(whole.sliceFrom(from), query);
    }

    private static void check(int payload, int limit) throws FrameTooLargeException {
        if (payload > limit) {
            throw new FrameTooLargeException(payload, limit);
        }
    }

    void putSequence(int number) {
        putInt(offset + 4, number);
    }

    void putId(long id) {
        putInt(offset + HEAD + 4, (int) id);
        putInt(offset + HEAD + 8, (int) (id >>> 32));
    }

    private void putInt(int at, int value) {
        array[at] = (byte) value;
        array[at + 1] = (byte) (value >>> 8);
        array[at + 2] = (byte) (value >>> 16);
        array[at + 3] = (byte) (value >>> 24);
    }
}
