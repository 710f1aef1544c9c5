package io.cocoon.ton.center;

import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** One thing that is wanted of the server, however many requests it takes. One request at a time. */
final class Question<T> {

    /** What is assumed when a server says "too many requests" and not for how long. */
    static final Duration UNSTATED_RETRY_AFTER = Duration.ofSeconds(1);

    private static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final int MAX_DOUBLINGS = 5;
    private static final int MAX_ERROR_BYTES = 4 << 10;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    /** What the liteserver behind the server says when it has no such thing or takes no such message. */
    private static final Pattern REFUSED =
            Pattern.compile("LITE_SERVER_UNKNOWN|external message|not in db|cannot locate transaction");

    private static final String MAYBE_TAKEN = "it may have been taken; sending the same message again is harmless";

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int TIMEOUT = 408;

    private final HttpQuestions questions;
    private final String what;
    private final Request request;
    private final boolean repeat;
    private final Reason refusal;
    private final HttpQuestions.Reader<T> reader;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private volatile int asked;
    private volatile String seen = "it was not asked yet";

    Question(
            HttpQuestions questions,
            String what,
            Request request,
            boolean repeat,
            Reason refusal,
            HttpQuestions.Reader<T> reader) {
        this.questions = questions;
        this.what = what;
        this.request = request;
        this.repeat = repeat;
        this.refusal = refusal;
        this.reader = reader;
    }

    /** Fails with {@link ChainException}. */
    CompletableFuture<T> result() {
        return result;
    }

    /** Sends a request. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one request at a time
    void ask(OkHttpClient client) {
        if (result.isDone()) {
            return;
        }
        asked++;
        seen = "request " + asked + " has no answer yet";
        Call call = client.newCall(request);
        result.whenComplete((value, failure) -> call.cancel());
        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call ended, IOException e) {
                failed(e);
            }

            @Override
            public void onResponse(Call ended, Response response) {
                try (response) {
                    judge(response);
                } catch (IOException e) {
                    failed(e);
                } catch (RuntimeException e) {
                    fail(Reason.WRONG_ANSWER, "the reader of its answer failed: " + e);
                }
            }
        });
    }

    private void failed(IOException e) {
        String cause = e instanceof InterruptedIOException
                ? "no whole answer in the time for one request"
                : "no whole answer: " + e.getClass().getSimpleName() + " " + questions.shown(e.getMessage());
        again(cause, Duration.ZERO, MAYBE_TAKEN);
    }

    private void judge(Response response) throws IOException {
        int code = response.code();
        if (code == TOO_MANY_REQUESTS) {
            Duration wait = retryAfter(response.header("Retry-After"), questions.time());
            questions.holdBack(wait);
            again("status 429, too many requests, come back in " + wait, wait, "it was not taken; send it again then");
        } else if (response.isSuccessful()) {
            readBody(response);
        } else if (code >= 500 || code == TIMEOUT) {
            refused(code, error(response));
        } else if (code == 401 || code == 403) {
            fail(Reason.UNREACHABLE, "status " + code + " " + error(response) + "; check the API key");
        } else if (code == 404 || code < 400) {
            fail(
                    Reason.WRONG_ANSWER,
                    "status " + code + "; check the address, which ends like https://toncenter.com/api/v2/");
        } else {
            fail(repeat ? Reason.WRONG_ANSWER : refusal, "status " + code + " " + error(response));
        }
    }

    private void refused(int code, String error) {
        if (REFUSED.matcher(error).find() && refusal != Reason.UNREACHABLE) {
            fail(refusal, "status " + code + " " + error);
        } else {
            again("status " + code + " " + error, Duration.ZERO, MAYBE_TAKEN);
        }
    }

    private void readBody(Response response) throws IOException {
        if (!"identity".equalsIgnoreCase(response.header("Content-Encoding", "identity"))) {
            fail(Reason.WRONG_ANSWER, "a compressed answer, which was not asked for");
            return;
        }
        int most = HttpQuestions.MAX_ANSWER_BYTES;
        BufferedSource source = response.body().source();
        if (response.body().contentLength() > most || source.request(most + 1L)) {
            fail(Reason.WRONG_ANSWER, "an answer of more than " + most + " bytes");
            return;
        }
        try {
            Answers.Envelope envelope = Answers.envelope(source.readByteArray());
            if (envelope.ok()) {
                result.complete(reader.read(envelope.result()));
            } else {
                refused(response.code(), questions.shown(envelope.error()));
            }
        } catch (AnswerException e) {
            fail(Reason.WRONG_ANSWER, questions.shown(e.getMessage()));
        } catch (ChainException e) {
            fail(e.reason(), String.valueOf(e.getMessage()));
        }
    }

    /** Returns what the server says about an error, for people. */
    private String error(Response response) throws IOException {
        BufferedSource source = response.body().source();
        source.request(MAX_ERROR_BYTES);
        byte[] body = source.readByteArray(Math.min(source.getBuffer().size(), MAX_ERROR_BYTES));
        try {
            return questions.shown(Answers.envelope(body).error());
        } catch (AnswerException e) {
            return "and a text that is not the API's (" + body.length + " bytes)";
        }
    }

    /** Tries again, if it is a read. @param advice for a message, which is posted once */
    private void again(String cause, Duration wait, String advice) {
        seen = cause;
        if (!repeat) {
            fail(Reason.UNREACHABLE, cause + "; " + advice);
        } else {
            Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(asked - 1, MAX_DOUBLINGS));
            questions.enterLater(this, wait.compareTo(pause) > 0 ? wait : pause);
        }
    }

    /** Ends it, because it took too long. */
    void giveUp(Duration after) {
        fail(Reason.UNREACHABLE, "no answer within " + after + "; last seen: " + seen);
    }

    /** Ends it. */
    void fail(Reason reason, String cause) {
        String requests = asked == 1 ? "1 request" : asked + " requests";
        result.completeExceptionally(new ChainException(
                reason,
                "could not get " + what + " from TON Center at " + questions.host() + ": " + cause + " (" + requests
                        + ")"));
    }

    /** Reads a {@code Retry-After} in either form (RFC 9110, 10.2.3), between nothing and an hour. */
    static Duration retryAfter(@Nullable String header, Instant now) {
        if (header == null) {
            return UNSTATED_RETRY_AFTER;
        }
        String text = header.trim();
        Duration asked;
        if (SECONDS.matcher(text).matches()) {
            asked = Duration.ofSeconds(Long.parseLong(text));
        } else {
            try {
                asked = Duration.between(now, Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
            } catch (DateTimeException e) {
                return UNSTATED_RETRY_AFTER;
            }
        }
        return asked.isNegative() ? Duration.ZERO : asked.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : asked;
    }
}
