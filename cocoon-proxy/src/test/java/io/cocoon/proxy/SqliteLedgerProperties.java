package io.cocoon.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class SqliteLedgerProperties extends LedgerRules {

    private Path folder = Path.of("");

    @BeforeTry
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("ledger");
    }

    @AfterTry
    void deleteFolder() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    Ledger newLedger() throws IOException {
        return TestLedgers.open(folder, TestLedgers.IDENTITY, TestLedgers.KEY);
    }

    @Property(tries = 20)
    void should_lose_nothing_in_any_order_of_steps(@ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int steps)
            throws Exception {
        loseNothingInAnyOrderOfSteps(seed, steps);
    }
}
