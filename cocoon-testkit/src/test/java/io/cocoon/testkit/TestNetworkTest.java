package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.Bill;
import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import io.cocoon.client.HttpReply;
import io.cocoon.client.Image;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyStatus;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.InferenceRequest;
import io.cocoon.worker.WorkerRuntime;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an application meets first: all roles, real sockets, one JVM. */
@Timeout(180)
class TestNetworkTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void should_answer_a_chat_encrypted_and_say_that_nothing_was_proven() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            ChatReply reply = client.chat(network.model()).user("Who are you?").send();
            assertThat(reply.text()).contains("Who are you?").contains("demonstration");
            assertThat(reply.encrypted()).isTrue();
            assertThat(reply.attestation().isAttested()).isFalse();
            assertThat(reply.attestation().toString()).contains("SIMULATED");
        }
    }

    @Test
    void should_not_encrypt_on_a_network_without_a_key_manager() {
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .withoutPayloadEncryption()
                        .start();
                CocoonClient client = network.newClient()) {
            ChatReply reply = client.chat(network.model()).user("Who are you?").send();
            assertThat(reply.text()).contains("Who are you?");
            assertThat(reply.encrypted()).isFalse();
        }
    }

    @Test
    void should_not_encrypt_for_a_client_that_lets_proxies_read() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client =
                        network.clientBuilder().letProxiesReadPrompts().build()) {
            assertThat(client.chat(network.model()).user("Hello").send().encrypted())
                    .isFalse();
        }
    }

    @Test
    void should_bill_the_same_on_all_three_sides() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            long billed = 0;
            for (int i = 0; i < 5; i++) {
                Bill bill = client.chat(network.model())
                        .user("Question " + i)
                        .send()
                        .bill();
                assertThat(bill.dispute()).isEmpty();
                assertThat(bill.status()).isIn(Bill.Status.CONFIRMED, Bill.Status.STATED);
                assertThat(bill.adjusted().totalTokensUsed()).isPositive();
                billed += bill.adjusted().totalTokensUsed();
            }
            long expected = billed;
            await().atMost(SOON).untilAsserted(() -> {
                ProxyStatus status = network.proxies().get(0).status();
                assertThat(status.totals().billedTokens()).isEqualTo(expected);
                assertThat(status.clients().get(0).tokens()).isEqualTo(expected);
                assertThat(status.clients().get(0).reserved()).isZero();
                assertThat(status.workers().get(0).tokens()).isEqualTo(expected);
                assertThat(network.workers()
                                .get(0)
                                .status()
                                .proxies()
                                .get(0)
                                .earnings()
                                .orElseThrow()
                                .finished())
                        .isEqualTo(expected);
            });
            assertThat(client.disputes()).isEmpty();
        }
    }

    @Test
    void h5_n12_should_pass_the_first_piece_on_before_the_second_is_made() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> Engines.waiting(latch))
                        .start();
                CocoonClient client = network.newClient();
                ChatStream stream = client.chat(network.model()).user("Go").stream()) {
            Iterator<ChatChunk> pieces = stream.iterator();
            StringBuilder text = new StringBuilder();
            while (text.isEmpty()) {
                text.append(pieces.next().text());
            }
            assertThat(text.toString()).isEqualTo("first ");
            assertThat(latch.getCount()).isEqualTo(1);
            latch.countDown();
            pieces.forEachRemaining(piece -> text.append(piece.text()));
            assertThat(text.toString()).isEqualTo("first second");
            assertThat(stream.bill().adjusted().totalTokensUsed()).isPositive();
        }
    }

    @Test
    void should_stop_the_engine_when_a_stream_is_closed_early() throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> Engines.endless(stopped))
                        .start();
                CocoonClient client = network.newClient()) {
            ChatStream stream = client.chat(network.model()).user("Go").stream();
            try (stream) {
                stream.iterator().next();
            }
            assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
            await().atMost(SOON).untilAsserted(() -> {
                ProxyStatus status = network.proxies().get(0).status();
                assertThat(status.runningQueries()).isZero();
                assertThat(status.clients().get(0).reserved()).isZero();
                assertThat(stream.bill().adjusted().totalTokensUsed())
                        .isEqualTo(status.totals().billedTokens());
                assertThat(stream.bill().status()).isNotEqualTo(Bill.Status.OPEN);
            });
            assertThat(client.disputes()).isEmpty();
        }
    }

    @Test
    void should_end_a_request_at_its_deadline_and_cancel_it_at_the_worker() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> Engines.silent(asked, cancelled))
                        .start();
                CocoonClient client = network.newClient()) {
            Deadlines deadlines = Deadlines.DEFAULT.withFirstToken(Duration.ofSeconds(1));
            assertThatThrownBy(() -> client.chat(network.model()).user("Go").deadlines(deadlines).stream())
                    .isInstanceOf(CocoonException.Deadline.class);
            assertThat(asked.getCount()).isZero();
            assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void should_list_models() {
        try (TestNetwork network =
                        TestNetwork.builder().withoutChain().workers(2).start();
                CocoonClient client = network.newClient()) {
            assertThat(client.models()).singleElement().satisfies(offer -> {
                assertThat(offer.name()).isEqualTo(network.model());
                assertThat(offer.workers()).isEqualTo(2);
            });
        }
    }

    @Test
    void should_be_healthy() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            assertThat(client.doctor().isHealthy())
                    .as(client.doctor().toString())
                    .isTrue();
        }
    }

    @Test
    void should_carry_a_raw_request() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient();
                HttpReply reply = client.http(
                        "POST",
                        "/v1/chat/completions",
                        "{\"model\":\"" + network.model()
                                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Raw?\"}],\"max_tokens\":50}")) {
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).contains("Raw?").contains("\"usage\"");
            assertThat(reply.bill().adjusted().totalTokensUsed()).isPositive();
        }
    }

    @Test
    void should_hand_tools_formats_and_images_to_the_engine_with_their_members_sorted() {
        List<InferenceRequest> seen = new CopyOnWriteArrayList<>();
        byte[] picture = {(byte) 0x89, 'P', 'N', 'G', 1, 2, 3};
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> new Engines.Recording(seen, DemoEngine.create(Duration.ZERO)))
                        .start();
                CocoonClient client = network.newClient()) {
            client.chat(network.model())
                    .user("What is this?", Image.png(picture))
                    .tool("look_up", "looks up", "{\"type\":\"object\",\"properties\":{\"q\":{\"type\":\"string\"}}}")
                    .responseFormat("{\"type\":\"json_object\"}")
                    .maxTokens(20)
                    .send();
            String body = Engines.Recording.text(seen.get(0).body());
            assertThat(body)
                    .contains("\"What is this?\"")
                    .contains(Image.png(picture).url())
                    .contains("\"name\":\"look_up\"")
                    .contains("{\"properties\":{\"q\":{\"type\":\"string\"}},\"type\":\"object\"}")
                    .contains("\"response_format\":{\"type\":\"json_object\"}");
        }
    }

    @Test
    void should_refuse_a_worker_that_is_too_expensive_and_take_it_at_a_higher_limit() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            network.workers().get(0).changeCoefficient(3000);
            await().atMost(SOON)
                    .until(() ->
                            network.proxies().get(0).status().workers().get(0).coefficient() == 3000);
            assertThatThrownBy(() -> client.chat(network.model())
                            .user("Cheap?")
                            .maxPriceFactor(2)
                            .send())
                    .isInstanceOf(CocoonException.Capacity.class);
            assertThat(client.chat(network.model())
                            .user("Dear!")
                            .maxPriceFactor(3)
                            .send()
                            .text())
                    .contains("Dear!");
        }
    }

    @Test
    void should_give_nothing_to_a_disabled_worker_until_it_is_enabled() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            WorkerRuntime worker = network.workers().get(0);
            worker.disable();
            awaitDisabled(network, true);
            assertThatThrownBy(
                            () -> client.chat(network.model()).user("Anyone?").send())
                    .isInstanceOf(CocoonException.Capacity.class);
            worker.enable();
            awaitDisabled(network, false);
            assertThat(client.chat(network.model()).user("Now?").send().text()).contains("Now?");
        }
    }

    private static void awaitDisabled(TestNetwork network, boolean wanted) {
        await().atMost(SOON)
                .until(() -> network.proxies().get(0).status().workers().get(0).disabled() == wanted);
    }

    @Test
    void should_reconnect_everything_when_the_parameters_change() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            client.chat(network.model()).user("Before").send();
            int wanted = network.contracts().root().params().version() + 1;
            network.changePrices(new Nanoton(40), new Nanoton(30));
            await().atMost(SOON).untilAsserted(() -> {
                ProxyStatus status = network.proxies().get(0).status();
                assertThat(status.root().params().version()).isEqualTo(wanted);
                assertThat(status.workers()).hasSize(1);
                assertThat(client.chat(network.model()).user("After").send().text())
                        .contains("After");
            });
        }
    }

    @Test
    void should_connect_though_every_thread_of_the_executor_waits_for_that() {
        ExecutorService one = Executors.newSingleThreadExecutor();
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.clientBuilder().executor(one).build()) {
            ChatReply reply = client.chat(network.model())
                    .user("Hello")
                    .async()
                    .send()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            assertThat(reply.text()).contains("Hello");
        } finally {
            one.shutdownNow();
        }
    }
}
