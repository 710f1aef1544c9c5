package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import io.cocoon.proxy.TestLedgers.Chain;
import io.cocoon.proxy.TestLedgers.ChainSaver;
import io.cocoon.proxy.TestLedgers.Crash;
import io.cocoon.proxy.TestLedgers.CrashPoint;
import io.cocoon.proxy.TestLedgers.Disk;
import io.cocoon.proxy.TestLedgers.DiskStore;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Processes that end before and after each write, each message and each confirmation; what is left is always in order. */
class LedgerCrashTest {

    private static final int PEOPLE = 3;

    /** A contract of one side. */
    private record Party(Side side, Address contract) {}

    /** A payment that the proxy has signed, in the hands of who it is for. */
    private record Payment(Party party, long tokens) {}

    /** The disk as it was once, after so many moves. */
    private record Copy(Disk disk, int moves) {}

    /** One history over many processes: what the disk, the chain and the peers keep, and what was ever promised. */
    private static final class History {
        private final Random random;
        private final Chain chain = new Chain();
        private final TestMoney money = new TestMoney();
        private final Disk disk = new Disk();
        private final List<Copy> copies = new ArrayList<>();
        private final List<Party> parties = new ArrayList<>();
        private final List<Payment> payments = new ArrayList<>();
        private final Map<Party, Long> everSigned = new HashMap<>();
        private final Map<Party, Long> everTold = new HashMap<>();
        private final Map<Party, Long> everBilled = new HashMap<>();
        private int moves;
        private int confirmations;
        private int cashed;

        private History(long seed) {
            random = new Random(seed);
            for (int i = 0; i < PEOPLE; i++) {
                Address client = TestLedgers.address("client" + i);
                money.deposit(client);
                parties.add(new Party(Side.CLIENT, client));
                parties.add(new Party(Side.WORKER, TestLedgers.address("worker" + i)));
            }
        }

        private Address contract() {
            return moves == 0 ? TestLedgers.PROXY : TestLedgers.address("proxy contract " + moves);
        }

        private DurableLedger open(Disk from, ChainSaver saver, CrashPoint crash) throws IOException {
            return DurableLedger.open(
                    new DiskStore(from, crash),
                    TestLedgers.IDENTITY,
                    contract(),
                    TestLedgers.KEY,
                    saver,
                    TestLedgers.parts());
        }

        /** @return whether the process ended by a crash */
        private boolean process(int effects, int steps) throws IOException {
            CrashPoint crash = new CrashPoint();
            crash.after(effects);
            ChainSaver saver = new ChainSaver(chain, disk, crash);
            try {
                DurableLedger ledger = open(disk, saver, crash);
                check(ledger);
                for (int i = 0; i < steps; i++) {
                    step(ledger, saver);
                    check(ledger);
                }
                if (random.nextBoolean()) {
                    ledger.close();
                }
                return false;
            } catch (Crash e) {
                return true;
            }
        }

        private void step(DurableLedger ledger, ChainSaver saver) throws IOException {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> query(ledger);
                case 3, 4 -> TestLedgers.done(ledger.flush());
                case 5, 6 -> TestLedgers.done(ledger.commit());
                case 7 -> cash(ledger);
                case 8 -> {
                    if (random.nextInt(10) == 0) {
                        moves++;
                        TestLedgers.done(ledger.proxyMoved(contract()));
                    }
                }
                case 9 -> {
                    if (random.nextInt(4) == 0) {
                        copies.add(new Copy(disk.copy(), moves));
                    }
                    if (copies.size() > 3) {
                        copies.remove(0);
                    }
                }
                default -> {
                    if (random.nextInt(4) == 0) {
                        chain.reorder(random);
                    }
                    if (saver.deliver()) {
                        money.payForSave();
                    }
                }
            }
        }

        private void query(DurableLedger ledger) {
            Party client = parties.get(2 * random.nextInt(PEOPLE));
            Party worker = parties.get(2 * random.nextInt(PEOPLE) + 1);
            long tokens = random.nextInt(20);
            ledger.reserve(client.contract, tokens, TestMoney.DEPOSIT / TestMoney.PRICE)
                    .ifPresent(each -> {
                        each.settle(worker.contract, tokens);
                        everBilled.merge(client, tokens, Long::sum);
                        everBilled.merge(worker, tokens, Long::sum);
                        if (random.nextBoolean()) {
                            ledger.flush().thenRun(() -> {
                                tell(ledger, client);
                                tell(ledger, worker);
                            });
                        }
                    });
        }

        /** What a peer hears after each query. */
        private void tell(DurableLedger ledger, Party party) {
            Totals totals = ledger.totals(party.side, party.contract);
            everTold.merge(party, totals.db(), Math::max);
            if (totals.signed() > 0) {
                everSigned.merge(party, totals.signed(), Math::max);
                payments.add(new Payment(party, totals.signed()));
            }
        }

        /** Somebody hands in a payment, not always the newest, clients first: they pay for what workers earn. */
        private void cash(DurableLedger ledger) {
            if (payments.isEmpty()) {
                return;
            }
            Payment payment = payments.get(random.nextInt(payments.size()));
            if (payment.party.side == Side.WORKER) {
                parties.stream().filter(each -> each.side == Side.CLIENT).forEach(each -> submit(ledger, each));
            }
            if (money.submit(payment.party.side, payment.party.contract, payment.tokens)) {
                cashed++;
                ledger.seenOnChain(payment.party.side, payment.party.contract, payment.tokens);
            }
            money.assertNothingLostOrMade();
        }

        /** The proxy charges what it may sign. */
        private void submit(DurableLedger ledger, Party party) {
            long signed = ledger.totals(party.side, party.contract).signed();
            everSigned.merge(party, signed, Math::max);
            if (money.submit(party.side, party.contract, signed)) {
                ledger.seenOnChain(party.side, party.contract, signed);
            }
        }

        private void check(DurableLedger ledger) throws IOException {
            Map<Side, Long> sums = new HashMap<>();
            Map<Party, Long> written = new HashMap<>();
            for (Side side : Side.values()) {
                disk.tokens(side).forEach((contract, tokens) -> written.put(new Party(side, contract), tokens));
            }
            for (Party party : parties) {
                // The constructor of Totals checks signed <= db <= max.
                Totals totals = ledger.totals(party.side, party.contract);
                assertThat(totals.db()).as("I1 db is on the disk").isEqualTo(written.getOrDefault(party, 0L));
                assertThat(totals.db())
                        .as("what a peer was told is never forgotten")
                        .isGreaterThanOrEqualTo(everTold.getOrDefault(party, 0L));
                assertThat(totals.db())
                        .as("what was signed is on the disk")
                        .isGreaterThanOrEqualTo(everSigned.getOrDefault(party, 0L));
                assertThat(totals.max())
                        .as("nothing is charged twice")
                        .isLessThanOrEqualTo(everBilled.getOrDefault(party, 0L));
                assertThat(totals.db())
                        .as("I3 the chain never knows more")
                        .isGreaterThanOrEqualTo(money.settled(party.side, party.contract));
                sums.merge(party.side, totals.db(), Long::sum);
            }
            assertThat(sums.get(Side.CLIENT)).as("I6 on the disk").isEqualTo(sums.get(Side.WORKER));
            confirmations = chain.at(contract()).size();
        }

        /** A last process in which nothing fails: everything that is written is paid, and nothing else. */
        private void settle() throws IOException {
            CrashPoint never = new CrashPoint();
            ChainSaver saver = new ChainSaver(chain, disk, never);
            DurableLedger ledger = open(disk, saver, never);
            while (saver.deliver()) {
                money.payForSave();
            }
            check(ledger);
            assertThat(ledger.isOpen()).isTrue();
            long tokens = 0;
            for (Side side : Side.values()) {
                for (Party party : parties) {
                    if (party.side == side) {
                        Totals totals = ledger.totals(side, party.contract);
                        assertThat(totals.signed()).isEqualTo(totals.max());
                        submit(ledger, party);
                        tokens += side == Side.CLIENT ? totals.max() : 0;
                    }
                }
            }
            money.assertShares(tokens);
            assertThat(ledger.isOpen()).isTrue();
            ledger.close();
        }

        /** Whoever starts on an old copy is stopped, unless nothing was signed that the copy does not know. */
        private int rollBack() throws IOException {
            int refused = 0;
            for (Copy each : copies) {
                if (each.moves < moves - 1) {
                    // A copy does not know the contracts between its own and today's, and cannot look there.
                    continue;
                }
                Disk copy = each.disk.copy();
                CrashPoint never = new CrashPoint();
                ChainSaver saver = new ChainSaver(chain.copy(), copy, never);
                try {
                    DurableLedger ledger = open(copy, saver, never);
                    saver.deliverAll();
                    if (ledger.isOpen()) {
                        for (Party party : parties) {
                            assertThat(ledger.totals(party.side, party.contract).signed())
                                    .as("an old copy that went on unnoticed")
                                    .isGreaterThanOrEqualTo(everSigned.getOrDefault(party, 0L));
                        }
                    } else {
                        refused++;
                    }
                } catch (LedgerStoppedException e) {
                    refused++;
                }
            }
            return refused;
        }
    }

    @Test
    void should_keep_every_promise_wherever_the_process_ends() throws IOException {
        long seed = new SecureRandom().nextLong();
        int crashes = 0;
        for (int effects = 0; effects < 120; effects++) {
            try {
                History history = new History(seed);
                history.process(Integer.MAX_VALUE, 60);
                crashes += history.process(effects, 400) ? 1 : 0;
                history.process(Integer.MAX_VALUE, 60);
                history.settle();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "L, crash after " + effects + " effects", e);
            }
        }
        assertThat(crashes).as("ends of processes, seed " + seed + "L").isGreaterThan(50);
    }

    @Test
    void should_keep_every_promise_in_random_histories_and_find_each_old_copy() throws IOException {
        long first = new SecureRandom().nextLong();
        int refused = 0;
        int cashed = 0;
        for (int run = 0; run < 100; run++) {
            long seed = first + run;
            try {
                History history = new History(seed);
                for (int process = 0; process < 12; process++) {
                    history.process(history.random.nextInt(60), history.random.nextInt(200));
                    // Now, when no later start has been seen, and at the end.
                    refused += history.rollBack();
                }
                history.process(Integer.MAX_VALUE, 100);
                history.settle();
                assertThat(history.confirmations).as("the chain took part").isPositive();
                cashed += history.cashed;
                refused += history.rollBack();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "L", e);
            }
        }
        assertThat(refused)
                .as("old copies that were found, seed " + first + "L")
                .isPositive();
        assertThat(cashed)
                .as("payments that were handed in, seed " + first + "L")
                .isPositive();
    }
}
