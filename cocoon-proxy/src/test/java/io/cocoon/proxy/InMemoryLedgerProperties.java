package io.cocoon.proxy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class InMemoryLedgerProperties extends LedgerRules {

    @Override
    Ledger newLedger() {
        return new InMemoryLedger();
    }

    @Property
    void should_lose_nothing_in_any_order_of_steps(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int steps)
            throws Exception {
        loseNothingInAnyOrderOfSteps(seed, steps);
    }
}
