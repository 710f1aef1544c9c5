package io.cocoon.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What became of one request. Holds nothing of its content.
 *
 * @param id 32 hexadecimal digits, random, made by the client; no peer sees it
 * @param model base name, as the application wrote it
 * @param path such as {@code /v1/chat/completions}, without a query string
 * @param proxy host and port of the last proxy that was asked; empty if there was none
 * @param startedAt when it began, by the client's clock
 * @param elapsed from there to the end of the answer or to the failure, not to the bill
 * @param toFirstByte from there to the arrival of the first byte of the answer's body; empty if none came
 * @param bill of the last attempt that was sent; empty if none was. If an earlier attempt may be charged too, {@code attempts}
 *     says so
 * @param failure what the caller was told; {@link CocoonException.Cancelled} too if the caller closed the answer before its end.
 *     Empty for an answer that came whole, whatever its HTTP status
 * @param httpStatus of the answer; 0 if no head of one came
 * @param attempts in order
 */
public record FinishedRequest(
        String id,
        String model,
        String path,
        Optional<String> proxy,
        Instant startedAt,
        Duration elapsed,
        Optional<Duration> toFirstByte,
        Optional<Bill> bill,
        Optional<CocoonException> failure,
        int httpStatus,
        List<Attempt> attempts) {

    public FinishedRequest {
        attempts = List.copyOf(attempts);
    }

    /** Returns whether the whole answer came with an HTTP status below 400. */
    public boolean isSuccess() {
        return failure.isEmpty() && httpStatus < 400;
    }
}
