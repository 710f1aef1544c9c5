package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.transport.PeerIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with channels, and on networks that are real, is told in words; no money moves by it. */
class ChannelMistakesTest {

    private static final Address OWNER = new Address(0, Int256.fromHex("66".repeat(32)));
    private static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.fromHex("77".repeat(32)));
    private static final CocoonWallet WALLET = CocoonWallet.existing(KEY, OWNER);
    private static final String SECRET = "a-secret-that-is-long-enough";

    private final ScriptedTon ton = new ScriptedTon();
    private final List<Runnable> closing = new ArrayList<>();
    private Setup setup = Setup.withProxies(0);

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        closing.forEach(Runnable::run);
        setup.close();
    }

    private CocoonClient withChannels(Path in) {
        return setup.client(b -> b.network(Network.of(new SeemingChain(setup.chain, true), ton))
                .wallet(Wallet.of(WALLET))
                .channels(ChannelSettings.in(in, Nanoton.ofTon("50"))));
    }

    private static CocoonException failure(CompletableFuture<?> asked) {
        Throwable thrown = catchThrowable(() -> asked.get(30, TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        Throwable cause = Failures.unwrap(thrown);
        assertThat(cause).isInstanceOf(CocoonException.class);
        assertThat(((CocoonException) cause).nextStep()).isNotBlank();
        return (CocoonException) cause;
    }

    private static void delete(Path all) throws IOException {
        try (Stream<Path> each = Files.walk(all)) {
            for (Path path : each.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    // ---- the folder

    @Test
    void should_say_that_another_client_uses_the_folder_and_leave_that_one_alone() {
        CocoonClient first = withChannels(folder);

        assertThat(catchThrowable(() -> withChannels(folder)))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll(folder.toString(), "is open already", "the money is safe");
        assertThat(first.channels().all()).isEmpty();

        first.close();
        assertThat(withChannels(folder).channels().all()).isEmpty();
    }

    @Test
    void should_say_that_the_folder_cannot_be_made() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");

        assertThat(catchThrowable(() -> withChannels(file)))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll("cannot be opened", file + " is no folder");
    }

    @Test
    void should_say_that_a_wallet_without_a_key_opens_no_channels() {
        assertThat(catchThrowable(() ->
                        setup.client(b -> b.network(Network.of(new SeemingChain(setup.chain, true), ton))
                                .channels(ChannelSettings.in(folder, Nanoton.ofTon("50"))))))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll(Setup.CLIENT.toString(), "only the address is known", "Wallet.ofNodeKey");
    }

    @Test
    void should_do_nothing_if_what_is_to_be_done_cannot_be_written_down() throws IOException {
        setup = Setup.withProxies(1);
        ton.silent = true;
        Path state = folder.resolve("channels");
        CocoonClient cocoon = withChannels(state);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !cocoon.channels().all().isEmpty());
        delete(state);

        assertThat(failure(cocoon.channels().all().get(0).close()))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll("could not be written", state.toString(), "nothing was done");
    }

    @Test
    void should_say_that_closed_channels_take_no_wish() {
        setup = Setup.withProxies(1);
        ton.silent = true;
        CocoonClient cocoon = withChannels(folder);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !cocoon.channels().all().isEmpty());
        Channel channel = cocoon.channels().all().get(0);
        cocoon.close();

        assertThat(failure(channel.close()))
                .isInstanceOf(CocoonException.Cancelled.class)
                .hasMessageContainingAll("nothing was done", "build another client with the same folder");
    }

    // ---- what a handshake wants of them

    private ClientChannels open(Path in) {
        return ChannelOpener.open(
                ChannelSettings.in(in, Nanoton.ofTon("50")),
                Network.of(new SeemingChain(setup.chain, true), ton),
                Wallet.of(WALLET),
                Bytes.utf8(SECRET),
                Clock.systemUTC(),
                new SecureRandom(),
                closing);
    }

    private CompletableFuture<Void> register(ClientChannels channels, Duration within) {
        RootState root = setup.chain.root();
        return new ChannelEntry(channels, Runnable::run, "10.0.0.1:11002").register(root, account(root), 1, within);
    }

    private ProxyAccount account(RootState root) {
        Address proxy = ContractAddresses.proxy(root, OWNER, KEY.publicKey());
        Address contract = ContractAddresses.client(root, WALLET.address(), proxy, KEY.publicKey());
        return new ProxyAccount(
                "10.0.0.1:11002",
                proxy,
                contract,
                KEY.publicKey(),
                Clock.systemUTC(),
                Runnable::run,
                dispute -> {},
                null);
    }

    @Test
    void should_say_that_the_chain_did_not_answer_in_time() {
        ton.silent = true;

        assertThat(failure(register(open(folder), Duration.ofSeconds(1))))
                .isInstanceOf(CocoonException.Capacity.class)
                .hasMessageContainingAll("10.0.0.1:11002", "could not be looked at within 1 s", "doctor()");
    }

    @Test
    void should_say_that_a_channel_could_not_be_written_down() throws IOException {
        Path state = folder.resolve("channels");
        ClientChannels channels = open(state);
        delete(state);

        assertThat(failure(register(channels, Duration.ofSeconds(30))))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll("10.0.0.1:11002", "could not be opened", "look at the folder");
    }

    @Test
    void should_say_that_closed_channels_open_none() {
        ClientChannels channels = open(folder);
        channels.close();

        assertThat(failure(register(channels, Duration.ofSeconds(30))))
                .isInstanceOf(CocoonException.Authorisation.class)
                .hasMessageContainingAll("10.0.0.1:11002", "cannot be used", "closed");
    }

    @Test
    void should_say_that_a_proxy_has_to_learn_the_secret_on_the_chain() {
        setup = Setup.withProxies(1);
        CocoonClient cocoon = setup.client(
                b -> b.network(Network.of(new SeemingChain(setup.chain, true))).secret(SECRET));

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(cocoon.connections().get(0).problem())
                        .hasValueSatisfying(text -> assertThat(text)
                                .contains("10.0.0.1:11002", "does not know this client's secret", "register message")
                                .doesNotContain(SECRET)));
    }

    // ---- real networks

    @Test
    void should_ask_for_a_secret_where_money_is_real() {
        assertThat(catchThrowable(() -> CocoonClient.builder()
                        .network(Network.of(new SeemingChain(setup.chain, true)))
                        .wallet(Wallet.of(WALLET))
                        .simulatedAttestation()
                        .build()))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll("no secret is set", "channels(…)");
    }

    @Test
    void should_refuse_simulated_attestation_on_a_real_network() {
        assertThat(catchThrowable(() -> CocoonClient.builder()
                        .network(Network.of(new SeemingChain(setup.chain, false)))
                        .wallet(Wallet.of(WALLET))
                        .secret(SECRET)
                        .simulatedAttestation()
                        .build()))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContaining("simulated attestation was asked for, and this is not a test network");
    }

    private void assertRefused(PeerIdentity identity, String... words) {
        setup = Setup.with(
                1, config -> config.withAllowed(Set.of(Int256.fromHex("aa".repeat(32))), Set.of(), Set.of()));
        setup.sockets.identity = identity;
        CocoonClient cocoon = setup.client(
                b -> b.network(Network.of(new SeemingChain(setup.chain, false))).secret(SECRET));

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(cocoon.connections().get(0).problem())
                        .hasValueSatisfying(text -> assertThat(text).contains(words)));
        assertThat(setup.proxy().seen).as("nothing was said to it").isEmpty();
    }

    @Test
    void should_say_nothing_to_a_proxy_without_evidence_on_a_real_network() {
        assertRefused(MemoryNetwork.UNATTESTED, "10.0.0.1:11002", "showed no hardware evidence");
    }

    @Test
    void should_say_nothing_to_a_proxy_whose_image_is_not_listed() {
        PeerIdentity none = MemoryNetwork.UNATTESTED;
        assertRefused(
                new PeerIdentity(
                        PeerIdentity.Kind.TDX,
                        PeerIdentity.Source.OWN_HANDSHAKE,
                        none.publicKey(),
                        Int256.fromHex("bb".repeat(32)),
                        Optional.empty()),
                "runs image " + "bb".repeat(32),
                "not among the 1 images");
    }

    // ---- money that is looked for

    private ChannelRecovery recovery() {
        return ChannelRecovery.open(
                Network.of(new SeemingChain(setup.chain, true), ton),
                Wallet.of(WALLET),
                ChannelRecovery.Settings.DEFAULT);
    }

    @Test
    void should_say_that_a_client_contract_has_data_that_it_cannot_read() throws Exception {
        RootState root = setup.chain.root();
        Cell init = ContractAddresses.clientInit(root, WALLET.address(), OWNER, KEY.publicKey());
        Address contract = StateInit.read(init).address();
        TransactionId first = new TransactionId(1, Int256.fromHex("01".repeat(32)));
        Message deploy = new Message(
                Message.Kind.INTERNAL,
                Optional.of(WALLET.address()),
                Optional.of(contract),
                Nanoton.ofTon("1"),
                true,
                false,
                Optional.of(init),
                Cell.EMPTY,
                Int256.ZERO);
        ton.transactions.put(
                WALLET.address(),
                List.of(new Transaction(
                        WALLET.address(),
                        first,
                        TransactionId.NONE,
                        Instant.EPOCH,
                        Optional.empty(),
                        List.of(deploy),
                        new Transaction.Outcome(false, true, 0, 0, false),
                        Nanoton.ZERO)));
        ton.accounts.put(
                WALLET.address(),
                ScriptedTon.account(WALLET.address(), "10", Optional.empty(), first, AccountState.Status.ACTIVE));
        ton.accounts.put(
                contract,
                ScriptedTon.account(
                        contract, "10", Optional.of(Cell.EMPTY), TransactionId.NONE, AccountState.Status.ACTIVE));

        try (ChannelRecovery recovery = recovery()) {
            assertThat(failure(recovery.scan()))
                    .isInstanceOf(CocoonException.Protocol.class)
                    .hasMessageContainingAll(contract.toString(), "data that no client contract has", "newer version");
        }
    }

    @Test
    void should_not_sweep_to_an_address_that_would_send_everything_back() {
        try (ChannelRecovery recovery = recovery()) {
            assertThat(failure(recovery.sweep(OWNER.toText(false))))
                    .isInstanceOf(CocoonException.Configuration.class)
                    .hasMessageContainingAll("there is no contract at", OWNER.toString(), "would come back");
        }
    }

    @Test
    void should_say_that_a_wallet_has_too_little_to_work() {
        ton.accounts.put(
                OWNER,
                ScriptedTon.account(OWNER, "1", Optional.empty(), TransactionId.NONE, AccountState.Status.ACTIVE));
        ton.accounts.put(
                WALLET.address(),
                ScriptedTon.account(
                        WALLET.address(), "1.5", Optional.empty(), TransactionId.NONE, AccountState.Status.ACTIVE));

        try (ChannelRecovery recovery = recovery()) {
            assertThat(failure(recovery.sweep(OWNER.toText(false))))
                    .isInstanceOf(CocoonException.Balance.class)
                    .hasMessageContainingAll("has 1.5 TON", "works from 2.1 TON on", "text w");
        }
    }
}
