package io.cocoon.client;

import io.cocoon.protocol.ClientFinalInfo;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.Responder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to one proxy: the handshake, then many requests at once.
 *
 * <p>Callbacks run on the connection's event loop; {@link #start}, {@link #cancel} and {@link #sweep} may be called from any
 * thread. A request belongs to the connection it was sent on: an answer that comes on another one is not accepted (H26).
 */
final class ProxyLink implements ConnectionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyLink.class);

    /** How long after the end of a request the proxy's statement of the charge is awaited. */
    static final Duration SETTLEMENT = Duration.ofSeconds(5);

    private static final Duration PAYMENT_POLL_TIMEOUT = Duration.ofSeconds(60);
    private static final TokensUsed NOTHING = new TokensUsed(0, 0, 0, 0, 0);

    /** Whoever keeps this link. Called on the event loop; must not block. */
    interface Keeper {
        /** The handshake is done. */
        void ready(ProxyLink link);

        /** The link is of no more use. Called exactly once. */
        void gone(ProxyLink link, CocoonException why);
    }

    private final ClientContext context;
    private final String proxy;
    private final Keeper keeper;
    private final ConcurrentHashMap<Int256, Exchange> exchanges = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();

    private volatile @Nullable Connection connection;
    private volatile Handshake.@Nullable Result ready;
    private volatile @Nullable CocoonException end;
    private volatile long nextPollNanos;

    ProxyLink(ClientContext context, String proxy, Keeper keeper) {
        this.context = context;
        this.proxy = proxy;
        this.keeper = keeper;
    }

    String proxy() {
        return proxy;
    }

    /** Returns how many requests wait for their end. */
    int running() {
        return running.get();
    }

    boolean isReady() {
        return ready != null && end == null;
    }

    int version() {
        return handshake().version();
    }

    ProxyAccount account() {
        return handshake().account();
    }

    Attestation attestation() {
        return new Attestation(proxy, open().peer());
    }

    /** Returns what was proven about the peer, also before the handshake is done and after the end; empty before it connects. */
    Optional<Attestation> seen() {
        return Optional.ofNullable(connection).map(each -> new Attestation(proxy, each.peer()));
    }

    private Handshake.Result handshake() {
        Handshake.@Nullable Result result = ready;
        if (result == null) {
            throw new IllegalStateException("the link is not ready");
        }
        return result;
    }

    Connection open() {
        @Nullable Connection now = connection;
        if (now == null) {
            throw new IllegalStateException("the link is not connected");
        }
        return now;
    }

    // ---- requests, from any thread

    /**
     * Sends a query. The settlement holds its reservation already.
     *
     * @throws CocoonException if the query does not fit or the connection has just ended; nothing was sent then
     */
    Exchange start(Int256 id, ClientToProxy.Message query, Settlement settlement, long forgetAtNanos) {
        Exchange exchange = new Exchange(id, this, settlement, forgetAtNanos);
        exchanges.put(id, exchange);
        running.incrementAndGet();
        @Nullable CocoonException ended = end;
        if (ended != null) {
            forget(exchange);
            throw ended;
        }
        try {
            open().send(query);
        } catch (FrameTooLargeException e) {
            forget(exchange);
            throw Failures.ofSize(e);
        }
        return exchange;
    }

    /** Tells the proxy to stop, and keeps the exchange until its charge is known. */
    void cancel(Exchange exchange) {
        if (exchange.cancel()) {
            leave(exchange);
            sendCancel(exchange);
        }
    }

    private void sendCancel(Exchange exchange) {
        if (end == null) {
            try {
                open().send(new ClientToProxy.CancelQuery(exchange.id()));
            } catch (FrameTooLargeException e) {
                throw new IllegalStateException("36 bytes fit into every frame", e);
            }
        }
    }

    private void leave(Exchange exchange) {
        if (exchange.leave()) {
            running.decrementAndGet();
        }
    }

    private void forget(Exchange exchange) {
        if (exchanges.remove(exchange.id(), exchange)) {
            leave(exchange);
        }
    }

    /** Ends what is past its time and polls the payment status when it is due. Called about once a second. */
    void sweep(long nowNanos) {
        for (Exchange exchange : exchanges.values()) {
            if (nowNanos - exchange.forgetAtNanos() < 0) {
                continue;
            }
            if (exchange.late()) {
                leave(exchange);
                sendCancel(exchange);
                exchange.forgetAt(nowNanos + SETTLEMENT.toNanos());
            } else {
                exchange.settlement().giveUp();
                forget(exchange);
            }
        }
        if (isReady() && nowNanos - nextPollNanos >= 0) {
            pollPayment(nowNanos);
        }
    }

    private void pollPayment(long nowNanos) {
        nextPollNanos = nowNanos
                + TimeUnit.MILLISECONDS.toNanos(10_000 + context.random().nextInt(10_001));
        open().ask(new ClientToProxy.UpdatePaymentStatus(), PAYMENT_POLL_TIMEOUT)
                .whenComplete((answer, failure) -> {
                    if (answer != null) {
                        paymentStatus(answer);
                    }
                });
    }

    private void paymentStatus(Bytes answer) {
        try {
            ProxyToClient.PaymentStatus status = TlReader.readWhole(answer, ProxyToClient::readPaymentStatus);
            account().totals(status.maxTokens(), status.dbTokens(), answer).ifPresent(context::report);
            account().payment(status.signedPayment());
        } catch (TlException e) {
            malformed("payment status", e);
        }
    }

    /** Ends the link from this side. */
    void close(CocoonException why) {
        @Nullable Connection now = connection;
        finish(why);
        if (now != null) {
            now.close(why.getClass().getSimpleName());
        }
    }

    /** The connection could not be made at all. */
    void failed(Throwable failure) {
        finish(Failures.ofHandshake(proxy, failure));
    }

    // ---- callbacks, on the event loop

    @Override
    public void connected(Connection opened) {
        connection = opened;
        @Nullable CocoonException ended = end;
        if (ended != null) {
            opened.close("no longer wanted");
            return;
        }
        new Handshake(context, opened, proxy).run().whenComplete((result, failure) -> {
            if (result != null) {
                nextPollNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                ready = result;
                keeper.ready(this);
            } else {
                close(Failures.ofHandshake(proxy, failure));
            }
        });
    }

    @Override
    public void closed(Connection closed, CloseReason reason) {
        finish(Failures.ofClose(proxy, reason));
    }

    /** No proxy asks a client anything. */
    @Override
    public void query(Connection from, Bytes query, Responder responder) {
        responder.fail(ErrorCodes.UNSPECIFIED, "a client answers no queries");
    }

    @Override
    public void message(Connection from, Bytes message) {
        if (ready == null) {
            LOG.debug("proxy {} sent a message before it was ready; ignored", proxy);
            return;
        }
        try {
            int id = message.length() >= 4 ? message.intLeAt(0) : 0;
            if (id == SignedPayment.Signed.ID || id == SignedPayment.Empty.ID) {
                account().payment(TlReader.readWhole(message, SignedPayment::readBoxed));
            } else {
                dispatch(TlReader.readWhole(message, ProxyToClient::readMessage), message);
            }
        } catch (TlException e) {
            malformed("message", e);
        }
    }

    /** All seven answer constructors are understood in every version (hazard H2). */
    private void dispatch(ProxyToClient.Message message, Bytes raw) throws TlException {
        if (message instanceof ProxyToClient.QueryAnswerPartEx part) {
            part(part.requestId(), part.answer());
            if (part.finalInfo() != null) {
                completed(part.requestId(), part.finalInfo(), raw);
            }
        } else if (message instanceof ProxyToClient.QueryAnswerEx head) {
            head(head.requestId(), head.answer());
            if (head.finalInfo() != null) {
                completed(head.requestId(), head.finalInfo(), raw);
            }
        } else if (message instanceof ProxyToClient.ClientRequestPayment payment) {
            charged(payment, raw);
        } else if (message instanceof ProxyToClient.QueryAnswerErrorEx error) {
            TokensUsed used =
                    error.finalInfo() == null ? NOTHING : error.finalInfo().tokensUsed();
            failedQuery(error.requestId(), error.errorCode(), error.error(), used, raw);
        } else if (message instanceof ProxyToClient.QueryAnswer head) {
            head(head.requestId(), head.answer());
            if (head.isCompleted()) {
                ended(head.requestId(), head.requestTokensUsed(), "", "", raw);
            }
        } else if (message instanceof ProxyToClient.QueryAnswerPart part) {
            part(part.requestId(), part.answer());
            if (part.isCompleted()) {
                ended(part.requestId(), part.requestTokensUsed(), "", "", raw);
            }
        } else if (message instanceof ProxyToClient.QueryAnswerError error) {
            failedQuery(error.requestId(), error.errorCode(), error.error(), error.requestTokensUsed(), raw);
        } else if (message instanceof ProxyToClient.QueryAnswerPartError error) {
            failedQuery(error.requestId(), error.errorCode(), error.error(), error.requestTokensUsed(), raw);
        }
    }

    private void head(Int256 id, Bytes answer) throws TlException {
        @Nullable Exchange exchange = exchanges.get(id);
        if (exchange == null) {
            return;
        }
        HttpResponse response = TlReader.readWhole(answer, HttpResponse::readBoxed);
        if (response.statusCode() < 100 || response.statusCode() > 999) {
            throw new TlException("an HTTP status of " + response.statusCode(), 0);
        }
        if (exchange.headSeen()) {
            outOfOrder(exchange, "a second head");
        } else {
            deliver(exchange, new Event.Head(response));
        }
    }

    private void part(Int256 id, Bytes body) {
        @Nullable Exchange exchange = exchanges.get(id);
        if (exchange == null || body.isEmpty()) {
            return;
        }
        if (exchange.wasHeadSeen()) {
            deliver(exchange, new Event.Part(body));
        } else {
            outOfOrder(exchange, "a part before the head");
        }
    }

    private void outOfOrder(Exchange exchange, String what) {
        breakOff(exchange, new CocoonException.Protocol("proxy " + proxy + " sent " + what, "send the request again"));
    }

    private void deliver(Exchange exchange, Event event) {
        if (!exchange.offer(event)) {
            breakOff(
                    exchange,
                    new CocoonException.Cancelled(
                            "the answer is read too slowly: more than " + Exchange.MAX_QUEUED_BYTES
                                    + " bytes of it wait, and other requests share the connection",
                            "read the stream faster, or collect it first"));
        }
    }

    private void breakOff(Exchange exchange, CocoonException why) {
        if (exchange.breakOff(why, false)) {
            leave(exchange);
            exchange.forgetAt(System.nanoTime() + SETTLEMENT.toNanos());
            sendCancel(exchange);
        }
    }

    private void completed(Int256 id, ClientFinalInfo info, Bytes raw) {
        ended(id, info.tokensUsed(), info.workerDebug(), info.proxyDebug(), raw);
    }

    private void ended(Int256 id, TokensUsed used, String workerDebug, String proxyDebug, Bytes raw) {
        @Nullable Exchange exchange = exchanges.get(id);
        if (exchange == null) {
            return;
        }
        Optional<Dispute> dispute = exchange.settlement().stated(used, raw);
        exchange.offer(new Event.End(used, workerDebug, proxyDebug));
        leave(exchange);
        exchange.forgetAt(System.nanoTime() + SETTLEMENT.toNanos());
        dispute.ifPresent(context::report);
    }

    private void failedQuery(Int256 id, int code, String text, TokensUsed used, Bytes raw) {
        @Nullable Exchange exchange = exchanges.get(id);
        if (exchange == null) {
            return;
        }
        Optional<Dispute> dispute = Optional.empty();
        if (used.totalTokensUsed() != 0) {
            dispute = exchange.settlement().stated(used, raw);
        } else if (!exchange.wasHeadSeen() && !exchange.isOver()) {
            exchange.settlement().nothingCharged();
        }
        exchange.offer(new Event.Failed(code, text));
        leave(exchange);
        exchange.forgetAt(System.nanoTime() + SETTLEMENT.toNanos());
        dispute.ifPresent(context::report);
    }

    private void charged(ProxyToClient.ClientRequestPayment payment, Bytes raw) {
        Optional<Dispute> dispute = account().totals(payment.maxTokens(), payment.dbTokens(), raw);
        account().payment(payment.signedPayment());
        @Nullable Exchange exchange = exchanges.get(payment.requestId());
        if (exchange != null) {
            if (exchange.isOver()) {
                forget(exchange);
            }
            Optional<Dispute> ofBill = exchange.settlement().charged(payment.requestTokens(), raw);
            if (dispute.isEmpty()) {
                dispute = ofBill;
            }
        }
        dispute.ifPresent(context::report);
    }

    private void malformed(String what, TlException e) {
        close(new CocoonException.Protocol(
                "proxy " + proxy + " sent a malformed " + what + ": " + e.getMessage(), "use another proxy", e));
    }

    private void finish(CocoonException why) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = why;
        }
        for (Exchange exchange : exchanges.values()) {
            exchange.breakOff(why, true);
            exchange.settlement().giveUp();
            forget(exchange);
        }
        keeper.gone(this, why);
    }
}
