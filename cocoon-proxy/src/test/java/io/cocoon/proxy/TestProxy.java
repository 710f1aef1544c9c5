package io.cocoon.proxy;

import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.ManualTime;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.ClientParams;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerFinalInfo;
import io.cocoon.protocol.WorkerParams;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.PeerIdentity;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** A proxy under test, with a chain and a time that the test moves, and peers that the test plays. */
final class TestProxy implements AutoCloseable {

    static final String MODEL = "m";
    static final Ed25519Key KEY = Ed25519Key.fromSeed(TestHashes.of("proxy key"));
    static final Address OWNER = new Address(0, TestHashes.of("proxy owner"));

    final ManualTime time = new ManualTime();
    final FakeChain chain;
    final InMemoryLedger ledger = new InMemoryLedger();
    final ProxyServer server;
    private int requests;

    TestProxy() {
        this(new FakeChain(true, true), builder -> {});
    }

    TestProxy(FakeChain chain, Consumer<ProxyServerBuilder> settings) {
        this.chain = chain;
        ProxyServerBuilder builder = ProxyServer.builder()
                .chain(chain)
                .key(KEY)
                .owner(OWNER)
                .ledger(ledger)
                .clock(time.clock())
                .random(new SplittableRandom(1))
                .timer(time);
        if (chain.root().params().isTest()) {
            builder.withoutHashChecks();
        }
        settings.accept(builder);
        server = builder.build().start();
    }

    static TestProxy with(Consumer<ProxyServerBuilder> settings) {
        return new TestProxy(new FakeChain(true, true), settings);
    }

    static TestProxy withLimits(Consumer<ProxyLimits.Builder> change) {
        ProxyLimits.Builder limits = ProxyLimits.DEFAULT.toBuilder();
        change.accept(limits);
        return with(builder -> builder.limits(limits.build()));
    }

    FakeConnection dialAsClient(PeerIdentity peer) {
        return new FakeConnection(server.acceptClient(), peer).open();
    }

    FakeConnection dialAsClient() {
        return dialAsClient(FakeConnection.NOBODY);
    }

    FakeConnection dialAsWorker(PeerIdentity peer) {
        return new FakeConnection(server.acceptWorker(), peer).open();
    }

    FakeConnection dialAsWorker() {
        return dialAsWorker(FakeConnection.NOBODY);
    }

    static Address owner(String name) {
        return new Address(0, TestHashes.of(name));
    }

    static ClientParams clientParams(String owner, int version) {
        return version == 0
                ? new ClientParams(1, owner(owner).toText(false), true, 0, 0)
                : new ClientParams(3, owner(owner).toText(false), true, 0, version);
    }

    static WorkerParams workerParams(String owner, String model, int coefficient, int limit, int version) {
        return version == 0
                ? new WorkerParams(1, owner(owner).toText(false), model, coefficient, true, 1, limit, 0, 0, "")
                : new WorkerParams(3, owner(owner).toText(false), model, coefficient, true, 1, limit, 0, version, "");
    }

    /** Returns a value that has to be there. */
    static <T> T there(@org.jspecify.annotations.Nullable T value) {
        if (value == null) {
            throw new AssertionError("nothing there");
        }
        return value;
    }

    /** A client that is ready. */
    FakeConnection client(int version) {
        return client("client owner", version);
    }

    FakeConnection client(String owner, int version) {
        FakeConnection client = dialAsClient();
        done(client.ask(new ClientToProxy.ConnectToProxy(clientParams(owner, version), 0)));
        done(client.ask(new ClientToProxy.AuthorizeWithProxyShort(Bytes.empty())));
        return client;
    }

    /** A worker that is ready. */
    FakeConnection worker(int version) {
        return worker("worker owner", MODEL, 1000, 5, version);
    }

    FakeConnection worker(String owner, String model, int coefficient, int limit, int version) {
        FakeConnection worker = dialAsWorker();
        done(worker.ask(new WorkerToProxy.ConnectToProxy(workerParams(owner, model, coefficient, limit, version))));
        done(worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0)));
        done(worker.ask(new WorkerToProxy.ProxyHandshakeComplete(false)));
        return worker;
    }

    static TlObject done(FakeConnection.Reply reply) {
        if (reply.answer == null) {
            throw new AssertionError("no answer but " + reply.code + " " + reply.text);
        }
        return reply.answer;
    }

    static final Bytes BODY = Bytes.utf8("{\"model\":\"m\"}");

    static Bytes request() {
        return new HttpRequest("POST", "/v1/chat/completions", "HTTP/1.1", List.of(), BODY).toBytes();
    }

    Int256 newRequestId() {
        return TestHashes.of("request " + requests++);
    }

    static ClientToProxy.RunQueryEx query(Int256 id) {
        return query(id, MODEL, 4000, 100, 30);
    }

    static ClientToProxy.RunQueryEx query(Int256 id, String model, int maxCoefficient, int maxTokens, double timeout) {
        return new ClientToProxy.RunQueryEx(
                model, request(), maxCoefficient, maxTokens, timeout, id, 0, 1, false, Int256.ZERO);
    }

    /** The client asks; returns its request id. */
    Int256 ask(FakeConnection client) {
        Int256 id = newRequestId();
        client.tell(query(id));
        return id;
    }

    static Bytes head(String payload) {
        return new HttpResponse(
                        "HTTP/1.1",
                        200,
                        "",
                        List.of(new HttpHeader("content-type", "application/json")),
                        Bytes.utf8(payload))
                .toBytes();
    }

    static TokensUsed tokens(long prompt, long completion) {
        return new TokensUsed(prompt, 0, completion, 0, prompt + completion);
    }

    static WorkerFinalInfo info(TokensUsed usage) {
        return new WorkerFinalInfo(2, usage, "", 1.5, 2.5);
    }

    /** The worker takes its query. */
    static ProxyToWorker.RunQueryEx take(FakeConnection worker) {
        return worker.next(ProxyToWorker.RunQueryEx.class);
    }

    /** The worker answers with everything at once. */
    static void answer(FakeConnection worker, Int256 legId, TokensUsed usage) {
        worker.tell(new WorkerToProxy.QueryAnswerEx(legId, head("{}"), 1, info(usage)));
    }

    Address clientContract(String owner) {
        return server.core().network().clientContract(owner(owner));
    }

    Address workerContract(String owner) {
        return server.core().network().workerContract(owner(owner));
    }

    /** Everything that was set aside has come back, and nothing runs. */
    void assertNothingLeft() {
        time.run();
        org.assertj.core.api.Assertions.assertThat(server.core().runningQueries())
                .as("running queries")
                .isZero();
        org.assertj.core.api.Assertions.assertThat(server.core().heldBytes())
                .as("held bytes")
                .isZero();
        org.assertj.core.api.Assertions.assertThat(ledger.reserved(clientContract("client owner")))
                .as("reserved tokens")
                .isZero();
        org.assertj.core.api.Assertions.assertThat(server.status().workers())
                .as("running at workers")
                .allMatch(worker -> worker.running() == 0);
    }

    @Override
    public void close() {
        server.close();
    }
}
