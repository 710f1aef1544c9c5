package io.cocoon.testkit;

import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.keymanager.KeyManagerServer;
import io.cocoon.keymanager.NetworkKeyClient;
import io.cocoon.keymanager.NetworkKeys;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyServerBuilder;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.testkit.chain.LocalAccess;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.testkit.chain.LocalRoot;
import io.cocoon.testkit.chain.Narrator;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenLimits;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.PeerRecord;
import io.cocoon.transport.Transport;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.ModelLoader;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerRuntimeBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A Cocoon network in this JVM: a local chain with real contracts, proxies, workers and a key manager on real sockets of the
 * loopback interface, with TLS and simulated attestation. Needs nothing installed.
 *
 * <pre>{@code
 * try (TestNetwork network = TestNetwork.start();
 *         CocoonClient cocoon = network.newClient()) {
 *     System.out.println(cocoon.chat(network.model()).user("Hello?").send().text());
 * }
 * }</pre>
 *
 * <p>The money is the local chain's own and nothing is proven here: every report says SIMULATED, and no part of it can be pointed at the live
 * network. Thread-safe after {@link Builder#start}.
 */
public final class TestNetwork implements AutoCloseable {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Address OWNER = new Address(0, Int256.fromHex("00".repeat(31) + "02"));
    /** Everybody here has the same address, so nothing is bounded by address. */
    private static final ListenLimits FROM_ONE_ADDRESS = new ListenLimits(16_384, 16_384, 16_384, 16_384);

    private static final Duration READY_WITHIN = Duration.ofSeconds(30);
    private static final long LOOK_EVERY_MILLIS = 5;
    private static final String SERVING = "SERVING";

    private final SecureRandom random = new SecureRandom();
    private final Settings settings;
    private final NetworkChain chain;
    private final Optional<OnLocalChain> onChain;
    private final Transport transport;
    private final RaTls tls;
    private final Optional<TestRouter> router;
    private final List<ProxyServer> proxies = new ArrayList<>();
    private final List<WorkerRuntime> workers = new ArrayList<>();
    private final List<NetworkKeyClient> keyClients = new ArrayList<>();
    private final List<AutoCloseable> others = new ArrayList<>();
    private Optional<KeyManagerServer> keyManager = Optional.empty();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "cocoon-test-network");
        thread.setDaemon(true);
        return thread;
    });

    private record Settings(
            String model,
            int proxies,
            int workers,
            int maxActiveRequests,
            int proofOfWork,
            Nanoton price,
            Nanoton fee,
            boolean encryption,
            Optional<PeerRecord.Generation> routers,
            Optional<ChainSettings> chain,
            Supplier<? extends InferenceEngine> engine,
            Map<String, Supplier<? extends InferenceEngine>> otherModels,
            Optional<ModelLoader> loader) {

        int allWorkers() {
            return workers + otherModels.size();
        }
    }

    private record ChainSettings(
            long seed,
            Duration blockInterval,
            Duration realInterval,
            ContractCode code,
            LocalRoot.Terms terms,
            Optional<Consumer<String>> narration) {
        OnLocalChain start() {
            Optional<Narrator> narrator = narration.map(out -> new Narrator(code, out));
            return OnLocalChain.start(seed, blockInterval, realInterval, code, terms, narrator);
        }
    }

    private TestNetwork(Settings settings) {
        this.settings = settings;
        this.onChain = settings.chain.map(ChainSettings::start);
        this.chain = onChain.<NetworkChain>map(each -> each)
                .orElseGet(() -> new WithoutChain(settings.price, settings.fee, OWNER));
        this.transport = Transport.builder().build();
        this.tls = RaTls.builder()
                .identity(IdentitySource.renewing(
                        () -> CertificateIdentity.simulatedTdx(Clock.systemUTC(), random), Clock.systemUTC()))
                .policy(SimulatedEvidence.policy())
                .build();
        this.router = settings.routers.map(TestRouter::start);
    }

    /** Starts a network with one proxy and one worker that has the demonstration engine. */
    public static TestNetwork start() {
        return builder().start();
    }

    /** Returns a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    private void begin() {
        if (settings.encryption) {
            startKeyManager();
        }
        for (int i = 0; i < settings.proxies; i++) {
            ProxyServer proxy = startProxy();
            proxies.add(proxy);
            chain.register(reachable(proxy.workerAddress()), reachable(proxy.clientAddress()));
        }
        // A worker that dials too early is refused, and waits a second or two before it tries again.
        await(proxy -> proxy.status().mode().equals(SERVING));
        for (int i = 0; i < settings.workers; i++) {
            workers.add(startWorker(settings.model, settings.engine));
        }
        settings.otherModels.forEach((name, engine) -> workers.add(startWorker(name, engine)));
        await(this::isReady);
    }

    private void startKeyManager() {
        try {
            KeyManagerServer manager = KeyManagerServer.builder()
                    .chain(chain.cocoon())
                    .withoutHashChecks()
                    .publisher(chain::publish)
                    .listen(transport, ANY_PORT, ListenMode.direct(tls, settings.proofOfWork))
                    .build();
            others.add(manager);
            keyManager = Optional.of(manager);
            chain.keyManager(new RootState.KeyManager(Int256.ZERO, Int256.ZERO, hostPort(manager.address())));
        } catch (IOException e) {
            throw new UncheckedIOException("a key manager without a store has nothing to read", e);
        }
    }

    private NetworkKeys fetchKeys() {
        NetworkKeyClient client = NetworkKeyClient.start(
                chain.cocoon(),
                transport,
                address -> DialTarget.direct(address.host(), address.port(), tls),
                false,
                Clock.systemUTC(),
                random,
                timer);
        others.add(0, client);
        keyClients.add(client);
        return client;
    }

    private ProxyServer startProxy() {
        ProxyServerBuilder builder = ProxyServer.builder();
        if (settings.encryption) {
            builder.networkKeys(fetchKeys());
        }
        onChain.ifPresent(money -> money.keepContracts(builder, OWNER, random));
        return builder.chain(chain.cocoon())
                .key(Ed25519Key.generate(random))
                .owner(OWNER)
                .withoutHashChecks()
                .transport(transport)
                .listenForWorkers(ANY_PORT, proxyMode())
                .listenForClients(ANY_PORT, proxyMode())
                .listenLimits(FROM_ONE_ADDRESS)
                .build()
                .start();
    }

    private ListenMode proxyMode() {
        return router.isPresent() ? ListenMode.behindRouter() : ListenMode.direct(tls, settings.proofOfWork);
    }

    /** Returns where peers reach a port of a proxy. */
    private HostPort reachable(InetSocketAddress port) {
        return hostPort(
                router.map(front -> front.reverse(port, settings.proofOfWork)).orElse(port));
    }

    private WorkerRuntime startWorker(String model, Supplier<? extends InferenceEngine> engine) {
        WorkerRuntimeBuilder builder = WorkerRuntime.builder()
                .chain(chain.cocoon())
                .owner(OWNER)
                .model(fullName(model))
                .engine(engine.get())
                .maxActiveRequests(settings.maxActiveRequests)
                .proxiesFromRoot(settings.proxies);
        settings.loader.ifPresent(builder::onModelChange);
        router.ifPresentOrElse(
                out -> builder.viaRouter(transport, hostPort(out.socksAddress())),
                () -> builder.direct(transport, tls));
        onChain.ifPresent(money -> money.pay(builder, OWNER, random));
        WorkerRuntime worker = builder.build();
        worker.start();
        return worker;
    }

    private static HostPort hostPort(InetSocketAddress address) {
        return new HostPort(address.getAddress().getHostAddress(), address.getPort());
    }

    private void await(Predicate<ProxyServer> condition) {
        Instant until = Instant.now().plus(READY_WITHIN);
        while (!proxies.stream().allMatch(condition)) {
            if (Instant.now().isAfter(until)) {
                throw new IllegalStateException("the network was not ready within " + READY_WITHIN + ":\n"
                        + String.join(
                                "\n",
                                proxies.stream()
                                        .map(proxy -> proxy.status().toText())
                                        .toList()));
            }
            try {
                Thread.sleep(LOOK_EVERY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the network started", e);
            }
        }
    }

    /** Returns whether every worker serves through it. */
    private boolean isReady(ProxyServer proxy) {
        boolean keys = chain.cocoon().root().networkKeys().stream()
                .allMatch(key -> keyClients.stream()
                        .allMatch(client -> client.privateHalf(key.publicKey()).isPresent()));
        return keys
                && proxy.status().workers().stream()
                                .filter(worker -> !worker.disabled())
                                .count()
                        == settings.allWorkers();
    }

    /** Returns the base name of the model that the workers serve. */
    public String model() {
        return settings.model;
    }

    /** Returns the full name, as workers announce it, of a model's base name. */
    public static String fullName(String model) {
        return model + "@test:" + "0".repeat(64);
    }

    /** Returns the chain, to look at it and to disturb it; empty without one. */
    public Optional<LocalChain> localChain() {
        return onChain.map(OnLocalChain::chain);
    }

    /** Returns the server through which all roles see the chain: to put it behind, to take it away, to make it forget. */
    public Optional<LocalAccess> chainAccess() {
        return onChain.map(OnLocalChain::access);
    }

    /** Returns what the network's contracts say. */
    public CocoonChain contracts() {
        return chain.cocoon();
    }

    /** Changes what tokens cost, as the network's owner. All contracts have other addresses then, so that all reconnect. */
    public void changePrices(Nanoton perToken, Nanoton workerFeePerToken) {
        chain.changePrices(perToken, workerFeePerToken);
    }

    /** Returns the key manager; empty if payloads are not encrypted. */
    public Optional<KeyManagerServer> keyManager() {
        return keyManager;
    }

    /** Returns the proxies. */
    public List<ProxyServer> proxies() {
        return List.copyOf(proxies);
    }

    /** Returns the workers. */
    public List<WorkerRuntime> workers() {
        return List.copyOf(workers);
    }

    /** Returns a builder of a client for this network, with an identity, and on a chain a wallet and money, of its own. */
    public ClientBuilder clientBuilder() {
        ClientBuilder builder = CocoonClient.builder().proxies(settings.proxies);
        onChain.ifPresentOrElse(money -> money.fund(builder, random), () -> {
            byte[] id = new byte[Int256.BYTES];
            random.nextBytes(id);
            builder.network(Network.of(chain.cocoon()))
                    .wallet(Wallet.ofAddress(new Address(0, Int256.of(id))))
                    .emptySecretSoThatAnyoneCanSpend();
        });
        return router.map(TestRouter::socksAddress)
                .map(out -> builder.router(out.getHostString(), out.getPort()))
                .orElseGet(builder::simulatedAttestation);
    }

    /**
     * Returns the settings of channels that {@link #clientBuilder} uses, to be changed and set again.
     *
     * @throws IllegalStateException without a chain
     */
    public ChannelSettings channelSettings() {
        return onChain.orElseThrow(() -> new IllegalStateException("a network without a chain has no channels"))
                .channelSettings();
    }

    /** Builds a client for this network; the caller closes it. */
    public CocoonClient newClient() {
        return clientBuilder().build();
    }

    /** Stops everything and leaves no thread. */
    @Override
    public void close() {
        workers.forEach(WorkerRuntime::close);
        proxies.forEach(ProxyServer::close);
        for (AutoCloseable other : others) {
            try {
                other.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a part of the test network failed", e);
            }
        }
        router.ifPresent(TestRouter::close);
        timer.shutdownNow();
        transport.close();
        chain.close();
    }

    /** Builds a {@link TestNetwork}. Not thread-safe. */
    public static final class Builder {
        private String model = "demo/words";
        private int proxies = 1;
        private int workers = 1;
        private int maxActiveRequests = 200;
        private int proofOfWork = 8;
        private Nanoton price = new Nanoton(20);
        private Nanoton fee = new Nanoton(19);
        private boolean encryption = true;
        private Optional<PeerRecord.Generation> routers = Optional.empty();
        private boolean withChain = true;
        private long seed = 1;
        private Duration blockInterval = Duration.ofMillis(200);
        private Duration realInterval = Duration.ofMillis(200);
        private ContractCode code = ContractCode.current();
        private Optional<Consumer<String>> narration = Optional.empty();
        private Nanoton stake = LocalRoot.Terms.DEFAULT.minClientStake();
        private Supplier<? extends InferenceEngine> engine = () -> DemoEngine.create(Duration.ZERO);
        private final Map<String, Supplier<? extends InferenceEngine>> otherModels = new LinkedHashMap<>();
        private Optional<ModelLoader> loader = Optional.empty();

        private Builder() {}

        /** Sets the model's base name; the default is {@code demo/words}. */
        public Builder model(String value) {
            model = value;
            return this;
        }

        /** Sets how many proxies there are; at least 1, the default. */
        public Builder proxies(int count) {
            proxies = atLeast(1, count, "proxies");
            return this;
        }

        /** Sets how many workers there are, each connected to every proxy; the default is 1. */
        public Builder workers(int count) {
            workers = atLeast(0, count, "workers");
            return this;
        }

        /** Sets how many requests a worker answers at once; the default is 200. */
        public Builder maxActiveRequests(int count) {
            maxActiveRequests = atLeast(1, count, "maxActiveRequests");
            return this;
        }

        /** Sets the bits of proof of work that a peer has to show; the default is 8, real networks ask for 20. */
        public Builder proofOfWork(int bits) {
            proofOfWork = atLeast(0, bits, "proofOfWork");
            return this;
        }

        /** Sets what a client pays and a worker earns per token. */
        public Builder prices(Nanoton perToken, Nanoton workerFeePerToken) {
            price = perToken;
            fee = workerFeePerToken;
            return this;
        }

        /** Leaves out the key manager, so that prompts travel unencrypted through proxies. */
        public Builder withoutPayloadEncryption() {
            encryption = false;
            return this;
        }

        /**
         * Puts a {@link TestRouter} in front of every role: they speak in clear text to it, and believe its peer records.
         *
         * @param generation of the records
         */
        public Builder behindRouters(PeerRecord.Generation generation) {
            routers = Optional.of(generation);
            return this;
        }

        /**
         * Leaves out the chain: nothing is deposited, charged or paid, as in the reference's mode without one. It starts sooner
         * and serves clients at once.
         */
        public Builder withoutChain() {
            withChain = false;
            return this;
        }

        /**
         * Sets how fast the chain makes blocks; the default is one in 0.2 s, in real time.
         *
         * @param interval by the chain's clock, 0.2 to 30 s
         * @param real how long that takes, so that a slow chain need not be waited for; 20 ms or more
         */
        public Builder blocks(Duration interval, Duration real) {
            blockInterval = interval;
            realInterval = real;
            return this;
        }

        /** Sets who is told every transaction of the chain in words; called on the chain's thread, which it must not block. */
        public Builder narrate(Consumer<String> out) {
            narration = Optional.of(out);
            return this;
        }

        /**
         * Sets the stake of clients, which bounds what a proxy may charge before that is on the chain; the default is 1 TON. With
         * high prices it has to be higher: a request reserves its worst case.
         */
        public Builder clientStake(Nanoton value) {
            stake = value;
            return this;
        }

        /** Sets the generation of contracts; the default is the current one. One without a key manager encrypts nothing. */
        public Builder contracts(ContractCode value) {
            code = value;
            return this;
        }

        /** Sets the seed of all that is random on the chain; the default is 1. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Sets what answers; called once for each worker, which closes what it got. */
        public Builder engine(Supplier<? extends InferenceEngine> maker) {
            engine = maker;
            return this;
        }

        /** Adds a worker that serves another model; its owner is that of the others. */
        public Builder alsoServe(String otherModel, Supplier<? extends InferenceEngine> maker) {
            otherModels.put(otherModel, maker);
            return this;
        }

        /** Sets what makes an engine when a worker is asked to change its model; by default workers refuse that. */
        public Builder onModelChange(ModelLoader value) {
            loader = Optional.of(value);
            return this;
        }

        private static int atLeast(int least, int value, String name) {
            if (value < least) {
                throw new IllegalArgumentException(name + " is at least " + least + ", got " + value);
            }
            return value;
        }

        /**
         * Starts the network and waits until it serves.
         *
         * @throws IllegalStateException if it does not serve in time; the message says what is missing
         */
        public TestNetwork start() {
            Optional<ChainSettings> chain = withChain
                    ? Optional.of(new ChainSettings(
                            seed,
                            blockInterval,
                            realInterval,
                            code,
                            LocalRoot.Terms.DEFAULT.withPrices(price, fee).withMinClientStake(stake),
                            narration))
                    : Optional.empty();
            TestNetwork network = new TestNetwork(new Settings(
                    model,
                    proxies,
                    workers,
                    maxActiveRequests,
                    proofOfWork,
                    price,
                    fee,
                    encryption,
                    routers,
                    chain,
                    engine,
                    new LinkedHashMap<>(otherModels),
                    loader));
            try {
                network.begin();
                return network;
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        }
    }
}
