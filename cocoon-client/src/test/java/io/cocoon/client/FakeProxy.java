package io.cocoon.client;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.ClientFinalInfo;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerInstanceV2;
import io.cocoon.protocol.WorkerType;
import io.cocoon.protocol.WorkerTypeV2;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.Responder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A proxy that follows a script: says what captured proxies say, and lies when it is told to. */
final class FakeProxy implements ConnectionHandler {

    static final TokensUsed TOKENS = new TokensUsed(23, 11, 90, 10, 134);
    static final String PLAIN_ANSWER = """
            {"choices":[{"finish_reason":"stop","index":0,"message":{"content":"Hello from the fake model.","role":"assistant"}}],"id":"1","object":"chat.completion","usage":{"completion_tokens":100,"completion_tokens_details":{"reasoning_tokens":10},"prompt_tokens":34,"prompt_tokens_details":{"cached_tokens":11},"total_tokens":134}}
            """;

    final HostPort address;
    final Ed25519Key key = Ed25519Key.fromSeed(Int256.fromHex("11".repeat(32)));
    final Address owner = new Address(0, Int256.fromHex("22".repeat(32)));
    final List<TlObject> seen = new CopyOnWriteArrayList<>();
    final BlockingQueue<Run> runs = new LinkedBlockingQueue<>();
    final BlockingQueue<Int256> cancels = new LinkedBlockingQueue<>();
    final Map<Int256, Run> running = new ConcurrentHashMap<>();
    private final CocoonChain chain;

    volatile int maxVersion = 4;
    volatile Int256 knownSecretHash = Handshake.sha256(Bytes.empty());
    volatile UnaryOperator<ProxyToClient.ConnectedToProxy> hello = UnaryOperator.identity();
    /** What it answers to who authorises, instead of welcoming everybody who has the secret. */
    volatile Optional<TlObject> authorisation = Optional.empty();

    volatile boolean tellsModels = true;
    volatile Consumer<Run> script = Run::answerPlainly;
    volatile int handshakeError = -1;
    volatile long charged;
    volatile long signed = -1;
    private volatile Address clientContract = new Address(0, Int256.ZERO);

    FakeProxy(HostPort address, CocoonChain chain) {
        this.address = address;
        this.chain = chain;
    }

    @Override
    public void connected(Connection connection) {}

    @Override
    public void query(Connection connection, Bytes bytes, Responder responder) {
        ClientToProxy.Query query;
        try {
            query = TlReader.readWhole(bytes, ClientToProxy::readQuery);
        } catch (TlException e) {
            responder.fail(0, String.valueOf(e.getMessage()));
            return;
        }
        seen.add(query);
        if (query instanceof ClientToProxy.ConnectToProxy connect) {
            if (handshakeError >= 0) {
                responder.fail(handshakeError, "proxy is not participating in this iteration");
                return;
            }
            responder.answer(hello.apply(hello(connect)));
        } else if (query instanceof ClientToProxy.AuthorizeWithProxyShort && authorisation.isPresent()) {
            responder.answer(authorisation.get());
        } else if (query instanceof ClientToProxy.AuthorizeWithProxyShort auth) {
            if (Handshake.sha256(auth.data()).equals(knownSecretHash)) {
                responder.answer(new ProxyToClient.AuthorizationWithProxySuccess(payment(), charged, charged));
            } else {
                responder.fail(0, "sha256 mismatch");
            }
        } else if (query instanceof ClientToProxy.AuthorizeWithProxyLong) {
            responder.answer(new ProxyToClient.AuthorizationWithProxySuccess(payment(), charged, charged));
        } else if (query instanceof ClientToProxy.UpdatePaymentStatus) {
            responder.answer(new ProxyToClient.PaymentStatus(payment(), charged, charged));
        } else if (!tellsModels
                && (query instanceof ClientToProxy.GetWorkerTypes || query instanceof ClientToProxy.GetWorkerTypesV2)) {
            responder.fail(0, "not now");
        } else if (query instanceof ClientToProxy.GetWorkerTypes) {
            responder.answer(new ProxyToClient.WorkerTypes(List.of(new WorkerType("m", 3, 1000, 1200, 1500))));
        } else if (query instanceof ClientToProxy.GetWorkerTypesV2) {
            responder.answer(new ProxyToClient.WorkerTypesV2(List.of(new WorkerTypeV2(
                    "m", List.of(new WorkerInstanceV2(0, 1500, 2, 5), new WorkerInstanceV2(0, 1000, 5, 5))))));
        } else {
            responder.fail(0, "Lost promise");
        }
    }

    private ProxyToClient.ConnectedToProxy hello(ClientToProxy.ConnectToProxy connect) {
        RootState root = chain.root();
        Address contract = ContractAddresses.proxy(root, owner, key.publicKey());
        Address clientOwner = Address.parse(connect.params().clientOwnerAddress());
        clientContract = ContractAddresses.client(root, clientOwner, contract, key.publicKey());
        int version = (connect.params().flags() & 2) == 0
                ? 0
                : Math.min(maxVersion, connect.params().maxProtoVersion());
        return new ProxyToClient.ConnectedToProxy(
                new ProxyParams(
                        version == 0 ? 1 : 3,
                        key.publicKey(),
                        owner.toText(false),
                        contract.toText(false),
                        root.params().isTest(),
                        version),
                clientContract.toText(false),
                new ConnectionAuth.Short(knownSecretHash, 0),
                new SignedPayment.Empty());
    }

    SignedPayment payment() {
        long tokens = signed >= 0 ? signed : charged;
        return new SignedPayment.Signed(
                SignedPayments.sign(key, SignedPayments.Kind.CLIENT_CHARGE, clientContract, tokens, tokens, owner));
    }

    @Override
    public void message(Connection connection, Bytes bytes) {
        try {
            ClientToProxy.Message message = TlReader.readWhole(bytes, ClientToProxy::readMessage);
            seen.add(message);
            if (message instanceof ClientToProxy.RunQueryEx q) {
                start(new Run(this, connection, q.requestId(), q, http(q.query()), true));
            } else if (message instanceof ClientToProxy.RunQuery q) {
                start(new Run(this, connection, q.requestId(), q, http(q.query()), false));
            } else if (message instanceof ClientToProxy.CancelQuery cancel) {
                cancels.add(cancel.requestId());
            }
        } catch (TlException e) {
            throw new IllegalStateException(e);
        }
    }

    private void start(Run run) {
        running.put(run.id, run);
        runs.add(run);
        script.accept(run);
    }

    private static HttpRequest http(Bytes query) throws TlException {
        return TlReader.readWhole(query, HttpRequest::readBoxed);
    }

    @Override
    public void closed(Connection connection, CloseReason reason) {}

    /** One query that the client sent, and the ways to answer it. */
    static final class Run {
        final FakeProxy proxy;
        final Connection connection;
        final Int256 id;
        final ClientToProxy.Message message;
        final HttpRequest http;
        private final boolean ex;

        Run(
                FakeProxy proxy,
                Connection connection,
                Int256 id,
                ClientToProxy.Message message,
                HttpRequest http,
                boolean ex) {
            this.proxy = proxy;
            this.connection = connection;
            this.id = id;
            this.message = message;
            this.http = http;
            this.ex = ex;
        }

        String body() {
            return http.payload().toUtf8();
        }

        Run send(TlObject object) {
            try {
                connection.send(object);
            } catch (FrameTooLargeException e) {
                throw new IllegalStateException(e);
            }
            return this;
        }

        Run head(int status, String contentType) {
            Bytes head = new HttpResponse(
                            "HTTP/1.1",
                            status,
                            "OK",
                            List.of(new HttpHeader("content-type", contentType)),
                            Bytes.empty())
                    .toBytes();
            return ex
                    ? send(new ProxyToClient.QueryAnswerEx(id, head, 0, null))
                    : send(new ProxyToClient.QueryAnswer(head, false, id, new TokensUsed(0, 0, 0, 0, 0)));
        }

        Run part(String text) {
            return part(Bytes.utf8(text));
        }

        Run part(Bytes bytes) {
            return ex
                    ? send(new ProxyToClient.QueryAnswerPartEx(id, bytes, 0, null))
                    : send(new ProxyToClient.QueryAnswerPart(bytes, false, id, new TokensUsed(0, 0, 0, 0, 0)));
        }

        Run end(TokensUsed used) {
            return ex
                    ? send(new ProxyToClient.QueryAnswerPartEx(
                            id, Bytes.empty(), 1, new ClientFinalInfo(2, used, "", "", 1, 2, 1, 2)))
                    : send(new ProxyToClient.QueryAnswerPart(Bytes.empty(), true, id, used));
        }

        Run pay(long tokens) {
            proxy.charged += tokens;
            return send(
                    new ProxyToClient.ClientRequestPayment(id, proxy.payment(), proxy.charged, proxy.charged, tokens));
        }

        /** As the proxy's own refusals in every version (hazard H2). */
        Run refuse(int code, String text) {
            return send(new ProxyToClient.QueryAnswerError(code, text, id, new TokensUsed(0, 0, 0, 0, 0)));
        }

        /** As errors of workers. */
        Run failEx(int code, String text) {
            return send(new ProxyToClient.QueryAnswerErrorEx(
                    id, code, text, 1, new ClientFinalInfo(0, new TokensUsed(0, 0, 0, 0, 0), "", "", 0, 0, 0, 0)));
        }

        void answerPlainly() {
            head(200, "application/json").part(PLAIN_ANSWER).end(TOKENS).pay(TOKENS.totalTokensUsed());
        }
    }
}
