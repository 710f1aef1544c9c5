package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.RootState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("looks at the threads of the whole process")
class RobustnessTest {

    private static final String CHUNK = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";

    private final Setup setup = Setup.withProxies(1);

    @AfterEach
    void close() {
        setup.close();
    }

    private void endless() {
        setup.proxy().script = run -> run.head(200, "text/event-stream").part(CHUNK);
    }

    private static Deadlines deadlines(int firstToken, int betweenTokens, int total) {
        return new Deadlines(
                Duration.ofSeconds(30),
                Duration.ofMillis(firstToken),
                Duration.ofMillis(betweenTokens),
                Duration.ofMillis(total));
    }

    @Test
    void should_leak_nothing_when_requests_are_cancelled_at_random() {
        long seed = System.nanoTime();
        System.out.println("seed of random cancels: " + seed);
        Random random = new Random(seed);
        setup.proxy().script = run -> {
            run.head(200, "text/event-stream").part(CHUNK);
            if (run.id.toBytes().get(0) % 2 == 0) {
                run.end(new TokensUsed(1, 0, 1, 0, 2)).pay(2);
            }
        };
        CocoonClient cocoon = setup.client(b -> b.spendingLimit(Nanoton.ofTon("1000"), Duration.ofDays(1))
                .deadlines(Setup.QUICK.withTotal(Duration.ofSeconds(3))));
        AsyncChat chat = cocoon.chat("m").user("x").maxTokens(10).async();
        List<CompletableFuture<ChatReply>> running = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            running.add(chat.stream(chunk -> {}));
            if (running.size() > 40 || random.nextInt(3) == 0) {
                running.remove(random.nextInt(running.size())).cancel(true);
            }
        }
        running.forEach(each -> each.cancel(true));

        await().atMost(Duration.ofSeconds(30)).until(() -> cocoon.running() == 0);
        // The proxy says nothing of cancelled requests: what they hold counts as spent after their total deadline.
        await().atMost(Duration.ofSeconds(60)).until(() -> cocoon.reserved().equals(Nanoton.ZERO));
        assertThat(cocoon.disputes()).isEmpty();
    }

    @Test
    void should_fail_only_the_request_whose_reader_is_too_slow() {
        Bytes large = Bytes.utf8("data: {\"x\":\"" + "y".repeat(1 << 20) + "\"}\n\n");
        setup.proxy().script = run -> {
            if (run.body().contains("large")) {
                run.head(200, "text/event-stream");
                for (int i = 0; i < 10; i++) {
                    run.part(large);
                }
            } else {
                run.answerPlainly();
            }
        };
        CocoonClient cocoon = setup.client();
        ChatStream slow = cocoon.chat("m").user("large").stream();

        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);

        assertThat(cocoon.chat("m").user("x").send().text()).isNotEmpty();
        assertThatThrownBy(slow::reply)
                .isInstanceOf(CocoonException.Cancelled.class)
                .hasMessageContaining("read too slowly");
    }

    @Test
    void should_count_the_overhead_of_tiny_parts_that_wait() {
        setup.proxy().script = run -> {
            run.head(200, "text/event-stream");
            for (int i = 0; i < 40_000; i++) {
                run.part("\n");
            }
        };

        ChatStream slow = setup.client().chat("m").user("x").stream();

        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);
        assertThatThrownBy(slow::reply).hasMessageContaining("read too slowly");
    }

    @Test
    void should_end_at_the_deadline_of_the_first_token() {
        setup.proxy().script = run -> {};

        assertThat(late(deadlines(100, 30_000, 60_000))).hasMessageContaining("no answer");
    }

    @Test
    void should_end_at_the_deadline_between_tokens() {
        endless();

        assertThat(late(deadlines(30_000, 100, 60_000))).hasMessageContaining("'betweenTokens' of 100 ms");
    }

    @Test
    void should_end_at_the_total_deadline_within_a_stream() {
        endless();

        assertThat(late(deadlines(30_000, 30_000, 2000))).hasMessageContaining("'total' of 2000 ms");
    }

    @Test
    void should_name_the_total_deadline_to_a_reader_who_comes_after_it() {
        endless();
        CocoonClient cocoon = setup.client(b -> b.deadlines(deadlines(30_000, 30_000, 2000)));
        cocoon.models(); // the short deadline is for the answer, not for the connection

        ChatStream unread = cocoon.chat("m").user("x").stream();

        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);
        assertThatThrownBy(unread::reply).hasMessageContaining("'total' of 2000 ms");
    }

    private CocoonException.Deadline late(Deadlines deadlines) {
        CocoonClient cocoon = setup.client(b -> b.deadlines(deadlines));
        cocoon.models(); // the short deadline is for the answer, not for the connection
        CocoonException.Deadline failure = catchThrowableOfType(
                CocoonException.Deadline.class,
                () -> cocoon.chat("m").user("x").stream().reply());
        await().atMost(Duration.ofSeconds(30)).until(() -> setup.proxy().cancels.size() == 1);
        return failure;
    }

    @Test
    void should_fail_running_requests_when_the_client_is_closed_and_leave_nothing_behind() throws Exception {
        endless();
        CocoonClient cocoon = setup.client();
        CompletableFuture<ChatReply> reply = cocoon.chat("m").user("x").async().stream(chunk -> {});
        setup.proxy().runs.take();

        cocoon.close();

        // The reader hears of it from its queue or, a moment later, by the interrupt of its thread.
        assertThatThrownBy(reply::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(CocoonException.Cancelled.class);
        await().atMost(Duration.ofSeconds(30)).until(() -> setup.sockets.openConnections() == 0);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("cocoon-client")));
    }

    @Test
    void should_not_wait_for_a_bill_while_a_stream_is_read() {
        setup.proxy().script =
                run -> run.head(200, "text/event-stream").part(CHUNK).end(new TokensUsed(1, 0, 1, 0, 2));
        CocoonClient cocoon = setup.client();
        cocoon.models();
        ChatStream stream = cocoon.chat("m").user("x").stream();

        stream.forEach(chunk -> {});

        assertThat(stream.bill().status()).isEqualTo(Bill.Status.STATED);
        assertThat(stream.bill().total()).isEqualTo(new Nanoton(4));
    }

    @Test
    void should_take_a_charge_that_comes_before_the_end() {
        setup.proxy().script = run -> run.head(200, "application/json")
                .pay(134)
                .part(FakeProxy.PLAIN_ANSWER)
                .end(FakeProxy.TOKENS);

        assertThat(setup.client().chat("m").user("x").send().bill().status()).isEqualTo(Bill.Status.CONFIRMED);
    }

    @Test
    void should_dispute_a_second_charge_for_one_request_and_count_both() {
        setup.proxy().script = run -> run.head(200, "application/json")
                .pay(134)
                .pay(0)
                .part(FakeProxy.PLAIN_ANSWER)
                .end(FakeProxy.TOKENS);
        CocoonClient cocoon = setup.client(b -> b.maxAttempts(1));

        assertThatThrownBy(() -> cocoon.chat("m").user("x").send()).isInstanceOf(CocoonException.class);

        await().atMost(Duration.ofSeconds(30)).until(() -> cocoon.disputes().size() == 1);
        assertThat(cocoon.disputes().get(0).claim()).contains("second charge");
        assertThat(cocoon.spent()).isEqualTo(new Nanoton(268));
    }

    @Test
    void should_reconnect_when_new_parameters_move_all_contracts() {
        CocoonClient cocoon = setup.client();
        cocoon.chat("m").user("x").send();

        setup.chain.change(config -> config.withVersions(config.version() + 1, config.paramsVersion() + 1));

        await().atMost(Duration.ofSeconds(30)).until(() -> setup.sockets.dials.get() == 2);
        assertThat(cocoon.chat("m").user("x").send().text()).isNotEmpty();
    }

    @Test
    void should_follow_the_list_of_proxies() {
        try (Setup two = Setup.withProxies(2)) {
            List<RootState.RegisteredProxy> both = two.chain.root().proxies();
            two.chain.change(config -> config.withProxies(both.subList(0, 1)));
            CocoonClient cocoon = two.client(b -> b.proxies(1));
            cocoon.chat("m").user("x").send();
            assertThat(two.proxies.get(1).runs).isEmpty();
            // Scripted proxies share a key, hence the contract and its totals.
            two.proxies.get(1).charged = two.proxies.get(0).charged;

            two.chain.change(config -> config.withProxies(both.subList(1, 2)));

            assertThat(cocoon.chat("m").user("x").send().text()).isNotEmpty();
            assertThat(two.proxies.get(1).runs).hasSize(1);
        }
    }
}
