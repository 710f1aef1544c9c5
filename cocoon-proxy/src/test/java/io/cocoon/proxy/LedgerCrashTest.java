package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.ManualTime;
import io.cocoon.proxy.CommitProtocol.Pace;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import io.cocoon.proxy.StateSaver.SavedState;
import io.cocoon.proxy.TestLedgers.Chain;
import io.cocoon.proxy.TestLedgers.ChainSaver;
import io.cocoon.proxy.TestLedgers.Crash;
import io.cocoon.proxy.TestLedgers.CrashPoint;
import io.cocoon.proxy.TestLedgers.Disk;
import io.cocoon.proxy.TestLedgers.DiskStore;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Processes that end before and after each write, each message and each confirmation; what is left is always in order. */
class LedgerCrashTest {

    private static final int PEOPLE = 3;

    /** One history over many processes: what the disk and the chain keep, and what was ever promised. */
    private static final class History {
        private final Random random;
        private final ManualTime time = new ManualTime();
        private final Disk disk = new Disk();
        private final Chain chain = new Chain();
        private final Map<Address, Long> everSigned = new HashMap<>();
        private final Map<Address, Long> everWritten = new HashMap<>();
        private final Map<Integer, Map<Address, Long>> whenSent = new HashMap<>();
        private int confirmations;

        private History(long seed) {
            random = new Random(seed);
        }

        /** @return whether the process ended by a crash */
        private boolean process(int effects, int steps) throws IOException {
            CrashPoint crash = new CrashPoint();
            crash.after(effects);
            ChainSaver saver = new ChainSaver(chain, disk, crash);
            try {
                DurableLedger ledger = DurableLedger.open(
                        new DiskStore(disk, crash),
                        TestLedgers.IDENTITY,
                        TestLedgers.KEY,
                        saver,
                        new DurableLedger.Chance(time.clock(), new SecureRandom(), Pace.OF_CHAIN));
                check(ledger);
                for (int i = 0; i < steps; i++) {
                    step(ledger, saver);
                    check(ledger);
                }
                return false;
            } catch (Crash e) {
                return true;
            }
        }

        private void step(DurableLedger ledger, ChainSaver saver) throws IOException {
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    long tokens = random.nextInt(20);
                    ledger.reserve(client(random.nextInt(PEOPLE)), tokens, 100_000)
                            .ifPresent(each -> each.settle(worker(random.nextInt(PEOPLE)), tokens));
                }
                case 2 -> ledger.flush();
                case 3 -> {
                    time.advance(Duration.ofSeconds(random.nextInt(61)));
                    ledger.commit();
                }
                default -> saver.deliver();
            }
        }

        private void check(DurableLedger ledger) throws IOException {
            assertThat(sumOnDisk(Side.CLIENT)).as("I6 on the disk").isEqualTo(sumOnDisk(Side.WORKER));
            for (Side side : Side.values()) {
                for (int i = 0; i < PEOPLE; i++) {
                    Address contract = side == Side.CLIENT ? client(i) : worker(i);
                    // The constructor of Totals checks signed <= db <= max.
                    Totals totals = ledger.totals(side, contract);
                    long onDisk = disk.tokens(side, contract);
                    assertThat(totals.db()).as("I1 db is on the disk").isEqualTo(onDisk);
                    assertThat(totals.db())
                            .as("I1 db never falls, over restarts")
                            .isGreaterThanOrEqualTo(everWritten.getOrDefault(contract, 0L));
                    assertThat(onDisk)
                            .as("what was signed is on the disk, over restarts")
                            .isGreaterThanOrEqualTo(everSigned.getOrDefault(contract, 0L));
                    assertThat(totals.signed())
                            .as("I2 signed was on the disk when a confirmed save_state was sent")
                            .isLessThanOrEqualTo(confirmedOnDisk(contract));
                    everWritten.put(contract, totals.db());
                    everSigned.merge(contract, totals.signed(), Math::max);
                }
            }
            SavedState last = chain.seen.isEmpty() ? null : chain.seen.get(chain.seen.size() - 1);
            confirmations = last == null ? 0 : Math.max(confirmations, last.seqno());
            rememberWhatIsPending();
        }

        /** What the disk holds when a number is first pending is what that number covers. */
        private void rememberWhatIsPending() throws IOException {
            if (disk.head == null) {
                return;
            }
            for (int seqno :
                    LedgerRecords.readHead(disk.head).head().state().pending().keySet()) {
                if (!whenSent.containsKey(seqno)) {
                    whenSent.put(seqno, contents());
                }
            }
        }

        private Map<Address, Long> contents() throws IOException {
            Map<Address, Long> contents = new HashMap<>();
            for (int i = 0; i < PEOPLE; i++) {
                contents.put(client(i), disk.tokens(Side.CLIENT, client(i)));
                contents.put(worker(i), disk.tokens(Side.WORKER, worker(i)));
            }
            return contents;
        }

        private long confirmedOnDisk(Address contract) {
            return chain.seen.stream()
                    .mapToLong(saved ->
                            whenSent.getOrDefault(saved.seqno(), Map.of()).getOrDefault(contract, 0L))
                    .max()
                    .orElse(0);
        }

        private long sumOnDisk(Side side) throws IOException {
            long sum = 0;
            for (int i = 0; i < PEOPLE; i++) {
                sum += disk.tokens(side, side == Side.CLIENT ? client(i) : worker(i));
            }
            return sum;
        }

        private static Address client(int number) {
            return TestLedgers.address("client" + number);
        }

        private static Address worker(int number) {
            return TestLedgers.address("worker" + number);
        }
    }

    @Test
    void should_keep_every_promise_wherever_the_process_ends() throws IOException {
        long seed = new SecureRandom().nextLong();
        int crashes = 0;
        for (int effects = 0; effects < 120; effects++) {
            try {
                History history = new History(seed);
                history.process(Integer.MAX_VALUE, 40);
                crashes += history.process(effects, 200) ? 1 : 0;
                history.process(Integer.MAX_VALUE, 60);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "L, crash after " + effects + " effects", e);
            }
        }
        assertThat(crashes).as("ends of processes").isGreaterThan(50);
    }

    @Test
    void should_keep_every_promise_in_random_histories() throws IOException {
        long first = new SecureRandom().nextLong();
        for (int run = 0; run < 150; run++) {
            long seed = first + run;
            try {
                History history = new History(seed);
                for (int process = 0; process < 12; process++) {
                    history.process(history.random.nextInt(40), history.random.nextInt(120));
                }
                history.process(Integer.MAX_VALUE, 100);
                assertThat(history.confirmations).as("the chain took part").isPositive();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "L", e);
            }
        }
    }
}
