package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.proxy.Ledger.Side;
import io.cocoon.ton.cell.Address;
import java.util.HashMap;
import java.util.Map;

/**
 * The money of clients and workers as the contracts keep it (payments dossier 6.2 to 6.4): a payment states a total, and one that
 * is not above the last one is refused. Nanotons.
 */
final class TestMoney {

    static final long PRICE = 3;
    static final long FEE = 2;
    static final long DEPOSIT = 1_000_000;
    static final long SAVE_FEE = 7;

    private final Map<Address, Long> charged = new HashMap<>();
    private final Map<Address, Long> paid = new HashMap<>();
    private long pool;
    private long toWorkers;
    private long proxyFunds = 10_000_000;
    private long fees;
    private long deposited = proxyFunds;

    void deposit(Address client) {
        charged.put(client, 0L);
        deposited += DEPOSIT;
    }

    /** Somebody who holds a signed payment hands it in. @return whether the contract took it */
    boolean submit(Side side, Address contract, long tokens) {
        Map<Address, Long> known = side == Side.CLIENT ? charged : paid;
        long before = known.getOrDefault(contract, 0L);
        if (tokens <= before) {
            return false;
        }
        if (side == Side.CLIENT) {
            pool += (tokens - before) * PRICE;
        } else {
            long payout = (tokens - before) * FEE;
            if (payout > pool) {
                // Held back, as hazard H1 asks for: the proxy's account is short until clients were charged.
                return false;
            }
            pool -= payout;
            toWorkers += payout;
        }
        known.put(contract, tokens);
        return true;
    }

    long settled(Side side, Address contract) {
        return (side == Side.CLIENT ? charged : paid).getOrDefault(contract, 0L);
    }

    void payForSave() {
        proxyFunds -= SAVE_FEE;
        fees += SAVE_FEE;
    }

    private long refundable() {
        return charged.values().stream()
                .mapToLong(tokens -> DEPOSIT - tokens * PRICE)
                .sum();
    }

    /** paid + refundable + locked + fees = deposited; {@code pool} is what was charged and not paid out. */
    void assertNothingLostOrMade() {
        assertThat(toWorkers + refundable() + pool + proxyFunds + fees).isEqualTo(deposited);
        assertThat(charged.values()).as("nobody is charged more than he has").allMatch(each -> each * PRICE <= DEPOSIT);
    }

    /** When all is settled, the proxy has its share of each token and workers have theirs. */
    void assertShares(long tokens) {
        assertNothingLostOrMade();
        assertThat(toWorkers).isEqualTo(tokens * FEE);
        assertThat(pool).isEqualTo(tokens * (PRICE - FEE));
    }
}
