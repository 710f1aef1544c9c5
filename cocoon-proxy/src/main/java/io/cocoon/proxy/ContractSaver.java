package io.cocoon.proxy;

import io.cocoon.proxy.ContractBook.Contract;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.wallet.Order;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the states of a proxy's ledger to its contract, and tells the ledger of all saves that arrive there. Everything happens
 * under the keeper's monitor.
 */
final class ContractSaver implements StateSaver {

    private static final Logger LOG = LoggerFactory.getLogger(ContractSaver.class);

    /** A save that was handed over and has not arrived. {@code out} is the chain's time when it had left the wallet. */
    private record Saving(
            Order order,
            int seqno,
            boolean isOrdered,
            @Nullable Instant out) {}

    private final ContractKeeper keeper;
    private @Nullable Consumer<SavedState> listener;
    private @Nullable Address followed;
    private @Nullable Saving saving;
    private int arrived;

    ContractSaver(ContractKeeper keeper) {
        this.keeper = keeper;
    }

    @Override
    public Address wallet() {
        return keeper.settings().wallet().address();
    }

    @Override
    public CompletionStage<Void> follow(Address contract, TransactionId after, Consumer<SavedState> seen) {
        synchronized (keeper) {
            ContractCare care = keeper.care(contract);
            Contract known = keeper.book().find(contract).orElse(null);
            if (care == null || known == null) {
                return CompletableFuture.failedFuture(new IOException(unknown(contract)));
            }
            listener = seen;
            followed = contract;
            boolean isBehind = Long.compareUnsigned(after.lt(), known.last().lt()) < 0;
            care.follow(isBehind ? after : known.last(), known.last());
            return care.caughtUp();
        }
    }

    @Override
    public void save(Address contract, int seqno, Int256 session) {
        synchronized (keeper) {
            ContractCare care = keeper.care(contract);
            if (care == null) {
                throw new IllegalStateException(unknown(contract));
            }
            if (care != keeper.current()) {
                LOG.debug("state {} is not saved: the proxy has just left {}, and the ledger follows", seqno, contract);
                return;
            }
            saving = new Saving(care.orders().save(seqno, session), seqno, false, null);
            send();
            care.lookSoon();
        }
    }

    private String unknown(Address contract) {
        return "proxy contract " + contract + " is none of those in "
                + keeper.settings().folder() + ": ledger and contracts belong together, restore both or none";
    }

    /** The proxy leaves its contract: what was to be saved there is saved at the next one. */
    void leave() {
        saving = null;
    }

    /** The contract that serves was looked at. */
    void looked(Own own) {
        send();
        Saving handed = saving;
        if (handed != null
                && handed.out != null
                && own.time().isAfter(handed.out.plus(keeper.settings().timing().patience()))) {
            keeper.alarm(
                    "save of state %d went out at %s and has not arrived at proxy contract %s; nothing new is signed until it has"
                            .formatted(
                                    handed.seqno, handed.out, keeper.current().address()));
        }
    }

    /** A save is lost on a contract that is not there, so it waits until that is. */
    private void send() {
        Saving handed = saving;
        Own own = keeper.current().own();
        if (handed == null || handed.isOrdered || own == null || !own.isActive()) {
            return;
        }
        try {
            saving = new Saving(handed.order, handed.seqno, true, null);
            keeper.sender().send(handed.order).whenComplete((sent, error) -> {
                if (error == null) {
                    keeper.locked(() -> wentOut(handed.seqno));
                }
            });
        } catch (IOException e) {
            saving = handed;
            throw new UncheckedIOException("a save of state could not be ordered: " + e.getMessage(), e);
        }
    }

    private void wentOut(int seqno) {
        Own own = keeper.current().own();
        Saving now = saving;
        if (own != null && now != null && now.seqno == seqno) {
            saving = new Saving(now.order, seqno, true, own.time());
        }
    }

    /** A save arrived at one of the contracts, from whomever. */
    void arrived(Address contract, SavedState saved) {
        Consumer<SavedState> told = listener;
        if (told == null || !contract.equals(followed)) {
            return;
        }
        if (saved.sender().equals(wallet())) {
            arrived = saved.seqno();
            Saving handed = saving;
            if (handed != null && handed.seqno <= saved.seqno()) {
                saving = null;
            }
        }
        told.accept(saved);
    }

    /** Returns the number of the newest save of ours that arrived; 0 before the first. */
    int arrived() {
        return arrived;
    }
}
