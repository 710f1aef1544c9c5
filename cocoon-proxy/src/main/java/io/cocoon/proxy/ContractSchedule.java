package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.proxy.ContractTask.Operation;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is due on one proxy contract and on those of its clients and workers, as a machine without I/O: each look at a contract
 * goes in, what to do comes out. Payments dossier 9.4 and 9.6.
 *
 * <p>Why nothing is charged or paid twice, and nothing is lost, whatever crashes:
 *
 * <ul>
 *   <li>only totals that are committed on the chain are signed (H40), and they only grow; a contract takes each total once;
 *   <li>something is done when the contract says so, never because a message went out (H23, H49). So nothing has to be
 *       remembered: after a crash the contracts tell what is left, and the same task is the same order of the wallet;
 *   <li>nothing is asked of a contract that the proxy's account could not pay for: the contract would advance and the money
 *       would be gone (H1). What was promised before a crash is not known after it, so nothing is promised before the wallet has
 *       sent everything, and the money had time to leave.
 * </ul>
 *
 * <p>A contract that closes is emptied first: all clients are paid back, then all workers paid, each seen on the chain, and
 * only then the contract is asked to close. The reference asks first; then a client's money that is on its way while the
 * contract closes can be credited without being there (H3).
 *
 * <p>Times are the chain's. Not thread-safe.
 */
final class ContractSchedule {

    /** A proxy's account keeps this. */
    private static final Nanoton RESERVE = Nanoton.ofTon("0.05");

    /** Money that a contract was told to pay is under way for this part of the patience at most. */
    private static final int PATIENCE_PER_PAYMENT = 5;

    /** How long money may be short before it is worth telling; deposits and payments pass each other. */
    private static final Duration SHORT = Duration.ofSeconds(5);

    private static final int MAX_DOUBLINGS = 8;

    /** The proxy contract at one look. */
    record Own(
            Instant time,
            AccountState.Status status,
            Nanoton account,
            ContractState state,
            Nanoton earnings,
            Instant unlockAt) {

        boolean isActive() {
            return status == AccountState.Status.ACTIVE;
        }

        /** Returns whether it was never deployed: there is nothing to charge and nothing to pay from. */
        boolean isAbsent() {
            return status == AccountState.Status.NONE || status == AccountState.Status.UNINITIALIZED;
        }
    }

    /** A client's or worker's contract at one look; a worker's has no balance. */
    record Party(Side side, Address contract, ContractState state, long tokens, Nanoton balance) {}

    /**
     * What the ledger says of it at that time.
     *
     * @param busy whether a request runs for it that is not in the totals yet
     */
    record Claim(Ledger.Totals totals, boolean busy) {

        private boolean isFinal() {
            return !busy && totals.signed() == totals.max();
        }
    }

    /** What to do. */
    sealed interface Effect {

        /** Order this; {@link #wentOut} when it did. */
        record Send(ContractTask task) implements Effect {}

        /** Tell the operator. */
        record Alarm(String text) implements Effect {}

        /** The chain knows more tokens than were ever written down: the ledger is an old copy (I3). */
        record RolledBack(Party party) implements Effect {}
    }

    private static final class Job {
        private final ContractTask task;
        private Nanoton held;
        private @Nullable Instant out;

        private Job(ContractTask task, Nanoton held) {
            this.task = task;
            this.held = held;
        }
    }

    /** What is known of one contract. */
    private static final class Line {
        private @Nullable Party known;
        private @Nullable Job job;
        private int failures;
        private Instant notBefore = Instant.EPOCH;
        private @Nullable Instant shortSince;
        private boolean isTold;
        private boolean isSettled;
    }

    /** Money that a contract was told to be paid and that may still be on the account. */
    private record Leaving(Address contract, Nanoton amount, Instant until) {}

    private final Address proxyContract;
    private final Prices prices;
    private final ProxyContracts.Amounts amounts;
    private final Duration patience;
    private final Map<Address, Line> lines = new HashMap<>();
    private final List<Leaving> leaving = new ArrayList<>();
    private final Set<Address> paid = new HashSet<>();
    private @Nullable Instant knowsPromises;
    private boolean isClosing;
    private boolean isFinished;

    ContractSchedule(Address proxyContract, Prices prices, ProxyContracts.Amounts amounts, Duration patience) {
        this.proxyContract = proxyContract;
        this.prices = prices;
        this.amounts = amounts;
        this.patience = patience;
    }

    /** From now on the contract is emptied and closed; nothing new is billed on it. */
    void close() {
        isClosing = true;
    }

    /** Returns whether the contract is closed and everybody has what is his. */
    boolean isFinished() {
        return isFinished;
    }

    /** Returns whether nothing is left to do for a contract that closes. */
    boolean isSettled(Address contract) {
        Line line = lines.get(contract);
        return line != null && line.isSettled;
    }

    /** Tells how many orders the wallet has not sent yet, those of before a crash too. */
    void waiting(int orders, Instant now) {
        if (knowsPromises == null && orders == 0) {
            knowsPromises = now.plus(patience.dividedBy(PATIENCE_PER_PAYMENT));
        }
    }

    /** Returns whether a contract should be looked at now. It is decided on fresh looks only. */
    boolean wantsLook(Side side, Address contract, Claim claim, Instant now) {
        Line line = lines.get(contract);
        if (line == null || line.known == null || line.job != null) {
            return true;
        }
        if (now.isBefore(line.notBefore)) {
            return false;
        }
        return (isClosing && !line.isSettled) || wish(line.known, claim).isPresent();
    }

    /** A contract has told that something happened to it; it is looked at again. */
    void touched(Address contract) {
        Line line = lines.get(contract);
        if (line != null) {
            line.known = null;
        }
    }

    /** The proxy contract was asked to pay for a contract: from the next look at its account on, that money is gone. */
    void paid(Address contract) {
        paid.add(contract);
    }

    /** Takes a look at a client's or worker's contract. */
    List<Effect> looked(Party party, Claim claim, Own own) {
        List<Effect> effects = new ArrayList<>();
        Line line = lines.computeIfAbsent(party.contract, unused -> new Line());
        line.known = party;
        line.isSettled = false;
        if (party.tokens > claim.totals.db()) {
            effects.add(new Effect.RolledBack(party));
            return effects;
        }
        Job job = line.job;
        if (job != null) {
            settle(line, job, isDone(job.task, party), own.time, effects);
        }
        if (line.job != null) {
            return effects;
        }
        Optional<Operation> wish = wish(party, claim);
        if (wish.isEmpty()) {
            line.isSettled = isClosing && claim.isFinal();
        } else if (!own.time.isBefore(line.notBefore) && own.isActive()) {
            open(line, party, wish.get(), claim.totals.signed(), own, effects);
        }
        return effects;
    }

    private void open(Line line, Party party, Operation operation, long total, Own own, List<Effect> effects) {
        Nanoton needed = needed(operation, party, total);
        Nanoton free = free(own);
        if (needed.value() > 0 && (knowsPromises == null || own.time.isBefore(knowsPromises))) {
            return;
        }
        if (needed.value() > 0 && needed.compareTo(free) > 0) {
            if (line.shortSince == null) {
                line.shortSince = own.time;
            } else if (!line.isTold && own.time.isAfter(line.shortSince.plus(SHORT))) {
                line.isTold = true;
                effects.add(new Effect.Alarm(
                        "%s of contract %s needs %s, and proxy contract %s has only %s free: it would be lost, so it waits. Send the difference to the proxy contract"
                                .formatted(operation.text(), party.contract, needed, proxyContract, free)));
            }
            return;
        }
        line.shortSince = null;
        line.isTold = false;
        begin(line, new ContractTask(operation, party.contract, total, line.failures), needed, effects);
    }

    private static void begin(Line line, ContractTask task, Nanoton held, List<Effect> effects) {
        line.job = new Job(task, held);
        effects.add(new Effect.Send(task));
    }

    /** What became of what was asked. */
    private void settle(Line line, Job job, boolean isDone, Instant now, List<Effect> effects) {
        if (isDone) {
            line.job = null;
            line.failures = 0;
            line.notBefore = Instant.EPOCH;
            if (job.held.value() > 0) {
                leaving.add(new Leaving(job.task.contract(), job.held, now.plus(patience)));
            }
        } else if (job.out != null && now.isAfter(job.out.plus(patience))) {
            Duration pause = patience.multipliedBy(1L << Math.min(line.failures, MAX_DOUBLINGS));
            line.job = null;
            line.failures++;
            line.notBefore = now.plus(pause);
            effects.add(new Effect.Alarm(
                    "%s of contract %s (total %d, attempt %d) went out %d s ago and changed nothing; next attempt in %d s. Look at the transactions of that contract"
                            .formatted(
                                    job.task.operation().text(),
                                    job.task.contract(),
                                    job.task.total(),
                                    line.failures,
                                    Duration.between(job.out, now).toSeconds(),
                                    pause.toSeconds())));
        }
    }

    private static boolean isDone(ContractTask task, Party party) {
        return party.state == ContractState.CLOSED
                || ((task.operation() == Operation.CHARGE || task.operation() == Operation.PAYOUT)
                        && party.tokens >= task.total());
    }

    private Optional<Operation> wish(Party party, Claim claim) {
        if (party.state == ContractState.CLOSED) {
            return Optional.empty();
        }
        long owed = Math.max(0, claim.totals.signed() - party.tokens);
        return party.side == Side.CLIENT ? wishOfClient(party, claim, owed) : wishOfWorker(claim, owed);
    }

    private Optional<Operation> wishOfClient(Party party, Claim claim, long owed) {
        if (isClosing || party.state == ContractState.CLOSING) {
            // A contract without money has nothing to be paid back; only a client that asked for it wants the end
            // itself.
            boolean wanted = party.balance.value() > 0 || !isClosing;
            return wanted && claim.isFinal() ? Optional.of(Operation.GRANT_REFUND) : Optional.empty();
        }
        boolean pays = party.balance.value() > 0
                && worth(owed, prices.perToken()) >= amounts.charge().value();
        return pays ? Optional.of(Operation.CHARGE) : Optional.empty();
    }

    private Optional<Operation> wishOfWorker(Claim claim, long owed) {
        if (!canPay(prices) || owed == 0 || prices.workerFeePerToken().value() == 0) {
            return Optional.empty();
        }
        if (isClosing) {
            return claim.isFinal() ? Optional.of(Operation.LAST_PAYOUT) : Optional.empty();
        }
        boolean pays =
                worth(owed, prices.workerFeePerToken()) >= amounts.payout().value();
        return pays ? Optional.of(Operation.PAYOUT) : Optional.empty();
    }

    /** A fee above the price makes every payout fail on the contract (payments dossier H8). */
    static boolean canPay(Prices prices) {
        return prices.workerFeePerToken().compareTo(prices.perToken()) <= 0;
    }

    private Nanoton needed(Operation operation, Party party, long total) {
        long owed = total - party.tokens;
        return switch (operation) {
            case GRANT_REFUND -> new Nanoton(Math.max(0, party.balance.value() - worth(owed, prices.perToken())));
            case PAYOUT, LAST_PAYOUT -> new Nanoton(worth(owed, prices.workerFeePerToken()));
            default -> Nanoton.ZERO;
        };
    }

    /** Returns the price of tokens, at most the largest number. */
    private static long worth(long tokens, Nanoton each) {
        return Math.multiplyHigh(tokens, each.value()) == 0 && tokens * each.value() >= 0
                ? tokens * each.value()
                : Long.MAX_VALUE;
    }

    /** Returns what is on the account and promised to nobody. */
    private Nanoton free(Own own) {
        leaving.removeIf(each -> own.time.isAfter(each.until));
        long free = own.account.value() - RESERVE.value();
        for (Leaving each : leaving) {
            free -= each.amount.value();
        }
        for (Line line : lines.values()) {
            free -= line.job == null ? 0 : line.job.held.value();
        }
        return new Nanoton(Math.max(0, free));
    }

    /**
     * Takes a look at the proxy contract.
     *
     * @param allSettled whether {@link #isSettled} holds for every client and worker of it
     */
    List<Effect> looked(Own own, boolean allSettled) {
        List<Effect> effects = new ArrayList<>();
        if (own.isAbsent()) {
            // Nothing was ever promised on it.
            knowsPromises = Instant.EPOCH;
        }
        paid.forEach(this::forgetHeld);
        paid.clear();
        Line line = lines.computeIfAbsent(proxyContract, unused -> new Line());
        Job job = line.job;
        if (job != null) {
            settle(line, job, isDone(job.task, own), own.time, effects);
        }
        isFinished =
                isClosing && allSettled && line.job == null && (!own.isActive() || own.state == ContractState.CLOSED);
        if (line.job != null || own.time.isBefore(line.notBefore)) {
            return effects;
        }
        if (own.status == AccountState.Status.FROZEN) {
            if (!line.isTold) {
                line.isTold = true;
                effects.add(new Effect.Alarm("proxy contract " + proxyContract
                        + " is frozen: it owes rent. Nothing can be charged or paid until it is paid and restored"));
            }
            return effects;
        }
        wish(own, allSettled)
                .ifPresent(operation -> begin(
                        line,
                        new ContractTask(
                                operation,
                                proxyContract,
                                operation == Operation.EARNINGS ? own.earnings.value() : 0,
                                line.failures),
                        Nanoton.ZERO,
                        effects));
        return effects;
    }

    private void forgetHeld(Address contract) {
        leaving.removeIf(each -> each.contract.equals(contract));
        Line line = lines.get(contract);
        if (line != null && line.job != null) {
            line.job.held = Nanoton.ZERO;
        }
    }

    private static boolean isDone(ContractTask task, Own own) {
        return switch (task.operation()) {
            case DEPLOY -> own.isActive();
            case EARNINGS -> own.earnings.value() < task.total() || own.state == ContractState.CLOSED;
            case CLOSE_REQUEST -> own.state != ContractState.NORMAL;
            case CLOSE_COMPLETE -> own.state == ContractState.CLOSED;
            default -> throw new IllegalStateException("no task of a proxy contract: " + task);
        };
    }

    private Optional<Operation> wish(Own own, boolean allSettled) {
        if (!own.isActive()) {
            return isClosing ? Optional.empty() : Optional.of(Operation.DEPLOY);
        }
        if (isClosing) {
            if (!allSettled || own.state == ContractState.CLOSED) {
                return Optional.empty();
            }
            if (own.state == ContractState.NORMAL) {
                return Optional.of(Operation.CLOSE_REQUEST);
            }
            return own.time.isAfter(own.unlockAt) ? Optional.of(Operation.CLOSE_COMPLETE) : Optional.empty();
        }
        boolean pays = own.state == ContractState.NORMAL
                && own.earnings.compareTo(amounts.earnings()) >= 0
                && own.earnings.compareTo(free(own)) <= 0;
        return pays ? Optional.of(Operation.EARNINGS) : Optional.empty();
    }

    /** What a task asks for has left the wallet. */
    void wentOut(ContractTask task, Instant chainTime) {
        Line line = lines.get(task.contract());
        if (line != null && line.job != null && line.job.task.equals(task) && line.job.out == null) {
            line.job.out = chainTime;
        }
    }

    /** A task could not be ordered; it is decided on again. */
    void notOrdered(ContractTask task) {
        Line line = lines.get(task.contract());
        if (line != null && line.job != null && line.job.task.equals(task)) {
            line.job = null;
        }
    }
}
