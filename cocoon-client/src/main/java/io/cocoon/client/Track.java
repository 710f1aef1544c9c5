package io.cocoon.client;

import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Follows one request from its beginning until its answer has ended and its bill is final, then has it counted and the
 * observers told, once. Thread-safe; the first end that is reported counts.
 */
final class Track {

    private final Observers observers;
    private final Prepared request;
    private final Bytes id;
    private final Instant startedAt;
    private final long startedNanos = System.nanoTime();
    private final Optional<ReceiptNotes> notes;

    private @Nullable Exchange exchange;
    private int httpStatus;
    private boolean over;
    private boolean told;
    private @Nullable CocoonException failure;
    private List<Attempt> attempts = List.of();
    private long endNanos;
    private @Nullable Future<?> limit;

    Track(Observers observers, Prepared request, Bytes id, Instant startedAt, Optional<ReceiptNotes> notes) {
        this.notes = notes;
        this.observers = observers;
        this.request = request;
        this.id = id;
        this.startedAt = startedAt;
    }

    /** Sets what gives the request up if nobody reports its end. */
    synchronized void limitedBy(Future<?> timer) {
        limit = timer;
        if (told) {
            timer.cancel(false);
        }
    }

    /** An attempt was sent. */
    synchronized void sent(Exchange attempt) {
        exchange = attempt;
    }

    /** Returns what a receipt will need; empty if none is kept. */
    Optional<ReceiptNotes> notes() {
        return notes;
    }

    /** A piece of the clear answer was read. */
    void piece(Bytes piece) {
        notes.ifPresent(each -> each.piece(piece));
    }

    /** The head of an answer came, after these attempts. */
    synchronized void answered(int status, List<Attempt> tried) {
        httpStatus = status;
        attempts = List.copyOf(tried);
    }

    /** The whole answer was read, at this time of {@link System#nanoTime}. */
    void complete(long atNanos) {
        over(null, atNanos);
    }

    /** The request failed: its caller is told so. */
    void failed(CocoonException why) {
        over(why, System.nanoTime());
    }

    private void over(@Nullable CocoonException why, long atNanos) {
        @Nullable Exchange last;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            failure = why;
            if (why != null && !why.attempts().isEmpty()) {
                attempts = why.attempts();
            }
            endNanos = atNanos;
            last = exchange;
        }
        if (last == null) {
            tell();
        } else {
            // A receipt waits for the check of the payment that came with the bill: some microseconds.
            last.settlement()
                    .whenFinal(
                            notes.isEmpty()
                                    ? this::tell
                                    : () -> last.link().account().whenChecked(this::tell));
        }
    }

    private void tell() {
        FinishedRequest finished;
        synchronized (this) {
            told = true;
            if (limit != null) {
                limit.cancel(false);
            }
            finished = finished();
        }
        observers.finished(this, finished);
    }

    private FinishedRequest finished() {
        @Nullable Exchange last = exchange;
        @Nullable
        String lastTried =
                attempts.isEmpty() ? null : attempts.get(attempts.size() - 1).proxy();
        OptionalLong firstByte = last == null ? OptionalLong.empty() : last.firstByteNanos();
        return new FinishedRequest(
                HexFormat.of().formatHex(id.toByteArray()),
                request.model(),
                request.path(),
                Optional.ofNullable(last == null ? lastTried : last.link().proxy()),
                startedAt,
                Duration.ofNanos(endNanos - startedNanos),
                firstByte.isPresent()
                        ? Optional.of(Duration.ofNanos(firstByte.getAsLong() - startedNanos))
                        : Optional.empty(),
                last == null ? Optional.empty() : Optional.of(last.settlement().bill()),
                Optional.ofNullable(failure),
                httpStatus,
                attempts);
    }
}
