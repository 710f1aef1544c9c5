package io.cocoon.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/** The answer to one request, from the thread of its route to the connection. */
final class Exchange implements Responder {

    private final Channel channel;
    private final boolean chunked;
    private final boolean trailersWanted;
    private final Duration stalled;
    private final BiConsumer<HttpObject, Boolean> last;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final boolean keepAlive;
    private boolean begun;
    private boolean ended;

    /**
     * @param chunked whether the caller knows chunks, so that the body's end is told from a lost connection
     * @param keepAlive whether the caller wants to go on with this connection
     * @param last takes, on the event loop, what ends the answer, and whether the connection may go on
     */
    Exchange(
            Channel channel,
            boolean chunked,
            boolean keepAlive,
            boolean trailersWanted,
            Duration stalled,
            BiConsumer<HttpObject, Boolean> last) {
        this.channel = channel;
        this.chunked = chunked;
        this.keepAlive = keepAlive && chunked;
        this.trailersWanted = trailersWanted;
        this.stalled = stalled;
        this.last = last;
    }

    /** The channel is writable again, or gone. */
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isBegun() {
        return begun;
    }

    @Override
    public boolean takesTrailers() {
        return trailersWanted && chunked;
    }

    @Override
    public void send(Reply reply) {
        begin();
        ended = true;
        HttpResponse whole = whole(reply, keepAlive);
        channel.eventLoop().execute(() -> last.accept(whole, keepAlive));
    }

    static HttpResponse whole(Reply reply, boolean keepAlive) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), Unpooled.wrappedBuffer(reply.body()));
        head(response, reply.headers(), keepAlive);
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
        return response;
    }

    private static void head(HttpResponse response, Map<String, String> headers, boolean keepAlive) {
        response.headers().set("X-Content-Type-Options", "nosniff").set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        headers.forEach((name, value) -> response.headers().set(name, value));
        if (!keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    @Override
    public Stream stream(int status, Map<String, String> headers) {
        begin();
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        head(response, headers, keepAlive);
        if (chunked) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        channel.writeAndFlush(response);
        return new Pieces();
    }

    private void begin() {
        if (begun) {
            throw new IllegalStateException("a request has one answer, and this one has its already");
        }
        begun = true;
    }

    /** Gives what is missing after the route returned: an answer, or the end of the connection. */
    void end() {
        if (!begun) {
            send(Errors.reply(500, Errors.SERVER, "the request was given no answer; this is a defect of this program"));
        } else if (!ended) {
            ended = true;
            channel.close();
        }
    }

    private final class Pieces implements Stream {

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return;
            }
            awaitWritable();
            channel.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(bytes, offset, length)));
        }

        private void awaitWritable() throws IOException {
            long left = stalled.toNanos();
            lock.lock();
            try {
                while (!channel.isWritable() || !channel.isActive()) {
                    if (!channel.isActive()) {
                        throw new IOException("the caller went away");
                    }
                    if (left <= 0) {
                        channel.close();
                        throw new IOException("the caller read nothing for " + stalled.toMillis() + " ms");
                    }
                    left = changed.awaitNanos(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the caller went away, or the server closes");
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void finish(Map<String, String> trailers) {
            finish(takesTrailers() ? trailers : Map.of(), keepAlive);
        }

        @Override
        public void finishAndClose() {
            finish(Map.of(), false);
        }

        private void finish(Map<String, String> trailers, boolean goesOn) {
            ended = true;
            DefaultLastHttpContent end = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
            trailers.forEach((name, value) -> end.trailingHeaders().set(name, value));
            channel.eventLoop().execute(() -> last.accept(end, goesOn));
        }
    }
}
