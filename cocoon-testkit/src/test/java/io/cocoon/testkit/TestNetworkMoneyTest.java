package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.Bill;
import io.cocoon.client.Channel;
import io.cocoon.client.ChannelResult;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.ExitPlan;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.chain.LocalAccess;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.WorkerPayouts;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A channel from its first nanoton to its last: all roles, real sockets, real contracts, one JVM. */
@Timeout(300)
class TestNetworkMoneyTest {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Nanoton PRICE = Nanoton.ofTon("0.001");
    private static final Nanoton FEE = Nanoton.ofTon("0.00095");
    private static final Nanoton DEPOSIT = Nanoton.ofTon("20");
    /** What a client's wallet of a test network has. */
    private static final Nanoton WALLET = Nanoton.ofTon("50");
    /** Rent that stays in the contract, and at most 0.1 TON for the fees of five messages. */
    private static final Nanoton RENT_AND_FEES = Nanoton.ofTon("0.9");

    private static TestNetwork.Builder network() {
        return TestNetwork.builder().prices(PRICE, FEE).clientStake(DEPOSIT);
    }

    private static Bill ask(TestNetwork network, CocoonClient client, String question) {
        return client.chat(network.model()).user(question).maxTokens(200).send().bill();
    }

    private static Nanoton balance(CocoonClient client) {
        return client.channels().walletBalance().orElse(Nanoton.ZERO);
    }

    /**
     * By the chain's clock blocks come every so many seconds; a slow chain is run faster than that, because nothing here may depend
     * on how fast blocks are.
     */
    @ParameterizedTest
    @CsvSource({"4, 200, 200", "3, 400, 400", "4, 2500, 400", "4, 30000, 400"})
    void should_pay_for_what_was_used_and_give_back_the_rest(int generation, long blockMillis, long realMillis)
            throws Exception {
        List<ExitPlan> plans = new CopyOnWriteArrayList<>();
        try (TestNetwork network = network()
                        .contracts(ContractCode.of(generation))
                        .withoutPayloadEncryption()
                        .blocks(Duration.ofMillis(blockMillis), Duration.ofMillis(realMillis))
                        .start();
                CocoonClient client = network.clientBuilder()
                        .channels(
                                network.channelSettings().firstDeposit(DEPOSIT).onPlan(plans::add))
                        .build()) {
            long tokens = ask(network, client, "How much is this?").adjusted().totalTokensUsed()
                    + ask(network, client, "And this?").adjusted().totalTokensUsed();
            assertThat(plans).singleElement().satisfies(plan -> {
                assertThat(plan.deposit()).isEqualTo(DEPOSIT);
                assertThat(plan.atRisk()).isEqualTo(DEPOSIT);
            });

            // The worker is paid for what the proxy has signed, and that is everything once it is saved on the chain.
            await().atMost(SOON).until(() -> earned(network) == tokens);
            WorkerPayouts.Result paid = network.workers().get(0).payOutNow().get(90, TimeUnit.SECONDS);
            assertThat(paid.problems()).isEmpty();
            assertThat(paid.paid()).isEqualTo(FEE.times(tokens));
            assertThat(paid.left()).isEqualTo(Nanoton.ZERO);

            // The client gets back what it did not use.
            Channel channel = client.channels().all().get(0);
            assertThat(channel.deposited()).isEqualTo(DEPOSIT);
            assertThat(client.channels()).asString().contains("wallet 0:").contains(channel.toString());
            ChannelResult closed = channel.close().get(90, TimeUnit.SECONDS);
            assertThat(closed.amount()).isEqualTo(DEPOSIT.minus(PRICE.times(tokens)));
            assertThat(closed).hasToString(closed.amount() + " come back; the contract is closed and never used again");
            Nanoton atLeast = WALLET.minus(PRICE.times(tokens)).minus(RENT_AND_FEES);
            await().atMost(SOON).until(() -> balance(client).compareTo(atLeast) >= 0);
            assertThat(balance(client)).isLessThan(WALLET.minus(PRICE.times(tokens)));
            assertThat(client.channels().all()).isEmpty();
            assertThat(client.disputes()).isEmpty();
        }
    }

    /** Two models, each with a worker of its own: they have one owner, so at the proxy they have one contract. */
    @Test
    void should_pay_workers_of_one_owner_together_and_once() throws Exception {
        try (TestNetwork network = network()
                        .withoutPayloadEncryption()
                        .alsoServe("demo/other", () -> DemoEngine.create(Duration.ZERO))
                        .start();
                CocoonClient client = network.newClient()) {
            long tokens = 0;
            for (String model : List.of(network.model(), "demo/other", network.model(), "demo/other")) {
                tokens += client.chat(model)
                        .user("How much is this?")
                        .maxTokens(200)
                        .send()
                        .bill()
                        .adjusted()
                        .totalTokensUsed();
            }
            long all = tokens;
            WorkerRuntime one = network.workers().get(0);
            WorkerRuntime other = network.workers().get(1);
            await().atMost(SOON)
                    .until(() -> one.status().completed() == 2 && other.status().completed() == 2);

            // Both know what both have earned.
            await().atMost(SOON).until(() -> earned(one) == all && earned(other) == all);
            assertThat(one.status().accounts().get(0).contract())
                    .isEqualTo(other.status().accounts().get(0).contract());
            WorkerPayouts.Result paid = one.payOutNow().get(90, TimeUnit.SECONDS);
            assertThat(paid.paid()).isEqualTo(FEE.times(all));
            assertThat(paid.problems()).isEmpty();

            // The second one finds that all is paid, and pays nothing again.
            await().atMost(SOON)
                    .until(() -> other.status().accounts().get(0).paid().tokens() == all);
            WorkerPayouts.Result again = other.payOutNow().get(90, TimeUnit.SECONDS);
            assertThat(again.paid()).isEqualTo(Nanoton.ZERO);
            assertThat(again.problems()).isEmpty();
            for (WorkerRuntime each : List.of(one, other)) {
                WorkerStatus.Account account = each.status().accounts().get(0);
                assertThat(account.waiting().tokens() + account.inFlight().tokens())
                        .isZero();
                assertThat(each.status().proxies().get(0).disputedBills()).isZero();
                assertThat(each.status().isServing()).isTrue();
            }
            assertThat(client.disputes()).isEmpty();
        }
    }

    private static long earned(WorkerRuntime worker) {
        return worker.status().accounts().stream()
                .mapToLong(account -> account.earned().tokens())
                .sum();
    }

    private static long earned(TestNetwork network) {
        return earned(network.workers().get(0));
    }

    @Test
    void should_go_on_after_the_prices_have_changed_with_new_contracts_and_the_old_money_back() {
        try (TestNetwork network = network().start();
                CocoonClient client = network.newClient()) {
            ask(network, client, "Before");
            Channel before = client.channels().all().get(0);
            network.changePrices(Nanoton.ofTon("0.0005"), Nanoton.ofTon("0.0004"));
            await().atMost(SOON)
                    .ignoreExceptions()
                    .untilAsserted(
                            () -> assertThat(ask(network, client, "After").pricePerToken())
                                    .isEqualTo(Nanoton.ofTon("0.0005")));
            await().atMost(SOON)
                    .until(() -> client.channels().all().stream()
                            .noneMatch(channel -> channel.contract().equals(before.contract())));
            assertThat(client.channels().all())
                    .singleElement()
                    .satisfies(channel -> assertThat(channel.contract()).isNotEqualTo(before.contract()));
        }
    }

    @Test
    void should_get_the_money_back_from_a_server_that_is_40_blocks_behind() throws Exception {
        try (TestNetwork network = network()
                        .blocks(Duration.ofMillis(400), Duration.ofMillis(100))
                        .start();
                CocoonClient client = network.newClient()) {
            LocalAccess server = network.chainAccess().orElseThrow();
            ask(network, client, "Before");
            server.lag(40);
            ask(network, client, "Behind");
            Channel channel = client.channels().all().get(0);
            channel.close().get(90, TimeUnit.SECONDS);
            await().atMost(SOON).until(() -> balance(client).compareTo(WALLET.minus(Nanoton.ofTon("1.5"))) >= 0);
        }
    }

    @Test
    void should_get_the_money_back_after_an_hour_without_the_chain_and_with_a_gap_in_its_history() throws Exception {
        try (TestNetwork network = network()
                        .blocks(Duration.ofSeconds(30), Duration.ofMillis(100))
                        .start();
                CocoonClient client = network.newClient()) {
            LocalAccess server = network.chainAccess().orElseThrow();
            LocalChain chain = network.localChain().orElseThrow();
            ask(network, client, "Before");
            server.down(true);
            Instant since = chain.head().time();
            var closing = client.channels().all().get(0).close();
            await().atMost(SOON).until(() -> chain.head().time().isAfter(since.plus(Duration.ofHours(1))));
            assertThat(closing).isNotDone();

            server.forgetUpTo(Long.MAX_VALUE);
            server.down(false);
            Instant back = chain.head().time();
            await().atMost(SOON).until(() -> chain.head().time().isAfter(back.plus(Duration.ofMinutes(10))));
            server.forgetUpTo(0);
            closing.get(90, TimeUnit.SECONDS);
            await().atMost(SOON).until(() -> balance(client).compareTo(WALLET.minus(Nanoton.ofTon("1.5"))) >= 0);
        }
    }

    @Test
    void should_tell_in_words_what_happens_on_the_chain() {
        List<String> told = new CopyOnWriteArrayList<>();
        try (TestNetwork network = network().narrate(told::add).start();
                CocoonClient client = network.newClient()) {
            ask(network, client, "What happens?");

            assertThat(told)
                    .anyMatch(line -> line.contains("client's wallet -> client contract")
                            && line.contains("deposit of 20 TON and hash of the secret"));
            assertThat(told)
                    .anyMatch(line -> line.contains("-> proxy contract") && line.contains("a client registers"));
            assertThat(told).noneMatch(line -> line.contains("FAILED") || line.contains("unreadable"));
        }
    }
}
