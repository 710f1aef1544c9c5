package io.cocoon.worker;

import io.cocoon.payment.PaymentTotals;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The accounts of one worker at all proxies, by the worker's contract there. Thread-safe. */
final class ProxyAccounts {

    /** Accounts at different proxies; with earnings in all of them, new proxies are refused. */
    static final int MOST = 10_000;

    private final Map<Address, ProxyAccount> accounts = new HashMap<>();

    /**
     * Returns the account at a proxy, shared by all connections to it.
     *
     * @return empty if there are too many accounts and all of them have earned something. Whoever answers a dial can claim
     *     to be any proxy, so what has earned nothing makes room for the next
     */
    synchronized Optional<ProxyAccount> at(Address contract, Int256 proxyKey) {
        if (accounts.size() >= MOST && !accounts.containsKey(contract)) {
            accounts.values().removeIf(each -> each.totals().equals(PaymentTotals.START));
            if (accounts.size() >= MOST) {
                return Optional.empty();
            }
        }
        return Optional.of(accounts.compute(
                contract,
                (address, known) -> known != null && known.proxyKey().equals(proxyKey)
                        ? known
                        : new ProxyAccount(address, proxyKey)));
    }

    /** Makes sure that an account stays, even if it had to make room while its first handshake ran. */
    synchronized void keep(ProxyAccount account) {
        accounts.putIfAbsent(account.contract(), account);
    }

    synchronized int size() {
        return accounts.size();
    }
}
