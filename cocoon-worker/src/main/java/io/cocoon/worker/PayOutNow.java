package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Somebody waits until all that is worth it is paid out. Confined to the thread of the payouts. */
final class PayOutNow {

    private final CompletableFuture<WorkerPayouts.Result> done;
    private final Set<ProxyAccount> open;
    /** What was paid before, as far as that is known. */
    private final Map<ProxyAccount, Long> before = new HashMap<>();

    private final List<String> problems = new ArrayList<>();
    private Nanoton paid = Nanoton.ZERO;
    private Nanoton left = Nanoton.ZERO;

    PayOutNow(List<ProxyAccount> accounts, CompletableFuture<WorkerPayouts.Result> done) {
        this.done = done;
        this.open = new HashSet<>(accounts);
        for (ProxyAccount each : accounts) {
            if (each.payout().seen().isPresent()) {
                before.put(each, each.payout().paid());
            }
        }
        endIfSettled();
    }

    boolean waitsFor(ProxyAccount account) {
        return open.contains(account);
    }

    boolean isDone() {
        return done.isDone();
    }

    /** Hears how an account stands. */
    void looked(ProxyAccount account, Payout payout, boolean settled) {
        if (!open.contains(account)) {
            return;
        }
        long base = before.computeIfAbsent(account, first -> payout.paid());
        if (!settled) {
            return;
        }
        open.remove(account);
        ProxyTerms terms = account.terms();
        paid = sum(paid, terms.worth(payout.paid() - base));
        left = sum(left, terms.worth(Math.max(0, account.totals().signed() - payout.paid())));
        if (!payout.problem().isEmpty()) {
            problems.add(payout.problem());
        }
        endIfSettled();
    }

    private void endIfSettled() {
        if (open.isEmpty()) {
            done.complete(new WorkerPayouts.Result(paid, left, problems));
        }
    }

    void fail(RuntimeException why) {
        done.completeExceptionally(why);
    }

    private static Nanoton sum(Nanoton a, Nanoton b) {
        long rest = Long.MAX_VALUE - a.value();
        return new Nanoton(a.value() + Math.min(rest, b.value()));
    }
}
