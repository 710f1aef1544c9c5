package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ClientParams;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerParams;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.transport.PeerIdentity;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeTest {

    private static final String UNKNOWN = "a client that the chain does not know";
    private static final String OWNER = TestProxy.owner("someone").toText(false);

    private static ClientToProxy.ConnectToProxy hello(
            int flags, String owner, boolean test, int min, int max, int config) {
        return new ClientToProxy.ConnectToProxy(new ClientParams(flags, owner, test, min, max), config);
    }

    private static void assertRefused(FakeConnection peer, FakeConnection.Reply reply, int code, String text) {
        assertThat(reply.code).isEqualTo(code);
        assertThat(reply.text).contains(text);
        assertThat(peer.isClosed()).isTrue();
    }

    private static void assertClientRefused(TlObject hello, int code, String text) {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            assertRefused(client, client.ask(hello), code, text);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, true, 0, 0, 0, 602, too old client",
        "2, true, 0, 4, 0, 602, too old client",
        "3, false, 0, 4, 0, 602, test mode mismatch",
        "3, true, 0, 4, 4, 602, active config version is too low",
        "3, true, 0, 4, -1, 602, active config version is too low",
        "3, true, 5, 9, 0, 621, cannot choose common protocol version",
        "3, true, 3, 2, 0, 621, cannot choose common protocol version",
        "3, true, -9, -1, 0, 621, cannot choose common protocol version"
    })
    void should_refuse_a_client_with_the_references_code(
            int flags, boolean test, int min, int max, int config, int code, String text) {
        assertClientRefused(hello(flags, OWNER, test, min, max, config), code, text);
    }

    @Test
    void should_refuse_a_client_whose_address_does_not_parse() {
        assertClientRefused(hello(3, "not-an-address", true, 0, 4, 0), 0, "Failed to parse account address");
    }

    @Test
    void should_refuse_a_client_of_another_workchain() {
        String elsewhere = new Address(5, TestHashes.of("x")).toText(false);
        assertClientRefused(hello(3, elsewhere, true, 0, 4, 0), 602, "cannot parse client owner address");
    }

    @Test
    void should_check_the_test_mode_before_the_address() {
        assertClientRefused(hello(3, "not-an-address", false, 0, 4, 0), 602, "test mode mismatch");
    }

    @Test
    void should_refuse_bytes_after_a_clients_first_step() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            Bytes tooLong = hello(3, OWNER, true, 0, 4, 0).toBytes().concat(Bytes.fromHex("00000000"));
            assertRefused(client, client.ask(tooLong), 0, "Too much data");
        }
    }

    @Test
    void should_refuse_a_first_step_after_the_last() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.client(4);
            assertRefused(client, client.ask(hello(3, OWNER, true, 0, 4, 0)), 0, "already authorized");
        }
    }

    @Test
    void should_refuse_what_is_no_authorisation_in_the_second_step() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            client.ask(hello(3, OWNER, true, 0, 4, 0));
            assertRefused(client, client.ask(hello(3, OWNER, true, 0, 4, 0)), 0, "expected auth message");
        }
    }

    @Test
    void should_refuse_everybody_while_it_does_not_serve() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            FakeConnection worker = proxy.dialAsWorker();
            proxy.server.core().mode(ProxyCore.Mode.DRAINING);
            String text = "proxy is not participating in this iteration";
            assertRefused(client, client.ask(hello(3, OWNER, true, 0, 4, 0)), 651, text);
            TlObject connect = new WorkerToProxy.ConnectToProxy(TestProxy.workerParams("w", "m", 0, 1, 4));
            assertRefused(worker, worker.ask(connect), 651, text);
            assertThat(proxy.dialAsClient().isClosed()).isTrue();
        }
    }

    @Test
    void should_negotiate_the_highest_common_version_and_name_it_only_above_0() {
        try (TestProxy proxy = new TestProxy()) {
            for (int highest = 0; highest <= 6; highest++) {
                FakeConnection client = proxy.dialAsClient();
                ProxyToClient.ConnectedToProxy answer = (ProxyToClient.ConnectedToProxy)
                        TestProxy.done(client.ask(hello(3, OWNER, true, 0, highest, 0)));
                int version = Math.min(highest, 4);
                assertThat(answer.params().protoVersion()).isEqualTo(version);
                assertThat(answer.params().flags()).isEqualTo(version == 0 ? 1 : 3);
                assertThat(answer.auth()).isEqualTo(new ConnectionAuth.Short(TestHashes.of(""), 0));
                assertThat(answer.signedPayment()).isInstanceOf(SignedPayment.Empty.class);
            }
        }
    }

    @Test
    void should_believe_a_long_authorisation_at_once_without_a_chain() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            client.ask(hello(3, OWNER, true, 0, 4, 0));
            assertThat(client.ask(new ClientToProxy.AuthorizeWithProxyLong()).answer)
                    .isInstanceOf(ProxyToClient.AuthorizationWithProxySuccess.class);
        }
    }

    // ---- On a real network ----

    private static final class Real implements AutoCloseable {
        final FakeChain chain = new FakeChain(false, false);
        final TestProxy proxy;

        Real(boolean emptyAllowed) {
            proxy = new TestProxy(chain, builder -> {
                if (emptyAllowed) {
                    builder.allowEmptyClientSecrets();
                }
            });
        }

        FakeConnection client(String secret, ContractState state) {
            chain.clients.put(
                    proxy.clientContract("someone"),
                    new ClientContractState(
                            state,
                            Nanoton.ofTon("10"),
                            Nanoton.ofTon("1"),
                            0,
                            secret.equals(UNKNOWN) ? Int256.ZERO : TestHashes.of(secret)));
            return proxy.dialAsClient();
        }

        static FakeConnection.Reply hello(FakeConnection client) {
            return client.ask(HandshakeTest.hello(3, OWNER, false, 1, 4, 0));
        }

        ConnectionAuth auth(FakeConnection client) {
            return ((ProxyToClient.ConnectedToProxy) TestProxy.done(hello(client))).auth();
        }

        @Override
        public void close() {
            proxy.close();
        }
    }

    private static FakeConnection.Reply secret(FakeConnection client, String secret) {
        return client.ask(new ClientToProxy.AuthorizeWithProxyShort(Bytes.utf8(secret)));
    }

    private static FakeConnection.Reply askLong(FakeConnection client) {
        return client.ask(new ClientToProxy.AuthorizeWithProxyLong());
    }

    @Test
    void should_let_a_client_in_that_knows_its_secret() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client("sesame", ContractState.NORMAL);
            assertThat(real.auth(client)).isInstanceOf(ConnectionAuth.Short.class);
            assertThat(secret(client, "sesame").answer).isNotNull();
        }
    }

    @Test
    void should_refuse_a_wrong_secret() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client("sesame", ContractState.NORMAL);
            real.auth(client);
            assertRefused(client, secret(client, "password"), 0, "sha256 mismatch");
        }
    }

    @Test
    void should_refuse_any_secret_of_an_unknown_client() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client(UNKNOWN, ContractState.NORMAL);
            assertThat(real.auth(client)).isInstanceOf(ConnectionAuth.Long.class);
            assertRefused(client, secret(client, ""), 0, "sha256 mismatch");
        }
    }

    @Test
    void h12_should_refuse_the_empty_secret_on_a_real_network() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client("", ContractState.NORMAL);
            assertThat(real.auth(client)).isInstanceOf(ConnectionAuth.Long.class);
            assertRefused(client, secret(client, ""), 602, "empty secret");
        }
    }

    @Test
    void h12_should_take_the_empty_secret_where_the_operator_says_so() {
        try (Real real = new Real(true)) {
            FakeConnection client = real.client("", ContractState.NORMAL);
            assertThat(real.auth(client)).isInstanceOf(ConnectionAuth.Short.class);
            assertThat(secret(client, "").answer).isNotNull();
        }
    }

    @Test
    void should_refuse_a_client_whose_contract_is_closing() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client("sesame", ContractState.CLOSING);
            assertRefused(client, Real.hello(client), 602, "client is closing");
        }
    }

    @Test
    void should_wait_for_the_chain_in_a_long_authorisation() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client(UNKNOWN, ContractState.NORMAL);
            long nonce = ((ConnectionAuth.Long) real.auth(client)).nonce();
            FakeConnection.Reply reply = askLong(client);
            real.proxy.server.clientRegistered(TestProxy.owner("somebody else"), nonce);
            real.proxy.server.clientRegistered(TestProxy.owner("someone"), nonce + 1);
            assertThat(reply.isDone()).isFalse();

            real.proxy.server.clientRegistered(TestProxy.owner("someone"), nonce);
            assertThat(reply.answer).isInstanceOf(ProxyToClient.AuthorizationWithProxySuccess.class);
        }
    }

    @Test
    void should_accept_a_long_authorisation_that_the_chain_confirmed_before_it_was_asked_for() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client(UNKNOWN, ContractState.NORMAL);
            long nonce = ((ConnectionAuth.Long) real.auth(client)).nonce();
            real.proxy.server.clientRegistered(TestProxy.owner("someone"), nonce);
            assertThat(askLong(client).answer).isNotNull();
        }
    }

    @Test
    void should_refuse_a_second_long_authorisation_while_one_waits() {
        try (Real real = new Real(false)) {
            FakeConnection client = real.client(UNKNOWN, ContractState.NORMAL);
            real.auth(client);
            askLong(client);
            assertRefused(client, askLong(client), 0, "duplicate auth message");
        }
    }

    @Test
    void h13_should_hand_out_unique_nonces_that_leave_with_their_use_and_their_connection() {
        try (Real real = new Real(false)) {
            FakeConnection one = real.client(UNKNOWN, ContractState.NORMAL);
            FakeConnection two = real.client(UNKNOWN, ContractState.NORMAL);
            long first = ((ConnectionAuth.Long) real.auth(one)).nonce();
            long second = ((ConnectionAuth.Long) real.auth(two)).nonce();
            assertThat(first).isNotZero().isNotEqualTo(second);
            assertThat(real.proxy.server.core().clients().waitingNonces()).isEqualTo(2);

            real.proxy.server.clientRegistered(TestProxy.owner("someone"), first);
            two.drop();
            real.proxy.time.run();
            assertThat(real.proxy.server.core().clients().waitingNonces()).isZero();
        }
    }

    @Test
    void h25_should_close_a_peer_that_never_finishes_its_handshake() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            FakeConnection worker = proxy.dialAsWorker();
            FakeConnection finished = proxy.client(4);
            proxy.time.advance(Duration.ofSeconds(31));
            assertThat(client.isClosed()).isTrue();
            assertThat(worker.isClosed()).isTrue();
            assertThat(finished.isClosed()).isFalse();
        }
    }

    @Test
    void h25_should_close_connections_above_the_limit() {
        try (TestProxy proxy = TestProxy.withLimits(limits -> limits.connections(1, 1))) {
            FakeConnection first = proxy.client(4);
            FakeConnection worker = proxy.worker(4);
            assertThat(proxy.dialAsClient().isClosed()).isTrue();
            assertThat(proxy.dialAsWorker().isClosed()).isTrue();
            first.drop();
            worker.drop();
            proxy.time.run();
            assertThat(proxy.dialAsClient().isClosed()).isFalse();
            assertThat(proxy.dialAsWorker().isClosed()).isFalse();
        }
    }

    // ---- Workers ----

    private static WorkerToProxy.ConnectToProxy worker(
            int flags, String model, int coefficient, boolean test, int count, int most) {
        return new WorkerToProxy.ConnectToProxy(
                new WorkerParams(flags, OWNER, model, coefficient, test, count, most, 1, 4, "{}"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, m, 0, true, 1, 1, 602, too old worker",
        "3, m, 0, false, 1, 1, 602, test mode mismatch",
        "3, '', 0, true, 1, 1, 621, invalid worker hash or worker type",
        "3, '@x', 0, true, 1, 1, 621, invalid worker hash or worker type",
        "3, m, -1, true, 1, 1, 621, invalid coefficient value",
        "3, m, 1000000000, true, 1, 1, 621, invalid coefficient value",
        "3, m, 0, true, 1, 0, 621, invalid max_active_requests value",
        "3, m, 0, true, 0, 1, 621, invalid proxy_cnt value"
    })
    void should_refuse_a_worker_with_the_references_code(
            int flags, String model, int coefficient, boolean test, int count, int most, int code, String text) {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            assertRefused(worker, worker.ask(worker(flags, model, coefficient, test, count, most)), code, text);
        }
    }

    @Test
    void should_refuse_a_worker_of_a_version_that_nobody_speaks() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            WorkerParams params = new WorkerParams(3, OWNER, "m", 0, true, 1, 1, 50, 60, "");
            FakeConnection.Reply reply = worker.ask(new WorkerToProxy.ConnectToProxy(params));
            assertRefused(worker, reply, 621, "cannot choose common protocol version");
        }
    }

    @Test
    void should_refuse_a_worker_whose_address_does_not_parse() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            WorkerParams params = new WorkerParams(3, "xx", "m", 0, true, 1, 1, 1, 4, "");
            FakeConnection.Reply reply = worker.ask(new WorkerToProxy.ConnectToProxy(params));
            assertRefused(worker, reply, 0, "Failed to parse account address");
        }
    }

    @Test
    void should_share_a_workers_limit_among_its_proxies_rounded_up() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            worker.ask(worker(3, "m@1:2", 7, true, 3, 10));
            worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
            worker.ask(new WorkerToProxy.ProxyHandshakeComplete(true));
            ProxyStatus.Worker status = proxy.server.status().workers().get(0);
            assertThat(status.limit()).isEqualTo(4);
            assertThat(status.disabled()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UNATTESTED, '', false",
        "TDX, other image, false",
        "TDX, worker image, true",
        "SEV_SNP, worker image, true"
    })
    void n14_should_let_only_listed_images_in_when_hashes_are_checked(
            PeerIdentity.Kind kind, String image, boolean welcome) {
        try (TestProxy proxy = new TestProxy(new FakeChain(false, false), builder -> {})) {
            Int256 hash = image.isEmpty() ? Int256.ZERO : TestHashes.of(image);
            FakeConnection worker = proxy.dialAsWorker(FakeConnection.peer(kind, hash));
            FakeConnection.Reply reply = worker.ask(worker(3, "listed@1:2", 0, false, 1, 1));
            if (welcome) {
                assertThat(reply.answer).isNotNull();
            } else {
                assertRefused(worker, reply, 621, "invalid worker image hash " + hash.toHex());
            }
        }
    }

    @Test
    void should_refuse_a_model_that_is_not_listed_when_hashes_are_checked() {
        try (TestProxy proxy = new TestProxy(new FakeChain(false, false), builder -> {})) {
            FakeConnection worker =
                    proxy.dialAsWorker(FakeConnection.peer(PeerIdentity.Kind.TDX, TestHashes.of("worker image")));
            FakeConnection.Reply reply = worker.ask(worker(3, "listed@9:9", 0, false, 1, 1));
            assertRefused(worker, reply, 621, "invalid worker model 'listed@9:9'");
        }
    }

    @Test
    void should_close_peers_with_simulated_evidence_on_a_real_network() {
        try (TestProxy proxy = new TestProxy(new FakeChain(false, false), builder -> {})) {
            PeerIdentity simulated = FakeConnection.peer(PeerIdentity.Kind.SIMULATED, TestHashes.of("worker image"));
            assertThat(proxy.dialAsWorker(simulated).isClosed()).isTrue();
            assertThat(proxy.dialAsClient(simulated).isClosed()).isTrue();
        }
    }

    @Test
    void should_not_start_without_hash_checks_on_a_real_network() {
        assertThatThrownBy(() -> new TestProxy(new FakeChain(false, false), ProxyServerBuilder::withoutHashChecks))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not a test network");
    }

    private static FakeConnection comparing(TestProxy proxy) {
        FakeConnection worker = proxy.dialAsWorker();
        TestProxy.done(worker.ask(worker(3, "m", 0, true, 1, 1)));
        return worker;
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 0", "0, 1, 0", "-1, 0, 0", "0, 0, -1"})
    void h8_should_refuse_a_claim_above_its_own_numbers_and_go_on(long signed, long db, long max) {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = comparing(proxy);
            FakeConnection.Reply reply = worker.ask(new WorkerToProxy.CompareBalanceWithProxy(signed, db, max));
            assertThat(reply.code).isEqualTo(621);
            assertThat(worker.isClosed()).isTrue();
            assertThat(proxy.worker(4).isClosed()).isFalse();
        }
    }

    @Test
    void h11_should_let_a_worker_in_after_the_extended_comparison() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = comparing(proxy);
            ProxyToWorker.CompareBalanceWithProxyResult result = (ProxyToWorker.CompareBalanceWithProxyResult)
                    TestProxy.done(worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 999_999)));
            assertThat(result.errorCode()).isEqualTo(1);
            assertThat(worker.ask(new WorkerToProxy.ExtendedCompareBalanceWithProxy(0, Bytes.empty())).answer)
                    .isEqualTo(new ProxyToWorker.ExtendedCompareBalanceWithProxyResult(0));
            assertThat(worker.ask(new WorkerToProxy.ProxyHandshakeComplete(false)).answer)
                    .isInstanceOf(ProxyToWorker.ProxyHandshakeCompleted.class);
        }
    }

    @Test
    void h11_should_refuse_to_skip_the_extended_comparison() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = comparing(proxy);
            worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 999_999));
            FakeConnection.Reply reply = worker.ask(new WorkerToProxy.ProxyHandshakeComplete(false));
            assertRefused(worker, reply, 0, "Wrong constructor found");
        }
    }

    @Test
    void should_refuse_a_workers_steps_out_of_order_and_after_the_end() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection worker = proxy.dialAsWorker();
            FakeConnection.Reply early = worker.ask(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
            assertRefused(worker, early, 0, "Wrong constructor");
            FakeConnection ready = proxy.worker(4);
            FakeConnection.Reply late = ready.ask(new WorkerToProxy.ProxyHandshakeComplete(false));
            assertRefused(ready, late, 0, "connection is already ready");
        }
    }

    @Test
    void should_answer_queries_of_the_wrong_side_with_the_references_texts() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection client = proxy.dialAsClient();
            FakeConnection worker = proxy.dialAsWorker();
            assertThat(client.ask(worker(3, "m", 0, true, 1, 1)).text).isEqualTo("worker connect() from non worker");
            assertThat(client.ask(new WorkerToProxy.UpdatePaymentStatus()).text)
                    .isEqualTo("worker request from non worker");
            assertThat(client.ask(new ClientToProxy.UpdatePaymentStatus()).text)
                    .isEqualTo("client request from non-ready connection");
            assertThat(client.ask(new ClientToProxy.GetWorkerTypesV2()).text).isEqualTo("expected client connection");
            assertThat(worker.ask(hello(3, OWNER, true, 0, 4, 0)).text).isEqualTo("client connect() from non client");
            assertThat(worker.ask(new ClientToProxy.UpdatePaymentStatus()).text)
                    .isEqualTo("client request from non client");
            assertThat(worker.ask(new WorkerToProxy.UpdatePaymentStatus()).text)
                    .isEqualTo("worker request from non-ready connection");
            assertThat(client.ask(Bytes.fromHex("0011223344556677")).text).isEqualTo("Lost promise");
            assertThat(client.ask(Bytes.empty()).text).isEqualTo("Lost promise");
            assertThat(client.isClosed()).isFalse();
            assertThat(worker.isClosed()).isFalse();
        }
    }

    @Test
    void h31_should_not_know_refunds() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection.Reply reply = proxy.client(4).ask(new ClientToProxy.RequestRefund());
            assertThat(reply.code).isZero();
            assertThat(reply.text).isEqualTo("Lost promise");
        }
    }
}
