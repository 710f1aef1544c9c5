package io.cocoon.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Puts a {@link SecureChannel} into the pipeline: cipher text on the socket's side, byte arrays on ours. */
final class SecureHandler extends ChannelDuplexHandler {

    /** More than any handshake with evidence needs, and little enough to hold while the evidence is judged. */
    private static final int MAX_HANDSHAKE_BYTES = 1 << 18;

    private static final byte[] NOTHING = new byte[0];

    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[1 << 16];
        }
    };

    private final SecureChannel secure;
    private CompletableFuture<PeerIdentity> peer = new CompletableFuture<>();
    private @Nullable ChannelHandlerContext context;
    private boolean announced;
    private boolean failed;
    private int handshakeBytes;

    SecureHandler(SecureChannel secure) {
        this.secure = secure;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        peer = secure.peer().toCompletableFuture();
        try {
            secure.start();
            writeOutput(ctx, ctx.voidPromise());
            ctx.flush();
        } catch (IOException e) {
            fail(ctx, e);
            return;
        }
        peer.whenComplete((identity, refusal) -> {
            // Inside of the channel's own calls the pump is already running.
            if (!ctx.executor().isShuttingDown()) {
                ctx.executor().execute(() -> judged(ctx));
            }
        });
    }

    private void judged(ChannelHandlerContext ctx) {
        if (!announced && !failed && !ctx.isRemoved()) {
            receive(ctx, NOTHING, 0);
            // What waited for the verdict was read now: whoever batches answers until the end of a read has to hear of
            // it.
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            byte[] scratch = SCRATCH.get();
            while (in.isReadable() && !failed) {
                int count = Math.min(in.readableBytes(), scratch.length);
                in.readBytes(scratch, 0, count);
                receive(ctx, scratch, count);
            }
        } finally {
            in.release();
        }
    }

    private void receive(ChannelHandlerContext ctx, byte[] source, int count) {
        try {
            secure.receive(source, 0, count);
            if (writeOutput(ctx, ctx.voidPromise())) {
                ctx.flush();
            }
            if (!announced) {
                handshakeBytes += count;
                if (!announce(ctx)) {
                    return;
                }
            }
            for (byte[] plain = secure.nextPlaintext(); plain != null; plain = secure.nextPlaintext()) {
                ctx.fireChannelRead(plain);
            }
        } catch (IOException e) {
            writeOutput(ctx, ctx.voidPromise());
            ctx.flush();
            fail(ctx, e);
        }
    }

    /** Says who the peer is as soon as both the handshake and the verdict are there. */
    private boolean announce(ChannelHandlerContext ctx) throws IOException {
        if (peer.isCompletedExceptionally()) {
            fail(ctx, new IOException("refused"));
            return false;
        }
        if (secure.isReady() && peer.isDone()) {
            announced = true;
            ctx.fireUserEventTriggered(peer.join());
            secure.lapsed().thenAccept(reason -> {
                if (!ctx.executor().isShuttingDown()) {
                    ctx.executor().execute(() -> lapsed(ctx, reason));
                }
            });
            return true;
        }
        if (handshakeBytes > MAX_HANDSHAKE_BYTES) {
            throw Failures.closed(
                    CloseReason.Cause.PROTOCOL,
                    "more than " + MAX_HANDSHAKE_BYTES + " bytes came before the TLS handshake was complete");
        }
        return false;
    }

    private void lapsed(ChannelHandlerContext ctx, IOException reason) {
        if (!failed && !ctx.isRemoved()) {
            failed = true;
            ctx.fireExceptionCaught(new ConnectionClosedException(
                    refused("the peer is no longer accepted: " + reason.getMessage(), reason)));
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        secure.released();
    }

    private void fail(ChannelHandlerContext ctx, IOException failure) {
        failed = true;
        CloseReason reason = Failures.reason(failure, "TLS");
        if (peer.isCompletedExceptionally()) {
            try {
                peer.join();
            } catch (CompletionException | java.util.concurrent.CancellationException e) {
                Throwable refusal = e.getCause() == null ? e : e.getCause();
                String detail = refusal.getMessage() == null ? refusal.toString() : refusal.getMessage();
                reason = refused(detail, refusal);
            }
        } else if (!(failure instanceof ConnectionClosedException)) {
            reason = new CloseReason(CloseReason.Cause.PROTOCOL, reason.detail());
        }
        ctx.fireExceptionCaught(new ConnectionClosedException(reason));
    }

    private static CloseReason refused(String detail, Throwable why) {
        Optional<PeerReport> report =
                why instanceof PeerRefusedException refusal ? Optional.of(refusal.report()) : Optional.empty();
        return new CloseReason(CloseReason.Cause.ATTESTATION, detail, report);
    }

    /** Encrypts a heap buffer. */
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ByteBuf plain = (ByteBuf) message;
        if (!plain.isReadable()) {
            ctx.write(message, promise);
            return;
        }
        try {
            secure.send(plain.array(), plain.arrayOffset() + plain.readerIndex(), plain.readableBytes());
            if (!writeOutput(ctx, promise)) {
                promise.setSuccess();
            }
        } catch (IOException e) {
            promise.setFailure(e);
            fail(ctx, e);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** Writes what the channel has for the socket; the last piece carries the promise. */
    private boolean writeOutput(ChannelHandlerContext ctx, ChannelPromise promise) {
        byte[] next = secure.nextOutput();
        if (next == null) {
            return false;
        }
        while (next != null) {
            byte[] current = next;
            next = secure.nextOutput();
            ctx.write(Unpooled.wrappedBuffer(current), next == null ? promise : ctx.voidPromise());
        }
        return true;
    }

    /** Says that nothing more will come: TLS's close_notify. To be flushed by the caller. */
    void sayGoodbye() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && !failed) {
            secure.close();
            writeOutput(ctx, ctx.voidPromise());
        }
    }
}
