package io.cocoon.tee.collateral;

import io.cocoon.tee.collateral.CollateralException.Reason;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes one HTTP request: bounded in size and time, redirects off, tried again after short breaks, and later if the host
 * asks for it. Thread-safe.
 */
final class HttpFetcher implements AutoCloseable {

    /** The shortest and longest times that a host's {@code Retry-After} is taken for. */
    static final Duration MIN_RETRY_AFTER = Duration.ofSeconds(1);

    static final Duration MAX_RETRY_AFTER = Duration.ofDays(1);

    /** What is assumed when a host says "too many requests" and not for how long. */
    static final Duration UNSTATED_RETRY_AFTER = Duration.ofSeconds(30);

    static final int ATTEMPTS = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    private final OkHttpClient client;
    private final Clock clock;
    private final Workers workers;
    private final Duration patience;
    private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** An answer with status 200. */
    record Fetched(Bytes body, Headers headers) {}

    HttpFetcher(Clock clock, Workers workers, Duration callTime, Duration patience) {
        this.clock = clock;
        this.workers = workers;
        this.patience = patience;
        this.client = new OkHttpClient.Builder()
                .callTimeout(callTime)
                .connectTimeout(callTime)
                .readTimeout(callTime)
                .writeTimeout(callTime)
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .protocols(List.of(Protocol.HTTP_1_1))
                .build();
    }

    /**
     * Fetches a document of at most {@code maxBytes}.
     *
     * @param tried what to call it in errors
     */
    CompletableFuture<Fetched> fetch(HostGate gate, Request request, int maxBytes, String tried) {
        // Compression would make a small answer large; nobody needs it here.
        Request plain = request.newBuilder()
                .header("Accept-Encoding", "identity")
                .header("User-Agent", "cocoon-jvm")
                .build();
        Job job = new Job(gate, plain, maxBytes, tried, clock.instant().plus(patience));
        open.add(job.result);
        CompletableFuture<Fetched> result = job.result.whenComplete((answer, problem) -> open.remove(job.result));
        if (closed) {
            job.result.completeExceptionally(closed(tried));
        } else {
            job.enter(1);
        }
        return result;
    }

    private static CollateralException closed(String tried) {
        return new CollateralException(Reason.CLOSED, tried, "a closed source", "an open one", "make a new source");
    }

    private final class Job {
        private final HostGate gate;
        private final Request request;
        private final int maxBytes;
        private final String tried;
        private final Instant giveUp;
        private final CompletableFuture<Fetched> result = new CompletableFuture<>();

        Job(HostGate gate, Request request, int maxBytes, String tried, Instant giveUp) {
            this.gate = gate;
            this.request = request;
            this.maxBytes = maxBytes;
            this.tried = tried;
            this.giveUp = giveUp;
        }

        void enter(int attempt) {
            if (result.isDone()) {
                return;
            }
            try {
                if (!gate.enter(() -> run(attempt))) {
                    result.completeExceptionally(new CollateralException(
                            Reason.BUSY,
                            tried,
                            HostGate.MAX_WAITING + " requests waiting for the same host",
                            "fewer",
                            "ask again later, or put a cache in front"));
                }
            } catch (RejectedExecutionException e) {
                result.completeExceptionally(closed(tried));
            }
        }

        private void run(int attempt) {
            Instant now = clock.instant();
            Instant opens = now;
            Outcome outcome = null;
            try {
                opens = result.isDone() ? now : gate.admit(now);
                if (!opens.isAfter(now) && !result.isDone()) {
                    outcome = execute(now);
                }
            } catch (RuntimeException e) {
                outcome = Outcome.last(problem(Reason.UNREACHABLE, e.getClass().getSimpleName(), "an answer"));
            } finally {
                leave();
            }
            if (outcome == null) {
                if (!result.isDone()) {
                    waitOrFail(attempt, opens, busy(opens));
                }
            } else if (outcome.answer != null) {
                result.complete(outcome.answer);
            } else if (outcome.problem != null) {
                if (!outcome.again || attempt >= ATTEMPTS) {
                    result.completeExceptionally(outcome.problem);
                } else {
                    Instant pause = clock.instant().plus(FIRST_PAUSE.multipliedBy(1L << (attempt - 1)));
                    Instant asked = outcome.problem.retryAt().orElse(pause);
                    waitOrFail(attempt + 1, asked.isAfter(pause) ? asked : pause, outcome.problem);
                }
            }
        }

        private void leave() {
            try {
                gate.leave();
            } catch (RejectedExecutionException e) {
                // Closed in the meantime: the next in the queue was failed by close().
                return;
            }
        }

        private CollateralException busy(Instant opens) {
            return new CollateralException(
                    Reason.BUSY,
                    tried,
                    "a host that may not be asked before " + opens,
                    "a free one",
                    "ask again at " + opens,
                    opens);
        }

        private void waitOrFail(int attempt, Instant until, CollateralException problem) {
            if (until.isAfter(giveUp)) {
                result.completeExceptionally(problem);
            } else {
                workers.later(Duration.between(clock.instant(), until), () -> enter(attempt));
            }
        }

        private Outcome execute(Instant now) {
            try (Response response = client.newCall(request).execute()) {
                int code = response.code();
                if (code == OK) {
                    return read(response);
                }
                String seen = "status " + code;
                if (code == NOT_FOUND) {
                    return Outcome.last(new CollateralException(
                            Reason.NOT_FOUND, tried, seen, "status 200", "check that the service knows this platform"));
                }
                if (code == TOO_MANY_REQUESTS || code == UNAVAILABLE) {
                    Instant retryAt = retryAt(response.headers().values("Retry-After"), now);
                    if (retryAt == null && code == TOO_MANY_REQUESTS) {
                        retryAt = now.plus(UNSTATED_RETRY_AFTER);
                    }
                    if (retryAt != null) {
                        gate.closeUntil(retryAt);
                        seen += ", come back at " + retryAt;
                    }
                    return Outcome.again(new CollateralException(
                            Reason.BUSY, tried, seen, "status 200", "ask again later", retryAt));
                }
                if (code >= 300 && code < 400) {
                    return Outcome.last(problem(Reason.MALFORMED, seen + ", a redirect", "status 200 from this host"));
                }
                Reason reason = code >= 500 ? Reason.UNREACHABLE : Reason.MALFORMED;
                CollateralException problem = problem(reason, seen, "status 200");
                return code >= 500 ? Outcome.again(problem) : Outcome.last(problem);
            } catch (InterruptedIOException e) {
                return Outcome.last(problem(
                        Reason.UNREACHABLE,
                        "no whole answer in time",
                        "one within the time limit of " + Duration.ofMillis(client.callTimeoutMillis())));
            } catch (IOException e) {
                String cause = e.getClass().getSimpleName();
                return Outcome.again(problem(Reason.UNREACHABLE, "no whole answer (" + cause + ")", "an answer"));
            }
        }

        private Outcome read(Response response) throws IOException {
            String encoding = response.header("Content-Encoding", "identity");
            if (!"identity".equalsIgnoreCase(encoding)) {
                return Outcome.last(problem(Reason.MALFORMED, "a compressed answer", "one that is not"));
            }
            BufferedSource source = response.body().source();
            if (response.body().contentLength() > maxBytes || source.request(maxBytes + 1L)) {
                return Outcome.last(
                        problem(Reason.MALFORMED, "more than " + maxBytes + " bytes", "at most " + maxBytes));
            }
            return Outcome.done(new Fetched(Bytes.wrapUnshared(source.readByteArray()), response.headers()));
        }

        private CollateralException problem(Reason reason, String seen, String wanted) {
            return new CollateralException(
                    reason, tried, seen, wanted, "check the address, the network and the service's status");
        }
    }

    private record Outcome(
            @Nullable Fetched answer, @Nullable CollateralException problem, boolean again) {
        static Outcome done(Fetched answer) {
            return new Outcome(answer, null, false);
        }

        static Outcome again(CollateralException problem) {
            return new Outcome(null, problem, true);
        }

        static Outcome last(CollateralException problem) {
            return new Outcome(null, problem, false);
        }
    }

    /** Reads a {@code Retry-After} in either form (RFC 9110, 10.2.3); null if there is none that can be read. */
    static @Nullable Instant retryAt(List<String> values, Instant now) {
        if (values.size() != 1) {
            return null;
        }
        String text = values.get(0).trim();
        Instant asked;
        if (SECONDS.matcher(text).matches()) {
            asked = now.plusSeconds(Long.parseLong(text));
        } else {
            try {
                asked = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
            } catch (DateTimeException e) {
                return null;
            }
        }
        Instant first = now.plus(MIN_RETRY_AFTER);
        Instant last = now.plus(MAX_RETRY_AFTER);
        return asked.isBefore(first) ? first : asked.isAfter(last) ? last : asked;
    }

    @Override
    public void close() {
        closed = true;
        client.dispatcher().cancelAll();
        for (CompletableFuture<?> each : open) {
            each.completeExceptionally(closed("closing a source with requests in progress"));
        }
        workers.close();
        client.connectionPool().evictAll();
    }
}
