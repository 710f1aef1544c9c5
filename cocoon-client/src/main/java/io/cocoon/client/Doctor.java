package io.cocoon.client;

import io.cocoon.client.Diagnosis.Check;
import io.cocoon.client.Diagnosis.Severity;
import io.cocoon.payment.Nanoton;
import io.cocoon.tee.AttestationReport;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ChannelStatus;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.wallet.WalletSender;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the checks that can be made without spending anything. */
final class Doctor {

    /** As a proxy, which admits nothing when it has not seen the chain for so long. */
    private static final Duration STALE = Duration.ofHours(2);

    /** Intel publishes levels several times a year; older ones are about to be refused. */
    private static final Duration OLD_TCB = Duration.ofDays(365);

    private final ClientContext context;
    private final ProxyPool pool;
    private final @Nullable ChannelSettings settings;
    private final List<Check> checks = new ArrayList<>();

    Doctor(ClientContext context, ProxyPool pool, @Nullable ChannelSettings settings) {
        this.context = context;
        this.pool = pool;
        this.settings = settings;
    }

    Diagnosis run() {
        RootState root = context.root();
        chain();
        registry(root);
        prices(root);
        networkKey(root);
        awaitProxies();
        @Nullable ClientChannels channels = context.channels();
        if (channels != null && settings != null) {
            money(channels, settings, root);
        } else if (!context.chain().isSimulated()) {
            checks.add(Check.notApplicable(
                    "money", "this client opens no channels: it can only use contracts that exist, with their secret"));
        }
        Map<String, ProxyPool.LinkState> states = pool.states();
        boolean served = states.values().stream().anyMatch(Doctor::isUsable);
        states.forEach((target, state) -> proxy(target, state, served ? Severity.WARNING : Severity.CRITICAL));
        return new Diagnosis(checks);
    }

    /** Gives them time to connect; what became of each is looked at afterwards. */
    private void awaitProxies() {
        try {
            pool.awaitTried(context.settings().deadlines().connect());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check(String name, boolean passed, Severity severity, String seen, String wanted, String fix) {
        checks.add(passed ? Check.passed(name, seen, wanted) : Check.failed(name, severity, seen, wanted, fix));
    }

    // ---- the chain and the root contract

    private Duration age() {
        return Duration.between(context.chain().rootSeenAt(), context.clock().instant());
    }

    private void chain() {
        if (context.chain().isSimulated()) {
            checks.add(Check.notApplicable("chain", context.chain().describe() + "; nothing is paid"));
            return;
        }
        check(
                "chain",
                age().compareTo(STALE) < 0,
                Severity.CRITICAL,
                context.chain().describe() + ", seen " + age().toSeconds() + " s ago",
                "seen within " + STALE.toHours() + " h",
                "repair the access to the chain first: what is said below of lists, prices and proxies may be outdated");
    }

    private void registry(RootState root) {
        check(
                "root.proxies",
                !root.proxies().isEmpty(),
                Severity.CRITICAL,
                root.proxies().size() + " registered in version " + root.version() + " of root contract " + root.root(),
                "at least one",
                "check that this is the root contract of the network that you mean; else wait until its owner registers one");
        if (root.params().isTest()) {
            checks.add(Check.notApplicable("root.images", "a test network: no image is demanded, nothing is proven"));
        } else {
            check(
                    "root.images",
                    !root.proxyHashes().isEmpty(),
                    Severity.CRITICAL,
                    root.proxyHashes().size() + " images of proxies allowed",
                    "at least one: an empty list allows nobody",
                    "wait until the network's owner lists the images; nothing is sent to a proxy until then");
        }
    }

    /** Payments dossier H8: nobody can be paid then. */
    private void prices(RootState root) {
        Nanoton price = root.params().prices().perToken();
        Nanoton fee = root.params().prices().workerFeePerToken();
        check(
                "root.prices",
                price.compareTo(fee) >= 0,
                Severity.CRITICAL,
                price + " a token, of which workers get " + fee,
                "workers get no more than clients pay",
                "wait until the network's owner changes that: no contract can pay a worker, and proxies leave service");
    }

    private void networkKey(RootState root) {
        boolean valid =
                context.networkKey(root, context.settings().deadlines().total()).isPresent();
        String seen =
                root.networkKeys().size() + " keys listed, " + (valid ? "a valid one among them" : "none is valid");
        String wanted = "one of type 1 that is valid long enough";
        switch (context.settings().encryption()) {
            case NEVER ->
                checks.add(Check.notApplicable("root.network-key", seen + "; proxies may read prompts, as you chose"));
            case WHERE_POSSIBLE ->
                check(
                        "root.network-key",
                        valid,
                        Severity.WARNING,
                        seen,
                        wanted,
                        "proxies and their hosts can read prompts now; with neverLetProxiesReadPrompts() nothing is sent"
                                + " until there is a key");
            case ALWAYS ->
                check(
                        "root.network-key",
                        valid,
                        Severity.CRITICAL,
                        seen,
                        wanted,
                        "nothing is sent until the network lists a key, as you chose");
        }
    }

    // ---- the money and its way back

    private void money(ClientChannels channels, ChannelSettings rules, RootState root) {
        WalletSender.Status wallet = channels.wallet();
        check(
                "wallet",
                wallet.problem().isEmpty(),
                Severity.CRITICAL,
                wallet.address() + ", " + wallet.waiting() + " orders wait"
                        + wallet.problem().map(text -> ": " + text).orElse(""),
                "nothing that keeps it from sending",
                "do what the text says");
        ExitPlan plan = ExitPlan.of(root.params(), rules.firstDeposit());
        List<ChannelStatus> open = channels.all().stream()
                .filter(each -> each.onChain().isPresent())
                .toList();
        if (open.isEmpty()) {
            funds(wallet, plan);
            if (rules.limit().equals(Nanoton.ZERO)) {
                checks.add(Check.notApplicable("limit", "0 TON: this client deposits nothing"));
            } else {
                check(
                        "limit",
                        rules.limit().compareTo(plan.deposit()) >= 0,
                        Severity.CRITICAL,
                        rules.limit() + " may be deposited altogether",
                        "at least one first deposit, " + plan.deposit(),
                        "raise the limit to " + plan.deposit() + ", or lower the first deposit");
            }
        }
        exit(plan, rules);
        for (ChannelStatus channel : channels.all()) {
            if (!rules.isLookOnly() || channel.onChain().isPresent()) {
                check(
                        "channel " + channel.contract(),
                        channel.problem().isEmpty(),
                        Severity.CRITICAL,
                        Channels.describe(channel),
                        "nothing that keeps it from what its owner wants",
                        "do what the text says; the money comes back with close(), or ChannelRecovery");
            }
        }
    }

    private void funds(WalletSender.Status wallet, ExitPlan plan) {
        Nanoton needed = plan.neededToOpen().plus(plan.fees());
        String wanted = needed + ": deposit " + plan.deposit() + ", rent " + plan.rent()
                + ", and what goes with messages and mostly returns";
        Optional<Nanoton> balance = wallet.balance();
        if (balance.isEmpty()) {
            checks.add(Check.unknown(
                    "funds",
                    Severity.CRITICAL,
                    "the balance of " + wallet.address() + " was not read yet",
                    wanted,
                    "run it again; if it stays so, look at the access to the chain"));
            return;
        }
        Nanoton has = balance.get();
        check(
                "funds",
                has.compareTo(needed) >= 0,
                Severity.CRITICAL,
                "the wallet has " + has,
                wanted,
                has.compareTo(needed) >= 0 ? "" : "send " + needed.minus(has) + " or more to " + wallet.address());
    }

    private void exit(ExitPlan plan, ChannelSettings rules) {
        boolean bearable = rules.maxAtRisk()
                .map(most -> plan.atRisk().compareTo(most) <= 0)
                .orElse(true);
        check(
                "exit",
                bearable,
                Severity.WARNING,
                "of a deposit of " + plan.deposit() + " come back at any time " + plan.backAtOnce()
                        + "; the rest when the proxy grants it, or "
                        + ExitPlan.text(plan.clientDelay())
                        + " after it is asked for, as far as the proxy's stake goes; "
                        + plan.atRisk() + " could be lost with a proxy without a stake",
                rules.maxAtRisk()
                        .map(most -> "no more than " + most + " at risk (maxAtRisk)")
                        .orElse("a known way back"),
                "only proxies with a stake of " + plan.atRisk() + " can be used; raise maxAtRisk, or deposit less");
    }

    // ---- proxies

    private static boolean isUsable(ProxyPool.LinkState state) {
        @Nullable ProxyLink link = state.link();
        return link != null && link.isReady() || wouldOpen(state);
    }

    /** Everything was in order, and the channel was not opened only because this client looks. */
    private static boolean wouldOpen(ProxyPool.LinkState state) {
        return state.failure() instanceof CocoonException.Authorisation refused
                && refused.problem().contains(ChannelSettings.ONLY_LOOKING);
    }

    private void proxy(String target, ProxyPool.LinkState state, Severity severity) {
        // A slot without a target has found no proxy to dial.
        String name = target.equals("null") ? "proxies" : "proxy " + target;
        String wanted = "a finished handshake";
        @Nullable ProxyLink link = state.link();
        @Nullable CocoonException failure = state.failure();
        if (link != null && link.isReady()) {
            checks.add(Check.passed(
                    name,
                    "version " + link.version() + ", contract " + link.account().clientContract() + ", totals "
                            + link.account().totals(),
                    wanted));
        } else if (wouldOpen(state)) {
            checks.add(
                    Check.passed(name, "it is there and named its contracts; a channel would be opened now", wanted));
        } else if (failure instanceof CocoonException.Attestation refused) {
            refused(name, severity, refused);
        } else if (failure != null) {
            String fix = failure instanceof CocoonException.Capacity
                    ? "see whether it runs at this address and can be reached from here; else " + failure.nextStep()
                    : failure.nextStep();
            checks.add(Check.failed(name, severity, failure.problem(), wanted, fix));
        } else {
            checks.add(Check.unknown(
                    name, severity, "still connecting", wanted, "run it again, or raise the deadline to connect"));
        }
        (link != null ? link.seen() : state.seen()).ifPresent(seen -> evidence(target, seen));
    }

    /** Says which side has to change: the proxy, or what is known here of the list. */
    private void refused(String name, Severity severity, CocoonException.Attestation refused) {
        String seen = refused.problem();
        String fix = refused.nextStep();
        if (seen.contains("IMAGE_HASH") || seen.contains("which is not among")) {
            boolean current = age().compareTo(STALE) < 0;
            seen += "; the list was read " + age().toSeconds() + " s ago, so it is "
                    + (current ? "the proxy's image that is stale, or not listed yet" : "our list that is stale");
            fix = current
                    ? "use another proxy; its operator has to run a listed image"
                    : "repair the access to the chain, then look again";
        } else if (seen.contains("TCB")) {
            fix = "use another proxy; its operator has to update the platform's firmware";
        }
        checks.add(Check.failed(name, severity, seen, "hardware evidence of a listed image, up to date", fix));
    }

    private void evidence(String target, Attestation seen) {
        String name = "evidence " + target;
        String image = seen.identity().imageHash().isZero()
                ? ""
                : ", image " + seen.identity().imageHash().toHex();
        if (!seen.isAttested()) {
            checks.add(Check.notApplicable(name, seen.identity().kind() + image + ": nothing is proven by it"));
            return;
        }
        Optional<AttestationReport> report = seen.identity()
                .report()
                .filter(AttestationReport.class::isInstance)
                .map(AttestationReport.class::cast);
        checks.add(Check.passed(
                name,
                seen.identity().kind()
                        + image
                        + report.map(each -> ", " + each.checks().size() + " checks by policy " + each.policy())
                                .orElse(", as a router on this host says"),
                "hardware evidence"));
        report.flatMap(AttestationReport::tcbDate).ifPresent(date -> tcbAge(target, date));
    }

    private void tcbAge(String target, Instant date) {
        Duration old = Duration.between(date, context.clock().instant());
        check(
                "tcb " + target,
                old.compareTo(OLD_TCB) <= 0,
                Severity.WARNING,
                "firmware level of " + date + ", " + old.toDays() + " days old",
                "at most " + OLD_TCB.toDays() + " days",
                "it is accepted today; the proxy's operator should update the platform before it is not");
    }
}
