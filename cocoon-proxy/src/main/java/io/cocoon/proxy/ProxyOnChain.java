package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Ties a proxy to its contracts on a chain. Its methods run on the timer thread, but for those that say otherwise. */
final class ProxyOnChain implements ContractKeeper.Proxy {

    private final ProxyServer server;
    private final ProxyCore core;
    private final ContractKeeper keeper;
    private volatile Optional<String> unfit = Optional.empty();

    /** Whether the proxy left service because of its contract, and not by the operator's hand. */
    private boolean isOut;

    ProxyOnChain(ProxyServer server, ProxyCore core, ContractKeeper keeper) {
        this.server = server;
        this.core = core;
        this.keeper = keeper;
    }

    /** Begins; on any thread. The network's parameters may have changed since this proxy last ran. */
    void start() {
        keeper.start(this);
        if (keeper.isEnding()) {
            core.mode(ProxyCore.Mode.DISABLED);
            return;
        }
        Address before = keeper.currentContract();
        if (moving(core.network().root())) {
            keeper.quiet(before);
        }
    }

    /** Returns the contract that serves, or that is being closed for good; on any thread. */
    Address contract() {
        return keeper.currentContract();
    }

    /**
     * The network has a newer root state.
     *
     * @return whether the contract that serves is another one from now on; then the ledger has to be told
     * @throws java.io.UncheckedIOException if that could not be written down; nothing has changed
     */
    boolean moving(RootState newer) {
        Set<Address> clients = new HashSet<>();
        Set<Address> workers = new HashSet<>();
        for (ClientHandler handler : core.clients().all()) {
            ClientSession session = handler.anySession();
            if (session != null) {
                clients.add(session.contract());
            }
        }
        core.queries().forEach(query -> clients.add(query.clientContract()));
        core.workers().slots().forEach(slot -> workers.add(slot.contract));
        return keeper.move(newer, clients, workers);
    }

    /** The queries of a contract that served before are over; what a worker still states comes within the grace. */
    void quiet(Address contract) {
        core.after(core.limits().cancelGrace(), () -> keeper.quiet(contract));
    }

    /** Returns whether the operator has ordered the end; then the proxy moves no more. On any thread. */
    boolean isEnding() {
        return keeper.isEnding();
    }

    /** @throws IllegalStateException if the contract is not fit to serve on; on any thread */
    void checkMayServe() {
        if (keeper.isEnding()) {
            throw new IllegalStateException("the proxy's contract is being closed for good; it serves no more");
        }
        unfit.ifPresent(why -> {
            throw new IllegalStateException("the proxy cannot serve: " + why);
        });
    }

    /** Does {@link ProxyServer#closeContract}; on any thread. */
    CompletionStage<Void> end(Duration atMost, Consumer<ProxyStatus.Chain> progress) {
        CompletionStage<Void> ended = keeper.orderEnd(progress);
        server.drain(atMost).thenRun(() -> quiet(keeper.currentContract()));
        return ended;
    }

    @Override
    public void registered(Address owner, long nonce) {
        // Who registers has often just paid in; the answer must not find the contract as it was before.
        core.settings()
                .chain()
                .refresh(core.network().clientContract(owner))
                .whenComplete((done, error) -> server.clientRegistered(owner, nonce));
    }

    @Override
    public void unfit(Optional<String> why) {
        unfit = why;
        core.later(() -> {
            if (why.isPresent() && core.mode() == ProxyCore.Mode.SERVING) {
                isOut = true;
                server.disable();
            } else if (why.isEmpty() && isOut) {
                isOut = false;
                server.enable();
            }
        });
    }

    /** Returns what is going on; on any thread but event loops. */
    ProxyStatus.Chain status() {
        return keeper.status();
    }

    /** Stops; what is under way is on the disk and goes on next time. */
    void close() {
        keeper.close();
    }
}
