package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/** Reads the one record of a router and announces it; what follows are frames. */
final class PeerRecordHandler extends ByteToMessageDecoder {

    private static final int LENGTH_BYTES = 4;

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws ConnectionClosedException {
        if (in.readableBytes() < LENGTH_BYTES) {
            return;
        }
        long length = in.getUnsignedIntLE(in.readerIndex());
        if (length > PeerRecord.MAX_BODY_BYTES) {
            throw Failures.closed(
                    CloseReason.Cause.PROTOCOL,
                    "a peer record of " + length + " bytes; allowed are " + PeerRecord.MAX_BODY_BYTES);
        }
        if (in.readableBytes() < LENGTH_BYTES + length) {
            return;
        }
        byte[] body = new byte[(int) length];
        in.skipBytes(LENGTH_BYTES).readBytes(body);
        try {
            ctx.fireUserEventTriggered(PeerRecord.parse(Bytes.wrapUnshared(body)));
        } catch (TlException e) {
            throw Failures.closed(CloseReason.Cause.PROTOCOL, "not a peer record: " + e.getMessage());
        }
        ctx.pipeline().remove(this);
    }
}
