package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.RootState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HazardsTest {

    private final Setup setup = Setup.withProxies(1);

    @AfterEach
    void close() {
        setup.close();
    }

    private static <E extends CocoonException> E failure(Class<E> kind, CocoonClient cocoon) {
        return catchThrowableOfType(kind, () -> cocoon.chat("m").user("x").send());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void h2_refusals_in_the_old_form_are_understood_in_every_version(int version) {
        setup.proxy().script = run -> run.refuse(621, "unknown model m");

        CocoonException.Configuration e =
                failure(CocoonException.Configuration.class, setup.client(b -> b.protocolVersions(version, version)));

        assertThat(e).hasMessageContaining("unknown model").hasMessageContaining("models()");
        assertThat(e.attempts()).hasSize(1);
    }

    @Test
    void h3_an_error_before_the_head_reaches_the_caller() {
        setup.proxy().script = run -> run.failEx(602, "worker says no");

        assertThat(failure(CocoonException.Upstream.class, setup.client()).code())
                .isEqualTo(602);
    }

    @Test
    void h4_a_lost_answer_ends_at_the_own_timer_and_is_cancelled() {
        setup.proxy().script = run -> {};
        Deadlines quick = Setup.QUICK.withTotal(Duration.ofSeconds(2));

        assertThat(failure(CocoonException.Deadline.class, setup.client(b -> b.deadlines(quick))))
                .hasMessageContaining("no answer");
        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);
    }

    @Test
    void h9_a_malformed_head_closes_the_connection_and_not_the_client() {
        setup.proxy().script =
                run -> run.send(new ProxyToClient.QueryAnswerEx(run.id, Bytes.utf8("no http here"), 0, null));

        CocoonException.Protocol e = failure(CocoonException.Protocol.class, setup.client(b -> b.maxAttempts(1)));

        assertThat(e).hasMessageContaining("malformed");
    }

    @Test
    void h12_a_weak_secret_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CocoonClient.builder().secret(""));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CocoonClient.builder().secret("hunter2"));
        assertThat(CocoonClient.builder().secret("kD0mMyO1hSPN7xw4a3NnLQ")).isNotNull();
    }

    @Test
    void h12_the_secret_goes_only_to_a_proxy_that_knows_its_hash() {
        setup.client(b -> b.secret("kD0mMyO1hSPN7xw4a3NnLQ"))
                .chat("m")
                .user("x")
                .send();

        assertThat(setup.proxy().seen)
                .noneMatch(ClientToProxy.AuthorizeWithProxyShort.class::isInstance)
                .anyMatch(ClientToProxy.AuthorizeWithProxyLong.class::isInstance);
    }

    @Test
    void h17_closing_a_stream_early_cancels_and_the_bill_says_what_was_charged() {
        setup.proxy().script = run ->
                run.head(200, "text/event-stream").part("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
        ChatStream stream = setup.client().chat("m").user("x").stream();
        assertThat(stream.iterator().next().text()).isEqualTo("a");

        stream.close();

        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);
        setup.proxy().runs.remove().end(new TokensUsed(1, 0, 2, 0, 3)).pay(3);
        assertThat(stream.bill().total()).isEqualTo(new Nanoton(6));
        assertThat(stream.bill().status()).isEqualTo(Bill.Status.CONFIRMED);
    }

    @Test
    void h26_a_lost_connection_fails_running_requests_at_once() throws Exception {
        setup.proxy().script = run -> {};
        CocoonClient cocoon = setup.client();
        CompletableFuture<ChatReply> reply = cocoon.chat("m").user("x").async().send();
        setup.proxy().runs.take();

        setup.sockets.breakAll();

        assertThatThrownBy(reply::join)
                .cause()
                .isInstanceOfSatisfying(
                        CocoonException.Capacity.class,
                        e -> assertThat(e.attempts().get(0).chargePossible()).isTrue());
    }

    @Test
    void should_not_send_a_request_twice_that_may_have_been_charged_unless_told_to() throws Exception {
        try (Setup two = Setup.withProxies(2)) {
            two.proxies.forEach(proxy -> proxy.script = run -> {});
            CompletableFuture<ChatReply> reply =
                    two.client().chat("m").user("x").async().send();
            await().atMost(Duration.ofSeconds(30)).until(() -> runs(two) == 1);
            FakeProxy paid = two.proxies.stream()
                    .filter(proxy -> !proxy.runs.isEmpty())
                    .findFirst()
                    .orElseThrow();
            two.sockets.breakAll();
            assertThatThrownBy(reply::join).cause().isInstanceOf(CocoonException.Capacity.class);
            assertThat(runs(two)).isEqualTo(1);

            CompletableFuture<ChatReply> again = two.client(ClientBuilder::retryLostRequestsAtTheRiskOfPayingTwice)
                    .chat("m")
                    .user("x")
                    .async()
                    .send();
            await().atMost(Duration.ofSeconds(30)).until(() -> runs(two) == 2);
            FakeProxy asked = two.proxies.stream()
                    .filter(proxy -> proxy.runs.size() > (proxy == paid ? 1 : 0))
                    .findFirst()
                    .orElseThrow();
            two.proxies.forEach(proxy -> proxy.script = run -> run.head(200, "application/json")
                    .part(FakeProxy.PLAIN_ANSWER)
                    .end(FakeProxy.TOKENS));
            two.sockets.breakAllTo(asked.address);
            assertThat(again.join().attempts())
                    .hasSize(2)
                    .first()
                    .satisfies(first -> assertThat(first.chargePossible()).isTrue());
        }
    }

    private static int runs(Setup setup) {
        return setup.proxies.stream().mapToInt(proxy -> proxy.runs.size()).sum();
    }

    @Test
    void h27_a_version_that_was_not_offered_is_refused() {
        setup.proxy().hello = hello -> {
            ProxyParams p = hello.params();
            return new ProxyToClient.ConnectedToProxy(
                    new ProxyParams(3, p.proxyPublicKey(), p.proxyOwnerAddress(), p.proxyScAddress(), p.isTest(), 9),
                    hello.clientScAddress(),
                    hello.auth(),
                    hello.signedPayment());
        };

        assertThat(failure(CocoonException.Protocol.class, setup.client())).hasMessageContaining("version 9");
    }

    @Test
    void should_refuse_a_client_contract_that_is_not_ours() {
        setup.proxy().hello = hello -> new ProxyToClient.ConnectedToProxy(
                hello.params(), Setup.ROOT.toText(false), hello.auth(), hello.signedPayment());

        assertThat(failure(CocoonException.Protocol.class, setup.client())).hasMessageContaining("client contract");
    }

    @Test
    void should_close_the_connection_and_keep_evidence_when_the_ledger_is_charged_more_than_stated() {
        setup.proxy().script = run -> run.head(200, "application/json")
                .part(FakeProxy.PLAIN_ANSWER)
                .end(FakeProxy.TOKENS)
                .pay(999);
        CocoonClient cocoon = setup.client();

        ChatReply reply = cocoon.chat("m").user("x").send();

        assertThat(reply.bill().status()).isEqualTo(Bill.Status.DISPUTED);
        await().atMost(Duration.ofSeconds(30)).until(() -> cocoon.disputes().size() == 1);
        assertThat(cocoon.disputes().get(0).evidence().isEmpty()).isFalse();
        await().atMost(Duration.ofSeconds(30)).until(() -> setup.sockets.openConnections() == 0);
    }

    @Test
    void should_dispute_a_price_factor_above_what_was_allowed() {
        setup.proxy().script = run -> run.head(200, "application/json")
                .part(FakeProxy.PLAIN_ANSWER)
                .end(new TokensUsed(2300, 11, 90, 10, 2411))
                .pay(2411);

        assertThat(setup.client()
                        .chat("m")
                        .user("x")
                        .maxPriceFactor(1)
                        .send()
                        .bill()
                        .dispute())
                .isPresent();
    }

    @Test
    void should_refuse_what_could_exceed_the_spending_limit_before_sending() {
        CocoonClient cocoon = setup.client(b -> b.spendingLimit(new Nanoton(1000), Duration.ofHours(1)));

        assertThat(failure(CocoonException.Balance.class, cocoon)).hasMessageContaining("spending limit");
        assertThat(setup.proxy().runs).isEmpty();
    }

    @Test
    void should_try_another_proxy_while_nothing_was_answered() {
        try (Setup two = Setup.withProxies(2)) {
            two.proxies.get(0).script = run -> run.refuse(651, "no workers for model m");
            CocoonClient cocoon = two.client();
            await().atMost(Duration.ofSeconds(30)).until(() -> cocoon.doctor().isHealthy());

            for (int i = 0; i < 4; i++) {
                ChatReply reply = cocoon.chat("m").user("x").send();
                assertThat(reply.text()).isNotEmpty();
                assertThat(reply.attempts().size()).isBetween(1, 2);
            }
            assertThat(two.proxies.get(0).runs).isNotEmpty();
        }
    }

    @Test
    void should_not_try_again_once_a_head_has_come() {
        setup.proxy().script = run -> run.head(200, "application/json").failEx(0, "worker: http failed: x");

        CocoonException.Upstream e = failure(CocoonException.Upstream.class, setup.client());

        assertThat(e.attempts()).hasSize(1);
        assertThat(setup.proxy().runs).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"602,client balance is too low: max_tokens=1", "651,balance is too low"})
    void should_report_a_low_balance_as_such(int code, String text) {
        setup.proxy().script = run -> run.refuse(code, text);

        assertThat(failure(CocoonException.Balance.class, setup.client())).hasMessageContaining("top up");
    }

    @Test
    void should_say_that_a_cpp_worker_refuses_tools() {
        setup.proxy().script =
                run -> run.failEx(621, "worker: invalid http request: unknown option 'tools' in request");

        assertThat(failure(CocoonException.Upstream.class, setup.client()))
                .hasMessageContaining("C++")
                .hasMessageContaining("'tools'");
    }

    @Test
    void n12_an_empty_stream_of_a_cpp_worker_is_an_error() {
        setup.proxy().script = run -> run.head(200, "text/event-stream")
                .end(new TokensUsed(0, 0, 0, 0, 0))
                .pay(0);

        assertThatThrownBy(() -> setup.client().chat("m").user("x").stream().reply())
                .isInstanceOf(CocoonException.Upstream.class)
                .hasMessageContaining("send()");
    }

    @Test
    void should_cancel_when_the_thread_is_interrupted() throws Exception {
        setup.proxy().script = run -> {};
        CocoonClient cocoon = setup.client();
        CountDownLatch cancelled = new CountDownLatch(1);
        Thread caller = new Thread(() -> {
            if (failure(CocoonException.Cancelled.class, cocoon) != null && Thread.interrupted()) {
                cancelled.countDown();
            }
        });
        caller.start();
        setup.proxy().runs.take();

        caller.interrupt();

        assertThat(cancelled.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);
    }

    @Test
    void should_refuse_a_network_without_an_attestation_policy() {
        assertThatThrownBy(() -> CocoonClient.builder()
                        .network(Network.of(setup.chain))
                        .wallet(Wallet.ofAddress(Setup.CLIENT))
                        .build())
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContaining("attestation");
    }

    @Test
    void n4_each_request_is_encrypted_with_a_key_of_its_own_and_n2_a_clear_answer_is_refused() {
        Int256 networkKey = Ed25519Key.fromSeed(Int256.fromHex("55".repeat(32))).publicKey();
        RootState.NetworkKey valid =
                new RootState.NetworkKey(networkKey, 1, Instant.now().plusSeconds(3600));
        try (Setup keyed = Setup.with(1, c -> c.withKeys(List.of(valid), Optional.empty()))) {
            CocoonClient cocoon = keyed.client();

            assertThat(failure(CocoonException.Protocol.class, cocoon)).hasMessageContaining("not encrypted");
            assertThat(failure(CocoonException.Protocol.class, cocoon)).isNotNull();

            FakeProxy.Run first = keyed.proxy().runs.remove();
            FakeProxy.Run second = keyed.proxy().runs.remove();
            assertThat(first.body()).contains("ENC_").doesNotContain("user");
            assertThat(((ClientToProxy.RunQueryEx) first.message).publicKey()).isEqualTo(networkKey);
            assertThat(senderOf(first)).isNotEqualTo(senderOf(second));
        }
    }

    @Test
    void n6_names_that_would_stay_clear_are_refused() {
        RootState.NetworkKey valid = new RootState.NetworkKey(
                Ed25519Key.fromSeed(Int256.fromHex("55".repeat(32))).publicKey(),
                1,
                Instant.now().plusSeconds(3600));
        try (Setup keyed = Setup.with(1, c -> c.withKeys(List.of(valid), Optional.empty()))) {
            assertThatThrownBy(() -> keyed.client()
                            .chat("m")
                            .user("x")
                            .member("metadata", "{\"debug\":\"private\"}")
                            .send())
                    .isInstanceOf(CocoonException.Configuration.class)
                    .hasMessageContaining("debug");
            assertThat(keyed.proxy().runs).isEmpty();
        }
    }

    private static String senderOf(FakeProxy.Run run) {
        String body = run.body();
        int at = body.indexOf("sender_public_key");
        return body.substring(at, at + 84);
    }

    @Test
    void a_client_that_comes_back_does_not_dispute_what_it_used_before() {
        FakeProxy proxy = setup.proxy();
        proxy.charged = 1206;
        proxy.hello = hello -> new ProxyToClient.ConnectedToProxy(
                hello.params(), hello.clientScAddress(), hello.auth(), proxy.payment());
        CocoonClient cocoon = setup.client();

        cocoon.models();

        await().atMost(Duration.ofSeconds(30))
                .until(() -> cocoon.links().get(0).account().totals().signed() == 1206);
        assertThat(cocoon.disputes()).isEmpty();
    }
}
