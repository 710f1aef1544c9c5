package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ContractSchedule.Claim;
import io.cocoon.proxy.ContractSchedule.Effect;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.proxy.ContractSchedule.Party;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.WorkerContractState;
import io.cocoon.ton.live.AccountFollower;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One proxy contract that is looked after: follows it, looks at its clients and workers when there is a reason to, and carries out
 * what {@link ContractSchedule} decides. Everything runs under the keeper's monitor.
 */
final class ContractCare implements ContractWatch.Teller, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ContractCare.class);
    private static final int MAX_LOOKS = 32;

    private record Wanted(Side side, Address contract) {}

    private final ContractKeeper keeper;
    private final RootState root;
    private final Address address;
    private final ContractOrders orders;
    private final ContractSchedule schedule;
    private final Set<Wanted> waiting = new LinkedHashSet<>();
    private final Set<Wanted> looking = new HashSet<>();
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    private @Nullable AccountFollower follower;
    private @Nullable Own own;
    private boolean isEnding;

    /** Whether a request of this contract may still be billed; looked at only when it ends. */
    private boolean isBusy = true;

    ContractCare(ContractKeeper keeper, ContractBook.Contract contract, ContractOrders orders) {
        this.keeper = keeper;
        this.root = contract.root();
        this.address = contract.address();
        this.orders = orders;
        ProxyContracts settings = keeper.settings();
        schedule = new ContractSchedule(
                address,
                root.params().prices(),
                settings.amounts(),
                settings.timing().patience());
    }

    Address address() {
        return address;
    }

    ContractOrders orders() {
        return orders;
    }

    @Nullable
    Own own() {
        return own;
    }

    boolean pays() {
        return ContractSchedule.canPay(root.params().prices());
    }

    /**
     * Begins to look, unless it has begun.
     *
     * @param from the last transaction that somebody knows who has to be told of later ones
     * @param told the newest of which everybody was told
     */
    void follow(TransactionId from, TransactionId told) {
        if (follower == null) {
            Duration poll = keeper.settings().timing().poll();
            ContractWatch watch = new ContractWatch(root, address, orders.key().publicKey(), told.lt(), this);
            follower = AccountFollower.start(keeper.settings().chain(), address, from, poll, keeper.timer(), watch);
        }
    }

    /** Returns what ends when everything that had happened when this began to look was told. */
    CompletionStage<Void> caughtUp() {
        return caughtUp;
    }

    /** Nothing is billed on it any more: it is emptied and closed. */
    void end() {
        isEnding = true;
        isBusy = true;
        schedule.close();
    }

    boolean isEnding() {
        return isEnding;
    }

    boolean isFinished() {
        return schedule.isFinished();
    }

    /** Returns how many clients and workers still have something to get from a contract that is closed. */
    int unsettled() {
        return isEnding ? (int) (unsettled(Side.CLIENT) + unsettled(Side.WORKER)) : 0;
    }

    private long unsettled(Side side) {
        return keeper.parties(address, side).stream()
                .filter(each -> !schedule.isSettled(each))
                .count();
    }

    @Override
    public void saved(StateSaver.SavedState saved) {
        keeper.saved(address, saved);
    }

    @Override
    public void registered(Address owner, long nonce) {
        keeper.registered(owner, nonce);
    }

    @Override
    public void touched(Address contract) {
        keeper.locked(() -> schedule.touched(contract));
    }

    @Override
    public void paid(Address contract) {
        keeper.locked(() -> schedule.paid(contract));
    }

    @Override
    public void alarm(String text) {
        keeper.alarm(text);
    }

    @Override
    public void seen(TransactionId last, Set<Address> clients) {
        keeper.locked(() -> keeper.remember(address, last, clients));
    }

    @Override
    public void looked(Own look) {
        keeper.locked(() -> {
            own = look;
            schedule.waiting(keeper.sender().status().waiting(), look.time());
            isBusy = isBusy && (!isEnding || hasReservations());
            if (keeper.isStarted() && look.isAbsent()) {
                // It can confirm nothing before it is there, so this does not wait for the ledger.
                carryOut(schedule.looked(look, isEnding));
            } else if (keeper.isReady()) {
                carryOut(schedule.looked(look, isEnding && unsettled() == 0));
                for (Side side : Side.values()) {
                    for (Address contract : keeper.parties(address, side)) {
                        if (schedule.wantsLook(side, contract, claim(side, contract), look.time())) {
                            waiting.add(new Wanted(side, contract));
                        }
                    }
                }
                lookAtNext();
            }
            keeper.looked(this, look);
        });
        caughtUp.complete(null);
    }

    private void lookAtNext() {
        Iterator<Wanted> next = waiting.iterator();
        while (looking.size() < MAX_LOOKS && next.hasNext()) {
            Wanted wanted = next.next();
            next.remove();
            if (looking.add(wanted)) {
                keeper.refresh(wanted.contract, error -> read(wanted, error));
            }
        }
    }

    private void read(Wanted wanted, @Nullable Throwable error) {
        looking.remove(wanted);
        Own last = own;
        if (error != null) {
            LOG.debug("contract {} could not be looked at: {}", wanted.contract, error.toString());
            return;
        }
        if (last != null && keeper.isReady()) {
            carryOut(schedule.looked(party(wanted), claim(wanted.side, wanted.contract), last));
        }
        lookAtNext();
    }

    private Party party(Wanted wanted) {
        if (wanted.side == Side.CLIENT) {
            ClientContractState state = keeper.cocoon().client(wanted.contract);
            return new Party(wanted.side, wanted.contract, state.state(), state.tokensUsed(), state.balance());
        }
        WorkerContractState state = keeper.cocoon().worker(wanted.contract);
        return new Party(wanted.side, wanted.contract, state.state(), state.tokensPaid(), Nanoton.ZERO);
    }

    private Claim claim(Side side, Address contract) {
        Ledger ledger = keeper.ledger();
        boolean busy = isEnding ? isBusy : side == Side.CLIENT && ledger.reserved(contract) > 0;
        return new Claim(ledger.totals(side, contract), busy);
    }

    private boolean hasReservations() {
        return keeper.isStarted()
                && keeper.parties(address, Side.CLIENT).stream()
                        .anyMatch(client -> keeper.ledger().reserved(client) > 0);
    }

    private void carryOut(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Send send) {
                order(send.task());
            } else if (effect instanceof Effect.Alarm alarm) {
                keeper.alarm(alarm.text());
            } else if (effect instanceof Effect.RolledBack back) {
                Party party = back.party();
                keeper.ledger().seenOnChain(party.side(), party.contract(), party.tokens());
            }
        }
    }

    private void order(ContractTask task) {
        try {
            LOG.info("{} of {}, total {}", task.operation().text(), task.contract(), task.total());
            keeper.sender().send(orders.of(task)).whenComplete((sent, error) -> {
                if (error == null) {
                    keeper.locked(() -> {
                        Own last = own;
                        if (last != null) {
                            schedule.wentOut(task, last.time());
                        }
                    });
                }
            });
        } catch (IOException | RuntimeException e) {
            schedule.notOrdered(task);
            keeper.alarm("%s of %s could not be ordered: %s; tried again"
                    .formatted(task.operation().text(), task.contract(), e.getMessage()));
        }
    }

    /** Looks at its contract now. */
    void lookSoon() {
        AccountFollower following = follower;
        if (following != null) {
            following.lookSoon();
        }
    }

    @Override
    public void close() {
        AccountFollower following = follower;
        if (following != null) {
            following.close();
        }
    }
}
