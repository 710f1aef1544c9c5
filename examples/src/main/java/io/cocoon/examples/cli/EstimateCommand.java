package io.cocoon.examples.cli;

import io.cocoon.examples.Running;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayoutRule;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.worker.InferenceEngine;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what a model on this machine could earn. */
@Command(
        name = "estimate",
        mixinStandardHelpOptions = true,
        description =
                "Says what a model on this machine could earn at the root contract's prices, and every assumption.",
        footer = {
            "",
            "  cocoon worker estimate --network test                               the demonstration model, measured",
            "  cocoon worker estimate --model-folder models/Qwen3-0.6B --at-once 8",
            "  cocoon worker estimate --tokens-per-second 2500 --prices-of-april-2026"
        })
final class EstimateCommand implements Callable<Integer> {

    /** Payments dossier, section 3: the main network in April 2026. */
    private static final Prices APRIL_2026 =
            new Prices(new Nanoton(20), new Nanoton(19), 10_000, 1_000, 80_000, 80_000);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Option(
            names = "--tokens-per-second",
            paramLabel = "N",
            description = "Tokens of answers that the machine makes, all requests together; measured if not given.")
    private @Nullable Double tokensPerSecond;

    @Option(names = "--seconds", defaultValue = "5", description = "How long to measure (${DEFAULT-VALUE}).")
    private int seconds = 5;

    @Option(
            names = "--at-once",
            defaultValue = "4",
            description = "Requests at once while measuring (${DEFAULT-VALUE}).")
    private int atOnce = 4;

    @Option(
            names = "--prompt-tokens",
            defaultValue = "500",
            description = "Of a typical request (${DEFAULT-VALUE}). They are paid, and counted as taking no time.")
    private long promptTokens = 500;

    @Option(names = "--answer-tokens", defaultValue = "300", description = "Of a typical answer (${DEFAULT-VALUE}).")
    private long answerTokens = 300;

    @Option(
            names = "--utilisation",
            defaultValue = "0.3",
            description = "Share of the day with work, 0 to 1 (${DEFAULT-VALUE}). Nobody promises you any.")
    private double utilisation = 0.3;

    @Option(names = "--price-factor", defaultValue = "1.0", description = "Times the list price (${DEFAULT-VALUE}).")
    private double priceFactor = 1.0;

    @Option(
            names = "--prices-of-april-2026",
            description = "Take the main network's prices of that month instead of reading today's.")
    private boolean remembered;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (answerTokens < 1 || promptTokens < 0) {
            throw new IllegalArgumentException("--answer-tokens is 1 or more, --prompt-tokens 0 or more");
        }
        Prices prices = remembered ? APRIL_2026 : pricesOf(out);
        double speed = speed(out);
        Earnings earnings = new Earnings(
                prices,
                Math.toIntExact(Math.round(priceFactor * 1000)),
                new TokenUsage(promptTokens, 0, answerTokens, 0),
                answerTokens / speed,
                utilisation);
        print(earnings, prices, speed, out);
        return Running.FINE;
    }

    private Prices pricesOf(PrintWriter out) throws Exception {
        try (OpenNetwork open = OpenNetwork.open(network, out)) {
            return open.contracts().root().params().prices();
        }
    }

    private double speed(PrintWriter out) throws Exception {
        Double given = tokensPerSecond;
        if (given != null) {
            if (!(given > 0)) {
                throw new IllegalArgumentException("--tokens-per-second is above 0, got " + given);
            }
            return given;
        }
        InferenceEngine measuredEngine = engine.load(out);
        out.println("Measuring for " + seconds + " s, " + atOnce + " requests at once.");
        out.flush();
        Benchmark.Result measured = Benchmark.of(measuredEngine, atOnce, Duration.ofSeconds(seconds));
        out.println(text(
                "Measured: %d answers, %d tokens written and %d read in %.1f s.",
                measured.requests(),
                measured.usage().completion(),
                measured.usage().prompt(),
                measured.seconds()));
        return measured.completionPerSecond();
    }

    private void print(Earnings earnings, Prices prices, double speed, PrintWriter out) {
        out.println(text(
                """

                Assumed
                  price                %s a token, of which %s are the worker's and %s the proxy's (%s)
                  multipliers          prompt %.2f, cached %.2f, answer %.2f, reasoning %.2f
                  your price factor    %.3f
                  a typical request    %d tokens read, none from a cache, %d written: %d adjusted tokens
                  speed                %.1f tokens of answers a second on the whole machine (%s)
                  reading prompts      takes no time of its own, so with long prompts a machine earns less
                  utilisation          %.0f %% of the day; it is your guess, and nobody promises you work
                  payouts              one for each %s, at %s of fees
                  not in it            electricity, hardware, the price of TON, 0.3 TON of rent for each contract

                A day then has %.0f requests
                  clients pay          %s
                  the proxy keeps      %s
                  you earn             %s
                  fees of payouts      %s
                  left                 %s a day, about %s in 30 days""",
                prices.perToken(),
                prices.workerFeePerToken(),
                prices.perToken().minus(prices.workerFeePerToken()),
                remembered ? "the main network in April 2026" : "read now from network " + network.network,
                prices.promptMultiplier() / (double) Prices.ONE,
                prices.cachedMultiplier() / (double) Prices.ONE,
                prices.completionMultiplier() / (double) Prices.ONE,
                prices.reasoningMultiplier() / (double) Prices.ONE,
                priceFactor,
                promptTokens,
                answerTokens,
                earnings.adjusted(),
                speed,
                tokensPerSecond == null ? "measured" : "as you say",
                utilisation * 100,
                PayoutRule.DEFAULT.whileBusy(),
                PayoutRule.DEFAULT.fees(),
                earnings.requestsPerDay(),
                earnings.paidByClients(),
                earnings.ofProxy(),
                earnings.ofWorker(),
                earnings.payoutFees(),
                earnings.net(),
                earnings.net().times(30)));
    }

    private static String text(String format, Object... args) {
        return String.format(Locale.ROOT, format, args);
    }
}
