package io.cocoon.worker;

import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Hands out proxy addresses, each to one connection at a time. Thread-safe. */
final class ProxyChooser {

    private final WorkerCore core;
    private final List<HostPort> fixed;
    private final List<HostPort> taken = new ArrayList<>();

    /** With an empty list the addresses come from the root contract, by chance. */
    ProxyChooser(WorkerCore core, List<HostPort> fixed) {
        this.core = core;
        this.fixed = List.copyOf(fixed);
    }

    /** Returns a free address and marks it as taken; empty if all are. {@code avoid} only if there is no other. */
    synchronized Optional<HostPort> take(Optional<HostPort> avoid) {
        List<HostPort> free = new ArrayList<>(candidates());
        free.removeAll(taken);
        if (free.size() > 1) {
            avoid.ifPresent(free::remove);
        }
        if (free.isEmpty()) {
            return Optional.empty();
        }
        HostPort chosen = free.get(fixed.isEmpty() ? core.random(free.size()) : 0);
        taken.add(chosen);
        return Optional.of(chosen);
    }

    synchronized void giveBack(HostPort address) {
        taken.remove(address);
    }

    /** Returns whether the address is still one to use. */
    boolean isListed(HostPort address) {
        return candidates().contains(address);
    }

    private List<HostPort> candidates() {
        return fixed.isEmpty()
                ? core.root().proxies().stream()
                        .map(RootState.RegisteredProxy::workerAddress)
                        .distinct()
                        .toList()
                : fixed;
    }
}
