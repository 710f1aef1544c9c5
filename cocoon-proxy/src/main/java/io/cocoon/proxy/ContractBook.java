package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TransactionId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a proxy must not forget of its contracts. Immutable; each change is on the disk before anything follows from it.
 *
 * <p>It is short because the contracts themselves say how far closing has come: what is kept is which contracts there are, and
 * whom they have to pay.
 *
 * @param current serves, or is closed for good if {@code closing}
 * @param old those of earlier parameters that are not closed yet, oldest first
 * @param isCounting whether the newest old contract has clients and workers that the ledger knows and this does not: between a
 *     move while the proxy was stopped and the opening of the ledger
 * @param closing whether the operator has ordered the end; the proxy moves no more
 */
record ContractBook(Contract current, List<Contract> old, boolean isCounting, boolean closing) {

    /** The most clients that are remembered because money came in for them; each cost its owner more than 0.1 TON. */
    static final int MAX_CLIENTS = 100_000;

    /** The most old contracts; each change of parameters makes one. */
    static final int MAX_OLD = 100;

    ContractBook {
        old = List.copyOf(old);
    }

    /**
     * One proxy contract.
     *
     * @param root its network, with the parameters that it was derived from; lists of images and proxies are not kept
     * @param address its own
     * @param last its newest transaction that was looked at
     * @param clients to be paid back, besides those that the ledger knows: money came in for them
     * @param workers to be paid, likewise
     */
    record Contract(RootState root, Address address, TransactionId last, Set<Address> clients, Set<Address> workers) {

        Contract {
            clients = Set.copyOf(clients);
            workers = Set.copyOf(workers);
        }

        static Contract fresh(RootState root, Address address) {
            return new Contract(root, address, TransactionId.NONE, Set.of(), Set.of());
        }

        Contract after(TransactionId newest, Set<Address> moreClients) {
            return new Contract(root, address, newest, union(clients, moreClients), workers);
        }

        Contract owing(Set<Address> moreClients, Set<Address> moreWorkers) {
            return new Contract(root, address, last, union(clients, moreClients), union(workers, moreWorkers));
        }

        private static Set<Address> union(Set<Address> a, Set<Address> b) {
            if (a.containsAll(b)) {
                return a;
            }
            Set<Address> all = new HashSet<>(a);
            all.addAll(b);
            return all;
        }
    }

    static ContractBook fresh(Contract current) {
        return new ContractBook(current, List.of(), false, false);
    }

    /**
     * The network's parameters have changed: {@code next} serves, and what was current has to be emptied and closed.
     *
     * @param counting as {@link #isCounting}
     */
    ContractBook moved(Contract leaving, Contract next, boolean counting) {
        List<Contract> longer = new ArrayList<>(old);
        longer.add(leaving);
        if (longer.size() > MAX_OLD) {
            throw new IllegalStateException("there are " + longer.size()
                    + " old contracts that could not be closed; look at why, before the parameters change once more");
        }
        return new ContractBook(next, longer, counting, closing);
    }

    /** Adds whom the newest old contract owes, as the ledger knows. */
    ContractBook counted(Set<Address> clients, Set<Address> workers) {
        List<Contract> counted = new ArrayList<>(old);
        int newest = counted.size() - 1;
        counted.set(newest, counted.get(newest).owing(clients, workers));
        return new ContractBook(current, counted, false, closing);
    }

    /** The operator has ordered the end. */
    ContractBook ending() {
        return new ContractBook(current, old, isCounting, true);
    }

    /** Replaces what is known of one contract. */
    ContractBook with(Contract contract) {
        if (contract.address().equals(current.address())) {
            return new ContractBook(contract, old, isCounting, closing);
        }
        return new ContractBook(
                current,
                old.stream()
                        .map(each -> each.address().equals(contract.address()) ? contract : each)
                        .toList(),
                isCounting,
                closing);
    }

    /** An old contract is closed, and everybody has what is his. */
    ContractBook without(Address contract) {
        return new ContractBook(
                current,
                old.stream().filter(each -> !each.address().equals(contract)).toList(),
                isCounting,
                closing);
    }

    /** Returns what is known of a contract. */
    Optional<Contract> find(Address contract) {
        if (current.address().equals(contract)) {
            return Optional.of(current);
        }
        return old.stream().filter(each -> each.address().equals(contract)).findFirst();
    }
}
