package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.security.SecureRandom;
import java.util.List;

/** Asks for proof of work, takes exactly the response, and makes place for TLS. */
final class PowAcceptor extends ByteToMessageDecoder {

    private final ProofOfWork.Challenge challenge;
    private final SecureChannelProvider tls;

    PowAcceptor(int difficulty, SecureChannelProvider tls, SecureRandom random) {
        byte[] salt = new byte[ProofOfWork.SALT_BYTES];
        random.nextBytes(salt);
        this.challenge = new ProofOfWork.Challenge(difficulty, Bytes.wrapUnshared(salt));
        this.tls = tls;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(challenge.toByteArray()));
        ctx.fireChannelActive();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws ConnectionClosedException {
        if (in.readableBytes() < ProofOfWork.RESPONSE_BYTES) {
            return;
        }
        byte[] response = new byte[ProofOfWork.RESPONSE_BYTES];
        in.readBytes(response);
        long nonce = ProofOfWork.parseResponse(Bytes.wrapUnshared(response));
        if (!ProofOfWork.verify(challenge, nonce)) {
            throw Failures.closed(
                    CloseReason.Cause.PROTOCOL, "the proof of work does not reach " + challenge.difficulty() + " bits");
        }
        ctx.pipeline().replace(this, "tls", new SecureHandler(tls.newServerChannel()));
    }
}
