package io.cocoon.transport;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Hostile bytes: a parser refuses them in its own way, or takes them; nothing else. */
class TransportFuzz {

    private static final int LIMIT = 1 << 20;

    @FuzzTest
    void frames(FuzzedDataProvider data) {
        FrameDecoder decoder = new FrameDecoder(LIMIT);
        try {
            while (data.remainingBytes() > 0) {
                byte[] piece = data.consumeBytes(data.consumeInt(1, 4096));
                decoder.feed(piece, 0, piece.length, payload -> payload.length() <= LIMIT);
            }
        } catch (ConnectionClosedException e) {
            // Refused, as it should be.
        }
        if (decoder.allocated() > LIMIT) {
            throw new AssertionError("allocated " + decoder.allocated());
        }
    }

    @FuzzTest
    void peerRecords(byte[] data) {
        try {
            PeerRecord record = PeerRecord.parse(Bytes.copyOf(data));
            PeerRecord again = PeerRecord.parse(record.toBytes().sliceFrom(4));
            if (!again.identity().equals(record.identity())) {
                throw new AssertionError("a record changed in writing");
            }
        } catch (TlException e) {
            // Refused, as it should be.
        }
    }

    @FuzzTest
    void proofOfWork(byte[] data) {
        try {
            ProofOfWork.verify(ProofOfWork.Challenge.parse(Bytes.copyOf(data)), 0);
        } catch (ConnectionClosedException e) {
            // Refused, as it should be.
        }
        try {
            ProofOfWork.parseResponse(Bytes.copyOf(data));
        } catch (ConnectionClosedException e) {
            // Refused, as it should be.
        }
    }

    @FuzzTest
    void socksReplies(byte[] data) {
        ByteBuf in = Unpooled.wrappedBuffer(data);
        try {
            if (in.readableBytes() >= 2) {
                Socks5Dialer.readMethod(in);
                Socks5Dialer.readReply(in);
            }
        } catch (ConnectionClosedException e) {
            // Refused, as it should be.
        } finally {
            in.release();
        }
    }
}
