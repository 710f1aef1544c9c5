package io.cocoon.client;

import io.cocoon.inference.ContentKind;
import io.cocoon.inference.HttpHeaders;
import io.cocoon.inference.PayloadEncryption;
import io.cocoon.inference.RequestException;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayerChecks;
import io.cocoon.payment.Prices;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.TransportLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests and stays with them until the head of an answer is there: choice of the proxy, encryption, reservation,
 * and further attempts while nothing was answered and nothing charged. Thread-safe.
 */
final class Requests {

    /** Room for everything of a query that is not its body. */
    private static final int ENVELOPE_BYTES = 64 << 10;

    /** Largest query that a frame can carry. */
    static final int MAX_QUERY_BYTES = TransportLimits.REFERENCE_FRAME_BYTES - ENVELOPE_BYTES;

    /** The network is told this share of the total deadline, as by the reference. Wire dossier 6.7. */
    private static final double NETWORK_SHARE = 0.95;

    /** The client's own timer runs this much longer than the deadline (hazard H4). */
    static final Duration OWN_TIMER_EXTRA = Duration.ofMillis(500);

    private static final long FIRST_PAUSE_MILLIS = 50;

    private final ClientContext context;
    private final ProxyPool pool;

    Requests(ClientContext context, ProxyPool pool) {
        this.context = context;
        this.pool = pool;
    }

    /** A query made for one connection: encryption and version are the connection's. */
    private record Outgoing(
            ClientToProxy.Message message,
            int queryBytes,
            @Nullable Sealed sealed,
            Prices prices) {}

    /** Sends a request. Blocks until the head of the answer is there. */
    Answer send(Prepared request, Track track) {
        long total = System.nanoTime()
                + request.deadlines().total().plus(OWN_TIMER_EXTRA).toNanos();
        List<Attempt> attempts = new ArrayList<>(1);
        Set<String> tried = new HashSet<>();
        boolean always = context.settings().encryption() == Encryption.ALWAYS
                && request.encryptedFor().isEmpty();
        boolean secret = always || hasKey(request);
        try {
            while (true) {
                @Nullable ProxyLink link = attempts.isEmpty() ? null : pool.pick(tried);
                if (link == null) {
                    link = pool.acquire(shorter(request.deadlines().connect(), total));
                }
                tried.add(link.proxy());
                @Nullable Answer answer = attempt(request, track, secret, link, attempts, total, tried);
                if (answer != null) {
                    return answer;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CocoonException.Cancelled(
                            "the thread was interrupted before an answer came",
                            "send the request again if it is wanted")
                    .with(attempts);
        } catch (CocoonException e) {
            throw e.attempts().isEmpty() ? e.with(attempts) : e;
        }
    }

    /** Makes one attempt; returns null if another one should follow. */
    private @Nullable Answer attempt(
            Prepared request,
            Track track,
            boolean secret,
            ProxyLink link,
            List<Attempt> attempts,
            long total,
            Set<String> tried)
            throws InterruptedException {
        @Nullable CocoonException unsafe = secret ? whyNotEncrypted(request, link) : null;
        if (unsafe != null) {
            attempts.add(new Attempt(link.proxy(), unsafe.problem(), Duration.ZERO, false));
            return again(unsafe, attempts, pool.pick(tried) != null, tried);
        }
        Int256 id = context.randomId();
        Outgoing out = outgoing(request, secret, link, id);
        Nanoton worstCase =
                PayerChecks.worstCase(out.queryBytes(), request.maxTokens(), request.maxCoefficient(), out.prices());
        context.guard().reserve(worstCase);
        Settlement settlement =
                new Settlement(link.account(), context.guard(), out.prices(), request.maxCoefficient(), worstCase);
        long sent = System.nanoTime();
        Exchange exchange;
        try {
            exchange = link.start(id, out.message(), settlement, total);
        } catch (CocoonException e) {
            settlement.nothingCharged();
            if (e instanceof CocoonException.Configuration || e instanceof CocoonException.Cancelled) {
                throw e;
            }
            attempts.add(new Attempt(link.proxy(), e.problem(), took(sent), false));
            return again(e.again(), attempts, true, tried);
        }
        track.sent(exchange);
        track.notes()
                .ifPresent(notes -> notes.sent(
                        link, context.root().root(), context.root().version(), out.prices(), out.sealed() != null));
        Event first;
        try {
            first = exchange.take(headDeadline(request, sent, total));
        } catch (InterruptedException e) {
            link.cancel(exchange);
            attempts.add(new Attempt(link.proxy(), "interrupted and cancelled", took(sent), true));
            throw e;
        }
        if (first instanceof Event.Head head) {
            attempts.add(new Attempt(
                    link.proxy(), "answered with status " + head.response().statusCode(), took(sent), false));
            track.answered(head.response().statusCode(), attempts);
            return new Answer(head.response(), exchange, request, attempts, total, out.sealed(), track);
        }
        if (first instanceof Event.Failed failed) {
            return refused(link, attempts, sent, failed, tried);
        }
        if (first instanceof Event.Broken broken) {
            attempts.add(new Attempt(link.proxy(), broken.cause().problem(), took(sent), true));
            boolean lost = broken.connectionLost() && !isClosing(broken);
            // Whether the proxy ran it, and will charge for it, nobody knows any more: not for us to pay again unasked.
            return again(
                    broken.cause().again(), attempts, lost && context.settings().retryLost(), tried);
        }
        link.cancel(exchange);
        attempts.add(new Attempt(link.proxy(), "no answer", took(sent), true));
        throw new CocoonException.Deadline(
                "proxy " + link.proxy() + " sent no answer within " + took(sent).toMillis()
                        + " ms; the request was cancelled",
                "raise the deadlines, or send the request again",
                CocoonException.NO_CODE);
    }

    private boolean hasKey(Prepared request) {
        return request.encryptedFor().isEmpty()
                && context.networkKey(context.root(), request.deadlines().total())
                        .isPresent();
    }

    /**
     * A request that was to be encrypted when it was made is never sent in clear: neither to a proxy that chose a version
     * without encryption, nor because the root contract's key went away between two attempts.
     */
    private @Nullable CocoonException whyNotEncrypted(Prepared request, ProxyLink link) {
        if (link.version() < 3) {
            return new CocoonException.Protocol(
                    "proxy " + link.proxy() + " chose protocol version " + link.version()
                            + ", encryption needs 3, and this network has a key for private data; nothing was sent",
                    "use a proxy of version 3 or later, or build a client that lets proxies read prompts");
        }
        if (!hasKey(request)) {
            return new CocoonException.Capacity(
                    "the network has no valid key for private data (root contract version "
                            + context.root().version() + " lists "
                            + context.root().networkKeys().size()
                            + " keys) though this request is to be encrypted; nothing was sent in clear",
                    context.settings().encryption() == Encryption.ALWAYS
                            ? "try again when the root contract lists a valid key; this client never sends prompts in clear"
                            : "the key went away while the request was made: make it again, it is encrypted as soon as there is a key, and sent in clear if there is none",
                    CocoonException.NO_CODE);
        }
        return null;
    }

    private static boolean isClosing(Event.Broken broken) {
        return broken.cause() instanceof CocoonException.Cancelled;
    }

    private @Nullable Answer refused(
            ProxyLink link, List<Attempt> attempts, long sent, Event.Failed failed, Set<String> tried)
            throws InterruptedException {
        Failures.Verdict verdict = Failures.ofQuery(link.proxy(), failed.code(), failed.text());
        attempts.add(new Attempt(link.proxy(), verdict.cause().problem(), took(sent), false));
        boolean elsewhere = pool.pick(tried) != null;
        boolean worthwhile =
                verdict.retry() == Failures.Retry.ANY || (verdict.retry() == Failures.Retry.OTHER_PROXY && elsewhere);
        if (worthwhile && !elsewhere && attempts.size() < context.settings().maxAttempts()) {
            Thread.sleep(FIRST_PAUSE_MILLIS << Math.min(attempts.size() - 1, 5));
        }
        return again(verdict.cause(), attempts, worthwhile, tried);
    }

    private @Nullable Answer again(
            CocoonException cause, List<Attempt> attempts, boolean worthwhile, Set<String> tried) {
        if (!worthwhile || attempts.size() >= context.settings().maxAttempts()) {
            throw cause.with(attempts);
        }
        if (pool.pick(tried) == null) {
            tried.clear();
        }
        return null;
    }

    private static Duration took(long sent) {
        return Duration.ofNanos(System.nanoTime() - sent);
    }

    /** The head of a stream comes with its first token or before it; other answers may take all the time there is. */
    private static long headDeadline(Prepared request, long sent, long total) {
        return request.streams()
                ? earlier(sent + request.deadlines().firstToken().toNanos(), total)
                : total;
    }

    static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    private static Duration shorter(Duration connect, long total) {
        Duration left = Duration.ofNanos(Math.max(0, total - System.nanoTime()));
        return left.compareTo(connect) < 0 ? left : connect;
    }

    private Outgoing outgoing(Prepared request, boolean secret, ProxyLink link, Int256 id) {
        RootState root = context.root();
        int version = link.version();
        Bytes body = request.body();
        @Nullable Sealed sealed = null;
        Int256 publicKey = request.encryptedFor().orElse(Int256.ZERO);
        if (version >= 3 && request.encryptedFor().isEmpty()) {
            Optional<RootState.NetworkKey> key =
                    context.networkKey(root, request.deadlines().total());
            if (key.isPresent()) {
                sealed = new Sealed(key.get().publicKey(), context.freshKey());
                publicKey = sealed.networkKey();
                body = encrypt(request, sealed);
            } else if (secret) {
                throw new CocoonException.Capacity(
                        "the network's key for private data went away just now; nothing was sent in clear",
                        "make the request again",
                        CocoonException.NO_CODE);
            }
        } else if (version < 3 && request.encryptedFor().isPresent()) {
            throw new CocoonException.Protocol(
                    "proxy " + link.proxy() + " speaks version " + version + ", which knows no encrypted requests",
                    "use a proxy of version 3 or later");
        }
        Bytes query = http(request, body).toBytes();
        if (query.length() > MAX_QUERY_BYTES) {
            throw Failures.ofSize(query.length(), MAX_QUERY_BYTES);
        }
        double seconds = request.deadlines().total().toMillis() / 1000.0 * NETWORK_SHARE;
        ClientToProxy.Message message = version == 0
                ? new ClientToProxy.RunQuery(
                        request.model(),
                        query,
                        request.maxCoefficient(),
                        request.maxTokens(),
                        seconds,
                        id,
                        root.version())
                : new ClientToProxy.RunQueryEx(
                        request.model(),
                        query,
                        request.maxCoefficient(),
                        request.maxTokens(),
                        seconds,
                        id,
                        root.version(),
                        version >= 3 ? 3 : 1,
                        request.debug(),
                        version >= 3 ? publicKey : Int256.ZERO);
        return new Outgoing(message, query.length(), sealed, root.params().prices());
    }

    /** Fails closed: what can not be encrypted is not sent (hazard N6). */
    private Bytes encrypt(Prepared request, Sealed how) {
        String type = HttpHeaders.last(request.headers(), "content-type").orElse("");
        if (ContentKind.of(type) != ContentKind.JSON) {
            throw new CocoonException.Configuration(
                    "this network has a key for private data, but a body of type '" + type + "' can not be encrypted",
                    "send JSON, or build a client that lets proxies read prompts");
        }
        try {
            return PayloadEncryption.encryptRequest(request.body(), how.networkKey(), how.sender(), context.random());
        } catch (RequestException e) {
            throw new CocoonException.Configuration(
                    "the request can not be encrypted: " + e.getMessage() + "; nothing was sent",
                    "correct it, or build a client that lets proxies read prompts",
                    e);
        }
    }

    /** As the client runner of April 2026 writes it (2026 part, 6.6). */
    private static HttpRequest http(Prepared request, Bytes body) {
        List<HttpHeader> headers = new ArrayList<>(request.headers());
        if (!body.isEmpty()) {
            headers.add(new HttpHeader("Content-Length", Integer.toString(body.length())));
        }
        return new HttpRequest("POST", request.path(), "HTTP/1.0", headers, body);
    }
}
