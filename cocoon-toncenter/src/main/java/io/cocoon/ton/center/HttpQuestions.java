package io.cocoon.ton.center;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server: spaced, bounded in number, size and time, without redirects. Reads are tried again until the deadline, a message
 * is posted once. Thread-safe; see {@link TonCenterChain} for its threads.
 */
final class HttpQuestions implements AutoCloseable {

    /** Of an answer. A page of the largest transactions that a stranger can cause has less. */
    static final int MAX_ANSWER_BYTES = 16 << 20;

    /** How many questions may be open; more fail at once. */
    static final int MAX_OPEN = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(HttpQuestions.class);
    private static final MediaType JSON = MediaType.get("application/json");
    private static final int AT_ONCE = 4;
    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 5;
    private static final String THREADS = "cocoon-toncenter";

    private final TonCenterSettings settings;
    private final HttpUrl base;
    private final OkHttpClient client;
    private final ThreadPoolExecutor io;
    private final ScheduledThreadPoolExecutor timer;
    private final RequestGate gate;
    private final long origin = System.nanoTime();
    private final Set<Question<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** What makes a result of what the server sent. */
    interface Reader<T> {
        T read(JsonNode result) throws AnswerException, ChainException;
    }

    HttpQuestions(TonCenterSettings settings) {
        this.settings = settings;
        HttpUrl url = HttpUrl.get(settings.api().toString());
        // So that a method's name becomes a segment of its own.
        this.base = url.pathSegments().get(url.pathSize() - 1).isEmpty()
                ? url
                : url.newBuilder().addPathSegment("").build();
        this.gate = new RequestGate(settings.spacing().toNanos());
        this.io = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads("io"));
        this.timer = new ScheduledThreadPoolExecutor(1, threads("timer"));
        timer.setRemoveOnCancelPolicy(true);
        Dispatcher dispatcher = new Dispatcher(io);
        dispatcher.setMaxRequests(AT_ONCE);
        dispatcher.setMaxRequestsPerHost(AT_ONCE);
        this.client = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .callTimeout(settings.requestTimeout())
                .connectTimeout(settings.requestTimeout())
                .readTimeout(settings.requestTimeout())
                .writeTimeout(settings.requestTimeout())
                .followRedirects(false)
                .followSslRedirects(false)
                // A message must not be sent twice behind our back.
                .retryOnConnectionFailure(false)
                .protocols(List.of(Protocol.HTTP_1_1))
                .build();
    }

    private static ThreadFactory threads(String job) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, THREADS + "-" + job + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Returns the server's name. */
    String host() {
        return base.host();
    }

    /** Returns the address of a method, to which parameters can be added. */
    HttpUrl.Builder method(String name) {
        return base.newBuilder().addPathSegment(name);
    }

    /**
     * Reads something, again and again if the server is busy or away.
     *
     * @param what is wanted, for messages
     * @param refusal what it means if the liteserver behind the server refuses
     * @return fails with {@link ChainException}
     */
    <T> CompletableFuture<T> read(String what, HttpUrl url, Reason refusal, Reader<T> reader) {
        return begin(new Question<>(this, what, request(url).build(), true, refusal, reader));
    }

    /** Posts something once: nobody knows what became of a request that failed. */
    <T> CompletableFuture<T> post(String what, HttpUrl url, byte[] json, Reader<T> reader) {
        Request request = request(url).post(RequestBody.create(json, JSON)).build();
        return begin(new Question<>(this, what, request, false, Reason.REFUSED, reader));
    }

    private Request.Builder request(HttpUrl url) {
        Request.Builder request = new Request.Builder()
                .url(url)
                .header("Accept-Encoding", "identity") // compression would make a small answer large
                .header("User-Agent", "cocoon-jvm");
        String key = settings.apiKey();
        return key == null ? request : request.header("X-API-Key", key);
    }

    private <T> CompletableFuture<T> begin(Question<T> question) {
        CompletableFuture<T> result = question.result();
        open.add(question);
        result.whenComplete((value, failure) -> open.remove(question));
        if (closed) {
            question.fail(Reason.CLOSED, "this access is closed");
        } else if (open.size() > MAX_OPEN) {
            question.fail(Reason.UNREACHABLE, MAX_OPEN + " questions wait already; ask less often, or use a key");
        } else {
            Runnable stop = later(settings.deadline(), () -> question.giveUp(settings.deadline()));
            result.whenComplete((value, failure) -> stop.run());
            enter(question);
        }
        return result;
    }

    /** Asks when it is the question's turn. */
    void enter(Question<?> question) {
        if (question.result().isDone()) {
            return;
        }
        long wait = gate.book(now());
        if (wait == 0) {
            question.ask(client);
        } else {
            later(Duration.ofNanos(wait), () -> {
                if (gate.isOpen(now())) {
                    question.ask(client);
                } else {
                    enter(question);
                }
            });
        }
    }

    /** Asks again after a while. */
    void enterLater(Question<?> question, Duration wait) {
        later(wait, () -> enter(question));
    }

    /** Keeps all questions back for a while. */
    void holdBack(Duration time) {
        gate.closeUntil(now() + time.toNanos());
    }

    /** Returns what time it is by the wall. */
    Instant time() {
        return settings.clock().instant();
    }

    /** Returns a text of the server or of the HTTP library for a message, cut, without the key that a server may send back. */
    String shown(@Nullable String text) {
        String key = settings.apiKey();
        return Answers.shown(text == null ? "" : key == null ? text : text.replace(key, "(the API key)"));
    }

    private long now() {
        return System.nanoTime() - origin;
    }

    /** Returns what cancels it. */
    private Runnable later(Duration wait, Runnable task) {
        try {
            var scheduled = timer.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
            // Closed in the meantime: close() fails every question that is open.
            return () -> {};
        }
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(question -> question.fail(Reason.CLOSED, "this access was closed"));
        client.dispatcher().cancelAll();
        timer.shutdownNow();
        io.shutdown();
        client.connectionPool().evictAll();
        if (!Thread.currentThread().getName().startsWith(THREADS)) {
            awaitThreads();
        }
    }

    private void awaitThreads() {
        try {
            if (!io.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)
                    || !timer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a request to {} did not end within {} s", host(), CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
