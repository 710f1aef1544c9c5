package io.cocoon.worker;

import io.cocoon.inference.RequestRules;
import io.cocoon.store.StateFolder;
import io.cocoon.store.StateStore;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.SecureChannelProvider;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Builds a {@link WorkerRuntime}. Not thread-safe; each setter overwrites what was set before. */
public final class WorkerRuntimeBuilder {

    private static final String RECORDS = "worker-earnings";
    private static final String OUTBOX = "worker-wallet";
    private static final int MAX_COEFFICIENT = 999_999_999;
    private static final int MIN_PROTOCOL = 1;
    private static final int MAX_PROTOCOL = 4;

    private @Nullable CocoonChain chain;
    private @Nullable Address owner;
    private @Nullable ModelName model;
    private @Nullable InferenceEngine engine;
    private @Nullable ProxyDialer dialer;
    private @Nullable Function<CocoonChain, Verified> attested;
    private @Nullable ExecutorService executor;
    private @Nullable QueryContent content;
    private @Nullable Boolean checkHashes;
    private RequestRules requestRules = RequestRules.OPEN_AI;
    private ChainRules rules = ChainRules.REAL;
    private int coefficient = 1000;
    private int maxActiveRequests = 200;
    private int connections = 1;
    private int minProtocol = MIN_PROTOCOL;
    private int maxProtocol = MAX_PROTOCOL;
    private String machineDescription = "";
    private List<HostPort> fixedProxies = List.of();
    private Optional<Int256> ownImageHash = Optional.empty();
    private Optional<ModelLoader> modelLoader = Optional.empty();
    private WorkerLimits limits = WorkerLimits.DEFAULT;
    private Clock clock = Clock.systemUTC();
    private RandomGenerator random = new SecureRandom();
    private Optional<Path> stateFolder = Optional.empty();
    private Optional<WorkerPayouts> payouts = Optional.empty();
    private Consumer<String> alarms = text -> {};

    WorkerRuntimeBuilder() {}

    /** How proxies are reached, and what ends the verifying of them. */
    private record Verified(ProxyDialer dialer, Runnable end) {}

    /** Where the root contract and the contracts are read. Required. */
    public WorkerRuntimeBuilder chain(CocoonChain source) {
        chain = source;
        return this;
    }

    /** Whom proxies pay. Required. */
    public WorkerRuntimeBuilder owner(Address payTo) {
        owner = payTo;
        return this;
    }

    /** The full model name, {@code base@commit:hash}. Required. */
    public WorkerRuntimeBuilder model(String fullName) {
        model = new ModelName(fullName);
        return this;
    }

    /** What makes the answers; closed with the worker. Required. */
    public WorkerRuntimeBuilder engine(InferenceEngine answers) {
        engine = answers;
        return this;
    }

    /**
     * The price factor, 0 to 999,999,999; 1000, the default, stands for 1.0.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public WorkerRuntimeBuilder coefficient(int factor) {
        requireCoefficient(factor);
        coefficient = factor;
        return this;
    }

    /**
     * How many queries are answered at once, over all proxies; at least 1, 200 if not set.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public WorkerRuntimeBuilder maxActiveRequests(int count) {
        requirePositive("maxActiveRequests", count);
        maxActiveRequests = count;
        return this;
    }

    /**
     * Connects to {@code count} different proxies of the root contract, chosen by chance. The default, with one.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public WorkerRuntimeBuilder proxiesFromRoot(int count) {
        requirePositive("proxiesFromRoot", count);
        connections = count;
        fixedProxies = List.of();
        return this;
    }

    /**
     * Connects to exactly these proxies.
     *
     * @throws IllegalArgumentException if there are none
     */
    public WorkerRuntimeBuilder proxies(List<HostPort> addresses) {
        requirePositive("the number of proxies", addresses.size());
        fixedProxies = List.copyOf(addresses);
        connections = addresses.size();
        return this;
    }

    /**
     * Whether proxies have to prove an image that the root contract allows, and our own model has to be in its list. If not
     * set: yes, unless the root contract says that its network is for tests. {@link #build} refuses false on a real one.
     */
    public WorkerRuntimeBuilder checkHashes(boolean check) {
        checkHashes = check;
        return this;
    }

    /** The hash of the image that this process runs in; checked against the root contract if hashes are checked. */
    public WorkerRuntimeBuilder ownImageHash(Int256 hash) {
        ownImageHash = Optional.of(hash);
        return this;
    }

    /**
     * What makes the engine of another model, when a proxy's operator or {@link WorkerRuntime#changeModel} asks for one; both are refused
     * if not set. With it every proxy decides what this worker serves, among the models that the loader loads and, if hashes are checked,
     * the root contract lists (hazard N23).
     */
    public WorkerRuntimeBuilder onModelChange(ModelLoader loader) {
        modelLoader = Optional.of(loader);
        return this;
    }

    /**
     * Protocol versions to offer, within 0 to 4; 1 to 4 if not set.
     *
     * @throws IllegalArgumentException if they are out of range or not in order
     */
    public WorkerRuntimeBuilder protocolVersions(int min, int max) {
        if (min < 0 || max < min || max > MAX_PROTOCOL) {
            throw new IllegalArgumentException("protocol versions are 0 to 4 and ordered, got " + min + " to " + max);
        }
        minProtocol = min;
        maxProtocol = max;
        return this;
    }

    /**
     * Tells proxies about this machine, such as {@code {"gpu":"H100"}}; nothing if not set. Each proxy's operator sees it, and may show it
     * to everybody; nothing depends on it. As in the reference it goes out only if no protocol below 4 is offered, so {@code
     * protocolVersions(4, 4)} has to be set too; then proxies of before 2026 refuse this worker.
     *
     * @param json an object, at most 4096 characters
     * @throws IllegalArgumentException if it is anything else
     */
    public WorkerRuntimeBuilder machineDescription(String json) {
        machineDescription = MachineDescription.checked(json);
        return this;
    }

    /** Times and bounds. */
    public WorkerRuntimeBuilder limits(WorkerLimits bounds) {
        limits = bounds;
        return this;
    }

    /** Runs the engine; must not queue and needs as many threads as there are active requests. Not closed. */
    public WorkerRuntimeBuilder executor(ExecutorService threads) {
        executor = threads;
        return this;
    }

    /**
     * Where the worker keeps what proxies have signed, and what it is about to cash in. After a restart it holds each proxy to
     * that: one that has forgotten a payment that it signed is refused, with an alarm and the proof of it (payments dossier,
     * hazard H63).
     *
     * <p>Without it all of this ends with the process, as in the reference: what is signed has to be told again by the proxy, a
     * proxy that was rolled back meanwhile is believed, and a payout under way is not known any more; ordered again it costs its
     * fees again, though no token is paid twice.
     *
     * @param folder of this worker alone, made if there is none; no other program can open it while the worker is there
     */
    public WorkerRuntimeBuilder state(Path folder) {
        stateFolder = Optional.of(folder);
        return this;
    }

    /** Cashes in what proxies have signed. If not set, only proxies pay, when they think fit. */
    public WorkerRuntimeBuilder payouts(WorkerPayouts how) {
        payouts = Optional.of(how);
        return this;
    }

    /**
     * Who is told what only a person can settle: a proxy that was rolled back, a payout that cannot be made. The same text comes
     * again after ten minutes at the earliest. Called from the worker's threads, which it must not block.
     */
    public WorkerRuntimeBuilder onAlarm(Consumer<String> listener) {
        alarms = listener;
        return this;
    }

    /** The time of day. */
    public WorkerRuntimeBuilder clock(Clock source) {
        clock = source;
        return this;
    }

    /** Chance: for the choice of proxies and the spread of times, not for keys. */
    public WorkerRuntimeBuilder random(RandomGenerator source) {
        random = source;
        return this;
    }

    /**
     * Reaches proxies directly: this process does proof of work and TLS. This or {@link #viaRouter} is required.
     *
     * @param transport stays open when the worker closes
     * @param tls our certificate, and the policy for proxies
     */
    public WorkerRuntimeBuilder direct(Transport transport, SecureChannelProvider tls) {
        attested = null;
        dialer = (proxy, handler) -> transport.dial(DialTarget.direct(proxy.host(), proxy.port(), tls), handler);
        return this;
    }

    /**
     * Reaches proxies directly and verifies their evidence, by Intel's root key, against the root contract's list of images of
     * proxies: {@link NetworkAttestation}. A proxy that is refused gets nothing; {@link WorkerStatus.Proxy#lastProblem} names
     * the check. The worker judges anew while connections are open, and ends that when it closes.
     *
     * @param transport stays open when the worker closes
     * @param identity what we show: with evidence, or no proxy of a live network takes us
     * @param collateral what Intel has published about platforms; stays open when the worker closes
     */
    public WorkerRuntimeBuilder attested(Transport transport, IdentitySource identity, CollateralSource collateral) {
        attested = source -> verified(
                transport, identity, NetworkAttestation.of(source, collateral).clock(clock));
        return this;
    }

    /**
     * Does the same with demands of yours: another policy, other collateral, other roots in tests. The images are still those
     * of the root contract that {@code demands} was made with, which has to be the worker's.
     *
     * @param transport stays open when the worker closes
     * @param identity what we show: with evidence, or no proxy of a live network takes us
     * @param demands of proxies; its clock and executor are used too
     */
    public WorkerRuntimeBuilder attested(Transport transport, IdentitySource identity, NetworkAttestation demands) {
        attested = source -> verified(transport, identity, demands);
        return this;
    }

    private Verified verified(Transport transport, IdentitySource identity, NetworkAttestation demands) {
        AttestedPeers peers = demands.ofProxies();
        RaTls tls =
                RaTls.builder().identity(identity).policy(peers).clock(clock).build();
        return new Verified(
                (proxy, handler) -> transport.dial(DialTarget.direct(proxy.host(), proxy.port(), tls), handler),
                peers::close);
    }

    /**
     * Reaches proxies through a router on this host, which does proof of work, TLS and attestation.
     *
     * @param transport stays open when the worker closes
     * @param socks where the router listens; whoever listens there can claim to be any proxy (hazard H23)
     */
    public WorkerRuntimeBuilder viaRouter(Transport transport, HostPort socks) {
        attested = null;
        dialer = (proxy, handler) ->
                transport.dial(DialTarget.viaRouter(socks.host(), socks.port(), proxy.host(), proxy.port()), handler);
        return this;
    }

    /** Which requests are good, and with them how answers are counted; {@link RequestRules#OPEN_AI} if not set. */
    public WorkerRuntimeBuilder requestRules(RequestRules rulesOfRequests) {
        requestRules = rulesOfRequests;
        return this;
    }

    WorkerRuntimeBuilder dialer(ProxyDialer opens) {
        attested = null;
        dialer = opens;
        return this;
    }

    WorkerRuntimeBuilder rules(ChainRules other) {
        rules = other;
        return this;
    }

    WorkerRuntimeBuilder content(QueryContent other) {
        content = other;
        return this;
    }

    /**
     * Makes the worker, without starting it.
     *
     * @throws IllegalStateException if something required is missing, hash checks are off and the network is not a test
     *     network, or payouts are wanted where no money is
     * @throws UncheckedIOException if a state in the folder cannot be read
     */
    public WorkerRuntime build() {
        CocoonChain theChain = require("chain", chain);
        ModelName theModel = require("model", model);
        InferenceEngine theEngine = require("engine", engine);
        Function<CocoonChain, Verified> verification = attested != null ? attested : withoutVerification();
        boolean test = theChain.root().params().isTest();
        boolean checked = checkHashes != null ? checkHashes : !test;
        if (!checked && !test) {
            throw new IllegalStateException(
                    "hash checks are off, and " + theChain.describe() + " is not a test network; leave them on");
        }
        WorkerCore.Settings settings = new WorkerCore.Settings(
                theChain,
                require("owner", owner),
                maxActiveRequests,
                connections,
                minProtocol,
                maxProtocol,
                machineDescription,
                checked,
                ownImageHash,
                modelLoader,
                content(requestRules),
                rules,
                limits);
        if (payouts.isPresent() && theChain.isSimulated()) {
            throw new IllegalStateException("payouts need contracts, and " + theChain.describe() + " has none");
        }
        // Verification has a thread, so it comes when nothing that the caller set can fail any more but the folder.
        Verified route = verification.apply(theChain);
        Alarms told = new Alarms(alarms, clock);
        ScheduledThreadPoolExecutor money = thread("cocoon-worker-money");
        Optional<StateFolder> state = Optional.empty();
        ProxyAccounts accounts;
        Optional<WalletSender> sender;
        try {
            state = stateFolder.isPresent() ? Optional.of(StateFolder.open(stateFolder.get())) : Optional.empty();
            accounts = ProxyAccounts.open(state.map(folder -> folder.state(RECORDS)), money, told);
            sender = sender(state, money, told);
        } catch (IOException e) {
            money.shutdownNow();
            route.end().run();
            state.ifPresent(StateFolder::close);
            throw new UncheckedIOException(e);
        }
        ScheduledThreadPoolExecutor timer = thread("cocoon-worker-timer");
        Optional<ExecutorService> own =
                executor == null ? Optional.of(EngineExecutors.bestAvailable()) : Optional.empty();
        ExecutorService threads = executor == null ? own.orElseThrow() : executor;
        WorkerCore core = new WorkerCore(
                settings,
                new WorkerCore.Surroundings(threads, timer, clock, random, told),
                coefficient,
                accounts,
                theModel,
                theEngine);
        ProxyChooser chooser = new ProxyChooser(core, fixedProxies);
        List<ProxyLink> links = new ArrayList<>();
        ModelChanges changes = new ModelChanges(core, () -> links.forEach(ProxyLink::modelChanged));
        for (int i = 0; i < connections; i++) {
            links.add(new ProxyLink(core, changes, chooser, route.dialer()));
        }
        Optional<Payouts> runner = payouts.flatMap(how ->
                sender.map(wallet -> new Payouts(how, accounts, wallet, money, clock, core::root, core::active, told)));
        return new WorkerRuntime(core, List.copyOf(links), changes, own, timer, runner, money, state, route.end());
    }

    private Function<ModelName, QueryContent> content(RequestRules requests) {
        QueryContent given = content;
        return name -> given != null ? given : new NetworkContent(name.base(), requests);
    }

    private Optional<WalletSender> sender(
            Optional<StateFolder> state, ScheduledThreadPoolExecutor money, Consumer<String> told) throws IOException {
        if (payouts.isEmpty()) {
            return Optional.empty();
        }
        WorkerPayouts how = payouts.get();
        StateStore outbox = state.map(folder -> folder.state(OUTBOX)).orElseGet(StateStore::inMemory);
        return Optional.of(WalletSender.open(how.chain(), how.wallet(), outbox, how.sending(), clock, money, told));
    }

    private static ScheduledThreadPoolExecutor thread(String name) {
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        made.setRemoveOnCancelPolicy(true);
        return made;
    }

    private Function<CocoonChain, Verified> withoutVerification() {
        Verified route = new Verified(require("transport", dialer), () -> {});
        return source -> route;
    }

    static void requireCoefficient(int factor) {
        if (factor < 0 || factor > MAX_COEFFICIENT) {
            throw new IllegalArgumentException("a coefficient is 0 to " + MAX_COEFFICIENT + ", got " + factor);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is at least 1, got " + value);
        }
    }

    private static <T> T require(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a worker needs " + name);
        }
        return value;
    }
}
