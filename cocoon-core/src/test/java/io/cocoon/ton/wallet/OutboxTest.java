package io.cocoon.ton.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {

    private static final Outbox.Timing TIMING =
            new Outbox.Timing(Duration.ofSeconds(600), Duration.ofSeconds(30), Duration.ofSeconds(10));
    private static final Address SHOP = new Address(0, Int256.fromHex("55".repeat(32)));

    private final WalletWorld world = new WalletWorld();
    private final List<String> alarms = new ArrayList<>();
    private final List<Int256> done = new ArrayList<>();
    private final List<Cell> mail = new ArrayList<>();
    private Outbox outbox = Outbox.EMPTY;
    private Instant now = world.time;

    private static Order order(int number, String ton) {
        Int256 id = Int256.fromHex("%064x".formatted(number));
        return new Order(id, new Address(0, id), Nanoton.ofTon(ton), Optional.empty(), Optional.of(Cell.EMPTY));
    }

    private void give(int number, String ton) {
        outbox = outbox.with(order(number, ton));
    }

    private void look() throws Exception {
        look(0);
    }

    private void look(int behind) throws Exception {
        Outbox.Step step = outbox.after(world.look(outbox.seen(), behind), now, world, TIMING);
        outbox = OutboxCodec.read(WalletWorld.WALLET, OutboxCodec.write(WalletWorld.WALLET, step.next()));
        assertThat(outbox).isEqualTo(step.next());
        for (Outbox.Effect effect : step.effects()) {
            if (effect instanceof Outbox.Effect.Send send) {
                mail.add(send.message());
            } else if (effect instanceof Outbox.Effect.Done sent) {
                done.add(sent.order());
            } else if (effect instanceof Outbox.Effect.Alarm alarm) {
                alarms.add(alarm.text());
            }
        }
    }

    private void deliver() {
        mail.forEach(world::receive);
        mail.clear();
    }

    private void pass(Duration time) {
        now = now.plus(time);
        world.time = world.time.plus(time);
    }

    @Test
    void should_send_orders_in_batches_and_say_when_they_went_out() throws Exception {
        for (int i = 1; i <= 6; i++) {
            give(i, "1");
        }
        look();
        deliver();
        look();
        assertThat(done).hasSize(4);
        deliver();
        look();

        assertThat(done).doesNotHaveDuplicates().hasSize(6);
        assertThat(outbox.waiting()).isEmpty();
        assertThat(alarms).isEmpty();
    }

    @Test
    void should_take_the_same_order_once() {
        give(1, "1");
        give(1, "1");

        assertThat(outbox.waiting()).hasSize(1);
    }

    @Test
    void should_not_take_an_order_again_that_went_out() throws Exception {
        give(1, "1");
        look();
        deliver();
        look();
        give(1, "1");

        assertThat(outbox.waiting()).isEmpty();
        assertThat(outbox.sentBy(order(1, "1").id()))
                .contains(world.transactions.get(0).id());
    }

    @Test
    void should_send_the_same_message_again_when_it_is_not_seen() throws Exception {
        give(1, "1");
        look();
        Cell first = mail.get(0);
        mail.clear();
        pass(Duration.ofSeconds(29));
        look();
        assertThat(mail).isEmpty();
        pass(Duration.ofSeconds(1));
        look();

        assertThat(mail).containsExactly(first);
    }

    @Test
    void h20_should_not_sign_a_batch_whose_sum_the_wallet_cannot_pay() throws Exception {
        world.balance = Nanoton.ofTon("3");
        give(1, "1.5");
        give(2, "1.5");
        look();

        assertThat(outbox.flights().get(0).orders()).isEqualTo(1);
    }

    @Test
    void h20_should_say_how_much_is_missing_and_sign_nothing() throws Exception {
        world.balance = Nanoton.ofTon("1");
        give(1, "0.7");
        look();

        assertThat(mail).isEmpty();
        assertThat(alarms)
                .singleElement()
                .asString()
                .contains("has 1 TON")
                .contains("needs 2.1 TON")
                .contains("send 1.1 TON");
    }

    @Test
    void h21_should_sign_again_with_the_same_number_when_the_chain_is_past_the_old_message() throws Exception {
        give(1, "1");
        look();
        Cell old = mail.remove(0);
        pass(Duration.ofSeconds(601));
        look();
        assertThat(mail).hasSize(1).doesNotContain(old);
        mail.add(old);
        deliver();
        look();

        assertThat(world.sent.values()).containsExactly(1);
        assertThat(done).hasSize(1);
    }

    @Test
    void should_sign_for_the_chains_time_when_the_clock_here_is_behind() throws Exception {
        now = world.time.minus(Duration.ofDays(1));
        give(1, "1");
        look();
        deliver();
        look();

        assertThat(world.accepted).isEqualTo(1);
        assertThat(done).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {-8, 8})
    void should_sign_nothing_while_the_clock_here_and_the_chains_are_far_apart(long days) throws Exception {
        give(1, "1");
        now = world.time.plus(Duration.ofDays(days));
        look();
        assertThat(mail).isEmpty();
        assertThat(alarms).singleElement().asString().contains("7 days apart", "Set this machine's clock");
        now = world.time;
        look();

        assertThat(mail).hasSize(1);
    }

    @Test
    void h22_should_not_send_twice_when_the_number_has_moved_and_the_server_is_behind() throws Exception {
        give(1, "1");
        give(2, "1");
        look();
        deliver();
        look(1);
        assertThat(done).isEmpty();
        assertThat(outbox.flights()).hasSize(1);
        look();

        assertThat(done).hasSize(2);
        assertThat(mail).isEmpty();
    }

    @Test
    void h22_should_sign_anew_when_somebody_else_used_the_number_and_say_so() throws Exception {
        give(1, "1");
        look();
        world.strangerSends();
        deliver();
        look();
        assertThat(alarms).singleElement().asString().contains("another program uses this key");
        deliver();
        look();

        assertThat(world.sent.values()).containsExactly(1);
        assertThat(done).hasSize(1);
    }

    @Test
    void h23_should_not_take_a_failed_action_phase_for_success() throws Exception {
        give(1, "1");
        world.nextActionFails = true;
        look();
        deliver();
        look();
        assertThat(done).isEmpty();
        assertThat(alarms)
                .singleElement()
                .asString()
                .contains("action result 37")
                .contains("next attempt in 10 s");
        assertThat(mail).isEmpty();
        pass(Duration.ofSeconds(10));
        look();
        deliver();
        look();

        assertThat(done).hasSize(1);
        assertThat(world.sent.values()).containsExactly(1);
    }

    @Test
    void h23_should_find_its_failed_message_when_somebody_sends_that_again() throws Exception {
        give(1, "1");
        world.nextActionFails = true;
        look();
        Cell failed = mail.get(0);
        deliver();
        look();
        pass(Duration.ofSeconds(10));
        look();
        Cell second = mail.remove(0);
        world.receive(failed);
        world.receive(second);
        look();

        assertThat(world.sent.values()).containsExactly(1);
        assertThat(done).hasSize(1);
        assertThat(outbox.waiting()).isEmpty();
    }

    @Test
    void should_not_take_an_order_for_sent_that_the_wallet_left_out() throws Exception {
        give(1, "1");
        give(2, "1");
        world.leftOut = 1;
        look();
        deliver();
        look();
        assertThat(done).containsExactly(order(1, "1").id());
        assertThat(alarms).singleElement().asString().contains("sent 1 of 2");
        deliver();
        look();

        assertThat(done).hasSize(2);
        assertThat(world.sent.values()).containsExactly(1, 1);
    }

    @Test
    void should_conclude_nothing_from_a_server_that_is_behind_what_was_seen() throws Exception {
        give(1, "1");
        look();
        deliver();
        look();
        give(2, "1");
        Outbox before = outbox;
        look(1);

        assertThat(outbox).isEqualTo(before);
        assertThat(mail).isEmpty();
    }

    @Test
    void should_refuse_more_orders_than_it_holds() {
        for (int i = 0; i < Outbox.MAX_WAITING; i++) {
            give(i, "1");
        }
        assertThatThrownBy(() -> give(9999, "1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1024");
    }

    @Test
    void should_refuse_the_outbox_of_another_wallet() {
        Bytes bytes = OutboxCodec.write(SHOP, Outbox.EMPTY);

        assertThatThrownBy(() -> OutboxCodec.read(WalletWorld.WALLET, bytes))
                .isInstanceOf(TlException.class)
                .hasMessageContaining("outbox of wallet");
    }

    /** Losses, delays, copies, strangers, failures, lagging servers and crashes in any order: each order goes out once. */
    @Property(tries = 400)
    void should_send_each_order_once_whatever_happens(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        WalletWorld there = new WalletWorld();
        Outbox disk = Outbox.EMPTY;
        List<Cell> underWay = new ArrayList<>();
        Instant here = there.time;
        int given = 0;
        for (int step = 0; step < 300; step++) {
            boolean calm = step >= 200;
            if (!calm && random.nextInt(6) == 0) {
                disk = disk.with(order(++given, "0.5"));
            } else if (given > 0 && random.nextInt(6) == 0) {
                disk = disk.with(order(1 + random.nextInt(given), "0.5"));
            }
            if (!calm && random.nextInt(20) == 0) {
                there.strangerSends();
            }
            there.nextActionFails = !calm && random.nextInt(10) == 0;
            underWay.removeIf(message -> {
                if (random.nextBoolean()) {
                    there.receive(message);
                }
                return random.nextInt(3) == 0;
            });
            Duration time = Duration.ofSeconds(calm ? 40 : random.nextInt(200));
            here = here.plus(time);
            there.time = there.time.plus(time);
            Outbox.Step next = disk.after(there.look(disk.seen(), calm ? 0 : random.nextInt(3)), here, there, TIMING);
            if (!calm && random.nextInt(8) == 0) {
                continue; // killed before the state was written: nothing of the step happened
            }
            disk = OutboxCodec.read(WalletWorld.WALLET, OutboxCodec.write(WalletWorld.WALLET, next.next()));
            for (Outbox.Effect effect : next.effects()) {
                if (!calm && random.nextInt(8) == 0) {
                    break; // killed after the state was written, before the rest was done
                }
                if (effect instanceof Outbox.Effect.Send send && (calm || random.nextInt(3) > 0)) {
                    underWay.add(send.message());
                    if (calm) {
                        there.receive(send.message());
                    }
                }
            }
        }
        assertThat(disk.waiting()).isEmpty();
        assertThat(there.sent).hasSize(given);
        assertThat(there.sent.values()).allMatch(times -> times == 1);
    }

    /** Whatever a file holds, reading it ends with an outbox or a clear error. */
    @Property(tries = 500)
    void should_read_any_bytes_or_refuse_them(@ForAll byte[] bytes) {
        try {
            OutboxCodec.read(WalletWorld.WALLET, Bytes.wrapUnshared(bytes));
        } catch (TlException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    /** Any byte of a real one may be another. */
    @Property(tries = 2000)
    void should_read_a_damaged_outbox_or_refuse_it(@ForAll int at, @ForAll byte value) throws Exception {
        give(1, "1");
        look();
        byte[] bytes = OutboxCodec.write(WalletWorld.WALLET, outbox).toByteArray();
        bytes[Math.floorMod(at, bytes.length)] = value;
        try {
            OutboxCodec.read(WalletWorld.WALLET, Bytes.wrapUnshared(bytes));
        } catch (TlException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Test
    void should_read_no_damaged_outbox_as_another_one_silently() throws Exception {
        give(1, "1");
        look();
        byte[] good = OutboxCodec.write(WalletWorld.WALLET, outbox).toByteArray();
        for (int length = 0; length < good.length; length++) {
            Bytes cut = Bytes.copyOf(good, 0, length);
            assertThatThrownBy(() -> OutboxCodec.read(WalletWorld.WALLET, cut)).isInstanceOf(TlException.class);
        }
    }
}
