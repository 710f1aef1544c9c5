package io.cocoon.ton.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.payment.Nanoton;
import io.cocoon.store.StateFile;
import io.cocoon.store.StateStore;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalletSenderTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final WalletSender.Settings QUICK = new WalletSender.Settings(
            Duration.ofMillis(5), Duration.ofMinutes(10), Duration.ofMillis(20), Duration.ofMillis(5));

    @TempDir
    Path folder;

    private final World world = new World();
    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
    private final List<String> alarms = new CopyOnWriteArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        timer.shutdownNow();
        assertThat(timer.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    private WalletSender open(StateStore store) throws IOException {
        return WalletSender.open(world, world.wallet, store, QUICK, Clock.systemUTC(), timer, alarms::add);
    }

    private static Order order(int number) {
        Int256 id = Int256.fromHex("%064x".formatted(number));
        return new Order(id, new Address(0, id), Nanoton.ofTon("1"), Optional.empty(), Optional.empty());
    }

    @Test
    void should_end_with_the_transaction_that_sent_the_order() throws Exception {
        try (WalletSender sender = open(StateStore.inMemory())) {
            CompletionStage<TransactionId> sent = sender.send(order(1));

            TransactionId by = sent.toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(by).isEqualTo(world.wallet.transactions.get(0).id());
            assertThat(sender.send(order(1)).toCompletableFuture().get()).isEqualTo(by);
            assertThat(sender.status().waiting()).isZero();
            assertThat(sender.status().balance()).contains(Nanoton.ofTon("100"));
        }
    }

    @Test
    void should_go_on_after_a_crash_with_what_was_accepted() throws Exception {
        Path file = folder.resolve("outbox");
        world.away = true;
        WalletSender first = open(new StateFile(file));
        CompletionStage<TransactionId> lost = first.send(order(1));
        first.close();
        assertThatThrownBy(() -> lost.toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ChainException.class)
                .hasMessageContaining("go on next time");
        world.away = false;
        try (WalletSender second = open(new StateFile(file))) {
            await().atMost(SOON).until(() -> second.status().waiting() == 0);
        }
        assertThat(world.sent(1)).isEqualTo(1);
    }

    @Test
    void should_not_accept_an_order_that_could_not_be_written_down() throws Exception {
        StateStore broken = new StateStore() {
            @Override
            public Optional<Bytes> load() {
                return Optional.empty();
            }

            @Override
            public void save(Bytes value) throws IOException {
                throw new IOException("disk full");
            }
        };
        try (WalletSender sender = open(broken)) {
            assertThatThrownBy(() -> sender.send(order(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("disk full");
            assertThat(sender.status().waiting()).isZero();
        }
        assertThat(world.sent(1)).isZero();
    }

    @Test
    void should_send_nothing_that_is_not_on_the_disk() throws Exception {
        AtomicBoolean full = new AtomicBoolean();
        StateStore filling = new StateStore() {
            @Override
            public Optional<Bytes> load() {
                return Optional.empty();
            }

            @Override
            public void save(Bytes value) throws IOException {
                if (full.get()) {
                    throw new IOException("disk full");
                }
            }
        };
        world.away = true;
        try (WalletSender sender = open(filling)) {
            sender.send(order(1));
            full.set(true);
            world.away = false;
            await().atMost(SOON).until(() -> alarms.stream().anyMatch(text -> text.contains("disk full")));
        }
        assertThat(world.sent(1)).isZero();
        assertThat(world.wallet.accepted).isZero();
    }

    @Test
    void should_wait_for_a_chain_that_is_away_and_say_so() throws Exception {
        world.away = true;
        try (WalletSender sender = open(StateStore.inMemory())) {
            CompletionStage<TransactionId> sent = sender.send(order(1));
            await().atMost(SOON)
                    .until(() -> sender.status()
                            .problem()
                            .filter(text -> text.contains("nobody there"))
                            .isPresent());
            world.away = false;

            sent.toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
        assertThat(world.sent(1)).isEqualTo(1);
    }

    @Test
    void should_raise_the_same_alarm_once() throws Exception {
        world.wallet.balance = Nanoton.ofTon("0.5");
        try (WalletSender sender = open(StateStore.inMemory())) {
            sender.send(order(1));
            await().atMost(SOON).until(() -> !alarms.isEmpty());
            int looks = world.looks;
            await().atMost(SOON).until(() -> world.looks > looks + 5);
        }
        assertThat(alarms).hasSize(1);
    }

    @Test
    void should_refuse_orders_once_closed() throws Exception {
        WalletSender sender = open(StateStore.inMemory());
        sender.close();
        sender.close();

        assertThatThrownBy(() -> sender.send(order(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void should_refuse_a_damaged_outbox() throws Exception {
        StateStore store = StateStore.inMemory();
        store.save(Bytes.utf8("nonsense"));

        assertThatThrownBy(() -> open(store))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(WalletWorld.WALLET.toString());
    }

    /** The wallet's chain, from memory. */
    private static final class World implements TonChain {
        final WalletWorld wallet = new WalletWorld();
        volatile boolean away;
        volatile int looks;

        World() {
            wallet.time = Clock.systemUTC().instant();
        }

        synchronized int sent(int order) {
            return wallet.sent.getOrDefault(order(order).id(), 0);
        }

        private <T> CompletionStage<T> nobody() {
            return CompletableFuture.failedStage(
                    new ChainException(ChainException.Reason.UNREACHABLE, "asked one server, nobody there"));
        }

        @Override
        public String describe() {
            return "a test";
        }

        @Override
        public boolean isTestnet() {
            return true;
        }

        @Override
        public boolean isProven() {
            return false;
        }

        @Override
        public CompletionStage<Head> head() {
            return away ? nobody() : CompletableFuture.completedStage(new Head(1, wallet.time));
        }

        @Override
        public synchronized CompletionStage<AccountState> account(Address address) {
            looks++;
            return away
                    ? nobody()
                    : CompletableFuture.completedStage(
                            wallet.look(Optional.empty(), 0).account());
        }

        @Override
        public synchronized CompletionStage<List<Transaction>> transactions(
                Address address, TransactionId after, TransactionId upTo, int limit) {
            return CompletableFuture.completedStage(wallet.look(Optional.of(after), 0).transactions().stream()
                    .filter(transaction -> transaction.id().lt() <= upTo.lt())
                    .limit(limit)
                    .toList());
        }

        @Override
        public synchronized CompletionStage<Void> send(Cell message) {
            wallet.time = Clock.systemUTC().instant();
            wallet.receive(message);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void close() {}
    }
}
