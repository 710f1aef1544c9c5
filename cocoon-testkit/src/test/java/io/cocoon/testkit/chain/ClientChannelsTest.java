package io.cocoon.testkit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.client.ChannelRecovery;
import io.cocoon.client.ChannelResult;
import io.cocoon.client.CocoonException;
import io.cocoon.client.RecoverableChannel;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.channel.ChannelException;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.channel.Opening;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.live.TonNetwork;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's channels against real contracts of both generations, in virtual time. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientChannelsTest {

    private static final Nanoton TWO = Nanoton.ofTon("2");
    private static final Nanoton NOTHING = Nanoton.ZERO;

    private final LocalChain chain = LocalChain.start(5, Duration.ofSeconds(1), Instant.ofEpochSecond(1_800_000_000));
    private final LocalAccess access = chain.access();
    private final Map<Integer, TonNetwork> networks = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // each test begins with a stage of its own
    private ChannelStage stage;

    private int seed = 100;

    @BeforeAll
    void begin() throws Exception {
        networks.put(3, ChannelStage.network(chain, access, 3));
        networks.put(4, ChannelStage.network(chain, access, 4));
    }

    @AfterEach
    void endStage() {
        stage.close();
    }

    @AfterAll
    void end() {
        networks.values().forEach(TonNetwork::close);
        chain.close();
    }

    private ChannelStage stage(int structVersion) throws Exception {
        seed += 10;
        stage = new ChannelStage(chain, Objects.requireNonNull(networks.get(structVersion)), access, seed);
        return stage;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void h65_should_open_in_one_go_so_that_the_proxy_hears_the_nonce(int structVersion) throws Exception {
        stage(structVersion).enter(4711);
        stage.until(() -> stage.heard().stream()
                .anyMatch(each -> each.payload()
                        .filter(new ToProxy.ClientPayload.Register(4711)::equals)
                        .isPresent()));

        Opening plan = stage.openings.remove();
        assertThat(plan.contract()).isEqualTo(stage.contract);
        assertThat(plan.deposit()).isEqualTo(ChannelStage.STAKE);
        assertThat(stage.balance()).isEqualTo(ChannelStage.STAKE);
        assertThat(stage.transactions(stage.contract))
                .hasSize(3)
                .allSatisfy(each -> assertThat(each.outcome().aborted()).isFalse());
    }

    @Test
    void h51_should_open_with_32_random_bytes_and_keep_them() throws Exception {
        String secret = stage(4).opened().channels().secret();
        stage.restart();

        assertThat(secret).hasSize(44).isEqualTo(stage.channels().secret());
        assertThat(stage.client().orElseThrow().state().secretHash())
                .isEqualTo(Int256.of(MessageDigest.getInstance("SHA-256")
                        .digest(Bytes.utf8(secret).toByteArray())));
    }

    @Test
    void should_open_once_through_crashes() throws Exception {
        stage(4).enter(1);
        stage.restart();
        stage.enter(2);
        for (int i = 0; i < 4; i++) {
            chain.nextBlock();
            stage.restart();
        }
        stage.until(() -> stage.balance().value() > 0);
        stage.until(() -> stage.channels().all().get(0).underWay().isEmpty());

        assertThat(stage.balance()).isEqualTo(ChannelStage.STAKE);
        assertThat(stage.channels().all().get(0).deposited()).isEqualTo(ChannelStage.STAKE);
    }

    @Test
    void should_top_up_when_the_proxy_says_that_half_is_used_but_not_above_the_limit() throws Exception {
        stage(4).opened();
        stage.restart("1.5", Optional.empty());
        stage.channels().used(stage.contract, 30_000_000);
        stage.until(() -> stage.balance().equals(Nanoton.ofTon("1.5")));
        stage.channels().used(stage.contract, 70_000_000);
        stage.until(() -> stage.alarms.stream().anyMatch(text -> text.contains("H67")));

        assertThat(stage.balance()).isEqualTo(Nanoton.ofTon("1.5"));
    }

    @Test
    void should_refuse_to_open_above_the_risk_that_is_allowed() throws Exception {
        stage(3).restart("10", Optional.of(Nanoton.ofTon("0.5")));
        CompletionStage<?> entering = stage.channels().enter(stage.root(), stage.proxy, stage.proxyKey.publicKey());

        assertThatThrownBy(() -> stage.result(entering))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ChannelException.class)
                .hasMessageContaining("1 TON of 1 TON would be lost");
        assertThat(stage.transactions(stage.wallet.address())).hasSize(1);
        assertThat(stage.channels().all()).isEmpty();
    }

    @Test
    void should_open_nothing_when_the_owner_does_not_like_the_plan() throws Exception {
        stage(4).veto = Optional.of("not today");
        CompletionStage<?> entering = stage.channels().enter(stage.root(), stage.proxy, stage.proxyKey.publicKey());

        assertThatThrownBy(() -> stage.result(entering))
                .hasCauseInstanceOf(ChannelException.class)
                .hasMessageContaining("no channel was opened: not today");
        assertThat(stage.transactions(stage.contract)).isEmpty();
        stage.veto = Optional.empty();
        stage.opened();
    }

    @Test
    void a_wish_that_could_not_be_written_replaces_no_other() throws Exception {
        stage(4).opened();
        stage.result(stage.channels().topUp(stage.contract, TWO));
        CompletionStage<ClientChannels.Result> first = stage.channels().withdraw(stage.contract);
        stage.diskIsFull = true;
        assertThatThrownBy(() -> stage.channels().close(stage.contract))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no space left");
        stage.diskIsFull = false;

        assertThat(stage.result(first).amount()).isEqualTo(TWO);
    }

    @Test
    void should_withdraw_what_is_above_the_stake_to_the_nanoton() throws Exception {
        stage(4).opened();
        ClientChannels.Result in = stage.result(stage.channels().topUp(stage.contract, TWO));
        assertThat(in.amount()).isEqualTo(TWO);
        ClientChannels.Result out = stage.result(stage.channels().withdraw(stage.contract));
        stage.until(() -> stage.payouts().value() > 0);

        assertThat(out.amount()).isEqualTo(TWO);
        assertThat(stage.payouts()).isEqualTo(TWO);
        assertThat(stage.balance()).isEqualTo(ChannelStage.STAKE);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void should_get_everything_that_was_not_used_when_the_proxy_grants_it(int structVersion) throws Exception {
        stage(structVersion).opened();
        stage.result(stage.channels().topUp(stage.contract, TWO));
        stage.until(() -> stage.account(stage.proxy).balance().compareTo(TWO) > 0);
        stage.proxyCharges(10_000_000);
        CompletionStage<ClientChannels.Result> closed = stage.channels().close(stage.contract);
        stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
        stage.proxyGrants(15_000_000);
        assertThat(stage.result(closed).amount()).isEqualTo(Nanoton.ofTon("2.7"));
        stage.until(() -> stage.payouts().equals(Nanoton.ofTon("2.7")));

        assertThat(stage.channels().all()).isEmpty();
        assertThat(stage.alarms).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void should_force_the_refund_out_of_the_proxys_stake_when_the_proxy_is_gone(int structVersion) throws Exception {
        stage(structVersion).opened();
        stage.proxyStakes(ChannelStage.STAKE);
        CompletionStage<ClientChannels.Result> closed = stage.channels().close(stage.contract);
        stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
        chain.skip(ChannelStage.CLIENT_DELAY);
        ClientChannels.Result result = stage.result(closed);
        stage.until(() -> stage.payouts().value() > 0);

        assertThat(stage.payouts()).isEqualTo(ChannelStage.STAKE).isEqualTo(result.amount());
        assertThat(result.what()).isEqualTo("1 TON come back; the contract is closed and never used again");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void h5_should_force_less_only_after_its_patience_and_say_so(int structVersion) throws Exception {
        stage(structVersion).opened();
        stage.proxyStakes(Nanoton.ofTon("0.25"));
        CompletionStage<ClientChannels.Result> closed = stage.channels().close(stage.contract);
        stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
        chain.skip(ChannelStage.CLIENT_DELAY);
        stage.until(() -> stage.alarms.stream().anyMatch(text -> text.contains("force would get 0.25 TON")));
        assertThat(stage.client().orElseThrow().state().state()).isEqualTo(ContractState.CLOSING);
        chain.skip(ChannelStage.PATIENCE);
        ClientChannels.Result result = stage.result(closed);
        stage.until(() -> stage.payouts().value() > 0);

        assertThat(stage.payouts()).isEqualTo(Nanoton.ofTon("0.25")).isEqualTo(result.amount());
        assertThat(stage.alarms).anyMatch(text -> text.contains("0.25 TON of 1 TON comes back"));
    }

    @Test
    void should_get_everything_from_a_closed_proxy_of_the_newer_generation() throws Exception {
        stage(4).opened();
        stage.proxyBeginsToClose();
        stage.proxyCloses();
        stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
        chain.skip(ChannelStage.CLIENT_DELAY);
        stage.until(() -> stage.payouts().value() > 0);

        assertThat(stage.payouts()).isEqualTo(ChannelStage.STAKE);
        stage.until(() -> stage.channels().all().isEmpty());
    }

    @Test
    void h4_should_be_out_before_a_closing_proxy_of_the_older_generation_takes_everything() throws Exception {
        stage(3).opened();
        stage.proxyStakes(ChannelStage.STAKE);
        stage.proxyBeginsToClose();
        stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
        chain.skip(ChannelStage.CLIENT_DELAY);
        stage.until(() -> stage.payouts().value() > 0);
        chain.skip(ChannelStage.PROXY_DELAY);
        stage.proxyCloses();

        assertThat(stage.payouts()).isEqualTo(ChannelStage.STAKE);
    }

    @Test
    void h3_should_deposit_nothing_at_a_proxy_that_closes() throws Exception {
        stage(3).opened();
        stage.proxyBeginsToClose();
        CompletionStage<ClientChannels.Result> topUp = stage.channels().topUp(stage.contract, TWO);
        CompletionStage<ClientChannels.Result> closed = stage.channels().close(stage.contract);
        stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
        stage.proxyGrants(0);
        stage.result(closed);

        assertThatThrownBy(() -> stage.result(topUp)).hasCauseInstanceOf(ChannelException.class);
        stage.until(() -> stage.payouts().equals(ChannelStage.STAKE));
    }

    @Test
    void h64_should_not_believe_a_top_up_that_the_contract_refused() throws Exception {
        stage(4).opened();
        CompletionStage<ClientChannels.Result> topUp = stage.channels().topUp(stage.contract, TWO);
        org.awaitility.Awaitility.await()
                .until(() -> stage.channels().all().get(0).underWay().isPresent());
        stage.proxyGrants(0);

        assertThatThrownBy(() -> stage.result(topUp)).hasCauseInstanceOf(ChannelException.class);
        assertThat(stage.alarms).anyMatch(text -> text.contains("refused TOP_UP (exit code 1006"));
        stage.until(() -> stage.payouts().equals(ChannelStage.STAKE));
        assertThat(stage.account(stage.wallet.address()).balance()).isGreaterThan(Nanoton.ofTon("48"));
    }

    @Test
    void h21_should_deposit_once_when_messages_are_lost_and_expire() throws Exception {
        stage(4).opened();
        access.loseSends(true);
        CompletionStage<ClientChannels.Result> topUp = stage.channels().topUp(stage.contract, TWO);
        for (int i = 0; i < 10; i++) {
            chain.nextBlock();
        }
        chain.skip(Duration.ofMinutes(11));
        access.loseSends(false);
        stage.result(topUp);
        stage.until(() -> stage.channels().all().get(0).underWay().isEmpty());

        assertThat(stage.balance()).isEqualTo(Nanoton.ofTon("3"));
    }

    // ---- from the key alone

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void should_recover_everything_from_the_key_alone(int structVersion) throws Exception {
        loseTheFolder(structVersion);
        stage.proxyStakes(ChannelStage.STAKE);

        try (ChannelRecovery recovery = recovery()) {
            List<RecoverableChannel> found = stage.result(recovery.scan());
            assertThat(found).singleElement().satisfies(each -> {
                assertThat(each.contract()).isEqualTo(stage.contract);
                assertThat(each.balance()).isEqualTo(Nanoton.ofTon("3"));
                assertThat(each.toString()).contains("2 TON at once").contains("3600 s after");
            });
            recovery.run();
            stage.until(() -> stage.payouts().equals(TWO));
        }
        chain.skip(ChannelStage.CLIENT_DELAY);
        try (ChannelRecovery again = recovery()) {
            List<ChannelResult> done = stage.result(again.run());
            stage.until(() -> stage.payouts().equals(Nanoton.ofTon("3")));

            assertThat(done)
                    .hasToString("[3 TON come back; the contract is closed and never used again]")
                    .extracting(ChannelResult::amount)
                    .containsExactly(Nanoton.ofTon("3"));
            assertThat(stage.result(again.scan())).singleElement().asString().endsWith("closed, nothing left");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void should_recover_at_once_what_the_proxy_grants(int structVersion) throws Exception {
        loseTheFolder(structVersion);

        try (ChannelRecovery recovery = recovery()) {
            CompletionStage<List<ChannelResult>> done = recovery.run();
            stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
            stage.proxyGrants(0);

            assertThat(stage.result(done)).hasSize(1);
            stage.until(() -> stage.payouts().equals(Nanoton.ofTon("3")));
        }
        assertThat(stage.alarms).isEmpty();
    }

    @Test
    void should_change_nothing_when_recovery_runs_again() throws Exception {
        loseTheFolder(4);
        try (ChannelRecovery recovery = recovery()) {
            CompletionStage<List<ChannelResult>> done = recovery.run();
            stage.until(() -> stage.client().orElseThrow().state().state() == ContractState.CLOSING);
            stage.proxyGrants(0);
            stage.result(done);
            stage.until(() -> stage.payouts().equals(Nanoton.ofTon("3")));
            int before = stage.transactions(stage.contract).size();

            assertThat(stage.result(recovery.run())).isEmpty();
            assertThat(stage.transactions(stage.contract)).hasSize(before);
        }
    }

    @Test
    void should_sweep_the_wallet_to_its_owner_once() throws Exception {
        stage(4).opened();
        stage.channels().close();
        stage.ownerDeploys();
        // What opening did not need comes back some blocks later.
        stage.until(() -> stage.account(stage.wallet.address()).balance().compareTo(Nanoton.ofTon("47.2")) > 0);
        try (ChannelRecovery recovery = recovery()) {
            Nanoton sent = stage.result(recovery.sweep(stage.owner.toString()));
            stage.until(() -> stage.account(stage.owner).balance().compareTo(Nanoton.ofTon("40")) > 0);

            assertThat(sent).isBetween(Nanoton.ofTon("47"), Nanoton.ofTon("48.1"));
            assertThat(stage.account(stage.owner).balance()).isGreaterThan(sent);
            assertThatThrownBy(() -> stage.result(recovery.sweep(stage.owner.toString())))
                    .hasCauseInstanceOf(CocoonException.Balance.class)
                    .hasMessageContaining("works from 2.1 TON on");
        }
    }

    @Test
    void should_not_sweep_to_an_account_that_would_send_it_back() throws Exception {
        stage(4).opened();
        stage.channels().close();
        try (ChannelRecovery recovery = recovery()) {
            assertThatThrownBy(() -> stage.result(recovery.sweep(stage.owner.toString())))
                    .hasCauseInstanceOf(CocoonException.Configuration.class)
                    .hasMessageContaining("would come back");
        }
        assertThat(stage.account(stage.owner).balance()).isEqualTo(NOTHING);
    }

    private void loseTheFolder(int structVersion) throws Exception {
        stage(structVersion).opened();
        stage.result(stage.channels().topUp(stage.contract, TWO));
        stage.until(() -> stage.account(stage.proxy).balance().compareTo(TWO) > 0);
        stage.channels().close();
        stage.disk.clear();
    }

    private ChannelRecovery recovery() {
        return ChannelRecovery.open(
                stage.forClients(),
                stage.forClientsToPay(),
                new ChannelRecovery.Settings(
                        ChannelStage.PATIENCE, Duration.ofMillis(10), ChannelStage.clock(chain), stage.alarms::add));
    }

    @Test
    void should_find_nothing_for_a_wallet_that_deployed_nothing() throws Exception {
        stage(4);
        try (ChannelRecovery recovery = recovery()) {
            assertThat(stage.result(recovery.scan())).isEmpty();
            assertThat(stage.result(recovery.run())).isEmpty();
        }
        assertThat(stage.payouts()).isEqualTo(NOTHING);
    }
}
