package io.cocoon.worker.http;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.EngineException;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Passes requests on to an OpenAI-compatible server and its answers back, each piece as it comes.
 *
 * <p>Differences from the reference: connections are kept alive, the time limit is exact, an answer that breaks off is an
 * error and does not look complete (hazards H17 and N22), the server's work is ended when nobody waits for it, and
 * compression is never asked for, because it would hide the usage (hazards H15 and N24).
 *
 * <p>What a failure becomes: no connection or a broken one before the head, status 502; no head in time, status 504; both
 * are answers in order, as with the reference. After the head: an error.
 *
 * <p>Thread-safe.
 */
public final class HttpEngine implements InferenceEngine {

    private static final int PIECE_BYTES = 16 << 10;
    private static final long WHOLE_DOCUMENT_BYTES = 1 << 20;
    private static final Duration PROBE_TIME = Duration.ofSeconds(30);
    private static final int BAD_GATEWAY = 502;
    private static final int GATEWAY_TIMEOUT = 504;
    private static final int OK = 200;
    private static final ThreadLocal<byte[]> PIECE = ThreadLocal.withInitial(() -> new byte[PIECE_BYTES]);

    private final OkHttpClient client;
    private final String base;
    private final HttpUrl baseUrl;
    private final Optional<String> bearerToken;
    private final StreamDialect dialect;
    private final boolean probing;

    /** The address of the last request: nearly all go to the same, and parsing one costs as much as a small answer. */
    private volatile Address lastAddress;

    private record Address(String path, HttpUrl url) {}

    private HttpEngine(Builder from, HttpUrl baseUrl) {
        this.baseUrl = baseUrl;
        this.base = baseUrl.toString().replaceAll("(/v1)?/?$", "");
        this.lastAddress = new Address("", baseUrl);
        this.bearerToken = from.bearerToken;
        this.dialect = from.dialect;
        this.probing = from.probing;
        this.client = new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(from.connections, 5, TimeUnit.MINUTES))
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectTimeout(from.connectTime)
                // The limit of the whole call rules; a model may think for long before its first token.
                .readTimeout(Duration.ZERO)
                .writeTimeout(Duration.ZERO)
                .followRedirects(false)
                .proxy(Proxy.NO_PROXY)
                .build();
    }

    /** Returns a new builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link HttpEngine}. */
    public static final class Builder {

        private @Nullable HttpUrl baseUrl;
        private Optional<String> bearerToken = Optional.empty();
        private StreamDialect dialect = StreamDialect.AS_IS;
        private Duration connectTime = Duration.ofSeconds(10);
        private int connections = 200;
        private boolean probing = true;

        private Builder() {}

        /**
         * Where the server is, for example {@code http://127.0.0.1:8000}; a {@code /v1} at the end is allowed. Required.
         *
         * @throws IllegalArgumentException if it is not an http or https address, or has a query
         */
        public Builder baseUrl(URI address) {
            HttpUrl parsed = HttpUrl.parse(address.toString());
            if (parsed == null || parsed.query() != null || parsed.fragment() != null) {
                throw new IllegalArgumentException("the model server's address is http(s)://host:port, got " + address);
            }
            baseUrl = parsed;
            return this;
        }

        /** The operator's own credential at the server. A requester's credentials are never passed on. */
        public Builder bearerToken(String token) {
            bearerToken = Optional.of(token);
            return this;
        }

        /** The form of streamed answers; as the server sends them if not set. */
        public Builder streamDialect(StreamDialect form) {
            dialect = form;
            return this;
        }

        /** How long opening a connection may take; 10 seconds if not set. */
        public Builder connectTime(Duration limit) {
            connectTime = limit;
            return this;
        }

        /** How many idle connections are kept: as many as the worker has active requests. 200 if not set. */
        public Builder connections(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("at least one connection is kept, got " + count);
            }
            connections = count;
            return this;
        }

        /** Whether {@code GET /v1/models} decides if the worker takes queries; true if not set. */
        public Builder probing(boolean probe) {
            probing = probe;
            return this;
        }

        /**
         * Makes the engine; opens no connection.
         *
         * @throws IllegalStateException if there is no base address
         */
        public HttpEngine build() {
            HttpUrl address = baseUrl;
            if (address == null) {
                throw new IllegalStateException("an HTTP engine needs baseUrl");
            }
            return new HttpEngine(this, address);
        }
    }

    @Override
    public boolean isAvailable() {
        if (!probing) {
            return true;
        }
        Request request = new Request.Builder()
                .url(base + "/v1/models")
                .headers(ownHeaders().build())
                .build();
        Call call = client.newCall(request);
        call.timeout().timeout(PROBE_TIME.toNanos(), TimeUnit.NANOSECONDS);
        try (Response response = call.execute()) {
            return response.code() == OK;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation)
            throws EngineException, InterruptedException {
        Call call = client.newCall(toServer(request));
        call.timeout().timeout(request.timeLimit().toNanos(), TimeUnit.NANOSECONDS);
        cancellation.onCancel(call::cancel);
        Response response;
        try {
            response = call.execute();
        } catch (InterruptedIOException e) {
            sink.answer(GATEWAY_TIMEOUT, List.of(), Bytes.empty());
            return;
        } catch (IOException e) {
            // Also after a cancellation; then the sink takes nothing any more.
            sink.answer(BAD_GATEWAY, List.of(), Bytes.empty());
            return;
        }
        try (response) {
            String encoding = response.header("Content-Encoding", "identity");
            if (!"identity".equalsIgnoreCase(encoding)) {
                throw new EngineException(
                        ErrorCodes.UNSPECIFIED,
                        "worker: http failed: the model server compressed its answer although it was asked not to");
            }
            passOn(response, request.stream(), sink, cancellation);
        }
    }

    private void passOn(Response response, boolean stream, AnswerSink sink, Cancellation cancellation)
            throws EngineException, InterruptedException {
        ResponseBody body = response.body();
        MediaType type = body.contentType();
        boolean events = type != null && type.subtype().equals("event-stream");
        boolean unpack = events && dialect == StreamDialect.JSON_LINES;
        List<HttpHeader> headers = headers(response, unpack);
        BufferedSource source = body.source();
        long passed = 0;
        try {
            long length = body.contentLength();
            if (!stream && length >= 0 && length <= WHOLE_DOCUMENT_BYTES) {
                sink.answer(response.code(), headers, Bytes.wrapUnshared(source.readByteArray(length)));
                return;
            }
            sink.head(response.code(), headers);
            byte[] piece = PIECE.get();
            EventsToLines lines = new EventsToLines();
            while (true) {
                sink.awaitWritable();
                int count = cancellation.isCancelled() ? -1 : source.read(piece, 0, piece.length);
                if (count < 0) {
                    break;
                }
                passed += count;
                sink.write(unpack ? lines.feed(piece, count) : Bytes.copyOf(piece, 0, count));
            }
            sink.write(lines.end());
            sink.complete();
        } catch (InterruptedIOException e) {
            sink.fail(ErrorCodes.TIMEOUT, "worker: timeout; the model server had sent " + passed + " bytes");
        } catch (IOException e) {
            sink.fail(
                    ErrorCodes.UNSPECIFIED,
                    "worker: http failed: the model server's answer broke off after " + passed + " bytes");
        }
    }

    private static List<HttpHeader> headers(Response response, boolean unpacked) {
        Headers from = response.headers();
        List<HttpHeader> headers = new ArrayList<>(from.size());
        for (int i = 0; i < from.size(); i++) {
            String name = from.name(i);
            boolean changed = unpacked && name.equalsIgnoreCase("Content-Type");
            headers.add(new HttpHeader(name, changed ? "application/json" : from.value(i)));
        }
        return headers;
    }

    private Headers.Builder ownHeaders() {
        Headers.Builder headers =
                new Headers.Builder().add("User-Agent", "cocoon-worker").add("Accept-Encoding", "identity");
        bearerToken.ifPresent(token -> headers.add("Authorization", "Bearer " + token));
        return headers;
    }

    private Request toServer(InferenceRequest request) throws EngineException {
        HttpUrl url = address(request.path());
        try {
            Headers.Builder headers = ownHeaders();
            for (HttpHeader header : request.headers()) {
                if (isOfRequester(header.name())) {
                    // Added, not set: a header may come twice (hazard N24).
                    headers.add(header.name(), header.value());
                }
            }
            if (!request.contentType().isEmpty()) {
                headers.set("Content-Type", request.contentType());
            }
            boolean post =
                    request.method().equalsIgnoreCase("POST") || !request.body().isEmpty();
            return new Request.Builder()
                    .url(url)
                    .headers(headers.build())
                    .method(post ? "POST" : "GET", post ? new Content(request.body()) : null)
                    .build();
        } catch (IllegalArgumentException e) {
            throw new EngineException(
                    ErrorCodes.UNSPECIFIED, "worker: invalid http request: bad character in header name/value", e);
        }
    }

    private HttpUrl address(String path) throws EngineException {
        Address last = lastAddress;
        if (!path.isEmpty() && last.path().equals(path)) {
            return last.url();
        }
        HttpUrl url = HttpUrl.parse(base + path);
        if (url == null || !url.host().equals(baseUrl.host()) || url.port() != baseUrl.port()) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: invalid http request: bad path");
        }
        lastAddress = new Address(path, url);
        return url;
    }

    /** The validation lets only harmless headers through; these are ours in any case. */
    private static boolean isOfRequester(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "accept-encoding", "authorization", "content-length", "content-type", "host", "user-agent" -> false;
            default -> true;
        };
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        client.connectionPool().evictAll();
        client.dispatcher().executorService().shutdown();
    }

    /** A body that is sent without being copied first. */
    private static final class Content extends RequestBody {

        private final Bytes bytes;

        Content(Bytes bytes) {
            this.bytes = bytes;
        }

        @Override
        public @Nullable MediaType contentType() {
            return null;
        }

        @Override
        public long contentLength() {
            return bytes.length();
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            sink.write(bytes.unsafeArray(), bytes.unsafeOffset(), bytes.length());
        }
    }
}
