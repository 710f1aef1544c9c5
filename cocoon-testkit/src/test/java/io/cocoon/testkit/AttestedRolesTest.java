package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.ChatReply;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.keymanager.KeyManagerServer;
import io.cocoon.keymanager.NetworkKeyClient;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyServerBuilder;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerRuntimeBuilder;
import io.cocoon.worker.WorkerStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All roles over real sockets and real TLS, under every policy: what is accepted, what is refused, and what each side sees. */
@Timeout(180)
@Isolated("looks at the threads of the whole process")
class AttestedRolesTest {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Address ROOT = new Address(0, Int256.fromHex("00".repeat(31) + "01"));
    private static final Address OWNER = new Address(0, Int256.fromHex("00".repeat(31) + "02"));
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String MODEL = "demo/words";
    private static final String FULL_MODEL = MODEL + "@test:" + "0".repeat(64);
    private static final int POW = 4;
    private static final Set<Int256> LISTED = Set.of(SyntheticTdx.IMAGE);
    private static final Set<Int256> NOT_LISTED = Set.of(Int256.fromHex("ab".repeat(32)));

    private static CertificateIdentity simulated() {
        return CertificateIdentity.simulatedTdx(SyntheticTdx.CLOCK, SyntheticTdx.RANDOM);
    }

    private static CertificateIdentity withoutEvidence() {
        return CertificateIdentity.unattested(SyntheticTdx.CLOCK, SyntheticTdx.RANDOM);
    }

    private static PeerPolicy anybody() {
        return AcceptUnattestedPeers.because("a test of all policies");
    }

    private static RaTls tls(CertificateIdentity shown, PeerPolicy demanded) {
        return RaTls.builder()
                .identity(shown)
                .policy(demanded)
                .clock(SyntheticTdx.CLOCK)
                .build();
    }

    private static FakeTonChain newChain(Set<Int256> proxies, Set<Int256> workers) {
        return FakeTonChain.of(
                FakeTonConfig.defaults().withOwner(OWNER).withAllowed(proxies, workers, Set.of(modelHash())),
                ROOT,
                false,
                SyntheticTdx.CLOCK);
    }

    private static Int256 modelHash() {
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256")
                    .digest(Bytes.utf8(FULL_MODEL).toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static HostPort hostPort(InetSocketAddress address) {
        return new HostPort(address.getAddress().getHostAddress(), address.getPort());
    }

    /** The roles of one network; closed in the order opposite to that in which they were made. */
    private static final class Roles implements AutoCloseable {
        private final FakeTonChain chain;
        private final Transport transport = Transport.builder().build();
        private final Deque<AutoCloseable> open = new ArrayDeque<>();

        Roles(Set<Int256> proxies, Set<Int256> workers) {
            chain = newChain(proxies, workers);
            open.push(chain::close);
            open.push(transport);
        }

        private <T extends AutoCloseable> T keep(T role) {
            open.push(role);
            return role;
        }

        void allow(Set<Int256> proxies, Set<Int256> workers) {
            chain.change(config -> config.withAllowed(proxies, workers, Set.of(modelHash())));
        }

        KeyManagerServer keyManager(UnaryOperator<KeyManagerServer.Builder> how, Int256 image) throws IOException {
            KeyManagerServer manager = keep(how.apply(KeyManagerServer.builder()
                            .chain(chain)
                            .clock(SyntheticTdx.CLOCK)
                            .publisher(key -> {
                                chain.change(config -> config.withKeys(List.of(key), config.keyManager()));
                                return CompletableFuture.completedFuture(null);
                            }))
                    .build());
            chain.change(config -> config.withKeys(
                    config.networkKeys(),
                    Optional.of(new RootState.KeyManager(Int256.ZERO, image, hostPort(manager.address())))));
            return manager;
        }

        NetworkKeyClient keys(RaTls tls, boolean checked) {
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
            open.push(timer::shutdownNow);
            return keep(NetworkKeyClient.start(
                    chain,
                    transport,
                    at -> DialTarget.direct(at.host(), at.port(), tls),
                    checked,
                    SyntheticTdx.CLOCK,
                    SyntheticTdx.RANDOM,
                    timer));
        }

        ProxyServer proxy(UnaryOperator<ProxyServerBuilder> how) {
            ProxyServer proxy = keep(how.apply(ProxyServer.builder()
                            .chain(chain)
                            .clock(SyntheticTdx.CLOCK)
                            .key(Ed25519Key.generate(SyntheticTdx.RANDOM))
                            .owner(OWNER)
                            .transport(transport))
                    .build()
                    .start());
            chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(
                    1, hostPort(proxy.workerAddress()), hostPort(proxy.clientAddress())))));
            return proxy;
        }

        ProxyServer attestedProxy(CertificateIdentity shown) {
            return proxy(builder -> builder.listenForAttestedWorkers(
                            ANY_PORT, IdentitySource.fixed(shown), SyntheticTdx.demands(chain), POW)
                    .listenForClients(ANY_PORT, ListenMode.direct(tls(shown, anybody()), POW)));
        }

        ProxyServer plainProxy(CertificateIdentity shown, PeerPolicy demanded) {
            ListenMode mode = ListenMode.direct(tls(shown, demanded), POW);
            return proxy(builder ->
                    builder.withoutHashChecks().listenForWorkers(ANY_PORT, mode).listenForClients(ANY_PORT, mode));
        }

        WorkerRuntime worker(UnaryOperator<WorkerRuntimeBuilder> how) {
            WorkerRuntime worker = keep(how.apply(WorkerRuntime.builder()
                            .chain(chain)
                            .clock(SyntheticTdx.CLOCK)
                            .owner(OWNER)
                            .model(FULL_MODEL)
                            .engine(DemoEngine.create(Duration.ZERO)))
                    .build());
            worker.start();
            return worker;
        }

        WorkerRuntime attestedWorker(CertificateIdentity shown) {
            return worker(builder -> builder.checkHashes(true)
                    .attested(transport, IdentitySource.fixed(shown), SyntheticTdx.demands(chain)));
        }

        CocoonClient client(UnaryOperator<ClientBuilder> how) {
            return keep(how.apply(CocoonClient.builder()
                            .network(Network.of(chain))
                            .wallet(Wallet.ofAddress(OWNER))
                            .emptySecretSoThatAnyoneCanSpend()
                            .clock(SyntheticTdx.CLOCK)
                            .transport(transport)
                            .proxies(1))
                    .build());
        }

        CocoonClient attestedClient() {
            return client(builder -> builder.attestation(SyntheticTdx.demands(chain)));
        }

        @Override
        public void close() throws Exception {
            while (!open.isEmpty()) {
                open.pop().close();
            }
        }
    }

    private static void ready(ProxyServer proxy) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(proxy.status().workers()).hasSize(1));
    }

    private static WorkerStatus.Proxy link(WorkerRuntime worker) {
        return worker.status().proxies().get(0);
    }

    private static ChatReply ask(CocoonClient client) {
        return client.chat(MODEL).user("Who are you?").send();
    }

    private static void answers(CocoonClient client, String verdict) {
        ChatReply reply = ask(client);
        assertThat(reply.text()).contains("Who are you?");
        assertThat(reply.bill().adjusted().totalTokensUsed()).isPositive();
        assertThat(reply.attestation().toString()).contains(verdict);
    }

    private static CocoonException.Attestation refusal(CocoonClient client) {
        CocoonException.Attestation seen = catchThrowableOfType(CocoonException.Attestation.class, () -> ask(client));
        assertThat(seen).as("a refused proxy").isNotNull();
        assertThat(seen.nextStep()).isNotBlank();
        return seen;
    }

    private static Deadlines patient() {
        return Deadlines.DEFAULT.withConnect(Duration.ofSeconds(30));
    }

    // Every policy, from end to end.

    @Test
    void should_answer_with_a_bill_when_every_role_is_attested() throws Exception {
        try (Roles roles = new Roles(LISTED, LISTED)) {
            CertificateIdentity shown = SyntheticTdx.healthy();
            roles.keyManager(
                    builder -> builder.listenAttested(
                            roles.transport,
                            ANY_PORT,
                            IdentitySource.fixed(shown),
                            SyntheticTdx.demands(roles.chain),
                            POW),
                    SyntheticTdx.IMAGE);
            AttestedPeers ofKeyManager = SyntheticTdx.demands(roles.chain).ofKeyManager();
            roles.open.push(ofKeyManager);
            NetworkKeyClient keys = roles.keys(tls(shown, ofKeyManager), true);
            ProxyServer proxy = roles.proxy(builder -> builder.networkKeys(keys)
                    .listenForAttestedWorkers(
                            ANY_PORT, IdentitySource.fixed(shown), SyntheticTdx.demands(roles.chain), POW)
                    .listenForClients(ANY_PORT, ListenMode.direct(tls(shown, anybody()), POW)));
            roles.attestedWorker(shown);
            CocoonClient client = roles.client(builder -> builder.attestation(SyntheticTdx.demands(roles.chain))
                    .neverLetProxiesReadPrompts()
                    .deadlines(patient()));
            ready(proxy);
            await().atMost(SOON)
                    .until(() -> roles.chain.root().networkKeys().stream()
                            .allMatch(key -> keys.privateHalf(key.publicKey()).isPresent()));

            answers(client, "accepted: Intel TDX evidence verified, by TEST ROOTS");
            ChatReply reply = ask(client);
            assertThat(reply.encrypted()).isTrue();
            assertThat(reply.attestation().isAttested()).isTrue();
            assertThat(reply.attestation().identity().imageHash()).isEqualTo(SyntheticTdx.IMAGE);
        }
    }

    @Test
    void should_answer_and_shout_simulated_when_every_role_simulates() throws Exception {
        try (Roles roles = new Roles(Set.of(), Set.of())) {
            roles.keyManager(
                    builder -> builder.withoutHashChecks()
                            .listen(
                                    roles.transport,
                                    ANY_PORT,
                                    ListenMode.direct(tls(simulated(), SimulatedEvidence.policy()), POW)),
                    Int256.ZERO);
            NetworkKeyClient keys = roles.keys(tls(simulated(), SimulatedEvidence.policy()), false);
            ProxyServer proxy = roles.plainProxy(simulated(), SimulatedEvidence.policy());
            roles.worker(builder ->
                    builder.checkHashes(false).direct(roles.transport, tls(simulated(), SimulatedEvidence.policy())));
            ready(proxy);
            await().atMost(SOON)
                    .until(() -> roles.chain.root().networkKeys().stream()
                            .allMatch(key -> keys.privateHalf(key.publicKey()).isPresent()));

            answers(
                    roles.client(builder -> builder.simulatedAttestation().letProxiesReadPrompts()),
                    "accepted SIMULATED");
        }
    }

    @Test
    void should_answer_and_shout_unattested_when_nobody_asks_for_evidence() throws Exception {
        try (Roles roles = new Roles(Set.of(), Set.of())) {
            roles.keyManager(
                    builder -> builder.withoutHashChecks()
                            .listen(
                                    roles.transport,
                                    ANY_PORT,
                                    ListenMode.direct(tls(withoutEvidence(), anybody()), POW)),
                    Int256.ZERO);
            NetworkKeyClient keys = roles.keys(tls(withoutEvidence(), anybody()), false);
            ProxyServer proxy = roles.plainProxy(withoutEvidence(), anybody());
            roles.worker(
                    builder -> builder.checkHashes(false).direct(roles.transport, tls(withoutEvidence(), anybody())));
            ready(proxy);
            await().atMost(SOON)
                    .until(() -> roles.chain.root().networkKeys().stream()
                            .allMatch(key -> keys.privateHalf(key.publicKey()).isPresent()));

            answers(
                    roles.client(builder -> builder.attestation(anybody()).letProxiesReadPrompts()),
                    "accepted UNATTESTED");
        }
    }

    // What a client sees of a proxy that it refuses.

    @ParameterizedTest
    @CsvSource({
        "listed but of another image, IMAGE_HASH",
        "nothing listed, IMAGE_HASH",
        "simulated evidence, EVIDENCE_SIMULATED",
        "no evidence, EVIDENCE_MISSING",
        "debug, TD_DEBUG",
        "out of date, TCB_STATUS"
    })
    void should_refuse_a_proxy_with_the_name_of_the_check_and_tell_it_nothing(String what, String code)
            throws Exception {
        CertificateIdentity shown = switch (what) {
            case "simulated evidence" -> simulated();
            case "no evidence" -> withoutEvidence();
            case "debug" -> SyntheticTdx.identity("td-policy-debug-v5");
            case "out of date" -> SyntheticTdx.identity("status-out-of-date");
            default -> SyntheticTdx.healthy();
        };
        Set<Int256> proxies = switch (what) {
            case "listed but of another image" -> NOT_LISTED;
            case "nothing listed" -> Set.of();
            case "debug" -> Set.of(SyntheticTdx.image(SyntheticTdx.quote("td-policy-debug-v5")));
            default -> LISTED;
        };
        try (Roles roles = new Roles(proxies, LISTED)) {
            Silent refused = new Silent();
            Listener listener = roles.keep(
                    roles.transport.listen(ANY_PORT, ListenMode.direct(tls(shown, anybody()), POW), peer -> refused));
            HostPort at = hostPort(listener.address());
            roles.chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(1, at, at))));
            WorkerRuntime worker = roles.attestedWorker(SyntheticTdx.healthy());
            CocoonClient client = roles.attestedClient();

            CocoonException.Attestation seen = refusal(client);

            assertThat(seen).hasMessageContaining(code).hasMessageContaining(at.toString());
            assertThat(seen.report().orElseThrow().toText()).contains(code);
            assertThat(client.connections().get(0).refusal().orElseThrow().toText())
                    .contains(code);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(link(worker).lastProblem()).contains("ATTESTATION", code));
            assertThat(link(worker).refusal().orElseThrow().toText()).contains(code);
            assertThat(refused.heard).hasValue(0);
        }
    }

    @Test
    void should_refuse_an_attested_proxy_where_simulated_evidence_is_wanted() throws Exception {
        try (Roles roles = new Roles(LISTED, LISTED)) {
            roles.plainProxy(SyntheticTdx.healthy(), anybody());

            assertThat(refusal(roles.client(ClientBuilder::simulatedAttestation)))
                    .hasMessageContaining("EVIDENCE_NOT_SIMULATED");
        }
    }

    @Test
    void should_not_believe_our_test_root_where_the_defaults_verify() throws Exception {
        try (Roles roles = new Roles(LISTED, LISTED)) {
            CertificateIdentity shown = SyntheticTdx.healthy();
            ProxyServer proxy = roles.proxy(builder -> builder.listenForAttestedWorkers(
                            ANY_PORT, IdentitySource.fixed(shown), SyntheticTdx.COLLATERAL, POW)
                    .listenForClients(ANY_PORT, ListenMode.direct(tls(shown, anybody()), POW)));
            WorkerRuntime trusting = roles.attestedWorker(shown);
            WorkerRuntime strict = roles.worker(builder -> builder.checkHashes(true)
                    .attested(roles.transport, IdentitySource.fixed(shown), SyntheticTdx.COLLATERAL));

            assertThat(refusal(roles.client(builder -> builder.attestation(SyntheticTdx.COLLATERAL))))
                    .hasMessageContaining("ROOT");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(link(strict).lastProblem()).contains("ATTESTATION", "ROOT"));
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(link(trusting).lastProblem()).contains("refused our certificate"));
            assertThat(proxy.status().workers()).isEmpty();
        }
    }

    // What a proxy and a worker see of each other.

    @ParameterizedTest
    @CsvSource({"a proxy's list only", "nothing listed", "simulated evidence", "no evidence", "debug", "out of date"})
    void should_refuse_a_worker_which_then_knows_that_its_evidence_was_not_taken(String what) throws Exception {
        CertificateIdentity shown = switch (what) {
            case "simulated evidence" -> simulated();
            case "no evidence" -> withoutEvidence();
            case "debug" -> SyntheticTdx.identity("td-policy-debug-v5");
            case "out of date" -> SyntheticTdx.identity("status-out-of-date");
            default -> SyntheticTdx.healthy();
        };
        Set<Int256> workers = switch (what) {
            case "a proxy's list only" -> NOT_LISTED;
            case "nothing listed" -> Set.of();
            case "debug" -> Set.of(SyntheticTdx.image(SyntheticTdx.quote("td-policy-debug-v5")));
            default -> LISTED;
        };
        try (Roles roles = new Roles(LISTED, workers)) {
            ProxyServer proxy = roles.attestedProxy(SyntheticTdx.healthy());
            WorkerRuntime worker = roles.attestedWorker(shown);

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(link(worker).lastProblem()).contains("refused our certificate"));
            assertThat(proxy.status().workers()).isEmpty();
            assertThat(link(worker).state()).isNotEqualTo(WorkerStatus.ProxyState.READY);
        }
    }

    @Test
    void should_take_a_worker_once_its_image_is_listed() throws Exception {
        try (Roles roles = new Roles(LISTED, NOT_LISTED)) {
            ProxyServer proxy = roles.attestedProxy(SyntheticTdx.healthy());
            WorkerRuntime worker = roles.attestedWorker(SyntheticTdx.healthy());
            await().atMost(SOON).until(() -> !link(worker).lastProblem().isEmpty());

            roles.allow(LISTED, LISTED);

            ready(proxy);
            answers(roles.attestedClient(), "Intel TDX evidence verified");
        }
    }

    @Test
    void t3_should_close_open_connections_with_the_check_when_an_image_is_taken_off_the_list() throws Exception {
        try (Roles roles = new Roles(LISTED, LISTED)) {
            ProxyServer proxy = roles.attestedProxy(SyntheticTdx.healthy());
            WorkerRuntime worker = roles.attestedWorker(SyntheticTdx.healthy());
            CocoonClient client = roles.attestedClient();
            ready(proxy);
            answers(client, "Intel TDX evidence verified");
            Silent watching = new Silent();
            AttestedPeers demanded = SyntheticTdx.demands(roles.chain).ofProxies();
            roles.open.push(demanded);
            HostPort at = hostPort(proxy.clientAddress());
            Connection open = roles.transport
                    .dial(DialTarget.direct(at.host(), at.port(), tls(withoutEvidence(), demanded)), watching)
                    .get(60, TimeUnit.SECONDS);
            assertThat(open.peer().kind()).isEqualTo(PeerIdentity.Kind.TDX);

            roles.allow(NOT_LISTED, LISTED);

            await().atMost(SOON).until(() -> watching.end.get() != null);
            assertThat(watching.end.get())
                    .satisfies(end -> assertThat(end.cause()).isEqualTo(CloseReason.Cause.ATTESTATION))
                    .satisfies(end -> assertThat(end.detail()).contains("IMAGE_HASH"));
            await().atMost(SOON).until(() -> !link(worker).lastProblem().isEmpty());
            assertThat(link(worker))
                    .satisfies(seen -> assertThat(seen.lastProblem()).contains("ATTESTATION", "IMAGE_HASH"))
                    .satisfies(seen -> assertThat(seen.refusal().orElseThrow().toString())
                            .as("every check, on the worker's page too")
                            .contains("IMAGE_HASH"));
            await().atMost(SOON).untilAsserted(() -> assertThat(refusal(client)).hasMessageContaining("IMAGE_HASH"));

            roles.allow(LISTED, LISTED);

            ready(proxy);
            await().atMost(SOON).ignoreExceptions().untilAsserted(() -> answers(client, "Intel TDX evidence verified"));
        }
    }

    // What callers and the key manager see of each other.

    @ParameterizedTest
    @CsvSource({
        "right image, ''",
        "caller of another image, refused our certificate",
        "key manager of another image, IMAGE_HASH",
        "simulated caller, refused our certificate"
    })
    void should_take_and_refuse_callers_and_key_managers(String what, String seen) throws Exception {
        boolean otherCaller = what.equals("caller of another image");
        try (Roles roles = new Roles(otherCaller ? NOT_LISTED : LISTED, NOT_LISTED)) {
            KeyManagerServer manager = roles.keyManager(
                    builder -> builder.listenAttested(
                            roles.transport,
                            ANY_PORT,
                            IdentitySource.fixed(SyntheticTdx.healthy()),
                            SyntheticTdx.demands(roles.chain),
                            POW),
                    what.startsWith("key manager") ? Int256.fromHex("cd".repeat(32)) : SyntheticTdx.IMAGE);
            AttestedPeers demanded = SyntheticTdx.demands(roles.chain).ofKeyManager();
            roles.open.push(demanded);
            RaTls caller = tls(what.startsWith("simulated") ? simulated() : SyntheticTdx.healthy(), demanded);

            if (seen.isEmpty()) {
                NetworkKeyClient keys = roles.keys(caller, true);
                Int256 key = manager.publicKeys().get(0).publicKey();
                await().atMost(SOON).until(() -> keys.privateHalf(key).isPresent());
            } else {
                assertThat(dialFailure(roles, hostPort(manager.address()), caller))
                        .contains(seen);
            }
        }
    }

    /** Returns why a connection could not be opened, or closed before anything was heard on it. */
    private static String dialFailure(Roles roles, HostPort at, RaTls tls) throws Exception {
        Silent dialler = new Silent();
        try {
            roles.transport
                    .dial(DialTarget.direct(at.host(), at.port(), tls), dialler)
                    .get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(ConnectionClosedException.class);
            return String.valueOf(e.getMessage());
        }
        await().atMost(SOON).until(() -> dialler.end.get() != null);
        return String.valueOf(dialler.end.get());
    }

    // What a build that fails leaves.

    @Test
    void should_leave_no_thread_when_a_build_fails() throws Exception {
        try (Roles roles = new Roles(LISTED, LISTED);
                Listener taken = roles.transport.listen(
                        ANY_PORT, ListenMode.direct(tls(simulated(), anybody()), POW), peer -> new Silent())) {
            IdentitySource shown = IdentitySource.fixed(SyntheticTdx.healthy());
            List<String> before = threadsOfRoles();

            assertThatThrownBy(() -> WorkerRuntime.builder()
                            .chain(roles.chain)
                            .model(FULL_MODEL)
                            .engine(DemoEngine.create(Duration.ZERO))
                            .attested(roles.transport, shown, SyntheticTdx.COLLATERAL)
                            .build())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("owner");
            assertThatThrownBy(() -> ProxyServer.builder()
                            .chain(roles.chain)
                            .key(SyntheticTdx.KEY)
                            .owner(OWNER)
                            .listenForAttestedWorkers(ANY_PORT, shown, SyntheticTdx.COLLATERAL, 65)
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("65");
            assertThatThrownBy(() -> KeyManagerServer.builder()
                            .chain(roles.chain)
                            .listenAttested(roles.transport, taken.address(), shown, SyntheticTdx.COLLATERAL, POW)
                            .build())
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(String.valueOf(taken.address().getPort()));
            assertThatThrownBy(() -> CocoonClient.builder()
                            .network(Network.of(roles.chain))
                            .wallet(Wallet.ofAddress(OWNER))
                            .emptySecretSoThatAnyoneCanSpend()
                            .attestation(SyntheticTdx.COLLATERAL)
                            .random(new Broken())
                            .build())
                    .hasMessageContaining("no entropy");

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(threadsOfRoles()).isSubsetOf(before));
        }
    }

    /** Without the event loops of the shared transport, which start when they are first needed. */
    private static List<String> threadsOfRoles() {
        return Leaks.threads().stream()
                .map(Thread::getName)
                .filter(name -> !name.startsWith("cocoon-io"))
                .toList();
    }

    /** Chance that fails. */
    private static final class Broken extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            throw new IllegalStateException("no entropy");
        }
    }

    /** Says nothing, counts what it hears, and remembers the end. */
    private static final class Silent implements ConnectionHandler {
        private final AtomicInteger heard = new AtomicInteger();
        private final AtomicReference<CloseReason> end = new AtomicReference<>();

        @Override
        public void connected(Connection connection) {
            heard.incrementAndGet();
        }

        @Override
        public void message(Connection connection, Bytes message) {
            heard.incrementAndGet();
        }

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {
            heard.incrementAndGet();
        }

        @Override
        public void closed(Connection connection, CloseReason reason) {
            end.set(reason);
        }
    }
}
