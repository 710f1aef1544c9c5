package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Deadlines;
import io.cocoon.client.Diagnosis;
import io.cocoon.client.Diagnosis.Check;
import io.cocoon.client.Diagnosis.Outcome;
import io.cocoon.client.Diagnosis.Severity;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each finding of the doctor beside the case in which it finds nothing, and that looking costs nothing. */
@Timeout(300)
class DoctorTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Address OWNER = new Address(0, Int256.fromHex("00".repeat(31) + "02"));
    private static final Deadlines QUICK = Deadlines.DEFAULT.withConnect(Duration.ofSeconds(3));

    private static Diagnosis look(TestNetwork network, UnaryOperator<ChannelSettings> settings) {
        try (CocoonClient client = lookingClient(network, settings).build()) {
            return look(client);
        }
    }

    private static ClientBuilder lookingClient(TestNetwork network, UnaryOperator<ChannelSettings> settings) {
        return network.clientBuilder()
                .channels(settings.apply(network.channelSettings()).lookOnly());
    }

    private static Diagnosis look(CocoonClient client) {
        await().atMost(SOON).until(() -> client.channels().walletBalance().isPresent());
        return client.doctor();
    }

    private static Check check(Diagnosis diagnosis, String prefix) {
        return diagnosis.checks().stream()
                .filter(each -> each.name().startsWith(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no check " + prefix + " in\n" + diagnosis));
    }

    private static void passes(Diagnosis diagnosis, String prefix) {
        assertThat(check(diagnosis, prefix).outcome()).as(diagnosis.toString()).isEqualTo(Outcome.PASSED);
    }

    private static void fails(Diagnosis diagnosis, String prefix, Severity severity, String seen, String fix) {
        Check check = check(diagnosis, prefix);
        assertThat(check.outcome()).as(diagnosis.toString()).isEqualTo(Outcome.FAILED);
        assertThat(check.severity()).isEqualTo(severity);
        assertThat(check.seen()).contains(seen);
        assertThat(check.fix()).contains(fix);
        assertThat(diagnosis.worst()).isGreaterThanOrEqualTo(severity);
    }

    @Test
    void should_find_a_test_network_healthy_and_leave_every_nanoton_where_it_is() {
        try (TestNetwork network = TestNetwork.start();
                CocoonClient client =
                        lookingClient(network, UnaryOperator.identity()).build()) {
            Diagnosis diagnosis = look(client);

            assertThat(diagnosis.worst()).as(diagnosis.toString()).isEqualTo(Severity.NOTE);
            for (String name : List.of(
                    "chain",
                    "root.proxies",
                    "root.prices",
                    "root.network-key",
                    "funds",
                    "limit",
                    "exit",
                    "proxy 127.0.0.1")) {
                passes(diagnosis, name);
            }
            assertThat(check(diagnosis, "evidence").outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
            assertThat(check(diagnosis, "evidence").seen()).contains("SIMULATED");
            assertThat(client.channels().walletBalance()).contains(Nanoton.ofTon("50"));
            assertThat(client.channels().all()).isEmpty();
        }
    }

    @Test
    void should_say_how_much_is_missing_where_and_that_the_limit_is_too_low() {
        try (TestNetwork network = TestNetwork.start()) {
            Diagnosis poor = look(network, settings -> settings.firstDeposit(Nanoton.ofTon("60")));
            fails(poor, "funds", Severity.CRITICAL, "50 TON", "send 12.575 TON or more to 0:");
            fails(poor, "limit", Severity.CRITICAL, "40 TON", "raise the limit to 60 TON");

            Diagnosis rich = look(network, settings -> settings.firstDeposit(Nanoton.ofTon("39")));
            passes(rich, "funds");
            passes(rich, "limit");
        }
    }

    @Test
    void should_warn_of_what_a_vanishing_proxy_would_cost_only_if_that_is_too_much() {
        try (TestNetwork network = TestNetwork.start()) {
            Diagnosis careful = look(network, settings -> settings.maxAtRisk(Nanoton.ofTon("0.5")));
            fails(careful, "exit", Severity.WARNING, "1 TON could be lost", "only proxies with a stake of 1 TON");
            fails(careful, "proxy 127.0.0.1", Severity.CRITICAL, "if this proxy vanished", "use another proxy");

            passes(look(network, settings -> settings.maxAtRisk(Nanoton.ofTon("1"))), "exit");
        }
    }

    @Test
    void h8_should_find_prices_at_which_nobody_can_be_paid() {
        try (TestNetwork network = TestNetwork.start()) {
            network.changePrices(new Nanoton(10), new Nanoton(11));
            await().atMost(SOON)
                    .until(() -> network.contracts()
                            .root()
                            .params()
                            .prices()
                            .perToken()
                            .equals(new Nanoton(10)));

            Diagnosis inverted = look(network, UnaryOperator.identity());
            fails(inverted, "root.prices", Severity.CRITICAL, "0.000000011 TON", "no contract can pay a worker");

            network.changePrices(new Nanoton(11), new Nanoton(11));
            await().atMost(SOON)
                    .until(() -> network.contracts()
                            .root()
                            .params()
                            .prices()
                            .perToken()
                            .equals(new Nanoton(11)));
            passes(look(network, UnaryOperator.identity()), "root.prices");
        }
    }

    @Test
    void should_warn_where_proxies_can_read_prompts_and_be_strict_where_that_is_forbidden() {
        try (TestNetwork network =
                        TestNetwork.builder().withoutPayloadEncryption().start();
                CocoonClient strict = lookingClient(network, UnaryOperator.identity())
                        .neverLetProxiesReadPrompts()
                        .build()) {
            fails(look(network, UnaryOperator.identity()), "root.network-key", Severity.WARNING, "0 keys", "can read");
            fails(look(strict), "root.network-key", Severity.CRITICAL, "0 keys", "nothing is sent");
        }
    }

    @Test
    void should_say_that_the_view_of_the_chain_is_old_and_what_follows() {
        try (TestNetwork network = TestNetwork.start();
                CocoonClient late = lookingClient(network, UnaryOperator.identity())
                        .clock(Clock.offset(Clock.systemUTC(), Duration.ofHours(3)))
                        .build()) {
            fails(look(late), "chain", Severity.CRITICAL, "s ago", "repair the access");
        }
    }

    @Test
    void should_name_the_proxy_that_is_away_as_critical_and_as_a_warning_if_another_serves() {
        try (TestNetwork network = TestNetwork.builder().proxies(2).start()) {
            network.proxies().get(0).close();
            Diagnosis one = look(network, UnaryOperator.identity());
            String closed =
                    "127.0.0.1:" + network.proxies().get(0).clientAddress().getPort();
            Check away = check(one, "proxy " + closed);
            assertThat(away.isBad()).as(one.toString()).isTrue();
            assertThat(away.severity()).isEqualTo(Severity.WARNING);
            assertThat(one.isHealthy()).isTrue();

            network.proxies().get(1).close();
            try (CocoonClient client = lookingClient(network, UnaryOperator.identity())
                    .deadlines(QUICK)
                    .build()) {
                Diagnosis none = look(client);
                assertThat(check(none, "proxy 127.0.0.1").isBad())
                        .as(none.toString())
                        .isTrue();
                assertThat(none.worst()).isEqualTo(Severity.CRITICAL);
            }
        }
    }

    @Test
    void should_find_that_the_registry_is_empty() {
        try (FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults().withProxies(List.of()), OWNER, false);
                CocoonClient client = CocoonClient.builder()
                        .network(Network.of(chain))
                        .wallet(Wallet.ofAddress(OWNER))
                        .emptySecretSoThatAnyoneCanSpend()
                        .simulatedAttestation()
                        .deadlines(QUICK)
                        .build()) {
            Diagnosis diagnosis = client.doctor();
            fails(diagnosis, "root.proxies", Severity.CRITICAL, "0 registered", "root contract");
            fails(diagnosis, "proxies", Severity.CRITICAL, "no usable proxy", "wait");
        }
    }

    @Test
    void should_find_a_wallet_without_money_unusable() {
        try (TestNetwork network = TestNetwork.start()) {
            CocoonWallet empty = CocoonWallet.withCode(
                    Ed25519Key.generate(SyntheticTdx.RANDOM),
                    OWNER,
                    ContractCode.current().wallet());
            try (CocoonClient client = lookingClient(network, UnaryOperator.identity())
                    .network(Network.of(
                            network.contracts(), network.chainAccess().orElseThrow()))
                    .wallet(Wallet.of(empty))
                    .build()) {
                fails(
                        look(client),
                        "funds",
                        Severity.CRITICAL,
                        "0 TON",
                        empty.address().toString());
            }
        }
    }

    // Evidence, with a network of our own: what a list of images and a platform do.

    @Test
    void should_say_which_side_is_stale_when_an_image_is_not_listed() throws Exception {
        Set<Int256> other = Set.of(Int256.fromHex("ab".repeat(32)));
        fails(
                evidence("base", other, SyntheticTdx.CLOCK),
                "proxy 127.0.0.1",
                Severity.CRITICAL,
                "it is the proxy's image that is stale",
                "its operator has to run a listed image");

        Diagnosis listed = evidence("base", Set.of(SyntheticTdx.IMAGE), SyntheticTdx.CLOCK);
        passes(listed, "proxy 127.0.0.1");
        passes(listed, "evidence");
        assertThat(check(listed, "tcb 127.0.0.1").seen()).contains("days old");
    }

    @Test
    void should_blame_our_own_list_when_the_chain_was_not_seen_for_long() throws Exception {
        Clock late = Clock.offset(SyntheticTdx.CLOCK, Duration.ofHours(3));
        fails(
                evidence("base", Set.of(Int256.fromHex("ab".repeat(32))), late),
                "proxy 127.0.0.1",
                Severity.CRITICAL,
                "it is our list that is stale",
                "repair the access to the chain");
    }

    @Test
    void should_refuse_a_platform_that_is_out_of_date_and_say_whose_it_is_to_update() throws Exception {
        Int256 image = SyntheticTdx.image(SyntheticTdx.quote("status-out-of-date"));
        fails(
                evidence("status-out-of-date", Set.of(image), SyntheticTdx.CLOCK),
                "proxy 127.0.0.1",
                Severity.CRITICAL,
                "OutOfDate",
                "update the platform's firmware");
    }

    private static Diagnosis evidence(String quote, Set<Int256> allowed, Clock clientsClock) throws Exception {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        RaTls shown = RaTls.builder()
                .identity(IdentitySource.fixed(SyntheticTdx.identity(quote)))
                .policy(AcceptUnattestedPeers.because("a test"))
                .clock(SyntheticTdx.CLOCK)
                .build();
        RaTls workers = RaTls.builder()
                .identity(IdentitySource.fixed(SyntheticTdx.identity(quote)))
                .policy(SimulatedEvidence.policy())
                .clock(SyntheticTdx.CLOCK)
                .build();
        try (FakeTonChain chain = FakeTonChain.of(
                        FakeTonConfig.defaults().withOwner(OWNER).withAllowed(allowed, Set.of(), Set.of()),
                        OWNER,
                        false,
                        SyntheticTdx.CLOCK);
                Transport transport = Transport.builder().build();
                ProxyServer proxy = ProxyServer.builder()
                        .chain(chain)
                        .key(Ed25519Key.generate(SyntheticTdx.RANDOM))
                        .owner(OWNER)
                        .withoutHashChecks()
                        .clock(SyntheticTdx.CLOCK)
                        .transport(transport)
                        .listenForWorkers(anyPort, ListenMode.direct(workers, 4))
                        .listenForClients(anyPort, ListenMode.direct(shown, 4))
                        .build()
                        .start()) {
            HostPort at = new HostPort("127.0.0.1", proxy.clientAddress().getPort());
            chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(1, at, at))));
            try (CocoonClient client = CocoonClient.builder()
                    .network(Network.of(chain))
                    .wallet(Wallet.ofAddress(OWNER))
                    .emptySecretSoThatAnyoneCanSpend()
                    .clock(clientsClock)
                    .transport(transport)
                    .attestation(SyntheticTdx.demands(chain))
                    .proxies(1)
                    .build()) {
                return client.doctor();
            }
        }
    }
}
