package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ObserverTest {

    private static final String EVENT = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";

    private final Setup setup = Setup.withProxies(1);
    private final List<FinishedRequest> seen = new CopyOnWriteArrayList<>();
    private final CocoonClient client = setup.client(b -> b.observer(seen::add).maxAttempts(1));

    @AfterEach
    void close() {
        setup.close();
    }

    /** Returns the only finished request. All that comes has come when the client is closed. */
    private FinishedRequest one() {
        await().atMost(Duration.ofSeconds(30)).until(() -> !seen.isEmpty());
        client.close();
        assertThat(seen).hasSize(1);
        return seen.get(0);
    }

    private void failing(Class<? extends CocoonException> kind) {
        assertThatThrownBy(() -> client.chat("m").user("x").send()).isInstanceOf(kind);
    }

    @Test
    void should_tell_of_an_answer_with_its_bill_and_times() {
        client.chat("m").user("x").send();

        FinishedRequest told = one();
        assertThat(told.isSuccess()).isTrue();
        assertThat(told.failure()).isEmpty();
        assertThat(told.id()).matches("[0-9a-f]{32}");
        assertThat(told.model()).isEqualTo("m");
        assertThat(told.path()).isEqualTo("/v1/chat/completions");
        assertThat(told.proxy()).contains("10.0.0.1:11002");
        assertThat(told.httpStatus()).isEqualTo(200);
        assertThat(told.attempts()).hasSize(1);
        assertThat(told.bill().orElseThrow().status()).isEqualTo(Bill.Status.CONFIRMED);
        assertThat(told.bill().orElseThrow().total()).isEqualTo(new Nanoton(268));
        assertThat(told.bill().orElseThrow().usage()).contains(new TokenUsage(34, 11, 100, 10));
        assertThat(told.toFirstByte().orElseThrow()).isBetween(Duration.ZERO, told.elapsed());
    }

    @Test
    void should_count_what_was_answered_and_charged_without_any_observer() {
        try (CocoonClient quiet = setup.client(b -> b.maxAttempts(1))) {
            quiet.chat("m").user("x").send();
            quiet.chat("m").user("x").send();

            await().atMost(Duration.ofSeconds(30)).until(() -> quiet.totals().answered() == 2);
            ClientTotals totals = quiet.totals();
            assertThat(totals.ended()).isEqualTo(2);
            assertThat(totals.tokens()).isEqualTo(268);
            assertThat(totals.billed()).isEqualTo(new Nanoton(536));
            assertThat(totals.times().total()).isEqualTo(2);
            assertThat(totals.timesToFirstByte().total()).isEqualTo(2);
        }
    }

    @Test
    void should_count_failures_apart_from_what_the_caller_gave_up() {
        setup.proxy().script = run -> run.refuse(621, "unknown model m");
        failing(CocoonException.class);
        assertThatThrownBy(() -> client.http("POST", "/v1/chat/completions", "{"))
                .isInstanceOf(CocoonException.Configuration.class);
        setup.proxy().runs.clear();
        setup.proxy().script = run -> run.head(200, "text/event-stream").part(EVENT);
        try (ChatStream stream = client.chat("m").user("x").stream()) {
            stream.iterator().next();
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !setup.proxy().cancels.isEmpty());
        setup.proxy().runs.remove().pay(7);

        await().atMost(Duration.ofSeconds(30)).until(() -> client.totals().cancelled() == 1);
        assertThat(client.totals().failed()).isEqualTo(2);
        assertThat(client.totals().answered()).isZero();
    }

    @Test
    void should_tell_of_a_stream_at_its_end_even_if_nobody_closes_it() {
        setup.proxy().script = run -> run.head(200, "text/event-stream")
                .part(EVENT)
                .end(FakeProxy.TOKENS)
                .pay(134);

        client.chat("m").user("x").stream().forEach(chunk -> assertThat(seen).isEmpty());

        assertThat(one().isSuccess()).isTrue();
    }

    @Test
    void should_tell_of_a_stream_that_was_closed_early_when_its_bill_is_known() {
        setup.proxy().script = run -> run.head(200, "text/event-stream").part(EVENT);
        try (ChatStream stream = client.chat("m").user("x").stream()) {
            stream.iterator().next();
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !setup.proxy().cancels.isEmpty());
        assertThat(seen).isEmpty();

        setup.proxy().runs.remove().pay(7);

        FinishedRequest told = one();
        assertThat(told.failure()).containsInstanceOf(CocoonException.Cancelled.class);
        assertThat(told.attempts()).hasSize(1);
        assertThat(told.toFirstByte()).isPresent();
        assertThat(told.bill().orElseThrow().total()).isEqualTo(new Nanoton(14));
    }

    @Test
    void should_tell_of_a_raw_answer_with_what_the_application_counted() {
        try (HttpReply reply = client.http("POST", "/v1/completions?x=1", "{\"model\":\"m\",\"prompt\":\"p\"}")) {
            reply.bytes();
            reply.check(new TokenUsage(34, 11, 100, 10));
        }

        FinishedRequest told = one();
        assertThat(told.path()).isEqualTo("/v1/completions");
        assertThat(told.bill().orElseThrow().usage()).contains(new TokenUsage(34, 11, 100, 10));
    }

    @Test
    void should_tell_of_a_request_that_was_never_sent() {
        CocoonClient poor = setup.client(b -> b.observer(seen::add).spendingLimit(new Nanoton(1), Duration.ofDays(1)));

        assertThatThrownBy(() -> poor.chat("m").user("x").send()).isInstanceOf(CocoonException.Balance.class);

        FinishedRequest told = one();
        assertThat(told.failure()).containsInstanceOf(CocoonException.Balance.class);
        assertThat(told.bill()).isEmpty();
        assertThat(told.proxy()).isEmpty();
        assertThat(told.httpStatus()).isZero();
        assertThat(told.toFirstByte()).isEmpty();
    }

    @Test
    void should_tell_of_a_refusal_that_costs_nothing() {
        setup.proxy().script = run -> run.refuse(621, "unknown model m");

        failing(CocoonException.Configuration.class);

        FinishedRequest told = one();
        assertThat(told.failure()).containsInstanceOf(CocoonException.Configuration.class);
        assertThat(told.bill().orElseThrow().total()).isEqualTo(Nanoton.ZERO);
        assertThat(told.proxy()).contains("10.0.0.1:11002");
    }

    @Test
    void should_tell_of_a_failure_after_the_head() {
        setup.proxy().script = run -> run.head(200, "application/json")
                .failEx(0, "worker: http failed: x")
                .pay(0);

        failing(CocoonException.Upstream.class);

        FinishedRequest told = one();
        assertThat(told.failure()).containsInstanceOf(CocoonException.Upstream.class);
        assertThat(told.httpStatus()).isEqualTo(200);
        assertThat(told.isSuccess()).isFalse();
    }

    @Test
    void should_tell_of_an_answer_that_is_no_json_and_of_its_attempts() {
        setup.proxy().script = run -> run.head(200, "application/json")
                .part("{\"a\":")
                .end(FakeProxy.TOKENS)
                .pay(134);

        failing(CocoonException.class);

        FinishedRequest told = one();
        assertThat(told.failure()).isPresent();
        assertThat(told.attempts()).hasSize(1);
        assertThat(told.bill().orElseThrow().total()).isEqualTo(new Nanoton(268));
    }

    @Test
    void should_tell_of_an_http_status_that_is_an_error() {
        setup.proxy().script = run -> run.head(500, "application/json")
                .part("{\"error\":\"x\"}")
                .end(new TokensUsed(0, 0, 0, 0, 0))
                .pay(0);

        failing(CocoonException.Upstream.class);

        assertThat(one().httpStatus()).isEqualTo(500);
    }

    @Test
    void should_tell_of_a_lost_connection_with_an_open_bill() {
        setup.proxy().script = run -> run.connection.close("gone");

        failing(CocoonException.class);

        FinishedRequest told = one();
        assertThat(told.bill().orElseThrow().status()).isEqualTo(Bill.Status.OPEN);
        assertThat(told.attempts()).singleElement().matches(Attempt::chargePossible);
    }

    @Test
    void should_tell_of_everything_that_runs_when_the_client_closes() throws Exception {
        setup.proxy().script = run -> run.head(200, "text/event-stream").part(EVENT);
        ChatStream unread = client.chat("m").user("x").stream();
        setup.proxy().script = run -> {};
        CompletableFuture<ChatReply> waiting =
                client.chat("m").user("x").async().send();
        setup.proxy().runs.take();
        setup.proxy().runs.take();

        client.close();

        assertThat(seen).hasSize(2).allMatch(told -> told.failure().isPresent());
        assertThat(waiting).failsWithin(Duration.ofSeconds(30));
        unread.close();
        assertThat(seen).hasSize(2);
    }

    @Test
    void should_not_begin_what_is_malformed_or_comes_after_closing() {
        assertThatThrownBy(() -> client.http("GET", "/v1/models", "")).isInstanceOf(CocoonException.class);
        client.close();
        failing(CocoonException.Cancelled.class);

        assertThat(seen).isEmpty();
    }

    @Test
    void an_observer_that_throws_harms_neither_requests_nor_other_observers() {
        AtomicInteger calls = new AtomicInteger();
        CocoonClient brave = setup.client(b -> b.observer(told -> {
                    calls.incrementAndGet();
                    throw new IllegalStateException("made by this test");
                })
                .observer(seen::add));

        brave.chat("m").user("x").send();
        brave.chat("m").user("x").send();
        brave.close();

        assertThat(calls).hasValue(2);
        assertThat(seen).hasSize(2);
    }

    @Test
    void an_observer_that_blocks_delays_no_request_and_holds_one_thread_only() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Set<String> ids = new HashSet<>();
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            CocoonClient patient = setup.client(b -> b.executor(two).observer(told -> {
                entered.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                synchronized (ids) {
                    ids.add(told.id());
                }
            }));
            patient.chat("m").user("x").send();
            entered.await();

            for (int i = 0; i < 5; i++) {
                patient.chat("m").user("x").async().send().join();
            }

            assertThat(ids).isEmpty();
            release.countDown();
            patient.close();
            synchronized (ids) {
                assertThat(ids).hasSize(6);
            }
        } finally {
            release.countDown();
            two.shutdownNow();
        }
    }

    @Test
    void a_full_executor_delays_an_observer_and_loses_nothing() {
        AtomicBoolean full = new AtomicBoolean(true);
        ExecutorService real = Executors.newCachedThreadPool();
        try {
            CocoonClient busy = setup.client(b -> b.observer(seen::add).executor(task -> {
                if (full.get()) {
                    throw new RejectedExecutionException("full");
                }
                real.execute(task);
            }));
            busy.chat("m").user("x").send();
            assertThat(seen).isEmpty();

            full.set(false);

            await().atMost(Duration.ofSeconds(30)).until(() -> seen.size() == 1);
        } finally {
            real.shutdownNow();
        }
    }

    /** Fails where a request looks for the network's key, as code of this library might. */
    private static Instant faulty() {
        if (StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("networkKey")))) {
            throw new IllegalStateException("a fault");
        }
        return Instant.now();
    }

    @Test
    void should_tell_of_a_request_that_a_fault_of_this_library_ended() {
        try (CocoonClient faulty =
                setup.client(b -> b.observer(seen::add).clock(new SuppliedClock(ObserverTest::faulty)))) {
            assertThatThrownBy(() -> faulty.chat("m").user("x").send())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a fault");
        }

        assertThat(one().failure().orElseThrow())
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll("error of this library", "a fault", "report it");
    }
}
