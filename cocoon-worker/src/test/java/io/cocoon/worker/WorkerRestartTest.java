package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.store.StateFile;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a worker still knows of its proxies after a restart, and what it holds against them. */
@Timeout(120)
class WorkerRestartTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final List<String> alarms = new CopyOnWriteArrayList<>();

    private WorkerFixture worker(Path state) {
        return new WorkerFixture(
                DemoEngine.create(Duration.ZERO),
                builder -> builder.state(state).onAlarm(alarms::add));
    }

    private static void states(WorkerFixture fixture, long signed, long database, long finished) {
        fixture.proxy.signed = signed;
        fixture.proxy.database = database;
        fixture.proxy.finished = finished;
    }

    private static Bytes payment(long tokens) {
        return ((SignedPayment.Signed) TestNetworkParts.payment(tokens)).data();
    }

    /** A worker that was told these totals and ended. */
    private void worked(Path state, long signed, long database, long finished) throws Exception {
        try (WorkerFixture fixture = worker(state)) {
            states(fixture, signed, database, finished);
            fixture.ready();
        }
    }

    private static String problem(WorkerFixture fixture) {
        return fixture.worker.status().proxies().get(0).lastProblem();
    }

    @Test
    void h63_should_refuse_a_proxy_that_has_forgotten_what_it_signed_while_the_worker_was_away() throws Exception {
        Path state = folder.resolve("state");
        worked(state, 10, 20, 30);
        try (WorkerFixture fixture = worker(state)) {
            states(fixture, 5, 20, 30);
            fixture.worker.start();
            await().atMost(SOON).until(() -> fixture.proxy.links.size() >= 3);

            assertThat(problem(fixture))
                    .contains("rolled back")
                    .contains("signed 10")
                    .contains("states 5, 20, 30");
            assertThat(fixture.worker.status().isServing()).isFalse();
            assertThat(fixture.proxy.links.get(0).queries.get(1))
                    .isEqualTo(new WorkerToProxy.CompareBalanceWithProxy(10, 20, 30));
            assertThat(alarms)
                    .as("once, with what proves it")
                    .singleElement()
                    .asString()
                    .contains(payment(10).toHex())
                    .contains(payment(5).toHex());
            assertThat(fixture.worker.status().accounts()).singleElement().satisfies(account -> {
                assertThat(account.earned().tokens()).isEqualTo(10);
                assertThat(account.contradiction()).isEqualTo(payment(5));
            });
        }
        alarms.clear();
        try (WorkerFixture again = worker(state)) {
            assertThat(again.worker.status().accounts().get(0).contradiction())
                    .as("the evidence is kept")
                    .isEqualTo(payment(5));
            states(again, 10, 20, 30);
            again.ready();
        }
    }

    @Test
    void h63_should_refuse_a_proxy_whose_database_is_behind_what_it_signed() throws Exception {
        Path state = folder.resolve("state");
        worked(state, 10, 20, 30);
        try (WorkerFixture fixture = worker(state)) {
            states(fixture, 10, 9, 30);
            fixture.worker.start();
            await().atMost(SOON).until(() -> problem(fixture).contains("rolled back"));

            assertThat(problem(fixture)).contains("states 10, 9, 30");
            await().atMost(SOON).until(() -> !alarms.isEmpty());
        }
    }

    @Test
    void h63_should_go_on_with_a_proxy_that_remembers() throws Exception {
        Path state = folder.resolve("state");
        worked(state, 10, 20, 30);
        try (WorkerFixture fixture = worker(state)) {
            states(fixture, 12, 22, 33);
            FakeProxy.Link link = fixture.ready();

            assertThat(link.queries.get(1)).isEqualTo(new WorkerToProxy.CompareBalanceWithProxy(10, 20, 30));
            assertThat(fixture.worker.status().accounts().get(0).earned().tokens())
                    .isEqualTo(12);
            assertThat(alarms).isEmpty();
        }
    }

    @Test
    void h11_should_still_give_up_after_a_restart_what_the_proxy_had_only_in_memory() throws Exception {
        Path state = folder.resolve("state");
        worked(state, 10, 20, 30);
        try (WorkerFixture fixture = worker(state)) {
            states(fixture, 10, 20, 25);
            fixture.ready();

            assertThat(fixture.worker
                            .status()
                            .proxies()
                            .get(0)
                            .earnings()
                            .orElseThrow()
                            .writtenOff())
                    .isEqualTo(5);
        }
    }

    @Test
    void should_believe_a_rolled_back_proxy_without_a_folder() throws Exception {
        try (WorkerFixture first = new WorkerFixture(DemoEngine.create(Duration.ZERO))) {
            states(first, 10, 20, 30);
            first.ready();
        }
        try (WorkerFixture second = new WorkerFixture(DemoEngine.create(Duration.ZERO))) {
            states(second, 5, 5, 5);

            assertThat(second.ready().queries.get(1)).isEqualTo(new WorkerToProxy.CompareBalanceWithProxy(0, 0, 0));
        }
    }

    @Test
    void should_write_a_payment_down_within_a_second_or_two_and_not_only_at_the_end() throws Exception {
        Path state = folder.resolve("state");
        try (WorkerFixture fixture = worker(state)) {
            states(fixture, 10, 20, 30);
            fixture.ready();

            await().atMost(SOON)
                    .until(() -> new StateFile(state.resolve("worker-earnings.state"))
                            .load()
                            .isPresent());
        }
    }

    @Test
    void should_not_compare_what_it_could_not_write_down() throws Exception {
        Path place = folder.resolve("state");
        Path state = place;
        try (WorkerFixture fixture = worker(state)) {
            Files.delete(place.resolve("lock"));
            Files.delete(place);
            states(fixture, 10, 20, 30);
            fixture.ready().drop();
            await().atMost(SOON).until(() -> problem(fixture).contains("look at the disk"));
            FakeProxy.Link refused = fixture.proxy.links.get(1);
            assertThat(refused.queries).noneMatch(WorkerToProxy.CompareBalanceWithProxy.class::isInstance);

            Files.createDirectory(place);
            fixture.awaitReady();
        }
    }

    @Test
    void should_not_be_built_on_a_damaged_state() throws Exception {
        Path state = folder.resolve("state");
        worked(state, 10, 20, 30);
        Path file = folder.resolve("state").resolve("worker-earnings.state");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        assertThatThrownBy(() -> worker(state))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseInstanceOf(IOException.class)
                .hasMessageContaining("is damaged");
    }

    @Test
    void h61_should_say_that_it_has_no_payouts() {
        try (WorkerFixture fixture = new WorkerFixture(DemoEngine.create(Duration.ZERO))) {
            assertThatThrownBy(fixture.worker::payOutNow)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("without payouts");
        }
    }

    @Test
    void h62_should_take_a_higher_total_than_its_own_and_not_end() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(DemoEngine.create(Duration.ZERO))) {
            fixture.proxy.answers = query -> query instanceof WorkerToProxy.CompareBalanceWithProxy
                    ? new ProxyToWorker.CompareBalanceWithProxyResult(TestNetworkParts.payment(0), 0, 99, 0)
                    : fixture.proxy.usual(query);
            fixture.ready();

            assertThat(fixture.worker
                            .status()
                            .proxies()
                            .get(0)
                            .earnings()
                            .orElseThrow()
                            .finished())
                    .isEqualTo(99);
        }
    }

    @Test
    void h69_should_disable_itself_while_its_model_or_image_is_not_in_the_root_contract() throws Exception {
        Set<Int256> listed = Set.of(new ModelName(TestNetworkParts.MODEL).hash());
        try (WorkerFixture fixture =
                new WorkerFixture(DemoEngine.create(Duration.ZERO), builder -> builder.checkHashes(true))) {
            fixture.proxy.peer = new PeerIdentity(
                    PeerIdentity.Kind.SIMULATED,
                    PeerIdentity.Source.OWN_HANDSHAKE,
                    Bytes.empty(),
                    TestNetworkParts.PROXY_IMAGE,
                    Optional.empty());
            fixture.chain.change(TestNetworkParts.root(1, true, List.of(TestNetworkParts.PROXY), listed));
            FakeProxy.Link link = fixture.ready();

            fixture.chain.change(TestNetworkParts.root(1, true, List.of(TestNetworkParts.PROXY), Set.of()));
            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isEqualTo(1);
            assertThat(fixture.worker.status().disabledBecause())
                    .singleElement()
                    .asString()
                    .contains("does not list the model");

            fixture.chain.change(TestNetworkParts.root(1, true, List.of(TestNetworkParts.PROXY), listed));
            assertThat(link.next(WorkerToProxy.EnabledDisabled.class).disabled())
                    .isZero();
        }
    }
}
