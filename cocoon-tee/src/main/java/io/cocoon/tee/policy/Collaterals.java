package io.cocoon.tee.policy;

import io.cocoon.tee.collateral.CollateralException;
import io.cocoon.tee.collateral.CollateralSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a source for what a judgement needs, with a deadline, and turns what fails into a refusal. */
final class Collaterals {

    private Collaterals() {}

    /** Never throws; the result fails if the source throws, fails, gives nothing, or takes too long. */
    static CompletableFuture<Judge.Delivered> fetch(CollateralSource source, Judge.Ask ask, Duration deadline) {
        CompletableFuture<Judge.Delivered> delivered;
        try {
            if (ask instanceof Judge.Ask.Tdx tdx) {
                delivered = source.tdx(tdx.fmspc(), tdx.ca(), false)
                        .<Judge.Delivered>thenApply(Judge.Delivered.Tdx::new)
                        .toCompletableFuture();
            } else {
                Judge.Ask.Snp snp = (Judge.Ask.Snp) ask;
                delivered = source.snp(snp.product(), snp.vlek())
                        .<Judge.Delivered>thenApply(Judge.Delivered.Snp::new)
                        .toCompletableFuture();
            }
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        // A copy: the source may hand one future to many, and the deadline is ours alone.
        return delivered.isDone() ? delivered : delivered.copy().orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    static Judge.Verdict refusal(Judge judge, @Nullable Throwable failure, Duration deadline) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof CollateralException known) {
            return judge.withoutCollateral(known.tried(), known.seen(), known.wanted(), known.nextStep());
        }
        if (cause instanceof TimeoutException) {
            return judge.withoutCollateral(
                    "asking the collateral source",
                    "no answer within " + deadline,
                    "collateral",
                    "try again; look at the source's address and at its log");
        }
        return judge.withoutCollateral(
                "asking the collateral source", "a failure: " + cause, "collateral", "see the log of this process");
    }
}
