package io.cocoon.client;

import io.cocoon.client.receipt.ReceiptFolder;
import io.cocoon.payment.Nanoton;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tee.collateral.CachedCollateral;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.HttpCollateral;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.Transport;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Builds a {@link CocoonClient}: collects settings, checks them, and seals them. Not thread-safe. */
public final class ClientBuilder {

    /** Shortest secret that is taken: 128 bits, if it is random base64. */
    public static final int MIN_SECRET_CHARACTERS = 22;

    private @Nullable Network network;
    private @Nullable Wallet wallet;
    private @Nullable Bytes secret;
    private @Nullable Nanoton spendingLimit;
    private Duration spendingWindow = Duration.ofDays(1);
    private Deadlines deadlines = Deadlines.DEFAULT;
    private int proxies = 2;
    private int attempts = 3;
    private boolean retryLost;
    private Encryption encryption = Encryption.WHERE_POSSIBLE;
    private int minVersion = 1;
    private int maxVersion = 4;
    private @Nullable ChannelSettings channels;
    private Consumer<Dispute> onDispute = dispute -> {};
    private final List<ClientObserver> observers = new ArrayList<>();
    private @Nullable ReceiptFolder receipts;
    private Clock clock = Clock.systemUTC();
    private @Nullable SecureRandom random;
    private @Nullable Executor executor;
    private @Nullable ScheduledExecutorService scheduler;
    private @Nullable Dialer dialer;
    private @Nullable PeerPolicy policy;
    private @Nullable Function<CocoonChain, NetworkAttestation> attested;
    private boolean simulated;
    private @Nullable IdentitySource identity;
    private @Nullable HostPort router;
    private @Nullable Transport transport;

    ClientBuilder() {}

    /** Sets the network. Required. */
    public ClientBuilder network(Network value) {
        network = value;
        return this;
    }

    /** Sets who the client is. Required. */
    public ClientBuilder wallet(Wallet value) {
        wallet = value;
        return this;
    }

    /**
     * Sets the secret whose SHA-256 the client contract holds. It is shown to every proxy that knows that hash, and whoever
     * has it can spend what the contract holds, so it has to be long and random. Required unless the chain is simulated or
     * {@link #channels} are set, which then make one and keep it in their folder.
     *
     * @throws IllegalArgumentException if it has fewer than 22 characters
     */
    public ClientBuilder secret(String value) {
        if (value.length() < MIN_SECRET_CHARACTERS) {
            throw new IllegalArgumentException("a secret has at least " + MIN_SECRET_CHARACTERS
                    + " characters, for example base64 of 16 random bytes; this has " + value.length());
        }
        secret = Bytes.utf8(value);
        return this;
    }

    /**
     * Uses the empty secret, as the reference's template does: its hash is public, so anyone can authorise as this client and
     * spend what its contract holds (hazard H12). For the reference's mode without a chain, where there is nothing to spend.
     */
    public ClientBuilder emptySecretSoThatAnyoneCanSpend() {
        secret = Bytes.empty();
        return this;
    }

    /** Refuses requests that could bring the costs within any window of this length above the limit. */
    public ClientBuilder spendingLimit(Nanoton limit, Duration window) {
        if (limit.value() < 0 || window.isNegative() || window.isZero()) {
            throw new IllegalArgumentException(
                    "a spending limit is 0 or more in a time above zero, got " + limit + " in " + window);
        }
        spendingLimit = limit;
        spendingWindow = window;
        return this;
    }

    /** Sets the deadlines of requests that set none of their own. */
    public ClientBuilder deadlines(Deadlines value) {
        deadlines = value;
        return this;
    }

    /** Sets to how many proxies to stay connected, 1 to 64; the default is 2. */
    public ClientBuilder proxies(int count) {
        if (count < 1 || count > 64) {
            throw new IllegalArgumentException("1 to 64 proxies, got " + count);
        }
        proxies = count;
        return this;
    }

    /** Sets how often a request is tried at most, 1 to 10; the default is 3. */
    public ClientBuilder maxAttempts(int count) {
        if (count < 1 || count > 10) {
            throw new IllegalArgumentException("1 to 10 attempts, got " + count);
        }
        attempts = count;
        return this;
    }

    /**
     * Sends a request again, to another proxy if there is one, when the connection broke after it was sent and before an
     * answer came. The first proxy may have run it all the same, so it may be paid for twice. Without this such a request
     * fails, with {@link Attempt#chargePossible} set, and the application decides.
     */
    public ClientBuilder retryLostRequestsAtTheRiskOfPayingTwice() {
        retryLost = true;
        return this;
    }

    /**
     * Sends prompts unencrypted even where the network has a key for them, so that proxies and everything on their hosts can
     * read prompts and answers.
     */
    public ClientBuilder letProxiesReadPrompts() {
        encryption = Encryption.NEVER;
        return this;
    }

    /**
     * Sends nothing while the network has no valid key to encrypt prompts for: such requests fail with {@link
     * CocoonException.Capacity}. Without this, prompts are encrypted whenever there is a key, and proxies can read them while
     * there is none. Does not concern documents that the application encrypted itself.
     */
    public ClientBuilder neverLetProxiesReadPrompts() {
        encryption = Encryption.ALWAYS;
        return this;
    }

    /**
     * Lets the client open, top up and close its contracts with its own money, within these settings. Needs a network with access
     * to its chain and a wallet with its key. Without this the client can use contracts that exist already and know its secret.
     */
    public ClientBuilder channels(ChannelSettings value) {
        channels = value;
        return this;
    }

    /** Sets who is told when a proxy states something untrue about money. Called on the executor. */
    public ClientBuilder onDispute(Consumer<Dispute> listener) {
        onDispute = listener;
        return this;
    }

    /**
     * Keeps a receipt of each request that was charged or answered: hashes, usage, price, and the payments that the proxy had
     * signed before and after. {@code docs/receipts.md} says what it proves. A receipt that cannot be kept is an alarm of the
     * folder and no failure of the request. The folder stays the caller's: close it after the client.
     */
    public ClientBuilder receipts(ReceiptFolder folder) {
        receipts = folder;
        return this;
    }

    /** Adds who is told of each request when it is over and its bill is final. Called on the executor. */
    public ClientBuilder observer(ClientObserver value) {
        observers.add(Objects.requireNonNull(value, "observer"));
        return this;
    }

    /**
     * Sets what a proxy has to prove before anything is sent to it. The policy stays the caller's. If none of this, {@link #simulatedAttestation} and {@link
     * #router} is called: on a live network, what {@link NetworkAttestation} says, with collateral from Intel and AMD; on a
     * test network {@link #build} refuses.
     */
    public ClientBuilder attestation(PeerPolicy value) {
        policy = value;
        attested = null;
        simulated = false;
        return this;
    }

    /**
     * Verifies proxies with collateral from this source against the root contract's list of images: TDX, up to date, re-checked
     * while connections are open. A proxy that is refused gets nothing; requests fail with {@link CocoonException.Attestation},
     * which names the check. The source stays the caller's.
     */
    public ClientBuilder attestation(CollateralSource source) {
        attested = chain -> NetworkAttestation.of(chain, source).clock(clock);
        policy = null;
        simulated = false;
        return this;
    }

    /**
     * Does the same with demands of yours: another policy, other collateral, other roots in tests. The images are still those
     * of the root contract that {@code demands} was made with, which has to be the network's. Its clock and executor are used
     * too. The client judges anew while connections are open, and ends that when it closes.
     */
    public ClientBuilder attestation(NetworkAttestation demands) {
        attested = chain -> demands;
        policy = null;
        simulated = false;
        return this;
    }

    /** Takes and shows SIMULATED evidence, which proves nothing. Refused on anything but a test network. */
    public ClientBuilder simulatedAttestation() {
        policy = SimulatedEvidence.policy();
        attested = null;
        simulated = true;
        return this;
    }

    /**
     * Lets a router on a trusted host dial and verify. Whoever listens there can claim to be any proxy (hazard H23), so it
     * should be loopback.
     */
    public ClientBuilder router(String host, int port) {
        router = new HostPort(host, port);
        return this;
    }

    /** Sets the certificate to show to proxies; by default one without evidence, or with simulated one if that was asked for. */
    public ClientBuilder identity(IdentitySource value) {
        identity = value;
        return this;
    }

    /** Sets the sockets; they stay the caller's and may be shared by several clients. */
    public ClientBuilder transport(Transport value) {
        transport = value;
        return this;
    }

    /** Sets the clock of spending windows, key expiry and disputes. */
    public ClientBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /** Sets where ids and keys come from. */
    public ClientBuilder random(SecureRandom value) {
        random = value;
        return this;
    }

    /** Sets what runs asynchronous requests and checks of signatures; it stays the caller's. */
    public ClientBuilder executor(Executor value) {
        executor = value;
        return this;
    }

    /** Sets what runs timers; it stays the caller's. */
    public ClientBuilder scheduler(ScheduledExecutorService value) {
        scheduler = value;
        return this;
    }

    ClientBuilder protocolVersions(int least, int most) {
        minVersion = least;
        maxVersion = most;
        return this;
    }

    ClientBuilder dialer(Dialer value) {
        dialer = value;
        return this;
    }

    /**
     * Checks the settings, seals them, and begins to connect in the background.
     *
     * @throws CocoonException.Configuration if something is missing or does not fit together
     */
    public CocoonClient build() {
        Network net =
                require(network, "network", "call network(Network.mainnet()), or Network.fakeTon(…) or Network.of(…)");
        Wallet who = require(wallet, "wallet", "call wallet(Wallet.ofNodeKey(…)) or wallet(Wallet.ofAddress(…))");
        if (secret == null && channels == null && !net.chain().isSimulated()) {
            throw new CocoonException.Configuration(
                    "no secret is set, and this network's chain is real",
                    "call secret(…) with a long random text, or channels(…) to have one made");
        }
        if (simulated && !net.chain().root().params().isTest()) {
            throw new CocoonException.Configuration(
                    "simulated attestation was asked for, and this is not a test network",
                    "call attestation(…) with a policy that verifies hardware evidence");
        }
        boolean live = !net.chain().root().params().isTest();
        if (dialer == null && router == null && attested == null && !live) {
            require(policy, "attestation policy", "call attestation(…), simulatedAttestation() or router(…)");
        }
        List<Runnable> closing = new ArrayList<>();
        try {
            return build(net, who, closing);
        } catch (RuntimeException e) {
            // Threads and sockets of our own may have begun.
            closing.forEach(Runnable::run);
            throw e;
        }
    }

    private CocoonClient build(Network net, Wallet who, List<Runnable> closing) {
        SecureRandom randomness = random == null ? new SecureRandom() : random;
        Executor work = executor == null ? OwnThreads.executor(closing) : executor;
        ScheduledExecutorService timers = scheduler == null ? OwnThreads.scheduler(closing) : scheduler;
        Dialer sockets = dialer == null ? sockets(net, randomness, closing) : dialer;
        net.use();
        closing.add(net::release);
        ClientChannels money =
                channels == null ? null : ChannelOpener.open(channels, net, who, secret, clock, randomness, closing);
        ClientSettings settings = new ClientSettings(
                net,
                who,
                money == null ? secret : Bytes.utf8(money.secret()),
                spendingLimit,
                spendingWindow,
                deadlines,
                proxies,
                attempts,
                retryLost,
                encryption,
                minVersion,
                maxVersion,
                money,
                clock,
                randomness,
                work,
                timers,
                onDispute,
                List.copyOf(observers),
                Optional.ofNullable(receipts));
        ClientContext context = new ClientContext(settings);
        ProxyPool pool = new ProxyPool(context, sockets);
        pool.start();
        return new CocoonClient(context, pool, channels, () -> closing.forEach(Runnable::run));
    }

    private Dialer sockets(Network net, SecureRandom randomness, List<Runnable> closing) {
        Function<HostPort, DialTarget> route = route(net, randomness, closing);
        Transport io = transport;
        if (io == null) {
            Transport own = Transport.builder().random(randomness).build();
            closing.add(0, own::close);
            io = own;
        }
        return new TransportDialer(io, route);
    }

    private Function<HostPort, DialTarget> route(Network net, SecureRandom randomness, List<Runnable> closing) {
        HostPort via = router;
        if (via != null) {
            return proxy -> DialTarget.viaRouter(via.host(), via.port(), proxy.host(), proxy.port());
        }
        PeerPolicy demanded = policy;
        Function<CocoonChain, NetworkAttestation> verification = attested;
        if (verification == null && demanded == null) {
            HttpCollateral vendors = HttpCollateral.builder().clock(clock).build();
            CachedCollateral own =
                    CachedCollateral.builder(vendors).clock(clock).build();
            closing.add(own::close);
            closing.add(vendors::close);
            verification = chain -> NetworkAttestation.of(chain, own).clock(clock);
        }
        if (verification != null) {
            AttestedPeers peers = verification.apply(net.chain()).ofProxies();
            closing.add(peers::close);
            demanded = peers;
        }
        Clock time = clock;
        IdentitySource shown = identity != null
                ? identity
                : IdentitySource.renewing(
                        simulated
                                ? () -> CertificateIdentity.simulatedTdx(time, randomness)
                                : () -> CertificateIdentity.unattested(time, randomness),
                        time);
        // Verified on the common pool: requests that wait for a connection may hold every thread of the executor.
        RaTls tls = RaTls.builder()
                .identity(shown)
                .policy(require(demanded, "attestation policy", "call attestation(…) or router(…)"))
                .clock(time)
                .random(randomness)
                .build();
        return proxy -> DialTarget.direct(proxy.host(), proxy.port(), tls);
    }

    private static <T> T require(@Nullable T value, String what, String nextStep) {
        if (value == null) {
            throw new CocoonException.Configuration("no " + what + " is set", nextStep);
        }
        return value;
    }
}
