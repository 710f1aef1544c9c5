package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.channel.ClientChannel.Effect;
import io.cocoon.ton.channel.ClientChannel.Event.Look;
import io.cocoon.ton.channel.ClientChannel.Kind;
import io.cocoon.ton.channel.ClientChannel.Step;
import io.cocoon.ton.channel.ClientChannel.Wish;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.contract.ToProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a channel asks for next when nothing is under way. Looks at the chain only, never at what was expected of it. Payments
 * dossier 9.3, and its hazards H1, H3, H4, H5 and H67.
 */
final class ChannelRules {

    private final ClientChannel channel;
    private final Look look;
    private final ChannelTerms terms;

    private ChannelRules(ClientChannel channel, Look look, ChannelTerms terms) {
        this.channel = channel;
        this.look = look;
        this.terms = terms;
    }

    static Step next(ClientChannel channel, Look look, ChannelTerms terms) {
        if (look.client().isEmpty()) {
            return new ChannelRules(channel, look, terms).absent();
        }
        ClientChannel.Copy seen = channel.copy().deployed();
        if (channel.outdatedSince().isEmpty() && isOutdated(channel, look)) {
            seen.outdatedSince(look.time());
        }
        return new ChannelRules(seen.done(), look, terms).present(look.client().get());
    }

    private static boolean isOutdated(ClientChannel channel, Look look) {
        return Integer.compareUnsigned(
                        look.current().version(), channel.origin().params().version())
                > 0;
    }

    // ---- a contract that is not there

    private Step absent() {
        if (look.account().status() == AccountState.Status.FROZEN) {
            return wait(
                    "client contract %s is frozen: its rent was not paid (H13). Its balance of tokens is lost to this"
                                    .formatted(channel.contract())
                            + " library; TON's own tools can unfreeze it with its state");
        }
        switch (channel.wish()) {
            case CLOSE -> {
                return over(new Effect.Over("it was never opened"));
            }
            case WITHDRAW -> {
                return nothingToDo(Kind.WITHDRAW);
            }
            case CHARGE -> {
                return nothingToDo(Kind.CHARGE);
            }
            case OPEN -> {}
        }
        if (isOutdated(channel, look)) {
            return refuseToOpen("the root contract has parameters %d now, this contract was for %d"
                    .formatted(
                            Integer.toUnsignedLong(look.current().version()),
                            Integer.toUnsignedLong(channel.origin().params().version())));
        }
        Nanoton stake = channel.origin().state().stake();
        Nanoton deposit =
                ChannelMoney.wholeTokens(channel.asked().or(terms::firstDeposit).orElse(stake), price());
        Optional<String> refusal = refusal(deposit, deposit, stake);
        if (refusal.isPresent()) {
            return refuseToOpen(refusal.get());
        }
        return afterPause(() -> channel.asks(Kind.OPEN, deposit, terms));
    }

    private Step refuseToOpen(String why) {
        return over(new Effect.Refused("no channel with proxy contract " + proxyAddress() + " was opened: " + why));
    }

    /** Says why a deposit must not be made. */
    private Optional<String> refusal(Nanoton amount, Nanoton balanceAfter, Nanoton stake) {
        if (look.proxy().isEmpty()) {
            return Optional.of("there is no such proxy contract on the chain; nobody would keep the money");
        }
        ContractData.Proxy proxy = look.proxy().get();
        if (proxy.state() != ContractState.NORMAL) {
            return Optional.of("the proxy contract is " + proxy.state()
                    + ": what is deposited now would be credited and sent back at the same time (H3)");
        }
        if (amount.compareTo(terms.left()) > 0) {
            return Optional.of(("a deposit of %s is above what is left of the limit, %s (H67); raise the limit of"
                            + " deposits, or deposit less")
                    .formatted(amount, terms.left()));
        }
        Nanoton risk = ChannelMoney.atRisk(balanceAfter, stake, proxy.stake());
        if (terms.maxAtRisk().isPresent() && risk.compareTo(terms.maxAtRisk().get()) > 0) {
            return Optional.of(
                    ("if this proxy vanished, %s of %s would be lost: the client's stake is %s, the proxy's %s,"
                                    + " and maxAtRisk allows %s. Raise maxAtRisk, deposit less, or use a proxy with more stake")
                            .formatted(
                                    risk,
                                    balanceAfter,
                                    stake,
                                    proxy.stake(),
                                    terms.maxAtRisk().get()));
        }
        return Optional.empty();
    }

    // ---- a contract that is there

    private Step present(ContractData.Client client) {
        return switch (client.state().state()) {
            case CLOSED ->
                over(new Effect.Over(channel.returned() + " come back; the contract is closed and never used again"));
            case CLOSING -> closing(client);
            case NORMAL -> normal(client);
        };
    }

    private Step normal(ContractData.Client client) {
        Nanoton balance = client.state().balance();
        Nanoton above = ChannelMoney.backAtOnce(balance, client.state().stake());
        if (channel.wish() == Wish.CLOSE || proxyState() != ContractState.NORMAL) {
            return leave(balance, above);
        }
        if (channel.outdatedSince().isPresent()) {
            // The proxy has half of the difference to grant everything; then there is still time to force it (9.3).
            Duration spare = channel.origin()
                    .params()
                    .proxyDelayBeforeClose()
                    .minus(channel.origin().params().clientDelayBeforeClose())
                    .dividedBy(2);
            Instant patienceEnds = channel.outdatedSince().get().plus(spare.isNegative() ? Duration.ZERO : spare);
            return look.time().isBefore(patienceEnds) ? nothing() : leave(balance, above);
        }
        if (channel.wish() == Wish.WITHDRAW) {
            if (above.equals(Nanoton.ZERO)) {
                return nothingToDo(Kind.WITHDRAW);
            }
            return ifProxyCanPay(above, () -> channel.asks(Kind.WITHDRAW, Nanoton.ZERO, terms));
        }
        if (channel.wish() == Wish.CHARGE) {
            return hasNewerPayment(client)
                    ? afterPause(() -> channel.asks(Kind.CHARGE, Nanoton.ZERO, terms))
                    : nothingToDo(Kind.CHARGE);
        }
        return inUse(client);
    }

    /** Begins to close. What is above the stake comes back with it; the rest when the proxy grants it or force gets it. */
    private Step leave(Nanoton balance, Nanoton above) {
        if (isLost()) {
            return lost(balance);
        }
        return ifProxyCanPay(above, () -> channel.asks(Kind.REFUND, Nanoton.ZERO, terms));
    }

    private Step inUse(ContractData.Client client) {
        boolean newSecret = !client.state().secretHash().equals(terms.secretHash());
        Nanoton stake = client.state().stake();
        if (channel.asked().isPresent()) {
            Nanoton amount = ChannelMoney.wholeTokens(channel.asked().get(), price());
            Optional<String> refusal = refusal(amount, client.state().balance().plus(amount), stake);
            if (refusal.isPresent() || amount.equals(Nanoton.ZERO)) {
                return Step.of(
                        channel.copy().asked(Optional.empty()).done(),
                        new Effect.Refused("nothing was deposited into client contract " + channel.contract() + ": "
                                + refusal.orElse("less than the price of one token was asked for")));
            }
            return afterPause(() -> channel.asks(newSecret ? Kind.OPEN : Kind.TOP_UP, amount, terms));
        }
        if (newSecret) {
            return afterPause(() -> channel.asks(Kind.CHANGE_SECRET, Nanoton.ZERO, terms));
        }
        if (price().value() == 0) {
            return nothing();
        }
        long half = stake.value() / price().value() / 2;
        long ahead = Math.max(0, look.known() - client.state().tokensUsed());
        if (client.state().balance().value() / price().value() - ahead < half) {
            Nanoton amount = ChannelMoney.wholeTokens(ChannelMoney.min(stake, terms.left()), price());
            Optional<String> refusal = refusal(amount, client.state().balance().plus(amount), stake);
            if (amount.equals(Nanoton.ZERO) || refusal.isPresent()) {
                return charge(client, ahead, half)
                        .orElseGet(() -> wait("client contract %s has %s left and is not topped up: %s"
                                .formatted(
                                        channel.contract(),
                                        client.state().balance(),
                                        refusal.orElse("the limit of deposits leaves " + terms.left()
                                                + " (H67); raise it, or withdraw and close"))));
            }
            return afterPause(() -> channel.asks(Kind.TOP_UP, amount, terms));
        }
        return charge(client, ahead, half).orElseGet(this::nothing);
    }

    /** A proxy that runs too far ahead of the chain refuses requests; the client may bring the chain forward itself (9.1). */
    private Optional<Step> charge(ContractData.Client client, long ahead, long half) {
        return ahead > half && hasNewerPayment(client)
                ? Optional.of(afterPause(() -> channel.asks(Kind.CHARGE, Nanoton.ZERO, terms)))
                : Optional.empty();
    }

    private boolean hasNewerPayment(ContractData.Client client) {
        return channel.payment()
                .filter(payment -> payment.tokens() > client.state().tokensUsed())
                .isPresent();
    }

    // ---- the end

    /**
     * A refund that the proxy grants is paid in full; one that is forced only as far as the proxy's stake goes, and closes the
     * contract for good (H5). So force is used when it costs nothing, or when nothing better can be hoped for any more.
     */
    private Step closing(ContractData.Client client) {
        Nanoton balance = client.state().balance();
        if (isLost()) {
            return lost(balance);
        }
        if (!look.time().isAfter(client.unlockAt())) {
            return nothing();
        }
        Nanoton stake = look.proxy().map(ContractData.Proxy::stake).orElse(Nanoton.ZERO);
        Nanoton paid = ChannelMoney.forced(balance, channel.origin().params().structVersion(), proxyState(), stake);
        Instant hopeEnds = hopeEnds(client.unlockAt());
        if (paid.compareTo(balance) < 0 && !look.time().isAfter(hopeEnds)) {
            return wait(
                    ("client contract %s waits for its proxy to grant the refund of %s; force would get %s now, because"
                                    + " the proxy's stake is %s (H5). It is forced after %s")
                            .formatted(channel.contract(), balance, paid, stake, hopeEnds));
        }
        Step step = ifProxyCanPay(paid, () -> channel.asks(Kind.FORCE, paid, terms));
        if (paid.compareTo(balance) >= 0 || step.next().request().isEmpty()) {
            return step;
        }
        List<Effect> effects = new ArrayList<>(step.effects());
        effects.add(new Effect.Alarm(
                "the refund of client contract %s is forced: %s of %s comes back, the proxy's stake is %s"
                        .formatted(channel.contract(), paid, balance, stake)));
        return new Step(step.next(), effects);
    }

    /** A proxy of the older generation that closes takes everything with it at its own unlock time (H4). */
    private Instant hopeEnds(Instant unlockAt) {
        Instant patienceEnds = unlockAt.plus(terms.patience());
        if (proxyState() != ContractState.CLOSING
                || channel.origin().params().structVersion() >= ChannelMoney.REFUNDS_AFTER_CLOSE) {
            return patienceEnds;
        }
        Instant end = look.proxy().orElseThrow().unlockAt();
        Duration left = Duration.between(unlockAt, end);
        Instant half = left.isNegative() ? unlockAt : unlockAt.plus(left.dividedBy(2));
        return half.isBefore(patienceEnds) ? half : patienceEnds;
    }

    private boolean isLost() {
        return proxyState() == ContractState.CLOSED
                && channel.origin().params().structVersion() < ChannelMoney.REFUNDS_AFTER_CLOSE;
    }

    private Step lost(Nanoton balance) {
        String how =
                ("proxy contract %s is closed and gave its whole account to its owner, with the %s of client contract"
                                + " %s: nobody can get it back from the chain (H4)")
                        .formatted(proxyAddress(), balance, channel.contract());
        return over(new Effect.Alarm(how), new Effect.Over(how));
    }

    // ---- parts

    /** Client contracts do not take back what their proxy contract cannot pay (H1). */
    private Step ifProxyCanPay(Nanoton amount, Supplier<Step> asking) {
        if (look.proxyBalance().compareTo(amount) < 0) {
            return wait(("client contract %s does not ask for %s back: proxy contract %s has %s, and what it cannot pay"
                            + " would be lost (H1). It asks when %s more is there")
                    .formatted(
                            channel.contract(),
                            amount,
                            proxyAddress(),
                            look.proxyBalance(),
                            amount.minus(look.proxyBalance())));
        }
        return afterPause(asking);
    }

    private Step afterPause(Supplier<Step> asking) {
        return look.time().isBefore(channel.notBefore()) ? nothing() : asking.get();
    }

    private Step nothingToDo(Kind kind) {
        return Step.of(channel.copy().wish(Wish.OPEN).done(), new Effect.Done(kind, Nanoton.ZERO));
    }

    private Step nothing() {
        return Step.of(channel);
    }

    private Step wait(String why) {
        return Step.of(channel, new Effect.Alarm(why));
    }

    private Step over(Effect... effects) {
        return Step.of(channel.copy().over().done(), effects);
    }

    private ContractState proxyState() {
        return look.proxy().map(ContractData.Proxy::state).orElse(ContractState.NORMAL);
    }

    private Address proxyAddress() {
        return channel.origin().proxy();
    }

    private Nanoton price() {
        return channel.origin().params().prices().perToken();
    }

    /** Returns what a transaction of the client contract asked the proxy contract to pay in full. */
    static Nanoton granted(Transaction transaction, Address proxy) {
        return payload(transaction, proxy)
                .filter(ToProxy.ClientPayload.RefundGranted.class::isInstance)
                .map(each -> ((ToProxy.ClientPayload.RefundGranted) each).amount())
                .orElse(Nanoton.ZERO);
    }

    /** Returns what a transaction of the client contract asked the proxy contract to pay as far as its stake goes. */
    static Nanoton forced(Transaction transaction, Address proxy) {
        return payload(transaction, proxy)
                .filter(ToProxy.ClientPayload.RefundForce.class::isInstance)
                .map(each -> ((ToProxy.ClientPayload.RefundForce) each).amount())
                .orElse(Nanoton.ZERO);
    }

    private static Optional<ToProxy.ClientPayload> payload(Transaction transaction, Address proxy) {
        for (Message out : transaction.out()) {
            if (out.destination().filter(proxy::equals).isPresent()) {
                try {
                    if (ToProxy.read(out.body()) instanceof ToProxy.ClientRequest request) {
                        return request.payload();
                    }
                } catch (CellException e) {
                    // Not a request that is known; then it paid nothing back.
                }
            }
        }
        return Optional.empty();
    }
}
