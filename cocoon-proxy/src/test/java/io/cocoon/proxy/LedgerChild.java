package io.cocoon.proxy;

import io.cocoon.proxy.Ledger.Side;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Random;

/** A process that bills, writes and commits until somebody kills it; it says what it has written and what it would sign. */
final class LedgerChild {

    static final int PEOPLE = 4;

    private LedgerChild() {}

    public static void main(String[] arguments) throws Exception {
        Random random = new Random(Long.parseLong(arguments[1]));
        try (Ledger ledger = Ledger.openWithoutChain(
                Path.of(arguments[0]), TestLedgers.IDENTITY, TestLedgers.KEY, Clock.systemUTC(), new SecureRandom())) {
            say("open", ledger);
            while (true) {
                for (int i = random.nextInt(20); i >= 0; i--) {
                    long tokens = random.nextInt(1, 50);
                    ledger.reserve(TestLedgers.address("client" + random.nextInt(PEOPLE)), tokens, Long.MAX_VALUE)
                            .orElseThrow()
                            .settle(TestLedgers.address("worker" + random.nextInt(PEOPLE)), tokens);
                }
                ledger.flush();
                if (random.nextInt(3) == 0) {
                    ledger.commit();
                }
                say("written", ledger);
            }
        }
    }

    private static void say(String what, Ledger ledger) {
        StringBuilder line = new StringBuilder(what);
        for (int i = 0; i < PEOPLE; i++) {
            Ledger.Totals totals = ledger.totals(Side.CLIENT, TestLedgers.address("client" + i));
            line.append(' ').append(totals.signed()).append(' ').append(totals.db());
        }
        System.out.println(line);
        System.out.flush();
    }
}
