package io.cocoon.client;

import io.cocoon.inference.AnswerDecryption;
import io.cocoon.inference.AnswerException;
import io.cocoon.inference.ContentKind;
import io.cocoon.inference.HttpHeaders;
import io.cocoon.inference.RequestException;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer whose head has come: hands out its body piece by piece. Confined to one reader, but {@link #close} may come
 * from any thread.
 */
final class Answer implements AutoCloseable {

    /** How long a complete answer waits for the proxy's statement of the charge, which travels directly behind it. */
    private static final Duration BILL_BEHIND_ANSWER = Duration.ofSeconds(1);

    private final HttpResponse head;
    private final Exchange exchange;
    private final Prepared request;
    private final List<Attempt> attempts;
    private final long totalDeadline;
    private final @Nullable Sealed sealed;
    private final Track track;

    private @Nullable AnswerDecryption decryption;
    private long lastArrival;
    private boolean anyBody;
    private long bytes;
    private boolean headTaken;
    private volatile long endNanos;
    private volatile boolean ended;

    Answer(
            HttpResponse head,
            Exchange exchange,
            Prepared request,
            List<Attempt> attempts,
            long totalDeadline,
            @Nullable Sealed sealed,
            Track track) {
        this.head = head;
        this.exchange = exchange;
        this.request = request;
        this.attempts = List.copyOf(attempts);
        this.totalDeadline = totalDeadline;
        this.sealed = sealed;
        this.track = track;
        this.lastArrival = exchange.startedNanos();
    }

    HttpResponse head() {
        return head;
    }

    List<Attempt> attempts() {
        return attempts;
    }

    Attestation attestation() {
        return exchange.link().attestation();
    }

    String proxy() {
        return exchange.link().proxy();
    }

    /** Returns how the request was encrypted, or null if it was not. */
    @Nullable
    Sealed sealed() {
        return sealed;
    }

    Settlement settlement() {
        return exchange.settlement();
    }

    /** Returns the next piece of the clear body, or null at its end. */
    @Nullable
    Bytes next() {
        try {
            @Nullable Bytes piece = nextClear();
            if (piece != null) {
                track.piece(piece);
            }
            return piece;
        } catch (CocoonException e) {
            throw failed(e);
        }
    }

    private @Nullable Bytes nextClear() {
        while (true) {
            Bytes piece = nextRaw();
            if (sealed == null) {
                return piece;
            }
            try {
                if (piece == null) {
                    if (decryption != null) {
                        decryption.end();
                    }
                    return null;
                }
                if (decryption == null) {
                    decryption = decryptionFor(piece, sealed);
                }
                Bytes clear = decryption.feed(piece);
                if (!clear.isEmpty()) {
                    return clear;
                }
            } catch (AnswerException | RequestException e) {
                cancel();
                throw new CocoonException.Protocol(
                        "the answer from proxy " + proxy() + " is not encrypted as it must be: " + e.getMessage(),
                        "do not send private data over that proxy before you know why",
                        e);
            }
        }
    }

    /** What begins as JSON is JSON, whatever a C++ peer writes into the content type. */
    private AnswerDecryption decryptionFor(Bytes first, Sealed how) throws RequestException {
        boolean json = first.get(0) == '{' || first.get(0) == '[';
        ContentKind kind = json
                ? ContentKind.JSON
                : ContentKind.of(
                        HttpHeaders.last(head.headers(), "content-type").orElse(null));
        return new AnswerDecryption(how.sender(), how.networkKey(), kind);
    }

    private @Nullable Bytes nextRaw() {
        if (!headTaken) {
            headTaken = true;
            if (!head.payload().isEmpty()) {
                return arrived(head.payload());
            }
        }
        if (ended) {
            return null;
        }
        Event event;
        try {
            event = exchange.take(deadline());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
            throw interrupted();
        }
        if (event instanceof Event.Part part) {
            return arrived(part.body());
        }
        if (event instanceof Event.End) {
            endNanos = System.nanoTime();
            ended = true;
            return null;
        }
        if (event instanceof Event.Failed failed) {
            ended = true;
            throw Failures.ofQuery(proxy(), failed.code(), failed.text() + " (after " + bytes + " bytes of the answer)")
                    .cause()
                    .with(attempts);
        }
        if (event instanceof Event.Broken broken) {
            ended = true;
            throw broken.cause().again().with(attempts);
        }
        boolean total = event instanceof Event.Late || System.nanoTime() - totalDeadline >= 0;
        cancel();
        throw late(total);
    }

    private Bytes arrived(Bytes piece) {
        anyBody = true;
        bytes += piece.length();
        lastArrival = System.nanoTime();
        return piece;
    }

    private long deadline() {
        if (!request.streams()) {
            return totalDeadline;
        }
        Duration pause = anyBody
                ? request.deadlines().betweenTokens()
                : request.deadlines().firstToken();
        return Requests.earlier(lastArrival + pause.toNanos(), totalDeadline);
    }

    private CocoonException late(boolean total) {
        String name = total ? "total" : anyBody ? "betweenTokens" : "firstToken";
        Duration limit = total
                ? request.deadlines().total()
                : anyBody
                        ? request.deadlines().betweenTokens()
                        : request.deadlines().firstToken();
        return new CocoonException.Deadline(
                        "the deadline '" + name + "' of " + limit.toMillis() + " ms passed after " + bytes
                                + " bytes of the answer from proxy " + proxy() + "; the request was cancelled",
                        "raise that deadline, or ask for fewer tokens with maxTokens",
                        CocoonException.NO_CODE)
                .with(attempts);
    }

    private CocoonException interrupted() {
        return new CocoonException.Cancelled(
                        "the thread was interrupted after " + bytes + " bytes of the answer; the request was cancelled",
                        "send it again if it is wanted")
                .with(attempts);
    }

    /** Returns whether the answer is complete or has failed. */
    boolean isEnded() {
        return ended;
    }

    /** Returns the bill; waits a short time for the proxy's statement when it has to come any moment. */
    Bill bill() {
        Settlement settlement = exchange.settlement();
        settlement.await(ended ? BILL_BEHIND_ANSWER.toNanos() : ProxyLink.SETTLEMENT.toNanos());
        return settlement.bill();
    }

    /** The caller is told that the request failed, here or where its answer is put together. Returns what it is told. */
    CocoonException failed(CocoonException why) {
        track.failed(why);
        return why;
    }

    /** Cancels the request if its answer is not complete, and says that nobody reads on. */
    @Override
    public void close() {
        if (ended) {
            track.complete(endNanos);
        } else {
            cancel();
            track.failed(new CocoonException.Cancelled(
                            "the answer was closed before its end", "read it to its end if it is wanted")
                    .with(attempts));
        }
    }

    private void cancel() {
        if (!ended) {
            exchange.link().cancel(exchange);
        }
    }
}
