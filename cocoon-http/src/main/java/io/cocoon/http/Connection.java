package io.cocoon.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection: one request at a time, from its head to its answer. Confined to its event loop.
 *
 * <p>Requests that come before the answer to the one before (pipelining) are dropped, and the connection closes after that
 * answer: no program that pays for answers sends them, and whatever a smuggled one would be hidden in ends there.
 */
final class Connection extends ChannelInboundHandlerAdapter {

    /** How long what a refused caller still sends is thrown away, so that it can read why. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private enum State {
        HEAD,
        BODY,
        SERVING,
        ENDING
    }

    private final HttpServer server;
    private final ServerLimits limits;
    private State state = State.HEAD;
    private boolean goesOn = true;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable Future<?> serving;
    private @Nullable Exchange exchange;
    private @Nullable Request head;
    private @Nullable Route route;
    private boolean modern;
    private boolean keepAlive;
    private boolean trailersWanted;
    private ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    private long held;

    Connection(HttpServer server, ServerLimits limits) {
        this.server = server;
        this.limits = limits;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (server.opened(context.channel())) {
            refuseAfter(context, limits.headWithin(), "no head of a request came");
        } else {
            refuse(
                    context,
                    Errors.reply(503, Errors.SERVER, "there are " + limits.connections() + " connections already")
                            .with("retry-after", "1"));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        state = State.ENDING;
        cancelDeadline();
        release();
        if (serving != null) {
            serving.cancel(true);
        }
        if (exchange != null) {
            exchange.wake();
        }
        server.closed(this);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.wake();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (state == State.SERVING) {
                goesOn = false;
            } else if (state != State.ENDING) {
                read(context, (HttpObject) message);
            }
        } catch (BadRequestException e) {
            refuse(context, Errors.reply(e.status(), Errors.INVALID, e.text()));
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(ChannelHandlerContext context, HttpObject message) throws BadRequestException {
        if (message.decoderResult().isFailure()) {
            throw broken(message.decoderResult().cause());
        }
        if (message instanceof HttpRequest request) {
            begin(context, request);
        }
        if (state == State.BODY && message instanceof HttpContent content) {
            append(content.content());
            if (message instanceof LastHttpContent) {
                serve(context);
            }
        }
    }

    private BadRequestException broken(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new BadRequestException(414, "the request line is longer than " + limits.line() + " bytes");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new BadRequestException(431, "the head is longer than " + limits.head() + " bytes");
        }
        return new BadRequestException("this is not HTTP as RFC 9112 has it");
    }

    private void begin(ChannelHandlerContext context, HttpRequest request) throws BadRequestException {
        HttpVersion version = request.protocolVersion();
        if (version.majorVersion() != 1 || version.minorVersion() > 1) {
            throw new BadRequestException(505, "this server speaks HTTP/1.1");
        }
        modern = version.minorVersion() == 1;
        keepAlive = HttpUtil.isKeepAlive(request);
        trailersWanted = request.headers().containsValue(HttpHeaderNames.TE, "trailers", true);
        Request asked =
                new Request(request.method().name(), Target.parse(request.uri()), headers(request), new byte[0]);
        long length = length(asked);
        Optional<Reply> refusal = server.gate().refuse(asked);
        if (refusal.isPresent()) {
            refuse(context, refusal.get());
            return;
        }
        Optional<Routes.Found> found = server.routes().find(asked.method(), asked.path());
        if (found.isEmpty()) {
            refuse(context, Errors.reply(404, Errors.INVALID, "nothing is served at this path"));
            return;
        }
        if (found.get().route().isEmpty()) {
            String methods = found.get().methods();
            refuse(
                    context,
                    Errors.reply(405, Errors.INVALID, "this path is served for " + methods)
                            .with("allow", methods));
            return;
        }
        hold(length);
        head = asked;
        route = found.get().route().get();
        state = State.BODY;
        refuseAfter(context, limits.bodyWithin(), "the body did not come whole");
        if (request.headers().contains(HttpHeaderNames.EXPECT)) {
            expect(context, request);
        }
    }

    private static Map<String, List<String>> headers(HttpRequest request) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        request.headers()
                .forEach(each -> all.computeIfAbsent(each.getKey().toLowerCase(Locale.ROOT), key -> new ArrayList<>(1))
                        .add(each.getValue()));
        return all;
    }

    /** Returns how long the body is, 0 if that is not said. Two ways to say it are how requests are smuggled. */
    private long length(Request asked) throws BadRequestException {
        List<String> lengths = asked.headers().getOrDefault("content-length", List.of());
        List<String> encodings = asked.headers().getOrDefault("transfer-encoding", List.of());
        if (!encodings.isEmpty()) {
            if (!lengths.isEmpty()) {
                throw new BadRequestException("a request has a Content-Length or a Transfer-Encoding, not both");
            }
            if (!modern || encodings.size() != 1 || !encodings.get(0).equalsIgnoreCase("chunked")) {
                throw new BadRequestException(501, "the only Transfer-Encoding is chunked, of HTTP/1.1");
            }
            return 0;
        }
        if (lengths.isEmpty()) {
            return 0;
        }
        if (lengths.size() != 1 || !lengths.get(0).matches("[0-9]{1,18}")) {
            throw new BadRequestException("Content-Length is one decimal number");
        }
        return Long.parseLong(lengths.get(0));
    }

    private void expect(ChannelHandlerContext context, HttpRequest request) throws BadRequestException {
        if (!HttpUtil.is100ContinueExpected(request)) {
            throw new BadRequestException(417, "the only expectation that is met is 100-continue");
        }
        context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }

    private void append(ByteBuf piece) throws BadRequestException {
        long size = (long) body.size() + piece.readableBytes();
        if (size > held) {
            hold(size - held);
        }
        try {
            piece.readBytes(body, piece.readableBytes());
        } catch (IOException e) {
            throw new IllegalStateException("memory can be written", e);
        }
    }

    private void hold(long more) throws BadRequestException {
        if (held + more > limits.body()) {
            throw new BadRequestException(413, "the body is longer than " + limits.body() + " bytes");
        }
        if (!server.hold(more)) {
            throw new BadRequestException(
                    503, "the bodies of running requests have " + limits.bodies() + " bytes already; try again");
        }
        held += more;
    }

    private void release() {
        server.release(held);
        held = 0;
        body = new ByteArrayOutputStream(0);
    }

    private void serve(ChannelHandlerContext context) {
        cancelDeadline();
        state = State.SERVING;
        Request asked = java.util.Objects.requireNonNull(head);
        Request whole = new Request(asked.method(), asked.target(), asked.headers(), body.toByteArray());
        Route chosen = java.util.Objects.requireNonNull(route);
        Exchange answering = new Exchange(
                context.channel(),
                modern,
                keepAlive && !server.isClosing(),
                trailersWanted,
                limits.stalled(),
                (last, more) -> finish(context, last, more));
        exchange = answering;
        try {
            serving = server.run(chosen, whole, answering);
        } catch (RejectedExecutionException e) {
            answering.send(Errors.reply(503, Errors.SERVER, "the server is busy or closes")
                    .with("retry-after", "1"));
        }
    }

    /** Ends an answer. The next request is expected before the end is written, because it may come as soon as it was. */
    private void finish(ChannelHandlerContext context, HttpObject last, boolean more) {
        if (state != State.SERVING) {
            ReferenceCountUtil.release(last);
            return;
        }
        serving = null;
        exchange = null;
        head = null;
        route = null;
        release();
        if (more && goesOn && !server.isClosing()) {
            state = State.HEAD;
            closeAfter(context, limits.stalled());
            context.writeAndFlush(last).addListener(written -> {
                if (state == State.HEAD) {
                    closeAfter(context, limits.idle());
                }
            });
        } else {
            end(context, last);
        }
    }

    private void refuse(ChannelHandlerContext context, Reply reply) {
        release();
        end(context, Exchange.whole(reply, false));
    }

    /** Closes so that the caller can read what is written: an early reset would take it away. */
    private void end(ChannelHandlerContext context, HttpObject last) {
        state = State.ENDING;
        closeAfter(context, limits.stalled());
        context.writeAndFlush(last).addListener(written -> {
            ((SocketChannel) context.channel()).shutdownOutput();
            closeAfter(context, LINGER);
        });
    }

    private void closeAfter(ChannelHandlerContext context, Duration time) {
        after(context, time, context::close);
    }

    private void refuseAfter(ChannelHandlerContext context, Duration time, String complaint) {
        after(
                context,
                time,
                () -> refuse(
                        context, Errors.reply(408, Errors.INVALID, complaint + " within " + time.toMillis() + " ms")));
    }

    private void after(ChannelHandlerContext context, Duration time, Runnable what) {
        cancelDeadline();
        if (!context.channel().isActive()) {
            return;
        }
        deadline = context.executor().schedule(what, time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // The socket is broken; there is nobody left to tell.
        context.close();
    }

    /** Closes the connection now if it waits for a request; after its answer otherwise. From any thread. */
    void closeWhenIdle(io.netty.channel.Channel channel) {
        channel.eventLoop().execute(() -> {
            goesOn = false;
            if (state == State.HEAD || state == State.BODY) {
                channel.close();
            }
        });
    }
}
