package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.RemoteErrorException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class WorkerQueryTest {

    private static final String USAGE = "{\"usage\":{\"prompt_tokens\":34,\"completion_tokens\":100}}\n";

    private final ScriptedEngine engine = new ScriptedEngine();

    @Test
    void should_send_head_parts_and_a_last_part_with_the_bill() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = link.run(1, TestNetworkParts.chat("hi", true), 300);
            ScriptedEngine.Asked asked = engine.next();

            asked.sink().head(200, ScriptedEngine.JSON);
            var head = link.next(WorkerToProxy.QueryAnswerEx.class);
            asked.sink().write(Bytes.utf8("first"));
            var first = link.next(WorkerToProxy.QueryAnswerPartEx.class);
            asked.sink().write(Bytes.utf8(USAGE));
            var second = link.next(WorkerToProxy.QueryAnswerPartEx.class);
            asked.sink().complete();
            var last = link.next(WorkerToProxy.QueryAnswerPartEx.class);

            assertThat(head.requestId()).isEqualTo(id);
            assertThat(head.flags()).isZero();
            HttpResponse response = TlReader.readWhole(head.answer(), HttpResponse::readBoxed);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.payload().isEmpty()).isTrue();
            assertThat(response.headers())
                    .extracting(HttpHeader::name)
                    .containsExactly(
                            "Content-Type", "X-Cocoon-Worker-Start", "X-Cocoon-Worker-End", "Transfer-Encoding");
            assertThat(first.answer().toUtf8()).isEqualTo("first");
            assertThat(second.answer().toUtf8()).isEqualTo(USAGE);
            assertThat(last.flags()).isEqualTo(1);
            assertThat(last.answer().isEmpty()).isTrue();
            var info = Objects.requireNonNull(last.finalInfo());
            assertThat(info.flags()).isEqualTo(2);
            assertThat(info.tokensUsed()).isEqualTo(new TokensUsed(34, 0, 100, 0, 134));
            assertThat(info.workerEndTime()).isGreaterThanOrEqualTo(info.workerStartTime());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void should_use_the_constructors_of_the_version(int version) throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            fixture.proxy.protocol = version;
            FakeProxy.Link link = fixture.ready();
            Int256 id = TestNetworkParts.number(1);
            Bytes query = TestNetworkParts.chat("hi", false).toBytes();
            link.sendMessage(
                    version == 0
                            ? new ProxyToWorker.RunQuery(query, new SignedPayment.Empty(), 1000, 10, id)
                            : new ProxyToWorker.RunQueryEx(
                                    query,
                                    new SignedPayment.Empty(),
                                    1000,
                                    10,
                                    id,
                                    version < 3 ? 1 : 3,
                                    true,
                                    Int256.ZERO));
            engine.next().sink().answer(200, ScriptedEngine.JSON, Bytes.utf8(USAGE));
            WorkerToProxy.Message head = link.nextMessage();
            WorkerToProxy.Message last = link.nextMessage();

            if (version == 0) {
                assertThat(((WorkerToProxy.QueryAnswer) head).isCompleted()).isFalse();
                assertThat(last)
                        .isEqualTo(new WorkerToProxy.QueryAnswerPart(
                                Bytes.utf8(USAGE), true, id, new TokensUsed(34, 0, 100, 0, 134)));
            } else {
                assertThat(head).isInstanceOf(WorkerToProxy.QueryAnswerEx.class);
                var info = Objects.requireNonNull(((WorkerToProxy.QueryAnswerPartEx) last).finalInfo());
                assertThat(info.flags()).isEqualTo(version == 1 ? 1 : 3);
                assertThat(info.workerDebug())
                        .startsWith("{\"answer_receive_end_at\":")
                        .endsWith("\"type\":\"worker_stats\"}");
            }
        }
    }

    @Test
    void should_use_the_old_error_constructors_before_and_after_the_head_in_version_0() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            fixture.proxy.protocol = 0;
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            engine.next().sink().fail(ErrorCodes.ERROR, "early");
            assertThat(link.next(WorkerToProxy.QueryAnswerError.class).error()).isEqualTo("early");

            link.run(2, TestNetworkParts.chat("hi", false), 300);
            ScriptedEngine.Asked second = engine.next();
            second.sink().head(200, List.of());
            second.sink().fail(ErrorCodes.ERROR, "late");

            link.next(WorkerToProxy.QueryAnswer.class);
            assertThat(link.next(WorkerToProxy.QueryAnswerPartError.class).error())
                    .isEqualTo("late");
        }
    }

    @Test
    void should_complete_at_the_head_when_there_is_no_body() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            ScriptedEngine.Asked asked = engine.next();

            asked.sink().head(204, List.of());
            asked.sink().write(Bytes.utf8("nobody reads this"));
            asked.sink().complete();

            FakeProxy.Answer answer = link.answer();
            assertThat(answer.messages()).hasSize(1);
            assertThat(answer.head().headers()).extracting(HttpHeader::name).contains("Content-Length");
        }
    }

    @Test
    void should_refuse_more_queries_than_its_limit_and_take_them_again_later() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.maxActiveRequests(1))) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            ScriptedEngine.Asked first = engine.next();
            link.run(2, TestNetworkParts.chat("hi", false), 300);
            FakeProxy.Answer refused = link.answer();
            assertThat(refused.errorCode()).isEqualTo(602);
            assertThat(refused.error()).isEqualTo("too many active queries");
            first.sink().answer(200, List.of(), Bytes.utf8("done"));
            link.answer();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().activeQueries() == 0);

            link.run(3, TestNetworkParts.chat("hi", false), 300);

            engine.next().sink().answer(200, List.of(), Bytes.utf8("done"));
            assertThat(link.answer().isError()).isFalse();
        }
    }

    @Test
    void h6_should_state_the_usage_of_a_failed_answer_too() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", true), 300);
            ScriptedEngine.Asked asked = engine.next();
            asked.sink().head(200, ScriptedEngine.JSON);
            asked.sink().write(Bytes.utf8(USAGE));
            asked.sink().fail(ErrorCodes.UNSPECIFIED, "broke off");

            FakeProxy.Answer answer = link.answer();

            assertThat(answer.error()).isEqualTo("broke off");
            assertThat(answer.used().totalTokensUsed()).isEqualTo(134);
        }
    }

    @Test
    void h7_should_refuse_a_coefficient_below_its_own() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.coefficient(1001))) {
            FakeProxy.Link link = fixture.ready();

            link.run(1, TestNetworkParts.chat("hi", false), 300);

            FakeProxy.Answer answer = link.answer();
            assertThat(answer.errorCode()).isEqualTo(ErrorCodes.ERROR);
            assertThat(answer.error()).contains("1000").contains("1001");
        }
    }

    @Test
    void h7_should_take_the_old_coefficient_for_a_moment_after_a_raise() throws Exception {
        AtomicLong now = new AtomicLong(1_800_000_000_000L);
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(now.get());
            }
        };
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.clock(clock))) {
            FakeProxy.Link link = fixture.ready();
            fixture.worker.changeCoefficient(2000);
            link.next(WorkerToProxy.NewCoefficient.class);
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            engine.next().sink().answer(200, List.of(), Bytes.utf8("done"));
            assertThat(link.answer().isError()).isFalse();

            now.addAndGet(WorkerFixture.QUICK.oldPriceFor().toMillis());
            link.run(2, TestNetworkParts.chat("hi", false), 300);
            assertThat(link.answer().error()).contains("is refused");
        }
    }

    @Test
    void h7_should_refuse_a_coefficient_that_would_overflow_the_bill() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.sendMessage(new ProxyToWorker.RunQueryEx(
                    TestNetworkParts.chat("hi", false).toBytes(),
                    new SignedPayment.Empty(),
                    1L << 40,
                    10,
                    TestNetworkParts.number(1),
                    3,
                    false,
                    Int256.ZERO));

            assertThat(link.answer().errorCode()).isEqualTo(ErrorCodes.ERROR);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -1, 0, Double.NEGATIVE_INFINITY})
    void should_answer_a_senseless_deadline_with_a_timeout(double timeout) throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();

            link.run(1, TestNetworkParts.chat("hi", false), timeout);

            assertThat(link.answer().errorCode()).isEqualTo(ErrorCodes.TIMEOUT);
        }
    }

    @Test
    void should_tell_the_engine_which_proxy_a_query_came_over() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            fixture.ready().run(1, TestNetworkParts.chat("hi", false), 60);

            assertThat(engine.next().request().proxy()).isEqualTo(TestNetworkParts.PROXY_CONTRACT.toString());
        }
    }

    @Test
    void should_cut_an_endless_deadline_to_its_limit() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();

            link.run(1, TestNetworkParts.chat("hi", false), Double.POSITIVE_INFINITY);

            assertThat(engine.next().request().timeLimit()).isBetween(Duration.ofMinutes(56), Duration.ofMinutes(57));
        }
    }

    @Test
    void n22_should_keep_a_deadline_below_a_second_exactly() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 0.9);
            ScriptedEngine.Asked asked = engine.next();
            assertThat(asked.request().timeLimit()).isBetween(Duration.ofNanos(1), Duration.ofMillis(855));

            FakeProxy.Answer answer = link.answer();

            assertThat(answer.errorCode()).isEqualTo(ErrorCodes.TIMEOUT);
            assertThat(answer.error()).isEqualTo("worker: timeout");
            assertThat(asked.cancelled().await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void should_not_ask_the_engine_for_a_query_that_ended_while_it_waited_for_a_thread() throws Exception {
        LinkedBlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
        AtomicBoolean hold = new AtomicBoolean();
        ExecutorService threads = new ThreadPoolExecutor(1, 4, 1, TimeUnit.SECONDS, new SynchronousQueue<>()) {
            @Override
            public void execute(Runnable task) {
                if (hold.get()) {
                    waiting.add(task);
                } else {
                    super.execute(task);
                }
            }
        };
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.executor(threads))) {
            FakeProxy.Link link = fixture.ready();
            hold.set(true);
            Int256 id = link.run(1, TestNetworkParts.chat("hi", true), 300);
            link.sendMessage(new ProxyToWorker.CancelQuery(id));
            assertThat(link.answer().errorCode()).isEqualTo(ErrorCodes.CANCELLED);
            hold.set(false);
            waiting.forEach(Runnable::run);

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().activeQueries() == 0);
            assertThat(engine.asked).isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void should_end_a_cancelled_stream_in_order_with_the_bill_so_far() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = link.run(1, TestNetworkParts.chat("hi", true), 300);
            ScriptedEngine.Asked asked = engine.next();
            asked.sink().head(200, ScriptedEngine.JSON);
            asked.sink().write(Bytes.utf8("one"));
            asked.sink().write(Bytes.utf8("two"));

            link.sendMessage(new ProxyToWorker.CancelQuery(id));
            FakeProxy.Answer answer = link.answer();

            assertThat(answer.isError()).isFalse();
            assertThat(answer.used().completionTokensUsed()).isEqualTo(2);
            assertThat(asked.cancelled().await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(asked.cancellation().isCancelled()).isTrue();
            asked.sink().write(Bytes.utf8("too late"));
            asked.sink().complete();
            assertThat(link.messages.poll(50, TimeUnit.MILLISECONDS)).isNull();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().cancelled() == 1);
        }
    }

    @Test
    void should_answer_a_cancellation_before_the_head_with_an_error() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = link.run(1, TestNetworkParts.chat("hi", true), 300);
            engine.next();

            link.sendMessage(new ProxyToWorker.CancelQuery(id));

            assertThat(link.answer().errorCode()).isEqualTo(ErrorCodes.CANCELLED);
        }
    }

    @Test
    void should_ignore_the_cancellation_of_an_unknown_query() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.sendMessage(new ProxyToWorker.CancelQuery(TestNetworkParts.number(99)));

            link.run(1, TestNetworkParts.chat("hi", false), 300);

            engine.next().sink().answer(200, List.of(), Bytes.utf8("done"));
            assertThat(link.answer().isError()).isFalse();
        }
    }

    @Test
    void h17_should_stop_the_engine_when_the_connection_is_lost() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", true), 300);
            ScriptedEngine.Asked asked = engine.next();

            link.drop();

            assertThat(asked.cancelled().await(30, TimeUnit.SECONDS)).isTrue();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().activeQueries() == 0);
        }
    }

    @Test
    void h14_should_split_a_piece_that_is_too_large_for_a_frame() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            byte[] large = new byte[(5 << 20) + 17];
            java.util.Arrays.fill(large, (byte) 'x');

            engine.next().sink().answer(200, ScriptedEngine.JSON, Bytes.wrapUnshared(large));

            FakeProxy.Answer answer = link.answer();
            assertThat(answer.body().length()).isEqualTo(large.length);
            assertThat(answer.messages()).hasSize(7);
        }
    }

    @Test
    void h15_should_not_pass_on_headers_about_length_connection_or_encoding() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            engine.next()
                    .sink()
                    .answer(
                            200,
                            List.of(
                                    new HttpHeader("CONTENT-LENGTH", "7"),
                                    new HttpHeader("Connection", "close"),
                                    new HttpHeader("Content-Encoding", "gzip"),
                                    new HttpHeader("x-bad", "a\r\nx-injected: 1"),
                                    new HttpHeader("x-request-id", "42")),
                            Bytes.utf8("0123456"));

            assertThat(link.answer().head().headers())
                    .extracting(HttpHeader::name)
                    .containsExactly(
                            "x-request-id", "X-Cocoon-Worker-Start", "X-Cocoon-Worker-End", "Transfer-Encoding");
        }
    }

    @Test
    void h9_should_close_on_a_message_that_does_not_parse_and_come_back() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();

            link.sendBytes(Bytes.fromHex("e2e705c8ffffff"));

            assertThat(link.closed.get(30, TimeUnit.SECONDS).detail()).contains("does not parse");
            fixture.proxy.next();
            fixture.awaitReady();
        }
    }

    @Test
    void should_ignore_a_message_that_it_does_not_know() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();

            link.sendBytes(Bytes.fromHex("0102030405060708"));
            link.run(1, TestNetworkParts.chat("hi", false), 300);

            engine.next().sink().answer(200, List.of(), Bytes.utf8("done"));
            assertThat(link.answer().isError()).isFalse();
        }
    }

    @Test
    void h9_should_answer_a_query_whose_content_is_not_an_http_request_with_an_error() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.sendMessage(new ProxyToWorker.RunQueryEx(
                    Bytes.utf8("garbage."),
                    new SignedPayment.Empty(),
                    1000,
                    10,
                    TestNetworkParts.number(1),
                    3,
                    false,
                    Int256.ZERO));

            assertThat(link.answer().error()).startsWith("worker: invalid http request: ");
        }
    }

    @Test
    void h9_should_refuse_a_status_that_ends_the_reference_client() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);

            engine.next().sink().head(42, List.of());

            assertThat(link.answer().error()).contains("status 42");
        }
    }

    @Test
    void should_not_tell_what_an_engine_threw() throws Exception {
        InferenceEngine failing = (request, sink, cancellation) -> {
            throw new IllegalStateException("secret prompt text");
        };
        try (WorkerFixture fixture = new WorkerFixture(failing)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);

            assertThat(link.answer().error()).isEqualTo("worker: the engine failed");
        }
    }

    @Test
    void should_tell_what_an_engine_says_for_the_requester() throws Exception {
        InferenceEngine failing = (request, sink, cancellation) -> {
            throw new EngineException(ErrorCodes.NOT_READY, "worker: the model is loading");
        };
        try (WorkerFixture fixture = new WorkerFixture(failing)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);

            FakeProxy.Answer answer = link.answer();
            assertThat(answer.errorCode()).isEqualTo(ErrorCodes.NOT_READY);
            assertThat(answer.error()).isEqualTo("worker: the model is loading");
        }
    }

    @Test
    void should_make_an_engine_wait_while_the_proxy_does_not_read() throws Exception {
        AtomicInteger written = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(1);
        InferenceEngine fast = (request, sink, cancellation) -> {
            sink.head(200, List.of());
            started.countDown();
            for (int i = 0; i < 10; i++) {
                sink.awaitWritable();
                sink.write(Bytes.utf8("x"));
                written.incrementAndGet();
            }
            sink.complete();
        };
        try (WorkerFixture fixture = new WorkerFixture(fast)) {
            FakeProxy.Link link = fixture.ready();
            link.setWritable(false);
            link.run(1, TestNetworkParts.chat("hi", true), 300);
            assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
            link.next(WorkerToProxy.QueryAnswerEx.class);
            assertThat(link.messages.poll(100, TimeUnit.MILLISECONDS)).isNull();
            assertThat(written).hasValue(0);

            link.setWritable(true);

            await().atMost(Duration.ofSeconds(30)).untilAtomic(written, org.hamcrest.Matchers.is(10));
        }
    }

    @Test
    void should_free_an_engine_that_waits_for_a_connection_that_is_lost() throws Exception {
        CountDownLatch freed = new CountDownLatch(1);
        InferenceEngine waiting = (request, sink, cancellation) -> {
            sink.head(200, List.of());
            sink.awaitWritable();
            freed.countDown();
        };
        try (WorkerFixture fixture = new WorkerFixture(waiting)) {
            FakeProxy.Link link = fixture.ready();
            link.setWritable(false);
            link.run(1, TestNetworkParts.chat("hi", true), 300);
            link.next(WorkerToProxy.QueryAnswerEx.class);

            link.drop();

            assertThat(freed.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void should_keep_the_newest_payment_and_close_on_one_that_goes_back() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = TestNetworkParts.number(1);
            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(7), 8, 9, 9, "o"));
            await().atMost(Duration.ofSeconds(30)).until(() -> earnings(fixture).signed() == 7);
            assertThat(earnings(fixture).database()).isEqualTo(8);
            assertThat(earnings(fixture).finished()).isEqualTo(9);
            assertThat(new io.cocoon.protocol.SignedPayment.Signed(
                            earnings(fixture).payment()))
                    .isEqualTo(TestNetworkParts.payment(7));

            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(6), 8, 9, 0, "o"));

            assertThat(link.closed.get(30, TimeUnit.SECONDS).detail()).contains("the proxy states 6, 8, 9");
        }
    }

    @Test
    void should_close_when_the_total_falls() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = TestNetworkParts.number(1);
            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(0), 0, 9, 9, "o"));

            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(0), 0, 8, 0, "o"));

            assertThat(link.closed.get(30, TimeUnit.SECONDS).detail()).contains("the proxy states 0, 0, 8");
        }
    }

    @Test
    void should_close_when_the_totals_are_out_of_order() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = TestNetworkParts.number(1);

            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(9), 8, 10, 9, "o"));

            assertThat(link.closed.get(30, TimeUnit.SECONDS).detail()).contains("signed <= db <= max");
        }
    }

    @Test
    void should_close_when_a_payment_status_is_out_of_order() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.limits(polling()))) {
            FakeProxy.Link link = fixture.ready();
            fixture.proxy.answers = query -> query instanceof WorkerToProxy.UpdatePaymentStatus
                    ? new ProxyToWorker.PaymentStatus(TestNetworkParts.payment(0), 2, 1)
                    : fixture.proxy.usual(query);

            assertThat(link.closed.get(30, TimeUnit.SECONDS).detail()).contains("the proxy states 0, 2, 1");
        }
    }

    @Test
    void should_ignore_an_invalid_payment_that_comes_with_a_query() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.sendMessage(new io.cocoon.protocol.SignedPayment.Signed(Bytes.utf8("forged")));
            link.sendMessage(TestNetworkParts.payment(3));

            await().atMost(Duration.ofSeconds(30)).until(() -> earnings(fixture).signed() == 3);

            assertThat(link.closed).isNotDone();
        }
    }

    @Test
    void should_compare_a_bill_that_comes_before_the_engine_has_returned() throws Exception {
        CountDownLatch mayReturn = new CountDownLatch(1);
        InferenceEngine slow = (request, sink, cancellation) -> {
            sink.answer(200, ScriptedEngine.JSON, Bytes.utf8(USAGE));
            mayReturn.await();
        };
        try (WorkerFixture fixture = new WorkerFixture(slow)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = link.run(1, TestNetworkParts.chat("hi", false), 300);
            link.answer();

            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(0), 0, 100, 100, "o"));

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().proxies().get(0).disputedBills() == 1);
            mayReturn.countDown();
        }
    }

    @Test
    void should_count_a_bill_that_is_not_what_it_counted() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            Int256 id = link.run(1, TestNetworkParts.chat("hi", false), 300);
            engine.next().sink().answer(200, ScriptedEngine.JSON, Bytes.utf8(USAGE));
            link.answer();

            link.sendMessage(new ProxyToWorker.WorkerRequestPayment(id, TestNetworkParts.payment(0), 0, 100, 100, "o"));

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().proxies().get(0).disputedBills() == 1);
        }
    }

    private static WorkerLimits polling() {
        WorkerLimits quick = WorkerFixture.QUICK;
        return new WorkerLimits(
                quick.handshakeStep(),
                Duration.ofMillis(10),
                Duration.ofMillis(20),
                quick.paymentAnswer(),
                quick.probeMin(),
                quick.probeMax(),
                quick.backoffMin(),
                quick.backoffMax(),
                quick.changeProxyAfter(),
                quick.longestQuery(),
                quick.maxPartBytes(),
                quick.oldPriceFor());
    }

    @Test
    void should_poll_the_payment_status() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.limits(polling()))) {
            FakeProxy.Link link = fixture.ready();
            fixture.proxy.finished = 55;

            await().atMost(Duration.ofSeconds(30)).until(() -> earnings(fixture).finished() == 55);

            assertThat(link.queries).contains(new WorkerToProxy.UpdatePaymentStatus());
        }
    }

    @Test
    void n23_should_answer_queries_while_the_model_is_being_changed() throws Exception {
        CountDownLatch changing = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        ModelLoader slow = model -> {
            changing.countDown();
            mayEnd.await();
            return new ScriptedEngine();
        };
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.onModelChange(slow))) {
            FakeProxy.Link link = fixture.ready();
            CompletableFuture<io.cocoon.tl.TlObject> changed =
                    link.askWorker(new ProxyToWorker.ChangeModel("other/model@1:2"));
            assertThat(changing.await(30, TimeUnit.SECONDS)).isTrue();

            link.run(1, TestNetworkParts.chat("hi", false), 300);
            engine.next().sink().answer(200, List.of(), Bytes.utf8("done"));
            assertThat(link.answer().isError()).isFalse();

            assertThat(changed).isNotDone();
            mayEnd.countDown();
            assertThat(changed.get(30, TimeUnit.SECONDS)).isEqualTo(new WorkerToProxy.ChangedModel());
        }
    }

    @Test
    void should_refuse_a_change_of_model_that_is_not_configured_or_not_listed() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            assertThat(refusal(fixture.ready())).isEqualTo("cannot change model: no script in config");
        }
        try (WorkerFixture fixture = new WorkerFixture(
                engine, builder -> builder.onModelChange(model -> engine).checkHashes(true))) {
            fixture.proxy.peer = new io.cocoon.transport.PeerIdentity(
                    io.cocoon.transport.PeerIdentity.Kind.TDX,
                    io.cocoon.transport.PeerIdentity.Source.OWN_HANDSHAKE,
                    Bytes.empty(),
                    TestNetworkParts.PROXY_IMAGE,
                    java.util.Optional.empty());
            fixture.worker.start();
            FakeProxy.Link link = fixture.proxy.next();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().proxies().get(0).state() == WorkerStatus.ProxyState.READY);
            assertThat(refusal(link)).isEqualTo("cannot change model: unknown model");
        }
    }

    @Test
    void should_report_a_change_of_model_that_failed_without_its_reason() throws Exception {
        ModelLoader failing = model -> {
            throw new java.io.IOException("internal detail");
        };
        try (WorkerFixture fixture = new WorkerFixture(engine, builder -> builder.onModelChange(failing))) {
            assertThat(refusal(fixture.ready())).isEqualTo("cannot change model: model change script failed");
        }
    }

    @Test
    void should_drain() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            ScriptedEngine.Asked asked = engine.next();

            CompletableFuture<Boolean> drained = fixture.worker.drain(Duration.ofSeconds(10));
            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isEqualTo(1);
            assertThat(drained).isNotDone();
            asked.sink().answer(200, List.of(), Bytes.utf8("done"));

            assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void should_say_when_it_could_not_drain_in_time() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(engine)) {
            fixture.ready().run(1, TestNetworkParts.chat("hi", false), 300);
            engine.next();

            assertThat(fixture.worker.drain(Duration.ofMillis(50)).get(30, TimeUnit.SECONDS))
                    .isFalse();
        }
    }

    private static WorkerStatus.Earnings earnings(WorkerFixture fixture) {
        return fixture.worker.status().proxies().get(0).earnings().orElseThrow();
    }

    private static String refusal(FakeProxy.Link link) throws InterruptedException {
        try {
            link.askWorker(new ProxyToWorker.ChangeModel("other/model@1:2")).get();
            return "accepted";
        } catch (ExecutionException e) {
            return assertThat(e.getCause())
                    .asInstanceOf(InstanceOfAssertFactories.type(RemoteErrorException.class))
                    .actual()
                    .remoteMessage();
        }
    }
}
