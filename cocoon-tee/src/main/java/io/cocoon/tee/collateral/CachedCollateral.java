package io.cocoon.tee.collateral;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tee.collateral.CollateralException.Reason;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the collateral of TDX platforms and of AMD's products, and the certificates of AMD's chips, in memory and on disk, and
 * gets them anew in the background, so that no handshake waits for a vendor's service (hazard T11).
 *
 * <p>What it keeps is signed under the pinned roots; anything else (an error page, a lie) never replaces a good set. A set
 * that is older than the held one in any part, or has a lower TCB evaluation number, is refused (TEE dossier 7.8): within the
 * process always, and after a restart if there is a directory. A set from the future by our clock is refused, because then the clock is wrong
 * (hazard T25).
 *
 * <p>Ages: up to {@code refreshAfter} a set is given out as it is; from then on it is given out and got anew in the
 * background; from {@code maxAge} on the caller waits for the new one, and gets the old one only if the source fails and
 * the signed validity lasts. After the signed validity it is never given out. One request per set at a time, and pauses
 * of one minute, doubling up to one hour, after failures. A chip's certificate, which lasts for years and which AMD asks not to be
 * asked for often, is got anew after thirty days.
 *
 * <p>A peer chooses which platform it shows, so the source is asked for only so many unknown platforms a minute, and for only so
 * many unknown chips; see {@link Builder#newPerMinute}. What is held, or lies in the directory, is not counted.
 *
 * <p>Reference values and certificate status are passed through. Thread-safe.
 */
public final class CachedCollateral implements CollateralSource {

    private static final Logger LOG = LoggerFactory.getLogger(CachedCollateral.class);
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    private static final int MAX_DOUBLINGS = 6;
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);
    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);

    /** How long a set is refreshed after it was last asked for. */
    private static final Duration REMEMBERED = Duration.ofDays(7);

    private static final int MAX_SLOTS = 1024;

    /** More than any age that can be set. */
    private static final Duration UNKNOWN_AGE = Duration.ofSeconds(Long.MAX_VALUE);

    /** AMD makes a chip's certificate from dates and a fixed key, so a new one says nothing new. */
    private static final Duration CERTIFICATE_REFRESH = Duration.ofDays(30);

    private static final Duration CERTIFICATE_MAX_AGE = Duration.ofDays(365);

    private final CollateralSource source;
    private final CollateralTrust trust;
    private final @Nullable Path directory;
    private final Clock clock;
    private final Workers workers;
    private final Duration refreshAfter;
    private final Duration maxAge;
    private final int evaluationFloor;
    private final Budget newPlatforms;
    private final Budget newChips;
    private final Map<String, Slot<?>> slots = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    private CachedCollateral(Builder from, Workers workers) {
        source = from.source;
        trust = from.trust;
        directory = from.directory;
        clock = from.clock;
        refreshAfter = from.refreshAfter;
        maxAge = from.maxAge;
        evaluationFloor = from.evaluationFloor;
        newPlatforms = new Budget(from.newPlatforms);
        newChips = new Budget(from.newChips);
        this.workers = workers;
        workers.later(LOOK_EVERY, this::lookAndAgain);
    }

    /** Returns a new builder of a cache in front of a source, which is closed with the cache. */
    public static Builder builder(CollateralSource source) {
        return new Builder(source);
    }

    /** Builds a {@link CachedCollateral}. */
    public static final class Builder {
        private final CollateralSource source;
        private CollateralTrust trust = CollateralTrust.production();
        private @Nullable Path directory;
        private Clock clock = Clock.systemUTC();
        private Duration refreshAfter = Duration.ofHours(1);
        private Duration maxAge = Duration.ofDays(1);
        private int evaluationFloor;
        private int newPlatforms = 10;
        private int newChips = 4;
        private @Nullable ScheduledExecutorService executor;
        private @Nullable Workers workers;

        private Builder(CollateralSource source) {
            this.source = source;
        }

        /** Whose signatures are demanded; the production roots if not set. */
        public Builder trust(CollateralTrust roots) {
            trust = roots;
            return this;
        }

        /** Where to keep sets over a restart; nowhere if not set. */
        public Builder directory(Path path) {
            directory = path;
            return this;
        }

        /** The clock that ages count by; the system's if not set. */
        public Builder clock(Clock reference) {
            clock = reference;
            return this;
        }

        /** When a set is got anew, and when it is too old to be given out meanwhile; one hour and one day if not set. */
        public Builder ages(Duration refresh, Duration max) {
            if (refresh.isNegative() || refresh.compareTo(max) > 0) {
                throw new IllegalArgumentException("0 <= refresh <= max, got " + refresh + " and " + max);
            }
            refreshAfter = refresh;
            maxAge = max;
            return this;
        }

        /**
         * The lowest TCB evaluation number of Intel's that is accepted, also the first time, when there is nothing to compare a set
         * with; 0 if not set. TEE dossier 7.8.
         */
        public Builder evaluationFloor(int number) {
            if (number < 0) {
                throw new IllegalArgumentException("an evaluation number is at least 0, got " + number);
            }
            evaluationFloor = number;
            return this;
        }

        /**
         * For how many platforms (of Intel's) and chips (of AMD's) that are not held the source is asked within a minute; 10 and 4 if
         * not set. More have to ask again later, with reason {@code BUSY}.
         */
        public Builder newPerMinute(int platforms, int chips) {
            if (platforms < 1 || chips < 1) {
                throw new IllegalArgumentException("at least one a minute, got " + platforms + " and " + chips);
            }
            newPlatforms = platforms;
            newChips = chips;
            return this;
        }

        /** Reads and writes files, verifies, and waits. It is not closed. Two daemon threads of our own if not set. */
        public Builder executor(ScheduledExecutorService service) {
            executor = service;
            return this;
        }

        Builder workers(Workers replacement) {
            workers = replacement;
            return this;
        }

        /** Makes the cache; reads nothing yet. */
        public CachedCollateral build() {
            Workers chosen = workers;
            return new CachedCollateral(
                    this, chosen != null ? chosen : Workers.of(executor, 2, "cocoon-collateral-cache"));
        }
    }

    private enum Kind {
        PLATFORM,
        PRODUCT,
        CHIP
    }

    /** A certificate with the chain that it was verified by. */
    private record ChipCertificate(Bytes certificate, Bytes chain) {}

    private record Entry<T>(T value, Genuine.Facts facts, Instant fetched) {}

    private interface Checking<T> {
        Genuine.Facts check(T value) throws MalformedAnswer;
    }

    private interface Reading<T> {
        T read(Json.Obj from) throws MalformedAnswer;
    }

    private interface Writing<T> {
        Json write(T value);
    }

    /** One set; guarded by the cache. */
    private static final class Slot<T> {
        final String name;
        final Kind kind;
        final Supplier<CompletionStage<T>> asking;
        final Checking<T> checking;
        final Reading<T> reading;
        final Writing<T> writing;

        @Nullable
        Entry<T> entry;

        @Nullable
        CompletableFuture<T> flight;

        @Nullable
        Throwable problem;

        boolean diskTried;
        int failures;
        Instant nextAttempt = Instant.MIN;
        Instant lastAsked = Instant.MIN;

        Slot(
                String name,
                Kind kind,
                Supplier<CompletionStage<T>> asking,
                Checking<T> checking,
                Reading<T> reading,
                Writing<T> writing) {
            this.name = name;
            this.kind = kind;
            this.asking = asking;
            this.checking = checking;
            this.reading = reading;
            this.writing = writing;
        }
    }

    @Override
    public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
        return get(new Slot<>(
                (sgx ? "sgx-" : "tdx-") + fmspc.toHex() + "-" + ca.word(),
                Kind.PLATFORM,
                () -> source.tdx(fmspc, ca, sgx),
                set -> {
                    PcsAnswers.requireTcbInfo(set.tcbInfo(), fmspc, sgx);
                    PcsAnswers.requireQeIdentity(set.qeIdentity(), sgx);
                    return Genuine.tdx(set, ca, trust);
                },
                from -> TdxCollateralJson.read(JsonPrinter.print(from)),
                TdxCollateralJson::object));
    }

    @Override
    public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
        return get(new Slot<>(
                "snp-" + product.word() + (vlek ? "-vlek" : "-vcek"),
                Kind.PRODUCT,
                () -> source.snp(product, vlek),
                set -> Genuine.snp(set, trust),
                from -> {
                    String chain = from.text("chain");
                    String crl = from.text("crl");
                    if (chain == null || crl == null) {
                        throw new MalformedAnswer("no chain or list", "both");
                    }
                    return new SnpCollateral(product, Bytes.utf8(chain), Optional.of(Bytes.fromHex(crl)));
                },
                set -> {
                    Json.Obj object = new Json.Obj();
                    object.put("chain", new Json.Str(set.chain().toUtf8()));
                    object.put("crl", new Json.Str(set.crl().orElseThrow().toHex()));
                    return object;
                }));
    }

    @Override
    public CompletionStage<Bytes> vcek(VcekRequest request) {
        return get(new Slot<>(
                        "vcek-" + request.product().word() + "-"
                                + request.chipId().toHex() + "-"
                                + request.reportedTcb().toHex(),
                        Kind.CHIP,
                        () -> snp(request.product(), false)
                                .thenCompose(set -> source.vcek(request)
                                        .thenApply(certificate -> new ChipCertificate(certificate, set.chain()))),
                        kept -> Genuine.vcek(request, kept.certificate(), kept.chain(), trust),
                        from -> {
                            String certificate = from.text("certificate");
                            String chain = from.text("chain");
                            if (certificate == null || chain == null) {
                                throw new MalformedAnswer("no certificate or chain", "both");
                            }
                            return new ChipCertificate(Bytes.fromHex(certificate), Bytes.utf8(chain));
                        },
                        kept -> {
                            Json.Obj object = new Json.Obj();
                            object.put(
                                    "certificate",
                                    new Json.Str(kept.certificate().toHex()));
                            object.put("chain", new Json.Str(kept.chain().toUtf8()));
                            return object;
                        }))
                .thenApply(ChipCertificate::certificate);
    }

    @Override
    public CompletionStage<Bytes> rim(RimId id) {
        return source.rim(id);
    }

    @Override
    public CompletionStage<Bytes> ocsp(Bytes request) {
        return source.ocsp(request);
    }

    private static CollateralException closed(String name) {
        return new CollateralException(
                Reason.CLOSED, "asking the cache for " + name, "a closed cache", "an open one", "make a new one");
    }

    @SuppressWarnings("unchecked")
    private <T> CompletionStage<T> get(Slot<T> fresh) {
        CompletableFuture<T> flight;
        Slot<T> asked;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedStage(closed(fresh.name));
            }
            Slot<T> slot = (Slot<T>) slots.get(fresh.name);
            if (slot == null) {
                evict();
                if (slots.size() >= MAX_SLOTS) {
                    return CompletableFuture.failedStage(new CollateralException(
                            Reason.BUSY,
                            "asking for " + fresh.name,
                            MAX_SLOTS + " other sets in work",
                            "fewer",
                            "ask again later"));
                }
                slot = fresh;
                slots.put(slot.name, slot);
            }
            Instant now = clock.instant();
            slot.lastAsked = now;
            Entry<T> old = slot.entry;
            boolean usable = old != null && now.isBefore(old.facts.until());
            if (old != null && usable && age(old, now).compareTo(refreshAfter(slot)) < 0) {
                return CompletableFuture.completedStage(old.value);
            }
            boolean mayTry = !now.isBefore(slot.nextAttempt);
            if (slot.flight == null && !mayTry) {
                return old != null && usable
                        ? CompletableFuture.completedStage(old.value)
                        : CompletableFuture.failedStage(problem(slot, now));
            }
            flight = start(slot);
            asked = slot;
            if (old != null && usable && age(old, now).compareTo(maxAge(slot)) <= 0) {
                return CompletableFuture.completedStage(old.value);
            }
        }
        // A stage of the caller's own, so that nobody can complete the flight that others wait for.
        return flight.handle((value, problem) -> {
            if (problem == null) {
                return value;
            }
            // The flight may have found one in the directory that was too old to be given out at once.
            Entry<T> held;
            synchronized (this) {
                held = asked.entry;
            }
            if (held != null && clock.instant().isBefore(held.facts.until())) {
                return held.value;
            }
            throw problem instanceof CompletionException wrapped ? wrapped : new CompletionException(problem);
        });
    }

    private Throwable problem(Slot<?> slot, Instant now) {
        Throwable last = slot.problem;
        if (last instanceof CollateralException known) {
            return new CollateralException(
                    known.reason(), known.tried(), known.seen(), known.wanted(), known.nextStep(), slot.nextAttempt);
        }
        return new CollateralException(
                Reason.UNREACHABLE,
                "asking for " + slot.name,
                "a failure before " + now,
                "an answer",
                "ask again at " + slot.nextAttempt,
                slot.nextAttempt);
    }

    private static Duration age(Entry<?> entry, Instant now) {
        // Fetched in the future: the clock went back, so the age is not known and the set has to be got anew.
        return entry.fetched.isAfter(now) ? UNKNOWN_AGE : Duration.between(entry.fetched, now);
    }

    private Duration refreshAfter(Slot<?> slot) {
        return slot.kind == Kind.CHIP ? CERTIFICATE_REFRESH : refreshAfter;
    }

    private Duration maxAge(Slot<?> slot) {
        return slot.kind == Kind.CHIP ? CERTIFICATE_MAX_AGE : maxAge;
    }

    /** Spends on the source for something that is not held, or returns why it may not be asked now. */
    private synchronized <T> @Nullable CollateralException spend(Slot<T> slot) {
        if (slot.entry != null || slot.kind == Kind.PRODUCT) {
            return null;
        }
        Instant now = clock.instant();
        Instant open = (slot.kind == Kind.PLATFORM ? newPlatforms : newChips).spend(now);
        if (!open.isAfter(now)) {
            return null;
        }
        return new CollateralException(
                Reason.BUSY,
                "asking for " + slot.name,
                "as many unknown " + (slot.kind == Kind.PLATFORM ? "platforms" : "chips")
                        + " within a minute as are allowed",
                "fewer",
                "ask again at " + open + ", or allow more (newPerMinute)",
                open);
    }

    /** Makes room by forgetting sets that never came: what peers made up. Genuine ones are few and stay. */
    private void evict() {
        Iterator<Slot<?>> each = slots.values().iterator();
        while (slots.size() >= MAX_SLOTS && each.hasNext()) {
            Slot<?> slot = each.next();
            if (slot.entry == null && slot.flight == null) {
                each.remove();
            }
        }
    }

    private synchronized <T> CompletableFuture<T> start(Slot<T> slot) {
        CompletableFuture<T> running = slot.flight;
        if (running != null) {
            return running;
        }
        CompletableFuture<T> flight = new CompletableFuture<>();
        slot.flight = flight;
        try {
            workers.execute(() -> load(slot, flight));
        } catch (RuntimeException e) {
            slot.flight = null;
            flight.completeExceptionally(closed(slot.name));
        }
        return flight;
    }

    private <T> void load(Slot<T> slot, CompletableFuture<T> flight) {
        Entry<T> held;
        boolean tryDisk;
        synchronized (this) {
            held = slot.entry;
            tryDisk = !slot.diskTried;
            slot.diskTried = true;
        }
        if (held == null && tryDisk) {
            Entry<T> stored = readFile(slot);
            if (stored != null) {
                synchronized (this) {
                    slot.entry = stored;
                }
                Instant now = clock.instant();
                if (now.isBefore(stored.facts.until()) && age(stored, now).compareTo(maxAge(slot)) <= 0) {
                    finish(slot, flight, stored, null);
                    return;
                }
            }
        }
        CollateralException spent = spend(slot);
        if (spent != null) {
            // No failure of the source, so it does not count as one: who comes again in time is served.
            synchronized (this) {
                slot.flight = null;
                slot.problem = spent;
                slot.nextAttempt = spent.retryAt().orElse(Instant.MIN);
            }
            flight.completeExceptionally(spent);
            return;
        }
        CompletionStage<T> asked;
        try {
            asked = slot.asking.get();
        } catch (RuntimeException e) {
            finish(slot, flight, null, e);
            return;
        }
        asked.whenComplete((value, problem) -> {
            if (problem != null) {
                finish(
                        slot,
                        flight,
                        null,
                        problem instanceof CompletionException && problem.getCause() != null
                                ? problem.getCause()
                                : problem);
                return;
            }
            try {
                workers.execute(() -> accept(slot, flight, value));
            } catch (RuntimeException e) {
                finish(slot, flight, null, closed(slot.name));
            }
        });
    }

    private <T> void accept(Slot<T> slot, CompletableFuture<T> flight, T value) {
        String tried = "checking new collateral " + slot.name;
        try {
            Genuine.Facts facts;
            try {
                facts = slot.checking.check(value);
            } catch (MalformedAnswer e) {
                throw new CollateralException(
                        Reason.NOT_GENUINE,
                        tried,
                        e.getMessage() == null ? "" : e.getMessage(),
                        "a genuine set",
                        "check the configured source");
            }
            Instant now = clock.instant();
            for (Instant issued : facts.issued()) {
                if (issued.isAfter(now.plus(CLOCK_TOLERANCE))) {
                    throw new CollateralException(
                            Reason.OUT_OF_TIME,
                            tried,
                            "a part issued at " + issued,
                            "none after our clock's " + now,
                            "set the clock: it is probably behind");
                }
            }
            if (!now.isBefore(facts.until())) {
                throw new CollateralException(
                        Reason.OUT_OF_TIME,
                        tried,
                        "a set valid until " + facts.until(),
                        "one valid at " + now,
                        "check the source, which is behind, and the clock");
            }
            if (!facts.reaches(evaluationFloor)) {
                throw new CollateralException(
                        Reason.ROLLED_BACK,
                        tried,
                        "evaluations " + facts.evaluations(),
                        "none below " + evaluationFloor,
                        "check the source, which serves old documents, and the configured floor");
            }
            Entry<T> before;
            synchronized (this) {
                before = slot.entry;
            }
            if (before != null && !facts.followsUpon(before.facts)) {
                throw new CollateralException(
                        Reason.ROLLED_BACK,
                        tried,
                        "evaluations " + facts.evaluations() + ", issued " + facts.issued(),
                        "none below " + before.facts.evaluations() + " and " + before.facts.issued(),
                        "check the source: it serves old documents");
            }
            Entry<T> entry = new Entry<>(value, facts, now);
            writeFile(slot, entry);
            finish(slot, flight, entry, null);
        } catch (CollateralException | RuntimeException e) {
            finish(slot, flight, null, e);
        }
    }

    private <T> void finish(
            Slot<T> slot, CompletableFuture<T> flight, @Nullable Entry<T> entry, @Nullable Throwable problem) {
        synchronized (this) {
            slot.flight = null;
            if (entry != null) {
                slot.entry = entry;
                slot.failures = 0;
                slot.problem = null;
                slot.nextAttempt = Instant.MIN;
            } else {
                Instant pause =
                        clock.instant().plus(FIRST_PAUSE.multipliedBy(1L << Math.min(slot.failures, MAX_DOUBLINGS)));
                Instant asked = problem instanceof CollateralException known
                        ? known.retryAt().orElse(pause)
                        : pause;
                slot.nextAttempt = asked.isAfter(pause) ? asked : pause;
                slot.problem = problem;
                if (slot.failures++ == 0 && slot.entry != null) {
                    LOG.warn(
                            "collateral: {} is not refreshed, the held set goes on: {}",
                            slot.name,
                            String.valueOf(problem));
                }
            }
        }
        if (entry != null) {
            flight.complete(entry.value);
        } else {
            flight.completeExceptionally(problem != null ? problem : closed(slot.name));
        }
    }

    private void lookAndAgain() {
        look();
        workers.later(LOOK_EVERY, this::lookAndAgain);
    }

    /** Gets anew what is due and was asked for in the last days; called every minute. */
    void look() {
        synchronized (this) {
            if (closed) {
                return;
            }
            Instant now = clock.instant();
            for (Slot<?> slot : new ArrayList<>(slots.values())) {
                Entry<?> entry = slot.entry;
                if (entry != null
                        && age(entry, now).compareTo(refreshAfter(slot)) >= 0
                        && !now.isBefore(slot.nextAttempt)
                        && now.isBefore(slot.lastAsked.plus(REMEMBERED))) {
                    start(slot);
                }
            }
        }
    }

    private <T> @Nullable Entry<T> readFile(Slot<T> slot) {
        Path folder = directory;
        if (folder == null) {
            return null;
        }
        Path file = folder.resolve(slot.name + ".v1.json");
        try (InputStream in = Files.newInputStream(file)) {
            byte[] text = in.readNBytes(TdxCollateralJson.MAX_BYTES + 1);
            if (text.length > TdxCollateralJson.MAX_BYTES) {
                throw new MalformedAnswer("more than " + TdxCollateralJson.MAX_BYTES + " bytes", "less");
            }
            Json.Obj object = PcsAnswers.object(Bytes.wrapUnshared(text));
            String fetched = object.text("fetched");
            if (fetched == null || !(object.get("set") instanceof Json.Obj set)) {
                throw new MalformedAnswer("no 'fetched' or no 'set'", "both");
            }
            T value = slot.reading.read(set);
            Genuine.Facts facts = slot.checking.check(value);
            if (!facts.reaches(evaluationFloor)) {
                LOG.warn("collateral: {} counts as absent: evaluations {}", file, facts.evaluations());
                return null;
            }
            return new Entry<>(value, facts, Instant.parse(fetched));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | MalformedAnswer | RuntimeException e) {
            LOG.warn("collateral: {} counts as absent: {}", file, e.toString());
            return null;
        }
    }

    private <T> void writeFile(Slot<T> slot, Entry<T> entry) {
        Path folder = directory;
        if (folder == null) {
            return;
        }
        Json.Obj object = new Json.Obj();
        object.put("fetched", new Json.Str(entry.fetched.toString()));
        object.put("set", slot.writing.write(entry.value));
        Path temporary = folder.resolve(slot.name + ".v1.tmp");
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    List.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)
                            .toArray(StandardOpenOption[]::new))) {
                ByteBuffer content = JsonPrinter.print(object).asByteBuffer();
                while (content.hasRemaining()) {
                    channel.write(content);
                }
                channel.force(true);
            }
            Files.move(
                    temporary,
                    folder.resolve(slot.name + ".v1.json"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("collateral: {} is not kept over a restart: {}", slot.name, e.toString());
        }
    }

    @Override
    public void close() {
        List<CompletableFuture<?>> waiting = new ArrayList<>();
        synchronized (this) {
            closed = true;
            for (Slot<?> slot : slots.values()) {
                CompletableFuture<?> flight = slot.flight;
                if (flight != null) {
                    waiting.add(flight);
                }
            }
        }
        waiting.forEach(flight -> flight.completeExceptionally(closed("a set that was in work")));
        source.close();
        workers.close();
    }
}
