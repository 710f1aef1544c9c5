package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerInstanceV2;
import io.cocoon.protocol.WorkerParams;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.protocol.WorkerType;
import io.cocoon.protocol.WorkerTypeV2;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.RemoteErrorException;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LifecycleTest {

    private static ProxyToClient.WorkerTypesV2 listV2(FakeConnection client) {
        return (ProxyToClient.WorkerTypesV2) TestProxy.done(client.ask(new ClientToProxy.GetWorkerTypesV2()));
    }

    @Test
    void should_list_enabled_workers_by_price() {
        try (TestProxy proxy = new TestProxy()) {
            proxy.worker("w1", "m@1:2", 2000, 7, 4);
            proxy.worker("w2", "m", 500, 5, 4);
            FakeConnection off = proxy.worker("w3", "m", 1, 5, 4);
            off.tell(new WorkerToProxy.EnabledDisabled(1));
            proxy.worker("w4", "a", 0, 1, 4);
            assertThat(listV2(proxy.client(4)).types())
                    .containsExactly(
                            new WorkerTypeV2("a", List.of(new WorkerInstanceV2(0, 0, 0, 1))),
                            new WorkerTypeV2(
                                    "m",
                                    List.of(new WorkerInstanceV2(0, 500, 0, 5), new WorkerInstanceV2(0, 2000, 0, 7))));
        }
    }

    @Test
    void should_list_for_version_0_with_the_references_artificial_coefficient() {
        try (TestProxy proxy = new TestProxy()) {
            proxy.worker("w1", "m", 2000, 7, 4);
            FakeConnection off = proxy.worker("w2", "m", 500, 5, 4);
            off.tell(new WorkerToProxy.EnabledDisabled(1));
            ProxyToClient.WorkerTypes list =
                    (ProxyToClient.WorkerTypes) TestProxy.done(proxy.client(0).ask(new ClientToProxy.GetWorkerTypes()));
            assertThat(list.types()).containsExactly(new WorkerType("m", 2, 500, 2000, 2_147_483_647));
        }
    }

    @Test
    void h22_should_take_models_off_the_list_that_nobody_serves_and_forget_them_later() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            worker.drop();
            proxy.time.run();
            assertThat(listV2(client).types()).isEmpty();
            proxy.ask(client);
            assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error())
                    .isEqualTo("no workers for model m");
            proxy.time.advance(Duration.ofMinutes(11));
            proxy.ask(client);
            assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error())
                    .isEqualTo("unknown model m");
        }
    }

    @Test
    void should_use_a_new_coefficient_for_queries_that_begin_later() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            worker.tell(new WorkerToProxy.NewCoefficient(2500));
            proxy.ask(client);
            assertThat(TestProxy.take(worker).coefficient()).isEqualTo(2500);
        }
    }

    @Test
    void h20_should_give_a_worker_no_query_before_its_handshake_is_complete() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            worker.ask(new WorkerToProxy.ConnectToProxy(TestProxy.workerParams("w", "m", 1000, 5, 4)));
            worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
            worker.tell(new WorkerToProxy.EnabledDisabled(0));
            FakeConnection client = proxy.client(4);
            proxy.ask(client);
            assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                    .isEqualTo(651);
            assertThat(worker.sent).isEmpty();
            worker.ask(new WorkerToProxy.ProxyHandshakeComplete(false));
            proxy.ask(client);
            TestProxy.take(worker);
        }
    }

    @Test
    void should_ignore_a_registration_that_comes_after_the_connection_has_closed() {
        FakeChain chain = new FakeChain(false, false);
        try (TestProxy proxy = new TestProxy(chain, builder -> {})) {
            FakeConnection client = proxy.dialAsClient();
            var params = new io.cocoon.protocol.ClientParams(
                    3, TestProxy.owner("someone").toText(false), false, 0, 4);
            var hello = (ProxyToClient.ConnectedToProxy)
                    TestProxy.done(client.ask(new ClientToProxy.ConnectToProxy(params, 0)));
            FakeConnection.Reply reply = client.ask(new ClientToProxy.AuthorizeWithProxyLong());
            client.drop();
            proxy.server.clientRegistered(
                    TestProxy.owner("someone"), ((io.cocoon.protocol.ConnectionAuth.Long) hello.auth()).nonce());
            assertThat(reply.isDone()).isFalse();
            assertThat(proxy.server.status().clients()).isEmpty();
        }
    }

    @Test
    void should_close_everything_when_the_parameters_change_and_use_new_addresses() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            var before = proxy.server.status().contract();
            proxy.chain.change(root -> FakeChain.root(true, 4, 2));
            proxy.time.run();
            assertThat(worker.isClosed()).isTrue();
            assertThat(client.isClosed()).isTrue();
            assertThat(proxy.server.status().contract()).isNotEqualTo(before);
            assertThat(proxy.client(4).isClosed()).isFalse();
        }
    }

    @Test
    void h46_should_settle_with_the_contracts_under_which_a_query_began() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            var contract = proxy.clientContract("client owner");
            proxy.ask(client);
            assertThat(proxy.ledger.reserved(contract)).isPositive();
            proxy.chain.change(root -> FakeChain.root(true, 4, 2));
            proxy.time.advance(Duration.ofSeconds(40));
            assertThat(proxy.ledger.reserved(contract)).isZero();
            assertThat(worker.isClosed()).isTrue();
            proxy.assertNothingLeft();
        }
    }

    @Test
    void should_keep_connections_when_only_the_version_changes() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            proxy.chain.change(root -> FakeChain.root(true, 9, 1));
            proxy.time.run();
            assertThat(worker.isClosed()).isFalse();
            client.tell(new ClientToProxy.RunQueryEx(
                    "m", TestProxy.request(), 4000, 100, 30, proxy.newRequestId(), 9, 1, false, Int256.ZERO));
            TestProxy.take(worker);
        }
    }

    @Test
    void h28_should_close_workers_whose_image_or_model_is_no_longer_listed() {
        try (TestProxy proxy = new TestProxy(new FakeChain(false, false), builder -> {})) {
            FakeConnection worker =
                    proxy.dialAsWorker(FakeConnection.peer(PeerIdentity.Kind.TDX, TestHashes.of("worker image")));
            TestProxy.done(worker.ask(new WorkerToProxy.ConnectToProxy(
                    new WorkerParams(3, TestProxy.owner("w").toText(false), "listed@1:2", 0, false, 1, 1, 1, 4, ""))));
            proxy.chain.change(root -> withHashes(root, 4, root.workerHashes(), root.modelHashes()));
            proxy.time.run();
            assertThat(worker.isClosed()).isFalse();
            proxy.chain.change(root -> withHashes(root, 5, root.workerHashes(), Set.of()));
            proxy.time.run();
            assertThat(worker.isClosed()).isTrue();
        }
    }

    private static RootState withHashes(RootState root, int version, Set<Int256> workers, Set<Int256> models) {
        return new RootState(
                root.root(),
                root.owner(),
                version,
                root.params(),
                root.proxies(),
                root.lastProxySeqno(),
                root.proxyHashes(),
                workers,
                models,
                root.networkKeys(),
                root.keyManager());
    }

    @Test
    void should_let_running_queries_finish_while_draining() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            proxy.ask(client);
            Int256 leg = TestProxy.take(worker).requestId();
            CompletableFuture<Boolean> drained = proxy.server.drain(Duration.ofMinutes(1));
            proxy.ask(client);
            assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error())
                    .isEqualTo("proxy is disabled");
            proxy.time.run();
            assertThat(drained).isNotDone();
            TestProxy.answer(worker, leg, TestProxy.tokens(1, 1));
            proxy.time.run();
            assertThat(drained).isCompletedWithValue(true);
            client.next(ProxyToClient.QueryAnswerEx.class);
            client.next(ProxyToClient.ClientRequestPayment.class);
            assertThat(client.isClosed()).isTrue();
            proxy.server.enable();
            assertThat(proxy.client(4).isClosed()).isFalse();
        }
    }

    @Test
    void should_end_a_drain_that_takes_too_long() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            proxy.ask(client);
            TestProxy.take(worker);
            CompletableFuture<Boolean> drained = proxy.server.drain(Duration.ofSeconds(2));
            proxy.time.advance(Duration.ofSeconds(3));
            assertThat(drained).isCompletedWithValue(false);
            assertThat(client.isClosed()).isTrue();
            assertThat(proxy.server.status().mode()).isEqualTo("DISABLED");
        }
    }

    @Test
    void should_drain_at_once_when_nothing_runs() {
        try (TestProxy proxy = new TestProxy()) {
            CompletableFuture<Boolean> drained = proxy.server.drain(Duration.ofMinutes(1));
            proxy.time.run();
            assertThat(drained).isCompletedWithValue(true);
        }
    }

    @Test
    void should_fail_running_queries_without_a_bill_when_it_closes() {
        TestProxy proxy = new TestProxy();
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        proxy.close();
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                .isEqualTo(651);
        assertThat(worker.isClosed()).isTrue();
        assertThat(client.isClosed()).isTrue();
        proxy.assertNothingLeft();
    }

    /** A query whose head was passed on. */
    private static Int256 begun(TestProxy proxy, FakeConnection client, FakeConnection worker) {
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        worker.tell(new WorkerToProxy.QueryAnswerEx(leg, TestProxy.head(""), 0, null));
        client.next(ProxyToClient.QueryAnswerEx.class);
        return leg;
    }

    private static void assertBilled(TestProxy proxy, long tokens) {
        assertThat(proxy.ledger
                        .totals(Ledger.Side.CLIENT, proxy.clientContract("client owner"))
                        .max())
                .isEqualTo(tokens);
        assertThat(proxy.ledger
                        .totals(Ledger.Side.WORKER, proxy.workerContract("worker owner"))
                        .max())
                .isEqualTo(tokens);
    }

    @Test
    void should_bill_once_what_was_delivered_when_it_closes_in_the_middle_of_an_answer() throws Exception {
        TestProxy proxy = TestProxy.withLimits(limits -> limits.cancelGrace(Duration.ofSeconds(60)));
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        Int256 leg = begun(proxy, client, worker);
        Thread closing = new Thread(proxy::close);
        closing.start();
        org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> worker.sent.stream().anyMatch(ProxyToWorker.CancelQuery.class::isInstance));
        worker.tell(new WorkerToProxy.QueryAnswerPartEx(leg, Bytes.empty(), 1, TestProxy.info(TestProxy.tokens(3, 7))));
        closing.join(30_000);
        assertThat(closing.isAlive()).isFalse();
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                .isEqualTo(651);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isEqualTo(10);
        worker.next(ProxyToWorker.CancelQuery.class);
        assertThat(worker.next(ProxyToWorker.WorkerRequestPayment.class).requestTokens())
                .isEqualTo(10);
        assertThat(worker.isClosed()).isTrue();
        assertBilled(proxy, 10);
        assertThat(proxy.ledger
                        .totals(Ledger.Side.WORKER, proxy.workerContract("worker owner"))
                        .db())
                .isEqualTo(10);
        proxy.assertNothingLeft();
    }

    @Test
    void should_close_without_a_bill_when_a_worker_never_states_one() {
        TestProxy proxy = TestProxy.withLimits(limits -> limits.cancelGrace(Duration.ofMillis(1)));
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        begun(proxy, client, worker);
        proxy.close();
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                .isEqualTo(651);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isZero();
        assertBilled(proxy, 0);
        proxy.assertNothingLeft();
    }

    @Test
    void should_wait_for_a_worker_s_last_word_before_connections_close_with_the_parameters() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            Int256 leg = begun(proxy, client, worker);
            var earner = proxy.workerContract("worker owner");
            proxy.chain.change(root -> FakeChain.root(true, 4, 2));
            proxy.time.run();
            assertThat(worker.isClosed()).isFalse();
            client.next(ProxyToClient.QueryAnswerErrorEx.class);
            proxy.ask(client);
            assertThat(client.sent).isEmpty();
            TestProxy.there(worker.next(ProxyToWorker.CancelQuery.class));
            worker.tell(
                    new WorkerToProxy.QueryAnswerPartEx(leg, Bytes.empty(), 1, TestProxy.info(TestProxy.tokens(3, 7))));
            assertThat(worker.isClosed()).isTrue();
            assertThat(client.isClosed()).isTrue();
            assertThat(proxy.ledger.totals(Ledger.Side.WORKER, earner).max()).isEqualTo(10);
            proxy.assertNothingLeft();
        }
    }

    @Test
    void should_close_after_the_grace_when_it_is_disabled_and_a_worker_keeps_silent() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            begun(proxy, client, worker);
            proxy.server.disable();
            assertThat(worker.isClosed()).isFalse();
            proxy.time.advance(Duration.ofSeconds(6));
            assertThat(worker.isClosed()).isTrue();
            assertThat(client.isClosed()).isTrue();
            assertBilled(proxy, 0);
            proxy.assertNothingLeft();
        }
    }

    @Test
    void should_forget_payments_of_contracts_that_nobody_connected_uses() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            assertThat(proxy.server.core().payments().cached()).isEqualTo(2);
            proxy.time.advance(Duration.ofSeconds(11));
            assertThat(proxy.server.core().payments().cached()).isEqualTo(2);
            worker.drop();
            client.drop();
            proxy.time.advance(Duration.ofSeconds(11));
            assertThat(proxy.server.core().payments().cached()).isZero();
        }
    }

    @Test
    void should_keep_no_account_of_a_client_that_was_never_charged() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            FakeConnection client = proxy.client(4);
            proxy.ask(client);
            worker.tell(new WorkerToProxy.QueryAnswerErrorEx(
                    TestProxy.take(worker).requestId(), 0, "no", 1, TestProxy.info(TestProxy.tokens(0, 0))));
            assertThat(proxy.ledger.size()).isZero();
            proxy.ask(client);
            TestProxy.answer(worker, lastQuery(worker), TestProxy.tokens(1, 1));
            assertThat(proxy.ledger.size()).isEqualTo(2);
        }
    }

    private static Int256 lastQuery(FakeConnection worker) {
        Int256 last = Int256.ZERO;
        for (var each : worker.sent) {
            if (each instanceof ProxyToWorker.RunQueryEx query) {
                last = query.requestId();
            }
        }
        return last;
    }

    @Test
    void should_sort_the_workers_at_most_ten_times_a_second() {
        try (TestProxy proxy = new TestProxy()) {
            proxy.worker("w1", "m", 2000, 7, 4);
            FakeConnection client = proxy.client(4);
            assertThat(listV2(client).types().get(0).workers()).hasSize(1);
            proxy.worker("w2", "m", 500, 5, 4);
            assertThat(listV2(client).types().get(0).workers()).hasSize(1);
            proxy.time.advance(WorkerTable.LIST_AGE);
            assertThat(listV2(client).types().get(0).workers()).hasSize(2);
        }
    }

    @Test
    void h28_should_refuse_a_worker_whose_model_left_the_list_during_its_handshake() {
        try (TestProxy proxy = new TestProxy(new FakeChain(false, false), builder -> {})) {
            FakeConnection worker =
                    proxy.dialAsWorker(FakeConnection.peer(PeerIdentity.Kind.TDX, TestHashes.of("worker image")));
            TestProxy.done(worker.ask(new WorkerToProxy.ConnectToProxy(
                    new WorkerParams(3, TestProxy.owner("w").toText(false), "listed@1:2", 0, false, 1, 1, 1, 4, ""))));
            worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
            // As if this connection's slot had not been there yet when the proxy looked for unlisted workers.
            var newer = withHashes(proxy.chain.root(), 5, proxy.chain.root().workerHashes(), Set.of());
            proxy.server.core().network(Network.of(newer, proxy.server.core().settings()));
            assertThat(worker.ask(new WorkerToProxy.ProxyHandshakeComplete(false)).text)
                    .contains("invalid worker model");
            assertThat(worker.isClosed()).isTrue();
        }
    }

    @Test
    void should_refuse_one_worker_more_than_its_limit_and_keep_the_others() {
        try (TestProxy proxy = TestProxy.withLimits(limits -> limits.connections(10, 1))) {
            FakeConnection first = proxy.worker(4);
            assertThat(proxy.dialAsWorker().isClosed()).isTrue();
            assertThat(first.isClosed()).isFalse();
            first.drop();
            proxy.time.run();
            assertThat(proxy.dialAsWorker().isClosed()).isFalse();
        }
    }

    @Test
    void should_ask_a_worker_to_change_its_model() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.worker(4);
            CompletableFuture<Void> changed = proxy.server.changeModel(worker.number(), "new@1:2");
            assertThat(worker.askedQueries).containsExactly(new ProxyToWorker.ChangeModel("new@1:2"));
            worker.asked.get(0).complete(new WorkerToProxy.ChangedModel().toBytes());
            assertThat(changed).isCompleted();

            CompletableFuture<Void> refused = proxy.server.changeModel(worker.number(), "new@1:2");
            worker.asked.get(1).completeExceptionally(new RemoteErrorException(602, "no script"));
            assertThatThrownBy(refused::join).hasCauseInstanceOf(RemoteErrorException.class);
        }
    }

    @Test
    void should_not_change_the_model_of_a_connection_that_is_not_there() {
        try (TestProxy proxy = new TestProxy()) {
            assertThatThrownBy(proxy.server.changeModel(-1, "x")::join)
                    .hasCauseInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void h21_n19_should_escape_what_peers_say_in_its_status() throws Exception {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            String evil = "</script>\"\\\n\u2028é";
            worker.ask(new WorkerToProxy.ConnectToProxy(
                    new WorkerParams(7, TestProxy.owner("w").toText(false), evil, 0, true, 1, 1, 1, 4, evil)));
            worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
            worker.ask(new WorkerToProxy.ProxyHandshakeComplete(false));
            proxy.client(4);
            String json = proxy.server.status().toJson();
            assertThat(json).doesNotContain("<").doesNotContain("\n");
            var tree = new com.fasterxml.jackson.databind.ObjectMapper().readTree(json);
            assertThat(tree.at("/workers/0/machine").asText()).isEqualTo(evil);
            assertThat(tree.at("/clients").size()).isEqualTo(1);
            assertThat(proxy.server.status().toText()).contains("serving").doesNotContain("\"\\\n");
        }
    }

    @Test
    void should_refuse_the_empty_message_of_either_side() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.client(4);
            client.tell(Bytes.empty());
            assertThat(client.isClosed()).isTrue();
        }
    }
}
