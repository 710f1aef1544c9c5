package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.RemoteErrorException;
import io.cocoon.transport.Responder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A proxy in memory that a test plays: every object crosses as bytes, every callback runs on one event loop thread.
 */
final class FakeProxy implements ProxyDialer, AutoCloseable {

    private static final HttpResponse NO_HEAD = new HttpResponse("", 0, "", List.of(), Bytes.empty());

    final ExecutorService loop = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "fake-proxy-loop");
        thread.setDaemon(true);
        return thread;
    });
    final List<Link> links = new CopyOnWriteArrayList<>();
    final BlockingQueue<Link> opened = new LinkedBlockingQueue<>();
    final List<HostPort> dialled = new CopyOnWriteArrayList<>();
    volatile int protocol = 4;
    volatile int paramsFlags = 3;
    volatile boolean test = true;
    volatile long signed;
    volatile long database;
    volatile long finished;
    volatile boolean unreachable;
    volatile PeerIdentity peer = new PeerIdentity(
            PeerIdentity.Kind.UNATTESTED, PeerIdentity.Source.ROUTER, Bytes.empty(), Int256.ZERO, Optional.empty());
    /** Answers a query of the worker: an object, or a {@link RemoteErrorException}. */
    volatile Function<WorkerToProxy.Query, Object> answers = this::usual;

    volatile Runnable beforeCompleted = () -> {};

    Object usual(WorkerToProxy.Query query) {
        if (query instanceof WorkerToProxy.ConnectToProxy) {
            return new ProxyToWorker.ConnectedToProxy(
                    new ProxyParams(
                            paramsFlags,
                            TestNetworkParts.PROXY_KEY,
                            TestNetworkParts.PROXY_OWNER.toText(false),
                            TestNetworkParts.PROXY_CONTRACT.toText(false),
                            test,
                            protocol),
                    TestNetworkParts.WORKER_CONTRACT.toText(false));
        } else if (query instanceof WorkerToProxy.CompareBalanceWithProxy compare) {
            return new ProxyToWorker.CompareBalanceWithProxyResult(
                    TestNetworkParts.payment(signed), database, finished, compare.maxTokens() <= finished ? 0 : 1);
        } else if (query instanceof WorkerToProxy.ExtendedCompareBalanceWithProxy) {
            return new ProxyToWorker.ExtendedCompareBalanceWithProxyResult(0);
        } else if (query instanceof WorkerToProxy.ProxyHandshakeComplete) {
            beforeCompleted.run();
            return new ProxyToWorker.ProxyHandshakeCompleted();
        } else {
            return new ProxyToWorker.PaymentStatus(TestNetworkParts.payment(signed), database, finished);
        }
    }

    @Override
    public CompletableFuture<Connection> dial(HostPort proxy, ConnectionHandler handler) {
        dialled.add(proxy);
        if (unreachable) {
            return CompletableFuture.failedFuture(
                    new ConnectionClosedException(new CloseReason(CloseReason.Cause.NETWORK, "connection refused")));
        }
        Link link = new Link(handler, links.size() + 1);
        links.add(link);
        CompletableFuture<Connection> done = new CompletableFuture<>();
        loop.execute(() -> {
            handler.connected(link);
            opened.add(link);
            done.complete(link);
        });
        return done;
    }

    /** Waits for the next connection. */
    Link next() throws InterruptedException {
        Link link = opened.poll(30, TimeUnit.SECONDS);
        assertThat(link).as("a connection in time").isNotNull();
        return link;
    }

    @Override
    public void close() {
        loop.shutdownNow();
    }

    /** One connection, seen from the proxy. */
    final class Link implements Connection {

        final ConnectionHandler handler;
        final long number;
        final List<WorkerToProxy.Query> queries = new CopyOnWriteArrayList<>();
        final List<Bytes> queryBytes = new CopyOnWriteArrayList<>();
        final BlockingQueue<WorkerToProxy.Message> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<CloseReason> closed = new CompletableFuture<>();
        volatile boolean writable = true;

        Link(ConnectionHandler handler, long number) {
            this.handler = handler;
            this.number = number;
        }

        void sendMessage(TlObject message) {
            Bytes bytes = message.toBytes();
            loop.execute(() -> deliver(bytes));
        }

        void sendBytes(Bytes bytes) {
            loop.execute(() -> deliver(bytes));
        }

        private void deliver(Bytes bytes) {
            if (!closed.isDone()) {
                handler.message(this, bytes);
            }
        }

        CompletableFuture<TlObject> askWorker(TlObject query) {
            CompletableFuture<TlObject> answer = new CompletableFuture<>();
            loop.execute(() -> handler.query(this, query.toBytes(), new Responder() {
                @Override
                public void answer(TlObject object) {
                    answer.complete(object);
                }

                @Override
                public void fail(int code, String message) {
                    answer.completeExceptionally(new RemoteErrorException(code, message));
                }
            }));
            return answer;
        }

        void setWritable(boolean on) {
            writable = on;
            loop.execute(() -> handler.writabilityChanged(this));
        }

        void drop() {
            end(new CloseReason(CloseReason.Cause.REMOTE, "the test closed it"));
        }

        private void end(CloseReason reason) {
            if (loop.isShutdown()) {
                closed.complete(reason);
                return;
            }
            loop.execute(() -> {
                if (closed.complete(reason)) {
                    handler.closed(this, reason);
                }
            });
        }

        Int256 run(int id, HttpRequest request, double timeout) {
            Int256 requestId = TestNetworkParts.number(id);
            sendMessage(new ProxyToWorker.RunQueryEx(
                    request.toBytes(), new SignedPayment.Empty(), 1000, timeout, requestId, 3, false, Int256.ZERO));
            return requestId;
        }

        WorkerToProxy.Message nextMessage() throws InterruptedException {
            WorkerToProxy.Message message = messages.poll(30, TimeUnit.SECONDS);
            assertThat(message).as("a message in time").isNotNull();
            return message;
        }

        <T extends WorkerToProxy.Message> T next(Class<T> type) throws InterruptedException {
            WorkerToProxy.Message message = nextMessage();
            assertThat(message).isInstanceOf(type);
            return type.cast(message);
        }

        /** Reads one whole answer in the {@code Ex} form. */
        Answer answer() throws InterruptedException, TlException {
            List<WorkerToProxy.Message> all = new ArrayList<>();
            HttpResponse head = NO_HEAD;
            Bytes body = Bytes.empty();
            while (true) {
                WorkerToProxy.Message message = nextMessage();
                all.add(message);
                if (message instanceof WorkerToProxy.QueryAnswerEx first) {
                    head = TlReader.readWhole(first.answer(), HttpResponse::readBoxed);
                    body = head.payload();
                    if (first.finalInfo() != null) {
                        return new Answer(head, body, first.finalInfo().tokensUsed(), 0, "", all);
                    }
                } else if (message instanceof WorkerToProxy.QueryAnswerPartEx part) {
                    body = body.concat(part.answer());
                    if (part.finalInfo() != null) {
                        return new Answer(head, body, part.finalInfo().tokensUsed(), 0, "", all);
                    }
                } else if (message instanceof WorkerToProxy.QueryAnswerErrorEx error) {
                    return new Answer(
                            head,
                            body,
                            Objects.requireNonNull(error.finalInfo(), "an error needs final_info")
                                    .tokensUsed(),
                            error.errorCode(),
                            error.error(),
                            all);
                } else {
                    throw new AssertionError("not an answer: " + message);
                }
            }
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public PeerIdentity peer() {
            return peer;
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return InetSocketAddress.createUnresolved("127.0.0.1", 1);
        }

        @Override
        public CompletableFuture<Bytes> ask(TlObject query, Duration timeout) {
            CompletableFuture<Bytes> answer = new CompletableFuture<>();
            Bytes bytes = query.toBytes();
            loop.execute(() -> {
                if (closed.isDone()) {
                    answer.completeExceptionally(new ConnectionClosedException(closed.join()));
                    return;
                }
                WorkerToProxy.Query parsed;
                try {
                    parsed = TlReader.readWhole(bytes, WorkerToProxy::readQuery);
                } catch (TlException e) {
                    throw new AssertionError("the worker sent a query that does not parse", e);
                }
                queryBytes.add(bytes);
                queries.add(parsed);
                Object result = answers.apply(parsed);
                if (result instanceof TlObject object) {
                    answer.complete(object.toBytes());
                } else {
                    answer.completeExceptionally((Throwable) result);
                }
            });
            return answer;
        }

        @Override
        public void send(TlObject message) {
            if (closed.isDone()) {
                return;
            }
            try {
                messages.add(TlReader.readWhole(message.toBytes(), WorkerToProxy::readMessage));
            } catch (TlException e) {
                throw new AssertionError("the worker sent a message that does not parse", e);
            }
        }

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void setReading(boolean on) {}

        @Override
        public void close(String reason) {
            end(new CloseReason(CloseReason.Cause.LOCAL, reason));
        }

        @Override
        public CompletableFuture<CloseReason> closed() {
            return closed;
        }

        @Override
        public Executor eventLoop() {
            return loop;
        }
    }

    /** One answer, put together. */
    record Answer(
            HttpResponse head,
            Bytes body,
            TokensUsed used,
            int errorCode,
            String error,
            List<WorkerToProxy.Message> messages) {

        boolean isError() {
            return !error.isEmpty() || errorCode != 0;
        }
    }

    static RemoteErrorException refusal(String text) {
        return new RemoteErrorException(ErrorCodes.PROTOCOL_VIOLATION, text);
    }
}
