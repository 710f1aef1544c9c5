package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayoutRule;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.wallet.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cashing in at one worker contract, as a pure state machine: each step takes what was seen and gives the next state and what to do
 * about it. The next state must be on the disk before anything is done. Payments dossier 6.3 and 9.5.
 *
 * <h2>Why no token is paid twice and none is lost on our side</h2>
 *
 * A payment states a total, and the contract pays the difference to the last total that it has seen: so a message that arrives twice
 * does nothing but cost its fee, and it does not matter that anybody may send one. There is one request at a time. It is done when
 * the contract <em>says</em> that the total is paid, whoever brought that about; that its message went out, or that a transaction
 * is there, says nothing (H23). What can be lost is what the proxy's account cannot pay at the moment in which the worker's contract
 * counts it as paid (H1): so that account is looked at first. An order's id follows from the contract, the total and the attempt,
 * so that giving it again after a crash is the same order.
 *
 * @param paid the highest total that the contract was seen to have paid
 * @param seen up to where the contract's transactions were looked at; empty before the first look
 * @param request what is under way
 * @param failures how many requests failed one after the other
 * @param notBefore nothing is requested before
 * @param outdatedSince when newer parameters were first noticed
 * @param problem what keeps the payout, for people; empty if nothing does
 */
record Payout(
        long paid,
        Optional<TransactionId> seen,
        Optional<PayoutRequest> request,
        int failures,
        Instant notBefore,
        Optional<Instant> outdatedSince,
        String problem) {

    /** Nothing done yet. */
    static final Payout START =
            new Payout(0, Optional.empty(), Optional.empty(), 0, Instant.EPOCH, Optional.empty(), "");

    private static final int MAX_BACK_OFF_DOUBLINGS = 6;

    /**
     * How to pay out.
     *
     * @param rule when it is worth it
     * @param wallet sends, and gets back what is left
     * @param patience of the chain's time: a request that was sent and changed nothing so long has failed
     * @param backOff after a failure, doubled each time
     */
    record Settings(PayoutRule rule, Address wallet, Duration patience, Duration backOff) {}

    /** What to do after the next state is on the disk, in order. */
    sealed interface Effect {

        /** Give the wallet an order. */
        record Place(Order order) implements Effect {}

        /** Tell the operator. */
        record Alarm(String text) implements Effect {}

        /** There is nothing more to be had here. */
        record Forget() implements Effect {}
    }

    /** Where a contract stands after a look. */
    enum Standing {
        /** Who answered is behind what was seen before. */
        UNKNOWN,
        /** A request is under way. */
        UNDER_WAY,
        /** Paid, not worth it, or kept by a {@link #problem}. */
        SETTLED
    }

    /** The next state and what to do. */
    record Step(Payout next, List<Effect> effects, Standing standing) {}

    /** Takes a look into account. */
    Step after(PayoutLook look, ProxyTerms terms, Instant now, Settings settings) {
        PayoutLook.Worker worker = look.worker();
        if (seen.isPresent()
                && Long.compareUnsigned(worker.last().lt(), seen.get().lt()) < 0) {
            return new Step(this, List.of(), Standing.UNKNOWN);
        }
        List<Effect> effects = new ArrayList<>();
        complainOfBounces(look, terms, effects);
        // Before the first look nothing of ours can be among the transactions.
        TransactionId position = seen.isEmpty()
                ? worker.last()
                : look.transactions().isEmpty()
                        ? seen.get()
                        : look.transactions()
                                .get(look.transactions().size() - 1)
                                .id();
        Payout next = new Payout(
                        Math.max(paid, worker.state().tokensPaid()),
                        Optional.of(position),
                        request,
                        failures,
                        notBefore,
                        outdatedSince,
                        problem)
                .progress(look, terms, now, settings, effects);
        return next.request.isPresent()
                ? new Step(next, effects, Standing.UNDER_WAY)
                : next.decide(look, terms, now, settings, effects);
    }

    /** Takes into account that the wallet has sent an order. */
    Payout sent(Int256 order, ProxyTerms terms) {
        return with(
                request.map(each -> each.id(terms.contract()).equals(order)
                        ? new PayoutRequest(
                                each.kind(), each.total(), each.payment(), each.attempt(), true, each.since())
                        : each),
                problem);
    }

    /** Returns the order to give again after a restart: the crash may have come before it was given. */
    Optional<Order> unsent(ProxyTerms terms, Address wallet) {
        return request.filter(each -> !each.sent()).map(each -> each.order(terms, wallet));
    }

    /** The contract ignores what comes back to it, and counts the tokens as paid (H1). */
    private static void complainOfBounces(PayoutLook look, ProxyTerms terms, List<Effect> effects) {
        for (Transaction transaction : look.transactions()) {
            boolean fromProxy = transaction
                    .in()
                    .filter(message -> message.bounced()
                            && message.source()
                                    .filter(terms.proxyContract()::equals)
                                    .isPresent())
                    .isPresent();
            if (fromProxy) {
                effects.add(new Effect.Alarm(
                        ("proxy contract %s refused a payout that worker contract %s has counted as paid; that"
                                        + " money is lost (transaction %s of %s). Do not work for this proxy before its owner has"
                                        + " explained that")
                                .formatted(
                                        terms.proxyContract(),
                                        terms.contract(),
                                        Long.toUnsignedString(transaction.id().lt()),
                                        transaction.time())));
            }
        }
    }

    /** What became of the request. */
    private Payout progress(PayoutLook look, ProxyTerms terms, Instant now, Settings settings, List<Effect> effects) {
        if (request.isEmpty()) {
            return this;
        }
        PayoutRequest asked = request.get();
        if (asked.doneAt(look.worker())) {
            return new Payout(paid, seen, Optional.empty(), 0, Instant.EPOCH, outdatedSince, "");
        }
        Int256 body = asked.kind() == PayoutRequest.Kind.PAYOUT
                ? asked.body(settings.wallet()).hash()
                : Int256.ZERO;
        for (Transaction transaction : look.transactions()) {
            boolean ours = transaction
                    .in()
                    .filter(message -> message.body().hash().equals(body))
                    .isPresent();
            if (ours && !transaction.outcome().succeeded()) {
                return failed(
                        "its transaction %s ended with exit code %d and action result %d"
                                .formatted(
                                        Long.toUnsignedString(transaction.id().lt()),
                                        transaction.outcome().exitCode(),
                                        transaction.outcome().actionResult()),
                        terms,
                        now,
                        settings,
                        effects);
            }
        }
        if (!asked.sent()) {
            return this;
        }
        Instant chainTime = look.worker().at();
        if (asked.since().isEmpty()) {
            return with(
                    Optional.of(new PayoutRequest(
                            asked.kind(),
                            asked.total(),
                            asked.payment(),
                            asked.attempt(),
                            true,
                            Optional.of(chainTime))),
                    problem);
        }
        if (chainTime.isAfter(asked.since().get().plus(settings.patience()))) {
            return failed(
                    "it went out and changed nothing in %d s of the chain's time"
                            .formatted(settings.patience().toSeconds()),
                    terms,
                    now,
                    settings,
                    effects);
        }
        return this;
    }

    private Payout failed(String why, ProxyTerms terms, Instant now, Settings settings, List<Effect> effects) {
        Duration pause = settings.backOff().multipliedBy(1L << Math.min(failures, MAX_BACK_OFF_DOUBLINGS));
        String text = "%s of worker contract %s failed: %s; attempt %d not before %d s from now"
                .formatted(
                        request.filter(asked -> asked.kind() == PayoutRequest.Kind.DEPLOY)
                                        .isPresent()
                                ? "the deployment"
                                : "a payout",
                        terms.contract(),
                        why,
                        failures + 2,
                        pause.toSeconds());
        effects.add(new Effect.Alarm(text));
        return new Payout(paid, seen, Optional.empty(), failures + 1, now.plus(pause), outdatedSince, text);
    }

    /** Whether to ask for a payout now. */
    private Step decide(PayoutLook look, ProxyTerms terms, Instant now, Settings settings, List<Effect> effects) {
        PayoutRule.Occasion occasion = look.occasion();
        Payout state = this;
        if (look.outdated()) {
            // The proxy cashes in for its workers when it closes its old contract; it gets the time to do so (dossier
            // 9.5).
            Instant since = outdatedSince.orElse(now);
            state = new Payout(paid, seen, request, failures, notBefore, Optional.of(since), problem);
            if (!now.isBefore(since.plus(terms.clientDelay().dividedBy(2)))) {
                occasion = PayoutRule.Occasion.LEAVING;
            } else if (occasion != PayoutRule.Occasion.LEAVING) {
                return state.settled(effects);
            }
        }
        if (now.isBefore(notBefore)) {
            return state.settled(effects);
        }
        long signed = look.known().signed();
        boolean last = look.outdated() && occasion == PayoutRule.Occasion.LEAVING;
        PayoutRule.Decision decision = settings.rule()
                .decide(
                        signed,
                        paid,
                        look.worker().closed(),
                        terms.prices(),
                        look.proxy().balance(),
                        occasion);
        return switch (decision.choice()) {
            case WAIT -> state.with(request, "").settled(effects);
            case GIVE_UP -> state.giveUp(look, terms, decision.value(), last, settings, effects);
            case HOLD_BACK, CASH_IN -> {
                if (!look.worker().exists()
                        && decision.value()
                                        .compareTo(PayoutRequest.DEPLOY_VALUE.plus(
                                                settings.rule().fees()))
                                <= 0) {
                    // What a new contract keeps for its rent would be more than it brings.
                    yield last
                            ? state.giveUp(look, terms, Nanoton.ZERO, true, settings, effects)
                            : state.with(request, "").settled(effects);
                }
                String obstacle = obstacle(look, terms);
                if (obstacle.isEmpty() && decision.choice() == PayoutRule.Choice.HOLD_BACK) {
                    obstacle = decision.reason();
                }
                if (obstacle.isEmpty()) {
                    yield state.ask(look, terms, settings, effects);
                }
                yield last && look.proxy().state() == ContractState.CLOSED
                        ? state.giveUp(look, terms, decision.value(), true, settings, effects)
                        : state.kept(
                                "%s at worker contract %s wait: %s"
                                        .formatted(decision.value(), terms.contract(), obstacle),
                                effects);
            }
        };
    }

    private Step ask(PayoutLook look, ProxyTerms terms, Settings settings, List<Effect> effects) {
        PayoutRequest asked = look.worker().exists()
                ? new PayoutRequest(
                        PayoutRequest.Kind.PAYOUT,
                        look.known().signed(),
                        look.known().newest(),
                        failures,
                        false,
                        Optional.empty())
                : new PayoutRequest(PayoutRequest.Kind.DEPLOY, 0, Bytes.empty(), failures, false, Optional.empty());
        effects.add(new Effect.Place(asked.order(terms, settings.wallet())));
        return new Step(with(Optional.of(asked), problem), effects, Standing.UNDER_WAY);
    }

    private static String obstacle(PayoutLook look, ProxyTerms terms) {
        if (look.worker().status() == AccountState.Status.FROZEN) {
            return "the worker contract is frozen, it owes rent; send it some TON with its state";
        }
        if (!look.proxy().exists()) {
            return "proxy contract " + terms.proxyContract() + " does not exist; what it should pay would be lost";
        }
        if (look.proxy().state() == ContractState.CLOSED) {
            return "proxy contract " + terms.proxyContract() + " is closed and pays no more";
        }
        return "";
    }

    private Step giveUp(
            PayoutLook look, ProxyTerms terms, Nanoton value, boolean last, Settings settings, List<Effect> effects) {
        String text = value.compareTo(settings.rule().fees()) > 0
                ? "%s that proxy %s has signed cannot be had any more: %s"
                        .formatted(
                                value,
                                terms.proxyKey().toHex(),
                                look.worker().closed()
                                        ? "worker contract " + terms.contract() + " is closed"
                                        : "proxy contract " + terms.proxyContract() + " is closed")
                : "";
        if (!text.isEmpty() && !text.equals(problem)) {
            effects.add(new Effect.Alarm(text));
        }
        if (last) {
            effects.add(new Effect.Forget());
        }
        return with(request, text).settled(effects);
    }

    /** An alarm is raised when something begins to keep the payout; the newest numbers are in the state. */
    private Step kept(String why, List<Effect> effects) {
        if (problem.isEmpty()) {
            effects.add(new Effect.Alarm(why));
        }
        return with(request, why).settled(effects);
    }

    private Step settled(List<Effect> effects) {
        return new Step(this, effects, Standing.SETTLED);
    }

    private Payout with(Optional<PayoutRequest> asked, String why) {
        return new Payout(paid, seen, asked, failures, notBefore, outdatedSince, why);
    }
}
