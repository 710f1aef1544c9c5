package io.cocoon.testkit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.live.LiveCocoonChain;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.Transport;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.WorkerLimits;
import io.cocoon.worker.WorkerPayouts;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker over real sockets cashes in at our contracts in a real TVM. Time is the chain's: it passes while somebody waits. */
@Timeout(300)
class WorkerPayoutTest {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final ContractCode CODE = ContractCode.current();
    private static final Address PROXY_OWNER = new Address(0, Int256.fromHex("a1".repeat(32)));
    private static final Address OWNER = new Address(0, Int256.fromHex("a2".repeat(32)));
    /** 11.4 TON at 19 nanoton each. */
    private static final long WORTH_IT = 600_000_000;

    @TempDir
    Path folder;

    private final LocalChain chain = LocalChain.start(11, Duration.ofSeconds(5), Instant.ofEpochSecond(1_790_000_000));
    private final LocalAccess access = chain.access();
    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
    private final Transport transport = Transport.builder().eventLoopThreads(1).build();
    private final RaTls tls = RaTls.builder()
            .identity(CertificateIdentity.unattested(Clock.systemUTC(), new SecureRandom()))
            .policy(AcceptUnattestedPeers.because("a test of money, not of evidence"))
            .build();
    private final List<Listener> listeners = new ArrayList<>();
    private final List<HostPort> addresses = new ArrayList<>();
    private final List<String> alarms = new CopyOnWriteArrayList<>();
    private final CocoonWallet wallet = CocoonWallet.withCode(Ed25519Key.fromSeed(number(3)), OWNER, CODE.wallet());
    private LocalRoot registry;
    private LiveCocoonChain live;

    /** The chain's time, which the worker lives in. */
    private final Clock clock = new Clock() {
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
            return now;
        }
    };

    private volatile Instant now = chain.head().time();

    @BeforeEach
    void begin() throws Exception {
        registry = LocalRoot.deploy(chain, CODE, LocalRoot.Terms.DEFAULT);
        chain.fund(wallet.address(), ton("20"));
        chain.nextBlock();
        live = done(LiveCocoonChain.open(
                access,
                registry.address(),
                new LiveCocoonChain.Settings(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofHours(1)),
                clock,
                timer));
    }

    @AfterEach
    void end() throws InterruptedException {
        live.close();
        listeners.forEach(Listener::close);
        transport.close();
        timer.shutdownNow();
        assertThat(timer.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        chain.close();
    }

    private static Int256 number(int number) {
        return Int256.fromHex("%064x".formatted(number));
    }

    private static Nanoton ton(String amount) {
        return Nanoton.ofTon(amount);
    }

    private static Nanoton worth(long tokens) {
        return new Nanoton(19 * tokens);
    }

    private static <T> T done(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(90, TimeUnit.SECONDS).join();
    }

    /** A proxy that listens, with this much on its contract. */
    private PayingProxy proxy(int seed, String money) throws Exception {
        PayingProxy proxy = new PayingProxy(Ed25519Key.fromSeed(number(seed)), PROXY_OWNER, OWNER, live::root);
        chain.deliver(
                proxy.contract(),
                ton(money),
                false,
                Optional.of(ContractAddresses.proxyInit(live.root(), PROXY_OWNER, proxy.key.publicKey())),
                Cell.EMPTY);
        chain.nextBlock();
        Listener listener = transport.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ListenMode.direct(tls, 1), peer -> proxy);
        listeners.add(listener);
        addresses.add(new HostPort("127.0.0.1", listener.address().getPort()));
        return proxy;
    }

    private WorkerRuntime worker(Path state) {
        WorkerRuntime worker = WorkerRuntime.builder()
                .chain(live)
                .owner(OWNER)
                .model("test/model@c0ffee:00")
                .engine(DemoEngine.create(Duration.ZERO))
                .proxies(addresses)
                .direct(transport, tls)
                .limits(new WorkerLimits(
                        Duration.ofSeconds(30),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(300),
                        Duration.ofHours(1),
                        1 << 20,
                        Duration.ofMillis(200)))
                .clock(clock)
                .state(state)
                .onAlarm(alarms::add)
                .payouts(WorkerPayouts.through(access, wallet)
                        .timing(new WorkerPayouts.Timing(
                                Duration.ofMillis(50),
                                Duration.ofDays(1),
                                Duration.ofMinutes(10),
                                Duration.ofMinutes(1)))
                        .sending(new WalletSender.Settings(
                                Duration.ofMillis(50),
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(10))))
                .build();
        worker.start();
        return worker;
    }

    /** Lets time pass until it is so. */
    private void until(BooleanSupplier so) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(25)).until(() -> {
            now = chain.nextBlock().time();
            return so.getAsBoolean();
        });
    }

    private List<Transaction> transactions(Address address) {
        AccountState account = done(access.account(address));
        return done(access.transactions(address, TransactionId.NONE, account.last(), 100));
    }

    /** What the owner got from proxy contracts. */
    private List<Nanoton> payouts() {
        return transactions(OWNER).stream()
                .flatMap(transaction -> transaction.in().stream())
                .filter(message -> MessageBody.operation(message.body()) == 0xc59a7cd3L)
                .map(Message::value)
                .toList();
    }

    private static WorkerStatus.Account only(WorkerRuntime worker) {
        assertThat(worker.status().accounts()).hasSize(1);
        return worker.status().accounts().get(0);
    }

    private static boolean hasPaid(WorkerRuntime worker, long tokens) {
        return worker.status().accounts().stream()
                .anyMatch(account -> account.paid().tokens() == tokens);
    }

    @Test
    void should_deploy_its_contract_and_cash_in_to_the_nanoton() throws Exception {
        PayingProxy proxy = proxy(1, "50");
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> worker.status().isServing());
            proxy.sign(WORTH_IT);
            until(() -> hasPaid(worker, WORTH_IT));
            until(() -> !payouts().isEmpty());

            assertThat(payouts()).containsExactly(worth(WORTH_IT));
            WorkerStatus.Account account = only(worker);
            assertThat(account.earned().value()).isEqualTo(worth(WORTH_IT));
            assertThat(account.waiting().tokens()).isZero();
            assertThat(account.inFlight().tokens()).isZero();
            assertThat(account.problem()).isEmpty();
            assertThat(alarms).isEmpty();

            // Less than 10 TON more waits until it is asked for.
            proxy.sign(WORTH_IT + 5_000_000);
            until(() -> only(worker).waiting().tokens() == 5_000_000);
            var leaving = worker.payOutNow();
            until(leaving::isDone);
            assertThat(leaving.join().paid()).isEqualTo(worth(5_000_000));
            assertThat(leaving.join().left()).isEqualTo(Nanoton.ZERO);
            until(() -> payouts().size() == 2);
            assertThat(payouts()).containsExactly(worth(WORTH_IT), worth(5_000_000));
        }
    }

    @Test
    void should_order_nothing_that_it_could_not_write_down() throws Exception {
        PayingProxy proxy = proxy(1, "50");
        Path place = folder.resolve("state");
        Path away = folder.resolve("away");
        Path state = place;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> worker.status().isServing());
            // In one step: the worker may be writing just now.
            Files.move(place, away);
            proxy.sign(WORTH_IT);
            until(() -> alarms.stream().anyMatch(alarm -> alarm.contains("what is done cannot be written down")));
            assertThat(only(worker).inFlight().tokens()).isZero();
            assertThat(transactions(wallet.address())).hasSize(1);

            Files.move(away, place);
            until(() -> !payouts().isEmpty());
            assertThat(payouts()).containsExactly(worth(WORTH_IT));
        }
    }

    @Test
    void h61_should_have_nothing_to_pay_out_when_nothing_is_signed() throws Exception {
        proxy(1, "50");
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> worker.status().isServing());
            var leaving = worker.payOutNow();
            until(leaving::isDone);

            assertThat(leaving.join().toString()).isEqualTo("nothing to pay out");
        }
    }

    @Test
    void h60_should_cash_in_at_several_proxies_each_by_its_own_worth() throws Exception {
        PayingProxy first = proxy(1, "50");
        PayingProxy second = proxy(2, "50");
        PayingProxy third = proxy(4, "50");
        first.sign(WORTH_IT);
        second.sign(2 * WORTH_IT);
        // Above the reference's 2 * 10^8 tokens, but below 10 TON.
        third.sign(WORTH_IT / 2);
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> payouts().size() == 2);

            assertThat(payouts()).containsExactlyInAnyOrder(worth(WORTH_IT), worth(2 * WORTH_IT));
            until(() -> worker.status().accounts().stream()
                    .anyMatch(account -> account.waiting().tokens() == WORTH_IT / 2));
            assertThat(transactions(third.workerContract())).isEmpty();
        }
    }

    @Test
    void should_go_on_after_a_restart_between_decision_and_sending_and_pay_once() throws Exception {
        PayingProxy proxy = proxy(1, "50");
        proxy.sign(WORTH_IT);
        Path state = folder;
        access.loseSends(true);
        try (WorkerRuntime worker = worker(state)) {
            // Decided, and in the wallet's outbox; nothing reaches the chain.
            until(() -> worker.status().accounts().stream()
                    .anyMatch(account -> account.earned().tokens() == WORTH_IT));
            Instant later = now.plusSeconds(60);
            until(() -> now.isAfter(later));
        }
        access.loseSends(false);
        listeners.forEach(Listener::close);
        try (WorkerRuntime worker = worker(state)) {
            until(() -> hasPaid(worker, WORTH_IT));
            until(() -> !payouts().isEmpty());
            Instant later = now.plusSeconds(300);
            until(() -> now.isAfter(later));
        }
        assertThat(payouts()).as("without its proxy, from what is on the disk").containsExactly(worth(WORTH_IT));
        assertThat(transactions(proxy.workerContract()))
                .as("one deployment, one payout")
                .hasSize(2);
    }

    @Test
    void h23_should_be_done_when_the_contract_says_so_whoever_submitted_the_payment() throws Exception {
        PayingProxy proxy = proxy(1, "50");
        proxy.sign(WORTH_IT);
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> !transactions(proxy.workerContract()).isEmpty());
            access.loseSends(true);
            until(() -> only(worker).inFlight().tokens() == WORTH_IT);
            chain.deliver(proxy.workerContract(), ton("0.7"), true, Optional.empty(), proxy.payment());
            until(() -> hasPaid(worker, WORTH_IT));
            // Ours comes late, and fails at the contract.
            access.loseSends(false);
            until(() -> transactions(proxy.workerContract()).stream()
                    .anyMatch(late -> late.outcome().exitCode() == 1000));

            assertThat(payouts()).containsExactly(worth(WORTH_IT));
            assertThat(only(worker).problem()).isEmpty();
            assertThat(alarms).isEmpty();
        }
    }

    @Test
    void h63_should_refuse_a_proxy_that_was_rolled_back_while_the_worker_was_away_and_take_it_back_when_it_remembers()
            throws Exception {
        PayingProxy proxy = proxy(1, "50");
        proxy.sign(1_000);
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> worker.status().isServing());
        }
        proxy.sign(999);
        try (WorkerRuntime worker = worker(state)) {
            until(() -> !alarms.isEmpty());
            assertThat(alarms)
                    .singleElement()
                    .asString()
                    .contains("rolled back")
                    .contains("1000")
                    .contains("999");
            assertThat(worker.status().isServing()).isFalse();

            proxy.sign(1_001);
            until(() -> worker.status().isServing());
            assertThat(only(worker).earned().tokens()).isEqualTo(1_001);
        }
    }

    @Test
    void h1_should_leave_the_worker_contract_alone_until_the_proxys_account_can_pay() throws Exception {
        PayingProxy proxy = proxy(1, "5");
        proxy.sign(WORTH_IT);
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> !alarms.isEmpty());
            assertThat(alarms).singleElement().asString().contains("11.4 TON").contains("would be lost");
            assertThat(only(worker).problem()).contains("would be lost");
            var leaving = worker.payOutNow();
            until(leaving::isDone);
            assertThat(leaving.join().problems()).singleElement().asString().contains("would be lost");
            assertThat(transactions(proxy.workerContract())).isEmpty();

            chain.fund(proxy.contract(), ton("7"));
            until(() -> !payouts().isEmpty());
            assertThat(payouts()).containsExactly(worth(WORTH_IT));
        }
    }

    @Test
    void should_cash_in_the_rest_of_outdated_contracts_after_half_the_delay_and_forget_them() throws Exception {
        PayingProxy proxy = proxy(1, "50");
        proxy.sign(50_000_000);
        Address before = proxy.workerContract();
        Path state = folder;
        try (WorkerRuntime worker = worker(state)) {
            until(() -> worker.status().isServing());
            registry.changePrice(new Nanoton(40), new Nanoton(30));
            until(() -> live.root().params().version() == 2);
            Instant noticed = now;
            until(() -> !payouts().isEmpty());

            assertThat(now)
                    .isAfter(noticed.plus(LocalRoot.Terms.DEFAULT.clientDelay().dividedBy(2))
                            .minusSeconds(30));
            assertThat(payouts()).containsExactly(worth(50_000_000));
            until(() -> worker.status().accounts().stream()
                    .noneMatch(account -> account.contract().equals(before.toText(true))));
            assertThat(alarms).isEmpty();
        }
    }
}
