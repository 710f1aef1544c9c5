package io.cocoon.okhttp;

import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.HttpReply;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * Answers every call of an OkHttp client through a {@link CocoonClient}, so that an SDK that uses OkHttp keeps its API.
 *
 * <pre>{@code
 * OpenAIClient openai = OpenAIOkHttpClient.builder()
 *         .baseUrl(CocoonInterceptor.BASE_URL)
 *         .apiKey("none")                                  // never leaves this machine
 *         .addInterceptor(CocoonInterceptor.of(cocoon))
 *         .build();
 * }</pre>
 *
 * <p><b>Nothing falls through.</b> No call goes on to the next interceptor, whatever its host, method or path: what the network
 * does not carry is answered here with HTTP 404 or 405. It has to be an application interceptor and the last one; interceptors
 * that were added before it see requests and answers in clear, as they are in this process.
 *
 * <p><b>What is carried.</b> {@code POST} of chat completions, completions and transcriptions, streams included; {@code GET} of
 * {@code /v1/models}, answered from {@link CocoonClient#models}, which costs nothing. Of the headers only {@code Content-Type} and
 * {@code Accept} leave this machine.
 *
 * <p><b>Retries.</b> SDKs repeat a request by themselves after HTTP 408, 409, 429 and 5xx and after an {@link IOException}. The client
 * has repeated what may be repeated already, so a failure that may have been charged comes as HTTP 424, which no SDK repeats, with
 * {@code x-should-retry: false}; {@link #statusOf} lists the others. Only {@link CocoonException.Capacity} of a request of which no
 * attempt can have been charged asks to be repeated, with HTTP 503. Answers of model servers keep their status; those that an SDK
 * would repeat get {@code x-should-retry: false}, except 429.
 *
 * <p><b>Cancelling</b> a call, or its time limit, stops the wait or closes the answer, so the worker stops. A body that breaks off
 * fails with an {@link IOException} whose cause is the {@link CocoonException}.
 *
 * <p>Thread-safe. Does not close the client.
 */
public final class CocoonInterceptor implements Interceptor {

    /** For SDKs that want one: a host that can never exist (RFC 2606), so that a mistake ends here. */
    public static final String BASE_URL = "https://cocoon.invalid/v1";

    /** The longest request body that is read into memory, in bytes. */
    public static final int MAX_REQUEST_BYTES = 64 << 20;

    static final String SHOULD_RETRY = "x-should-retry";
    private static final MediaType JSON = MediaType.get("application/json");
    private static final Set<String> POSTED =
            Set.of("/v1/chat/completions", "/v1/completions", "/v1/audio/transcriptions");
    private static final String MODELS = "/v1/models";

    private final CocoonClient client;

    private CocoonInterceptor(CocoonClient client) {
        this.client = client;
    }

    /** Returns an interceptor that answers through {@code client}, which stays the caller's. */
    public static CocoonInterceptor of(CocoonClient client) {
        return new CocoonInterceptor(client);
    }

    /**
     * Answers the call.
     *
     * @throws IOException if the call was cancelled, or its body is too long, sent once only, or cannot be read
     * @throws IllegalStateException if this is a network interceptor: a connection exists before those are asked
     */
    @Override
    public Response intercept(Chain chain) throws IOException {
        if (chain.connection() != null) {
            throw new IllegalStateException(
                    "CocoonInterceptor was added with addNetworkInterceptor, which connects first; use addInterceptor");
        }
        Request request = chain.request();
        String path = request.url().encodedPath();
        boolean posted = POSTED.contains(path);
        if (!posted && !path.equals(MODELS)) {
            return Answers.error(
                    request, 404, false, "not_found", "the network does not carry " + path + "; nothing was sent");
        }
        if (!request.method().equals(posted ? "POST" : "GET")) {
            return Answers.error(
                    request,
                    405,
                    false,
                    "method_not_allowed",
                    path + " wants " + (posted ? "POST" : "GET") + "; nothing was sent");
        }
        try {
            return posted ? post(chain.call(), request, path) : Answers.models(request, client.models());
        } catch (CocoonException.Cancelled e) {
            throw new IOException("Canceled", e);
        } catch (CocoonException e) {
            return Answers.error(request, statusOf(e), retryable(e), kindOf(e), String.valueOf(e.getMessage()));
        }
    }

    private Response post(Call call, Request request, String path) throws IOException {
        byte[] body = read(request.body());
        Map<String, String> headers = new LinkedHashMap<>();
        RequestBody given = request.body();
        MediaType type = given == null ? null : given.contentType();
        headers.put("Content-Type", type == null ? JSON.toString() : type.toString());
        String accept = request.header("Accept");
        if (accept != null) {
            headers.put("Accept", accept);
        }
        Running running = new Running();
        call.addEventListener(new EventListener() {
            @Override
            public void canceled(Call cancelled) {
                running.cancel();
            }
        });
        if (call.isCanceled()) {
            throw new IOException("Canceled");
        }
        HttpReply reply;
        try {
            reply = running.open(() -> client.http("POST", path, headers, body));
        } catch (CocoonException e) {
            if (running.isCancelled()) {
                throw new IOException("Canceled", e);
            }
            throw e;
        }
        return response(request, reply);
    }

    private static Response response(Request request, HttpReply reply) {
        Headers.Builder headers = new Headers.Builder();
        reply.headers().forEach((name, values) -> values.forEach(value -> headers.addUnsafeNonAscii(name, value)));
        int status = reply.status();
        if (status >= 500 || status == 408 || status == 409) {
            headers.set(SHOULD_RETRY, "false");
        }
        String type = headers.get("Content-Type");
        return new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(status)
                .message("")
                .headers(headers.build())
                .body(ResponseBody.create(
                        Okio.buffer(new ReplySource(reply)), type == null ? null : MediaType.parse(type), -1))
                .build();
    }

    private static byte[] read(@Nullable RequestBody body) throws IOException {
        if (body == null) {
            return new byte[0];
        }
        if (body.isDuplex()) {
            throw new IOException("a duplex body cannot be sent; nothing was sent");
        }
        if (body.contentLength() > MAX_REQUEST_BYTES) {
            throw tooLong(body.contentLength());
        }
        Bounded bounded = new Bounded();
        try (var sink = Okio.buffer(bounded)) {
            body.writeTo(sink);
        }
        return bounded.content();
    }

    private static IOException tooLong(long length) {
        return new IOException("the body has " + length + " bytes or more, at most " + MAX_REQUEST_BYTES
                + " can be sent; nothing was sent");
    }

    /** Takes a body of unknown length into memory, up to the limit. */
    private static final class Bounded extends okio.ForwardingSink {
        private final Buffer buffer;

        Bounded() {
            this(new Buffer());
        }

        private Bounded(Buffer buffer) {
            super(buffer);
            this.buffer = buffer;
        }

        @Override
        public void write(Buffer source, long byteCount) throws IOException {
            if (buffer.size() + byteCount > MAX_REQUEST_BYTES) {
                throw tooLong(buffer.size() + byteCount);
            }
            super.write(source, byteCount);
        }

        byte[] content() {
            return buffer.readByteArray();
        }
    }

    /**
     * Returns the HTTP status that stands for a failure: 400 configuration, 401 authorisation, 402 balance, 503 capacity, and 424 for
     * everything that an SDK must not repeat by itself: attestation, protocol, deadline, a failed worker, and whatever may have been
     * charged. A worker's refusal keeps its status if that is 400 to 407 or 410 to 428.
     */
    static int statusOf(CocoonException failure) {
        if (mayBeCharged(failure)) {
            return 424;
        }
        if (failure instanceof CocoonException.Configuration) {
            return 400;
        } else if (failure instanceof CocoonException.Authorisation) {
            return 401;
        } else if (failure instanceof CocoonException.Balance) {
            return 402;
        } else if (failure instanceof CocoonException.Capacity) {
            return 503;
        } else if (failure instanceof CocoonException.Upstream upstream
                && (upstream.httpStatus() >= 400 && upstream.httpStatus() <= 407
                        || upstream.httpStatus() >= 410 && upstream.httpStatus() <= 428)) {
            return upstream.httpStatus();
        }
        return 424;
    }

    static boolean retryable(CocoonException failure) {
        return failure instanceof CocoonException.Capacity && !mayBeCharged(failure);
    }

    private static boolean mayBeCharged(CocoonException failure) {
        return failure.attempts().stream().anyMatch(attempt -> attempt.chargePossible());
    }

    private static String kindOf(CocoonException failure) {
        return "cocoon_" + failure.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }
}
