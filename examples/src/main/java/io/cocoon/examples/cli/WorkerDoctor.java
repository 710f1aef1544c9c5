package io.cocoon.examples.cli;

import io.cocoon.client.Diagnosis;
import io.cocoon.client.Diagnosis.Check;
import io.cocoon.client.Diagnosis.Severity;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.payment.Nanoton;
import io.cocoon.tee.AttestationReport;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.DirectoryCollateral;
import io.cocoon.tee.collateral.HttpCollateral;
import io.cocoon.tee.guest.GuestEvidence;
import io.cocoon.tee.guest.GuestException;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.EvidenceBundle;
import io.cocoon.tee.policy.TrustAnchors;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker's owner wants to know before the hardware is bought or rented. A check that matters and cannot be made counts as
 * not passed.
 */
final class WorkerDoctor {

    private static final Duration STALE = Duration.ofHours(2);
    private static final Duration OLD_TCB = Duration.ofDays(365);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MAX_QUOTE_BYTES = 65_536;

    private final CocoonChain chain;
    private final RootState root;
    private final Clock clock;
    private final TrustAnchors anchors;
    private final AttestationPolicy policy;
    private final List<Check> checks = new ArrayList<>();

    WorkerDoctor(CocoonChain chain, Clock clock) {
        this(
                chain,
                clock,
                TrustAnchors.genuine(),
                AttestationPolicy.builder("as-a-proxy").allowTdx().anyImage().build());
    }

    /** For tests, whose evidence has roots of its own. The policy must allow any image: lists are looked at apart from it. */
    WorkerDoctor(CocoonChain chain, Clock clock, TrustAnchors anchors, AttestationPolicy policy) {
        this.chain = chain;
        this.root = chain.root();
        this.clock = clock;
        this.anchors = anchors;
        this.policy = policy;
        network();
    }

    Diagnosis diagnosis() {
        return new Diagnosis(checks);
    }

    private Duration age() {
        return Duration.between(chain.rootSeenAt(), clock.instant());
    }

    private boolean isCurrent() {
        return chain.isSimulated() || age().compareTo(STALE) < 0;
    }

    private void check(String name, boolean passed, Severity severity, String seen, String wanted, String fix) {
        checks.add(passed ? Check.passed(name, seen, wanted) : Check.failed(name, severity, seen, wanted, fix));
    }

    private void network() {
        check(
                "chain",
                isCurrent(),
                Severity.CRITICAL,
                chain.describe() + ", seen " + age().toSeconds() + " s ago",
                "seen within " + STALE.toHours() + " h",
                "repair the access to the chain first: what is said below of lists and prices may be outdated");
        check(
                "root.proxies",
                !root.proxies().isEmpty(),
                Severity.CRITICAL,
                root.proxies().size() + " registered in version " + root.version() + " of root contract " + root.root(),
                "at least one",
                "wait until the network's owner registers one: nobody can send you work");
        Nanoton price = root.params().prices().perToken();
        Nanoton fee = root.params().prices().workerFeePerToken();
        check(
                "root.prices",
                price.compareTo(fee) >= 0 && fee.value() > 0,
                Severity.CRITICAL,
                "you get " + fee + " of " + price + " a token",
                "something, and no more than clients pay (H8)",
                "wait until the network's owner changes that: you would work for nothing");
        long memory = memory();
        check(
                "memory",
                Runtime.getRuntime().maxMemory() <= memory,
                Severity.WARNING,
                (memory >> 20) + " MiB in the machine, of which Java may use "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MiB",
                "no larger heap than the machine has memory",
                "start Java with a smaller -Xmx, or the machine swaps");
    }

    private static long memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize()
                : Long.MAX_VALUE;
    }

    // ---- the root contract's lists

    /** Compares image and model with what the root contract lists. */
    WorkerDoctor lists(@Nullable Int256 image, @Nullable String model) {
        image(image);
        if (model != null) {
            model(model);
        }
        return this;
    }

    private void image(@Nullable Int256 given) {
        String wanted =
                "one of the " + root.workerHashes().size() + " images of workers in root version " + root.version();
        if (root.params().isTest() && given == null) {
            checks.add(Check.notApplicable("image", "a test network: no image is demanded"));
            return;
        }
        Int256 image = given;
        if (image == null) {
            try {
                image = GuestEvidence.detect(clock, new SecureRandom()).imageHash();
            } catch (GuestException e) {
                checks.add(Check.unknown(
                        "image",
                        Severity.CRITICAL,
                        "no --image-hash was given, and here: " + e.getMessage(),
                        wanted,
                        "run this inside the worker's machine, or give the hash that its maker publishes"));
                return;
            }
        }
        boolean listed = root.workerHashes().contains(image);
        check(
                "image",
                listed,
                Severity.CRITICAL,
                image.toHex() + (listed ? " is listed" : " is not listed; " + staleSide()),
                wanted,
                isCurrent()
                        ? "start the machine with a listed image (an update of the image, mostly), or ask the network's owner to"
                                + " list this one"
                        : "repair the access to the chain, then look again");
    }

    private String staleSide() {
        return isCurrent()
                ? "the list was read " + age().toSeconds()
                        + " s ago, so it is your image that is stale, or not listed yet"
                : "the list here is " + age().toHours() + " h old, so it may be our view of the list that is stale";
    }

    private void model(String name) {
        if (root.params().isTest()) {
            checks.add(Check.notApplicable("model", "a test network: any model may be served"));
            return;
        }
        check(
                "model",
                root.modelHashes().contains(sha256(name)),
                Severity.CRITICAL,
                name + " has the hash " + sha256(name).toHex(),
                "one of the " + root.modelHashes().size() + " models in root version " + root.version(),
                "use the exact full name, base@commit:hash; proxies refuse any other");
    }

    private static Int256 sha256(String text) {
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    // ---- the machine's own evidence

    /** Verifies a quote of the machine as a proxy would, with the root contract's list, and says how old its firmware is. */
    WorkerDoctor quote(@Nullable Path file, @Nullable Path collateral) throws IOException {
        if (file == null) {
            checks.add(
                    root.params().isTest()
                            ? Check.notApplicable("evidence", "a test network: simulated evidence is enough")
                            : Check.unknown(
                                    "evidence",
                                    Severity.WARNING,
                                    "no --quote was given",
                                    "a TDX quote that a proxy would take",
                                    "make one inside the machine, and give it here before you rent more of them"));
            return this;
        }
        if (Files.size(file) > MAX_QUOTE_BYTES) {
            throw new IllegalArgumentException(file + " is no quote: it has " + Files.size(file) + " bytes");
        }
        Bytes quote = Bytes.wrapUnshared(Files.readAllBytes(file));
        try {
            Int256 image = TdxQuote.parse(quote).imageHash();
            check(
                    "quote.image",
                    root.workerHashes().contains(image) || root.params().isTest(),
                    Severity.CRITICAL,
                    image.toHex() + (root.workerHashes().contains(image) ? " is listed" : "; " + staleSide()),
                    "one of the " + root.workerHashes().size() + " images of workers",
                    "start the machine with a listed image");
        } catch (TdxQuoteException e) {
            checks.add(Check.failed(
                    "evidence",
                    Severity.CRITICAL,
                    file + " is no TDX quote: " + e.getMessage(),
                    "a quote of version 4 or 5",
                    "make it with the machine's configfs-tsm"));
            return this;
        }
        try (CollateralSource source = collateral == null
                ? HttpCollateral.builder().clock(clock).build()
                : DirectoryCollateral.at(collateral)) {
            verify(quote, source);
        }
        return this;
    }

    /** Verifies a quote with this collateral, whatever image it shows. */
    void verify(Bytes quote, CollateralSource source) {
        Instant now = clock.instant();
        AttestationReport report = EvidenceBundle.collect(
                        new EvidenceBundle.Subject.Quote(quote), policy, now, source, PATIENCE)
                .toCompletableFuture()
                .join()
                .verify(anchors, now);
        String wanted = "evidence that a proxy takes: genuine, up to date, no debugging";
        report.firstFailure()
                .ifPresentOrElse(
                        bad -> checks.add(
                                bad.code().startsWith("COLLATERAL")
                                                || bad.code().equals("CRL_MISSING")
                                        ? Check.unknown(
                                                "evidence", Severity.CRITICAL, bad.seen(), wanted, bad.nextStep())
                                        : Check.failed(
                                                "evidence",
                                                Severity.CRITICAL,
                                                bad.name() + " (" + bad.code() + "): " + bad.seen(),
                                                bad.wanted(),
                                                bad.nextStep())),
                        () -> checks.add(
                                Check.passed("evidence", report.checks().size() + " checks passed", wanted)));
        report.tcbDate().ifPresent(date -> {
            Duration old = Duration.between(date, now);
            check(
                    "tcb",
                    old.compareTo(OLD_TCB) <= 0,
                    Severity.WARNING,
                    "firmware level of " + date + ", " + old.toDays() + " days old",
                    "at most " + OLD_TCB.toDays() + " days",
                    "update the platform's firmware before Intel's next levels make it out of date");
        });
    }

    // ---- the model

    /** Loads the model, or asks the model server. */
    WorkerDoctor engine(@Nullable Path folder, @Nullable URI upstream) {
        if (folder == null && upstream == null) {
            checks.add(Check.unknown(
                    "engine",
                    Severity.WARNING,
                    "neither --model-folder nor --upstream was given",
                    "a model that can be loaded, or a server that is there",
                    "give one of them"));
        }
        if (folder != null) {
            load(folder);
        }
        if (upstream != null) {
            try (HttpEngine engine = HttpEngine.builder().baseUrl(upstream).build()) {
                check(
                        "engine",
                        engine.isAvailable(),
                        Severity.CRITICAL,
                        upstream + (engine.isAvailable() ? " answers" : " does not answer"),
                        "a model server that answers",
                        "start the server, and look at its address");
            }
        }
        return this;
    }

    private void load(Path folder) {
        long begin = System.nanoTime();
        try (BuiltInEngine engine = BuiltInEngine.load(folder)) {
            check(
                    "engine",
                    engine.isAvailable(),
                    Severity.CRITICAL,
                    folder + " was loaded in "
                            + Duration.ofNanos(System.nanoTime() - begin).toMillis() + " ms",
                    "a model that can be loaded",
                    "read the log");
        } catch (IOException e) {
            checks.add(Check.failed(
                    "engine",
                    Severity.CRITICAL,
                    "the model was not loaded: " + e.getMessage(),
                    "a model folder of a supported family, and memory for it",
                    "see docs/engine.md for what is supported, or run the model behind --upstream"));
        }
    }
}
