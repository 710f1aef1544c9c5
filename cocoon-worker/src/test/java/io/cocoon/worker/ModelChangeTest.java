package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.engine.BackendChoice;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.engine.BuiltInEngineBuilder;
import io.cocoon.engine.HeapRoom;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker changes its model while it serves. */
@Timeout(120)
class ModelChangeTest {

    private static final String OTHER = "other/model@1:2";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Closing before = new Closing();
    private final Closing after = new Closing();

    /** A scripted engine that says whether it was closed. */
    private static final class Closing implements InferenceEngine {
        final ScriptedEngine script = new ScriptedEngine();
        final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) {
            script.answer(request, sink, cancellation);
        }

        boolean isClosed() {
            return closed.getCount() == 0;
        }

        @Override
        public void close() {
            if (isClosed()) {
                throw new AssertionError("closed twice");
            }
            closed.countDown();
        }
    }

    private WorkerFixture fixture() {
        return new WorkerFixture(before, builder -> builder.onModelChange(model -> after));
    }

    private static void change(FakeProxy.Link link) throws Exception {
        assertThat(link.askWorker(new ProxyToWorker.ChangeModel(OTHER)).get(30, TimeUnit.SECONDS))
                .isEqualTo(new WorkerToProxy.ChangedModel());
    }

    private static void finish(Closing engine, String text) throws InterruptedException {
        engine.script.next().sink().answer(200, List.of(), Bytes.utf8(text));
    }

    private static String announced(FakeProxy.Link link) {
        await().atMost(PATIENCE).until(() -> !link.queries.isEmpty());
        return ((WorkerToProxy.ConnectToProxy) link.queries.get(0)).params().model();
    }

    @Test
    void should_finish_old_answers_with_the_old_engine_and_begin_new_ones_with_the_new_one() throws Exception {
        try (WorkerFixture fixture = fixture()) {
            FakeProxy.Link old = fixture.ready();
            old.run(1, TestNetworkParts.chat("hi", false), 300);
            ScriptedEngine.Asked running = before.script.next();

            change(old);
            FakeProxy.Link next = fixture.proxy.next();
            assertThat(announced(next)).isEqualTo(OTHER);
            assertThat(fixture.worker.status().model()).isEqualTo(new ModelName(OTHER));
            assertThat(old.next(WorkerToProxy.EnabledDisabled.class).disabled()).isEqualTo(1);
            fixture.awaitReady();

            next.run(2, TestNetworkParts.chat("hi", false), 300);
            finish(after, "of the new one");
            assertThat(next.answer().body().toUtf8()).contains("of the new one");
            assertThat(old.closed).isNotDone();
            assertThat(before.isClosed()).isFalse();

            running.sink().answer(200, List.of(), Bytes.utf8("of the old one"));
            assertThat(old.answer().body().toUtf8()).contains("of the old one");
            assertThat(old.closed.get(30, TimeUnit.SECONDS).toString()).contains("another model");
            assertThat(before.closed.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(next.closed).isNotDone();
            assertThat(after.isClosed()).isFalse();
        }
        assertThat(after.isClosed()).isTrue();
    }

    @Test
    void should_answer_a_query_that_crosses_the_change_with_the_engine_that_it_was_meant_for() throws Exception {
        try (WorkerFixture fixture = fixture()) {
            FakeProxy.Link old = fixture.ready();
            fixture.proxy.answers = query -> {
                if (query instanceof WorkerToProxy.UpdatePaymentStatus) {
                    // The proxy has sent this before it read that no more are taken.
                    old.handler.message(
                            old,
                            new ProxyToWorker.RunQueryEx(
                                            TestNetworkParts.chat("hi", false).toBytes(),
                                            new SignedPayment.Empty(),
                                            1000,
                                            300,
                                            TestNetworkParts.number(1),
                                            3,
                                            false,
                                            Int256.ZERO)
                                    .toBytes());
                    fixture.proxy.answers = fixture.proxy::usual;
                }
                return fixture.proxy.usual(query);
            };

            change(old);
            finish(before, "still here");

            FakeProxy.Answer answer = untilAnswer(old);
            assertThat(answer.isError()).isFalse();
            assertThat(answer.body().toUtf8()).contains("still here");
            old.closed.get(30, TimeUnit.SECONDS);
        }
    }

    private static FakeProxy.Answer untilAnswer(FakeProxy.Link link) throws Exception {
        assertThat(link.nextMessage()).isInstanceOf(WorkerToProxy.EnabledDisabled.class);
        return link.answer();
    }

    @Test
    void should_close_an_idle_connection_of_the_old_model_and_come_back_at_once() throws Exception {
        try (WorkerFixture fixture = fixture()) {
            FakeProxy.Link old = fixture.ready();

            change(old);

            assertThat(announced(fixture.proxy.next())).isEqualTo(OTHER);
            old.closed.get(30, TimeUnit.SECONDS);
            assertThat(before.closed.await(30, TimeUnit.SECONDS)).isTrue();
            fixture.awaitReady();
            assertThat(fixture.proxy.dialled).hasSize(2);
        }
    }

    @Test
    void should_not_take_a_total_for_a_lie_that_the_old_connection_tells_late() throws Exception {
        try (WorkerFixture fixture = fixture()) {
            FakeProxy.Link old = fixture.ready();
            Int256 first = old.run(1, TestNetworkParts.chat("hi", false), 300);
            ScriptedEngine.Asked running = before.script.next();
            fixture.proxy.finished = 100;
            change(old);
            FakeProxy.Link next = fixture.proxy.next();
            fixture.awaitReady();
            await().atMost(PATIENCE)
                    .until(() -> fixture.worker.status().proxies().get(0).earnings().stream()
                            .anyMatch(earnings -> earnings.finished() == 100));

            old.sendMessage(new ProxyToWorker.WorkerRequestPayment(first, TestNetworkParts.payment(0), 0, 40, 40, ""));
            running.sink().answer(200, List.of(), Bytes.utf8("whole"));

            assertThat(untilAnswer(old).isError()).isFalse();
            assertThat(old.closed.get(30, TimeUnit.SECONDS).toString()).contains("another model");
            assertThat(next.closed).isNotDone();
            assertThat(fixture.worker.status().proxies().get(0).lastProblem()).isEmpty();
        }
    }

    @Test
    void should_serve_the_old_model_on_when_the_new_one_does_not_load() throws Exception {
        for (Throwable problem : List.of(new IOException("no such file"), new OutOfMemoryError("Java heap space"))) {
            try (WorkerFixture fixture = new WorkerFixture(
                    new Closing(),
                    builder -> builder.onModelChange(model -> {
                        if (problem instanceof Error error) {
                            throw error;
                        }
                        throw (Exception) problem;
                    }))) {
                FakeProxy.Link link = fixture.ready();

                assertThat(link.askWorker(new ProxyToWorker.ChangeModel(OTHER)))
                        .failsWithin(PATIENCE)
                        .withThrowableThat()
                        .withMessageContaining("cannot change model: model change script failed");

                assertThat(fixture.worker.changeModel(OTHER))
                        .failsWithin(PATIENCE)
                        .withThrowableThat()
                        .havingRootCause()
                        .isSameAs(problem);
                assertThat(fixture.worker.status().model().full()).isEqualTo(TestNetworkParts.MODEL);
                assertThat(fixture.worker.status().isServing()).isTrue();
                assertThat(fixture.proxy.dialled).hasSize(1);
                assertThat(link.closed).isNotDone();
            }
        }
    }

    @Test
    void should_refuse_a_second_change_while_one_is_under_way_and_take_it_later() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (WorkerFixture fixture = new WorkerFixture(
                before,
                builder -> builder.onModelChange(model -> {
                    loading.countDown();
                    mayEnd.await();
                    return model.full().equals(OTHER) ? after : new Closing();
                }))) {
            FakeProxy.Link link = fixture.ready();
            CompletableFuture<TlObject> first = link.askWorker(new ProxyToWorker.ChangeModel(OTHER));
            assertThat(loading.await(30, TimeUnit.SECONDS)).isTrue();

            assertThatThrownBy(
                            () -> fixture.worker.changeModel("third/model@1:2").get(30, TimeUnit.SECONDS))
                    .hasMessageContaining("cannot change model: another change is under way");

            mayEnd.countDown();
            assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(new WorkerToProxy.ChangedModel());
            fixture.worker.changeModel("third/model@1:2").get(30, TimeUnit.SECONDS);
            assertThat(fixture.worker.status().model().base()).isEqualTo("third/model");
            assertThat(after.closed.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void should_have_nothing_to_do_for_the_model_that_it_serves() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(
                before,
                builder -> builder.onModelChange(model -> {
                    throw new AssertionError("nothing is to be loaded");
                }))) {
            fixture.ready();

            fixture.worker.changeModel(TestNetworkParts.MODEL).get(30, TimeUnit.SECONDS);

            assertThat(fixture.proxy.dialled).hasSize(1);
            assertThat(before.isClosed()).isFalse();
        }
    }

    @Test
    void should_give_the_memory_of_each_old_model_back(@TempDir Path folder) throws Exception {
        TestData.copy("models", folder);
        // Room for two engines, not for three.
        BuiltInEngineBuilder loader = BuiltInEngine.builder()
                .threads(1)
                .backend(BackendChoice.CPU)
                .limits(new Scheduler.Limits(2, 2, 1_000, 16))
                .heap(HeapRoom.of(150 << 20));
        try (WorkerFixture fixture = new WorkerFixture(
                loader.load(folder.resolve("tiny-qwen3")),
                builder -> builder.onModelChange(model -> loader.load(folder.resolve(model.base()))))) {
            fixture.ready();
            for (String name : List.of("tiny-llama3", "tiny-qwen3", "tiny-gemma3", "tiny-qwen2")) {
                // The one before is closed when its connection has ended, which takes a moment.
                await().atMost(PATIENCE)
                        .ignoreExceptionsInstanceOf(ExecutionException.class)
                        .until(() -> fixture.worker.changeModel(name + "@1:2").get(30, TimeUnit.SECONDS) == null);
                assertThat(fixture.worker.status().card().orElseThrow().name()).isEqualTo(name);
            }
        }
        loader.loadAll(List.of(folder.resolve("tiny-qwen3"), folder.resolve("tiny-qwen2")))
                .forEach(BuiltInEngine::close);
    }

    @Test
    void should_close_an_engine_that_is_loaded_when_the_worker_is_closed_already() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        try (WorkerFixture fixture = new WorkerFixture(
                before,
                builder -> builder.executor(threads).onModelChange(model -> {
                    loading.countDown();
                    mayEnd.await();
                    return after;
                }))) {
            fixture.ready();
            CompletableFuture<Void> changed = fixture.worker.changeModel(OTHER);
            assertThat(loading.await(30, TimeUnit.SECONDS)).isTrue();

            fixture.worker.close();
            assertThat(before.isClosed()).isTrue();
            mayEnd.countDown();

            assertThatThrownBy(() -> changed.get(30, TimeUnit.SECONDS)).hasMessageContaining("the worker is closing");
            assertThat(after.isClosed()).isTrue();
        } finally {
            threads.shutdownNow();
        }
    }
}
