package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.ton.cell.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Example;

/** What every ledger promises; one subclass for each kind. */
abstract class LedgerRules {

    /** Makes an empty ledger, which the test closes. */
    abstract Ledger newLedger() throws Exception;

    private static Address account(String name, int number) {
        return new Address(0, TestHashes.of(name + number));
    }

    private static long sum(Ledger ledger, Ledger.Side side, String name, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += ledger.totals(side, account(name, i)).max();
        }
        return sum;
    }

    final void loseNothingInAnyOrderOfSteps(long seed, int steps) throws Exception {
        try (Ledger ledger = newLedger()) {
            loseNothing(ledger, new Random(seed), steps);
        }
    }

    private static void loseNothing(Ledger ledger, Random random, int steps) {
        List<Ledger.Reservation> open = new ArrayList<>();
        long[] before = new long[3];
        for (int i = 0; i < steps; i++) {
            switch (random.nextInt(6)) {
                case 0, 1 ->
                    ledger.reserve(account("client", random.nextInt(3)), random.nextInt(50), 400)
                            .ifPresent(open::add);
                case 2 ->
                    take(open, random)
                            .ifPresent(each -> each.settle(
                                    account("worker", random.nextInt(3)), random.nextInt((int) each.tokens() + 1)));
                case 3 -> take(open, random).ifPresent(Ledger.Reservation::release);
                case 4 -> TestLedgers.done(ledger.flush());
                default -> TestLedgers.done(ledger.commit());
            }
            assertThat(sum(ledger, Ledger.Side.CLIENT, "client", 3))
                    .isEqualTo(sum(ledger, Ledger.Side.WORKER, "worker", 3));
            for (int c = 0; c < 3; c++) {
                // The constructor of Totals checks signed <= db <= max.
                Ledger.Totals totals = ledger.totals(Ledger.Side.CLIENT, account("client", c));
                assertThat(totals.max() + ledger.reserved(account("client", c))).isLessThanOrEqualTo(400);
                assertThat(totals.max()).isGreaterThanOrEqualTo(before[c]);
                before[c] = totals.max();
            }
        }
        open.forEach(Ledger.Reservation::release);
        for (int c = 0; c < 3; c++) {
            assertThat(ledger.reserved(account("client", c))).isZero();
        }
    }

    private static Optional<Ledger.Reservation> take(List<Ledger.Reservation> open, Random random) {
        return open.isEmpty() ? Optional.empty() : Optional.of(open.remove(random.nextInt(open.size())));
    }

    @Example
    void should_end_a_reservation_once_however_many_threads_try() throws Exception {
        Ledger ledger = newLedger();
        Address client = account("client", 0);
        Address worker = account("worker", 0);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        for (int i = 0; i < 2000; i++) {
            Ledger.Reservation reservation =
                    ledger.reserve(client, 7, Long.MAX_VALUE).orElseThrow();
            for (int j = 0; j < 3; j++) {
                pool.execute(() -> reservation.settle(worker, 5));
            }
            pool.execute(ledger::flush);
            pool.execute(ledger::commit);
        }
        pool.shutdown();
        assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ledger.totals(Ledger.Side.CLIENT, client).max()).isEqualTo(10_000);
        assertThat(ledger.totals(Ledger.Side.WORKER, worker).max()).isEqualTo(10_000);
        assertThat(ledger.reserved(client)).isZero();
        ledger.close();
    }

    @Example
    void should_sign_only_what_was_written_down() throws Exception {
        Ledger ledger = newLedger();
        Address client = account("client", 0);
        ledger.reserve(client, 5, 100).orElseThrow().settle(account("worker", 0), 5);
        assertThat(ledger.totals(Ledger.Side.CLIENT, client)).isEqualTo(new Ledger.Totals(0, 0, 5));
        TestLedgers.done(ledger.flush());
        assertThat(ledger.totals(Ledger.Side.CLIENT, client)).isEqualTo(new Ledger.Totals(0, 5, 5));
        TestLedgers.done(ledger.commit());
        assertThat(ledger.totals(Ledger.Side.CLIENT, client)).isEqualTo(new Ledger.Totals(5, 5, 5));
        ledger.close();
    }

    @Example
    void should_refuse_bills_out_of_range_and_keep_the_reservation() throws Exception {
        Ledger ledger = newLedger();
        Address client = account("client", 0);
        Ledger.Reservation reservation = ledger.reserve(client, 5, 100).orElseThrow();
        assertThatThrownBy(() -> reservation.settle(account("worker", 0), 6))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reservation.settle(account("worker", 0), -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ledger.reserved(client)).isEqualTo(5);
        assertThat(reservation.release()).isTrue();
        assertThat(reservation.release()).isFalse();
        ledger.close();
    }

    @Example
    void should_not_overflow_at_the_ends_of_the_range() throws Exception {
        Ledger ledger = newLedger();
        Address client = account("client", 0);
        assertThat(ledger.reserve(client, Long.MAX_VALUE, Long.MAX_VALUE)).isPresent();
        assertThat(ledger.reserve(client, 1, Long.MAX_VALUE)).isEmpty();
        assertThat(ledger.reserve(client, 0, 5)).isEmpty();
        assertThat(ledger.reserve(account("client", 1), 0, Long.MIN_VALUE)).isEmpty();
        assertThatThrownBy(() -> ledger.reserve(client, -1, 5)).isInstanceOf(IllegalArgumentException.class);
        ledger.close();
    }
}
