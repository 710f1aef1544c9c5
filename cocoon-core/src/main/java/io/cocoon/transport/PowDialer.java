package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Waits for the challenge, has it solved off the event loop, and makes place for TLS. */
final class PowDialer extends ByteToMessageDecoder {

    private final SecureChannelProvider tls;
    private final Executor solvers;
    private final int maxDifficulty;
    private volatile boolean cancelled;
    private boolean solving;

    PowDialer(SecureChannelProvider tls, Executor solvers, int maxDifficulty) {
        this.tls = tls;
        this.solvers = solvers;
        this.maxDifficulty = maxDifficulty;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws ConnectionClosedException {
        if (solving || in.readableBytes() < ProofOfWork.CHALLENGE_BYTES) {
            return;
        }
        byte[] wire = new byte[ProofOfWork.CHALLENGE_BYTES];
        in.readBytes(wire);
        ProofOfWork.Challenge challenge = ProofOfWork.Challenge.parse(Bytes.wrapUnshared(wire));
        if (challenge.difficulty() > maxDifficulty) {
            throw Failures.closed(
                    CloseReason.Cause.PROTOCOL,
                    "the peer asks for a proof of work of " + challenge.difficulty() + " bits; the limit is "
                            + maxDifficulty);
        }
        solving = true;
        // Nothing may come before our answer; what comes all the same stays with TCP.
        ctx.channel().config().setAutoRead(false);
        try {
            solvers.execute(() -> solve(ctx, challenge));
        } catch (RejectedExecutionException e) {
            throw Failures.closed(CloseReason.Cause.INTERNAL, "too many proofs of work wait to be solved");
        }
    }

    private void solve(ChannelHandlerContext ctx, ProofOfWork.Challenge challenge) {
        OptionalLong nonce = ProofOfWork.solve(challenge, Long.MAX_VALUE, () -> cancelled);
        if (!cancelled) {
            ctx.executor().execute(() -> solved(ctx, nonce));
        }
    }

    private void solved(ChannelHandlerContext ctx, OptionalLong nonce) {
        if (ctx.isRemoved() || cancelled) {
            return;
        }
        if (nonce.isEmpty()) {
            ctx.fireExceptionCaught(
                    Failures.closed(CloseReason.Cause.INTERNAL, "solving the proof of work was interrupted"));
            return;
        }
        // Flushed together with TLS's first flight.
        ctx.write(Unpooled.wrappedBuffer(ProofOfWork.response(nonce.getAsLong())));
        ctx.channel().config().setAutoRead(true);
        ctx.pipeline().replace(this, "tls", new SecureHandler(tls.newClientChannel()));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        cancelled = true;
        super.channelInactive(ctx);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        cancelled = true;
    }
}
