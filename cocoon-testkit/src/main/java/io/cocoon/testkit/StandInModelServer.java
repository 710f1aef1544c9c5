package io.cocoon.testkit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A model server that has no model: it answers the OpenAI API's {@code /v1/chat/completions}, {@code /v1/completions} and
 * {@code /v1/models} with fixed text, at once or in even steps.
 *
 * <p>For load tests, where the model must not be what is measured, and for tests of a worker. Thread-safe.
 */
public final class StandInModelServer implements AutoCloseable {

    /** What the server reports as usage, for every request. */
    public static final int PROMPT_TOKENS = 34;

    private static final int MAX_REQUEST_BYTES = 32 << 20;

    private final MultiThreadIoEventLoopGroup group;
    private final Channel channel;
    private final String model;
    private final int chunks;
    private final Duration pause;

    private StandInModelServer(String model, int port, int chunks, Duration pause) {
        this.model = model;
        this.chunks = chunks;
        this.pause = pause;
        group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        channel = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        socket.pipeline()
                                .addLast(
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(MAX_REQUEST_BYTES),
                                        new Answering());
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", port))
                .syncUninterruptibly()
                .channel();
    }

    /**
     * Starts a server on the loopback interface.
     *
     * @param model the model name that it lists
     * @param port 0 for any free port
     * @param chunks how many pieces a streamed answer has, at least 1
     * @param pause time between two pieces; zero sends all at once
     */
    public static StandInModelServer start(String model, int port, int chunks, Duration pause) {
        if (chunks < 1) {
            throw new IllegalArgumentException("a streamed answer has at least one piece, got " + chunks);
        }
        return new StandInModelServer(model, port, chunks, pause);
    }

    /** Returns where the server listens, without a path: what a worker's HTTP engine takes. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) channel.localAddress()).getPort());
    }

    /** Stops and leaves no thread. */
    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private String usage() {
        return "{\"prompt_tokens\":" + PROMPT_TOKENS + ",\"completion_tokens\":" + chunks + ",\"total_tokens\":"
                + (PROMPT_TOKENS + chunks) + "}";
    }

    private static ByteBuf utf8(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
    }

    private final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            boolean keepAlive = HttpUtil.isKeepAlive(request);
            switch (URI.create(request.uri()).getPath()) {
                case "/v1/models" ->
                    sendDocument(
                            context,
                            HttpResponseStatus.OK,
                            "{\"object\":\"list\",\"data\":[{\"id\":\"" + model + "\",\"object\":\"model\"}]}",
                            keepAlive);
                case "/v1/chat/completions", "/v1/completions" -> {
                    String body = request.content().toString(StandardCharsets.UTF_8);
                    // A stand-in need not parse: our own workers print canonical JSON.
                    if (body.contains("\"stream\":true")) {
                        sendHead(context);
                        sendPiece(context, 0, keepAlive);
                    } else {
                        sendDocument(context, HttpResponseStatus.OK, completion(), keepAlive);
                    }
                }
                default ->
                    sendDocument(
                            context,
                            HttpResponseStatus.NOT_FOUND,
                            "{\"error\":{\"message\":\"no such path\",\"code\":404}}",
                            keepAlive);
            }
        }

        private String completion() {
            return "{\"id\":\"stand-in\",\"object\":\"chat.completion\",\"model\":\"" + model
                    + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                    + "word ".repeat(chunks).strip() + "\"},\"finish_reason\":\"stop\"}],\"usage\":" + usage() + "}";
        }

        private void sendDocument(
                ChannelHandlerContext context, HttpResponseStatus status, String json, boolean keepAlive) {
            var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, utf8(json));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
            finish(context, keepAlive, response);
        }

        private void sendHead(ChannelHandlerContext context) {
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
                    .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
            context.write(head);
        }

        private void sendPiece(ChannelHandlerContext context, int first, boolean keepAlive) {
            int i = first;
            do {
                context.write(new DefaultHttpContent(
                        utf8("data: {\"id\":\"stand-in\",\"object\":\"chat.completion.chunk\",\"model\":\"" + model
                                + "\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n\n")));
                i++;
            } while (pause.isZero() && i < chunks);
            if (i < chunks) {
                int next = i;
                context.flush();
                context.executor()
                        .schedule(() -> sendPiece(context, next, keepAlive), pause.toNanos(), TimeUnit.NANOSECONDS);
                return;
            }
            context.write(new DefaultHttpContent(
                    utf8("data: {\"id\":\"stand-in\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":"
                            + usage() + "}\n\ndata: [DONE]\n\n")));
            finish(context, keepAlive, LastHttpContent.EMPTY_LAST_CONTENT);
        }

        private void finish(ChannelHandlerContext context, boolean keepAlive, Object last) {
            var written = context.writeAndFlush(last);
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // The peer went away or spoke nonsense; there is nobody left to tell.
            context.close();
        }
    }
}
