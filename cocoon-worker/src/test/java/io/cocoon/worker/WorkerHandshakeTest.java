package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.PeerIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class WorkerHandshakeTest {

    private static final InferenceEngine ENGINE = DemoEngine.create(Duration.ZERO);

    @Test
    void should_introduce_itself_with_flags_three_and_the_full_model_name() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE, builder -> builder.coefficient(1500))) {
            FakeProxy.Link link = fixture.ready();

            var connect = (WorkerToProxy.ConnectToProxy) link.queries.get(0);

            assertThat(connect.params().flags()).isEqualTo(3);
            assertThat(connect.params().model()).isEqualTo(TestNetworkParts.MODEL);
            assertThat(connect.params().workerOwnerAddress()).isEqualTo(TestNetworkParts.OWNER.toText(false));
            assertThat(connect.params().coefficient()).isEqualTo(1500);
            assertThat(connect.params().minProtoVersion()).isEqualTo(1);
            assertThat(connect.params().maxProtoVersion()).isEqualTo(4);
            assertThat(link.queries)
                    .extracting(query -> query.getClass().getSimpleName())
                    .containsExactly("ConnectToProxy", "CompareBalanceWithProxy", "ProxyHandshakeComplete");
        }
    }

    private static final String MACHINE = "{\"gpu\":\"H100\"}";

    @Test
    void should_tell_of_its_machine_where_only_protocol_four_is_offered() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(
                ENGINE, builder -> builder.machineDescription(MACHINE).protocolVersions(4, 4))) {
            Bytes handshake = fixture.ready().queryBytes.get(0);

            // worker.connectToProxy, flags, ... , min_proto_version, max_proto_version, machine_description_json.
            assertThat(handshake.intLeAt(4)).isEqualTo(7);
            assertThat(handshake.sliceFrom(handshake.length() - 24).toHex())
                    .isEqualTo(
                            "04000000" + "04000000" + "0e" + Bytes.utf8(MACHINE).toHex() + "00");
        }
    }

    @Test
    void should_not_tell_of_its_machine_to_proxies_that_may_be_older() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(
                ENGINE, builder -> builder.machineDescription(MACHINE).protocolVersions(3, 4))) {
            Bytes handshake = fixture.ready().queryBytes.get(0);

            assertThat(handshake.intLeAt(4)).isEqualTo(3);
            assertThat(handshake.toHex()).doesNotContain(Bytes.utf8("H100").toHex());
        }
    }

    @Test
    void should_tell_nothing_of_its_machine_unasked() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE, builder -> builder.protocolVersions(4, 4))) {
            assertThat(fixture.ready().queryBytes.get(0).intLeAt(4)).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "H100", "[1]", "\"H100\"", "{\"gpu\":", "{} {}", "null"})
    void should_refuse_a_machine_description_that_is_no_json_object(String text) {
        assertThatThrownBy(() -> WorkerRuntime.builder().machineDescription(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a machine description is a JSON object");
    }

    @Test
    void should_bound_a_machine_description() {
        String longest = "{\"a\":\"" + "x".repeat(4096 - 8) + "\"}";
        WorkerRuntime.builder().machineDescription(longest);

        assertThatThrownBy(() -> WorkerRuntime.builder().machineDescription(longest.replace("a", "ab")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a machine description has 4096 characters at most, got 4097");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void should_work_in_every_protocol_version(int version) throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.protocol = version;
            fixture.proxy.paramsFlags = version == 0 ? 1 : 3;

            fixture.ready();

            assertThat(fixture.worker.status().proxies().get(0).protocol()).isEqualTo(version);
        }
    }

    @Test
    void should_refuse_a_version_that_was_not_offered() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.protocol = 5;

            assertThat(refusal(fixture)).contains("version 5").contains("1 to 4");
        }
    }

    @Test
    void should_refuse_a_proxy_that_does_not_name_its_test_mode() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.paramsFlags = 2;

            assertThat(refusal(fixture)).contains("too old");
        }
    }

    @Test
    void should_refuse_a_proxy_of_the_other_test_mode() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.test = false;

            assertThat(refusal(fixture)).contains("test mode mismatch");
        }
    }

    @Test
    void should_refuse_an_unexpected_contract_address() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.answers = query -> query instanceof WorkerToProxy.ConnectToProxy
                    ? new ProxyToWorker.ConnectedToProxy(
                            new ProxyParams(
                                    3,
                                    TestNetworkParts.PROXY_KEY,
                                    TestNetworkParts.PROXY_OWNER.toText(false),
                                    TestNetworkParts.PROXY_CONTRACT.toText(false),
                                    true,
                                    4),
                            TestNetworkParts.OWNER.toText(false))
                    : fixture.proxy.usual(query);

            assertThat(refusal(fixture)).contains("this worker's contract at the proxy");
        }
    }

    @Test
    void should_refuse_an_address_that_does_not_parse() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.answers = query -> query instanceof WorkerToProxy.ConnectToProxy
                    ? new ProxyToWorker.ConnectedToProxy(
                            new ProxyParams(3, TestNetworkParts.PROXY_KEY, "nonsense", "nonsense", true, 4), "nonsense")
                    : fixture.proxy.usual(query);

            assertThat(refusal(fixture)).contains("does not parse");
        }
    }

    @Test
    void should_come_back_after_a_refusal_with_the_reason_in_its_status() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            AtomicBoolean refuse = new AtomicBoolean(true);
            fixture.proxy.answers = query -> refuse.get()
                    ? FakeProxy.refusal("cannot choose common protocol version")
                    : fixture.proxy.usual(query);
            assertThat(refusal(fixture)).contains("621").contains("cannot choose common protocol version");

            refuse.set(false);

            fixture.awaitReady();
        }
    }

    @Test
    void should_report_what_it_knows_when_it_comes_back() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.signed = 10;
            fixture.proxy.database = 20;
            fixture.proxy.finished = 30;
            fixture.ready().drop();

            FakeProxy.Link second = fixture.proxy.next();

            await().atMost(Duration.ofSeconds(30)).until(() -> second.queries.size() >= 2);
            assertThat(second.queries.get(1)).isEqualTo(new WorkerToProxy.CompareBalanceWithProxy(10, 20, 30));
        }
    }

    @Test
    void h11_should_give_up_what_a_restarted_proxy_had_only_in_memory_and_go_on() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.signed = 10;
            fixture.proxy.database = 20;
            fixture.proxy.finished = 30;
            FakeProxy.Link first = fixture.ready();
            fixture.proxy.finished = 25;
            first.drop();

            fixture.proxy.next();
            fixture.awaitReady();

            WorkerStatus.Earnings earnings =
                    fixture.worker.status().proxies().get(0).earnings().orElseThrow();
            assertThat(earnings.finished()).isEqualTo(25);
            assertThat(earnings.writtenOff()).isEqualTo(5);
        }
    }

    @Test
    void h11_should_get_through_at_the_second_attempt_when_the_proxy_is_the_reference() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.finished = 30;
            FakeProxy.Link first = fixture.ready();
            fixture.proxy.finished = 0;
            AtomicBoolean inExtended = new AtomicBoolean();
            fixture.proxy.answers = query -> {
                if (query instanceof WorkerToProxy.ConnectToProxy) {
                    inExtended.set(false);
                } else if (query instanceof WorkerToProxy.ExtendedCompareBalanceWithProxy) {
                    inExtended.set(true);
                } else if (inExtended.get()) {
                    return FakeProxy.refusal("the reference stays in its state");
                }
                return fixture.proxy.usual(query);
            };
            first.drop();

            assertThat(fixture.proxy.next()).isNotNull();
            FakeProxy.Link third = fixture.proxy.next();
            fixture.awaitReady();

            assertThat(third.queries.get(1)).isEqualTo(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
        }
    }

    @Test
    void h11_should_never_give_up_what_the_proxy_had_in_its_database() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.database = 20;
            fixture.proxy.finished = 30;
            FakeProxy.Link first = fixture.ready();
            fixture.proxy.database = 0;
            fixture.proxy.finished = 0;
            first.drop();

            fixture.proxy.next();

            await().atMost(Duration.ofSeconds(30)).until(() -> problem(fixture).contains("totals never go back"));
        }
    }

    @Test
    void n18_should_close_and_not_end_when_balances_agree_on_a_lower_total() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.finished = 30;
            FakeProxy.Link first = fixture.ready();
            fixture.proxy.answers = query -> query instanceof WorkerToProxy.CompareBalanceWithProxy
                    ? new ProxyToWorker.CompareBalanceWithProxyResult(TestNetworkParts.payment(0), 0, 5, 0)
                    : fixture.proxy.usual(query);
            first.drop();

            await().atMost(Duration.ofSeconds(30)).until(() -> problem(fixture).contains("balances agree"));
            fixture.proxy.answers = fixture.proxy::usual;
            fixture.awaitReady();
        }
    }

    @Test
    void should_not_be_built_without_hash_checks_on_a_real_network() {
        var real = new TestNetworkParts.MemoryChain(
                TestNetworkParts.root(1, false, List.of(TestNetworkParts.PROXY), Set.of()));
        WorkerRuntimeBuilder builder = WorkerRuntime.builder()
                .chain(real)
                .owner(TestNetworkParts.OWNER)
                .model(TestNetworkParts.MODEL)
                .engine(ENGINE)
                .dialer((address, handler) -> new java.util.concurrent.CompletableFuture<>())
                .checkHashes(false);

        org.assertj.core.api.Assertions.assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not a test network");
        builder.checkHashes(true).build().close();
    }

    @Test
    void should_hold_a_bounded_number_of_accounts_and_give_up_those_without_earnings() throws Exception {
        ProxyAccounts accounts = ProxyAccounts.open(Optional.empty(), new ScheduledThreadPoolExecutor(1), text -> {});
        ProxyAccount earned = accounts.at(TestNetworkParts.TERMS).orElseThrow();
        earned.advance(TestNetworkParts.payment(1), 1, 1);
        for (int i = 0; i < 2 * ProxyAccounts.MOST; i++) {
            Address claimed = new Address(0, TestNetworkParts.number(1000 + i));
            assertThat(accounts.at(TestNetworkParts.terms(claimed))).isPresent();
        }
        assertThat(accounts.size()).isLessThanOrEqualTo(ProxyAccounts.MOST);
        assertThat(accounts.at(TestNetworkParts.TERMS)).containsSame(earned);
    }

    @Test
    void should_refuse_a_handshake_without_a_valid_payment() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.answers = query -> query instanceof WorkerToProxy.CompareBalanceWithProxy
                    ? new ProxyToWorker.CompareBalanceWithProxyResult(
                            new io.cocoon.protocol.SignedPayment.Signed(Bytes.utf8("forged")), 0, 0, 0)
                    : fixture.proxy.usual(query);

            assertThat(refusal(fixture)).contains("not a signed payment");
        }
    }

    @Test
    void h20_should_answer_a_query_right_behind_the_end_of_the_handshake() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.beforeCompleted =
                    () -> fixture.proxy.links.get(0).run(1, TestNetworkParts.chat("hi", false), 300);
            fixture.worker.start();

            FakeProxy.Answer answer = fixture.proxy.next().answer();

            assertThat(answer.head().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void h20_should_tell_what_changed_during_the_handshake() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.beforeCompleted = () -> {
                fixture.worker.changeCoefficient(1700);
                fixture.worker.disable();
            };
            fixture.worker.start();
            FakeProxy.Link link = fixture.proxy.next();

            assertThat(link.next(WorkerToProxy.NewCoefficient.class).newCoefficient())
                    .isEqualTo(1700);
            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isEqualTo(1);
        }
    }

    @Test
    void should_tell_a_change_of_state_once() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            FakeProxy.Link link = fixture.ready();

            fixture.worker.disable();
            fixture.worker.disable();
            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isEqualTo(1);
            fixture.worker.enable();
            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isZero();

            assertThat(link.messages.poll(50, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void should_connect_disabled_while_the_engine_is_not_available_and_enable_itself_later() throws Exception {
        AtomicBoolean available = new AtomicBoolean();
        InferenceEngine engine = new InferenceEngine() {
            @Override
            public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) {
                sink.answer(200, List.of(), Bytes.empty());
            }

            @Override
            public boolean isAvailable() {
                return available.get();
            }
        };
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            fixture.worker.start();
            FakeProxy.Link link = fixture.proxy.next();
            await().atMost(Duration.ofSeconds(30)).until(() -> link.queries.size() == 3);
            assertThat(link.queries.get(2)).isEqualTo(new WorkerToProxy.ProxyHandshakeComplete(true));

            available.set(true);

            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isZero();
        }
    }

    @Test
    void should_require_an_allowed_image_when_hashes_are_checked() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE, builder -> builder.checkHashes(true))) {
            assertThat(refusal(fixture)).contains("UNATTESTED");
            fixture.proxy.peer = identity(PeerIdentity.Kind.TDX, TestNetworkParts.number(77));
            await().atMost(Duration.ofSeconds(30)).until(() -> problem(fixture).contains("is not among the 1"));
            fixture.proxy.peer = identity(PeerIdentity.Kind.TDX, TestNetworkParts.PROXY_IMAGE);

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().proxies().get(0).state() == WorkerStatus.ProxyState.READY);

            assertThat(fixture.worker.status().disabledBecause())
                    .singleElement()
                    .asString()
                    .contains("does not list the model");
        }
    }

    @Test
    void should_take_simulated_evidence_only_in_test_mode() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE, builder -> builder.checkHashes(true))) {
            fixture.proxy.peer = identity(PeerIdentity.Kind.SIMULATED, TestNetworkParts.PROXY_IMAGE);
            fixture.worker.start();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().proxies().get(0).state() == WorkerStatus.ProxyState.READY);

            fixture.chain.change(TestNetworkParts.root(2, false, List.of(TestNetworkParts.PROXY), Set.of()));

            await().atMost(Duration.ofSeconds(30)).until(() -> problem(fixture).contains("SIMULATED"));
        }
    }

    @Test
    void should_connect_anew_when_the_parameters_grow_and_not_otherwise() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            FakeProxy.Link first = fixture.ready();
            fixture.chain.change(TestNetworkParts.root(1, true, List.of(TestNetworkParts.PROXY), Set.of()));
            assertThat(first.closed.isDone()).isFalse();

            fixture.chain.change(TestNetworkParts.root(2, true, List.of(TestNetworkParts.PROXY), Set.of()));

            assertThat(first.closed.get(30, TimeUnit.SECONDS).detail()).contains("version 2");
            fixture.proxy.next();
            fixture.awaitReady();
        }
    }

    @Test
    void should_spread_over_different_proxies_of_the_root_contract() throws Exception {
        List<HostPort> three =
                List.of(new HostPort("127.0.0.1", 1), new HostPort("127.0.0.1", 2), new HostPort("127.0.0.1", 3));
        try (WorkerFixture fixture = new WorkerFixture(ENGINE, builder -> builder.proxiesFromRoot(3))) {
            fixture.chain.change(TestNetworkParts.root(1, true, three, Set.of()));
            fixture.worker.start();

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().proxies().stream()
                            .allMatch(proxy -> proxy.state() == WorkerStatus.ProxyState.READY));

            assertThat(fixture.proxy.dialled).containsExactlyInAnyOrderElementsOf(three);
        }
    }

    @Test
    void should_keep_trying_an_unreachable_proxy() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(ENGINE)) {
            fixture.proxy.unreachable = true;
            fixture.worker.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> fixture.proxy.dialled.size() >= 3);
            assertThat(problem(fixture)).contains("connection refused");

            fixture.proxy.unreachable = false;

            fixture.awaitReady();
        }
    }

    private static PeerIdentity identity(PeerIdentity.Kind kind, Int256 image) {
        return new PeerIdentity(kind, PeerIdentity.Source.OWN_HANDSHAKE, Bytes.empty(), image, Optional.empty());
    }

    private static String refusal(WorkerFixture fixture) {
        fixture.worker.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> !problem(fixture).isEmpty());
        return problem(fixture);
    }

    private static String problem(WorkerFixture fixture) {
        return fixture.worker.status().proxies().get(0).lastProblem();
    }
}
