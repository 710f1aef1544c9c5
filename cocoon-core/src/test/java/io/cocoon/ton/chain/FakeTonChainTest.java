package io.cocoon.ton.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeTonChainTest {

    private static final Address ROOT = Address.parse("EQBT4hy4vMEZ9uxSCuhw_gBKh9_AwmHXLe7Wo0O4Vh-4kRjJ");
    private static final String BOTH_GENERATIONS = """
            {"proxy_hashes": ["ProxyProxyProxyProxyProxyProxyProxyProxyPro="], "worker_hashes": null,
             "model_types": ["Qwen/Qwen3-8B@abc"], "model_names": ["ignored"],
             "registered_proxies": [{"seqno": 1, "address": "127.0.0.1:11001 127.0.0.1:11002"}],
             "last_proxy_seqno": "1", "version": 3, "params_version": 1,
             "price_per_token": 2, "worker_fee_per_token": "1",
             "proxy_sc_code": "", "worker_sc_code": "b5ee9c72010101010006000008c0c0a002",
             "root_owner_address": "0QBgPMq7ye2WRcudRHK_-yjHwMXjeN-UCzAuoo06TR6hmgHV",
             "registered_public_keys": [{"public_key": "+2fQ/NM48g4NSVfZ6CrcEB0uNROkSKOrRgUu4biMWBg=",
               "key_type": 1, "expire_at": 2000000000}],
             "key_manager_address": "127.0.0.1:13001"}
            """;

    @TempDir
    Path folder;

    @Test
    void should_read_every_member_of_both_generations() throws Exception {
        RootState state = load(BOTH_GENERATIONS).root();
        assertThat(state.version()).isEqualTo(3);
        assertThat(state.params().structVersion()).isEqualTo(1);
        assertThat(state.params().uniqueId()).isEqualTo(13);
        assertThat(state.params().isTest()).isTrue();
        assertThat(state.params().prices().perToken()).isEqualTo(new Nanoton(2));
        assertThat(state.proxyHashes()).hasSize(1);
        assertThat(state.modelHashes()).hasSize(1);
        assertThat(state.proxies().get(0).clientAddress()).isEqualTo(new HostPort("127.0.0.1", 11_002));
        assertThat(state.networkKeys().get(0).expiresAt()).isEqualTo(Instant.ofEpochSecond(2_000_000_000));
        assertThat(state.keyManager().orElseThrow().imageHash()).isEqualTo(Int256.ZERO);
    }

    @Test
    void should_take_an_empty_object_as_a_network_of_zeros() throws Exception {
        assertThat(load("{}").root().version()).isZero();
    }

    @Test
    void should_name_the_member_that_is_wrong() {
        assertThatThrownBy(() -> load("{\"version\": 1.5}")).hasMessageContaining("version");
        assertThatThrownBy(() -> load("{\"proxy_hashes\": [\"AA==\"]}")).hasMessageContaining("proxy_hashes");
        assertThatThrownBy(() -> load("{\"client_sc_code\": \"$CLIENT_SC_CODE\"}"))
                .hasMessageContaining("placeholder");
        assertThatThrownBy(() -> load("{} {}")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void should_give_every_client_the_state_of_the_simulated_network() throws Exception {
        ClientContractState client = load("{}").client(ROOT);
        assertThat(client.balance()).isEqualTo(new Nanoton(1_000_000_000_000_000L));
        assertThat(client.stake()).isEqualTo(new Nanoton(1_000_000_000));
        assertThat(client.secretHash()).isEqualTo(FakeTonChain.EMPTY_SECRET_HASH);
    }

    @Test
    void should_notify_listeners_of_a_newer_root_although_one_of_them_fails() {
        FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), ROOT, true);
        List<Integer> versions = new ArrayList<>();
        chain.onRootChange(state -> {
            throw new IllegalStateException("test");
        });
        chain.onRootChange(state -> versions.add(state.version()));
        chain.change(config -> config.withPrices(new Nanoton(5), new Nanoton(4)));
        chain.change(config -> config.withVersions(9, 2));
        assertThat(versions).containsExactly(4, 9);
        assertThat(chain.root().params().prices().perToken()).isEqualTo(new Nanoton(5));
    }

    @Test
    void should_refuse_to_go_back_to_a_lower_version() {
        FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), ROOT, true);
        assertThatThrownBy(() -> chain.change(config -> config.withVersions(2, 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(chain.root().version()).isEqualTo(3);
    }

    private FakeTonChain load(String json) throws Exception {
        Path file = folder.resolve("fake-ton-config.json");
        Files.write(file, json.getBytes(StandardCharsets.UTF_8));
        return FakeTonChain.load(file, ROOT, false);
    }

    @Test
    void h29_should_keep_prices_that_need_more_than_32_bits() throws Exception {
        Nanoton price = new Nanoton(5_000_000_000L);
        Nanoton fee = new Nanoton(4_999_999_999L);
        RootState.Params params = FakeTonConfig.defaults()
                .withPrices(price, fee)
                .toRootState(new Address(0, Int256.ZERO))
                .params();

        RootState.Params again =
                io.cocoon.ton.contract.ParamsCell.read(io.cocoon.ton.contract.ParamsCell.write(params, 7));

        assertThat(again.prices().perToken()).isEqualTo(price);
        assertThat(again.prices().workerFeePerToken()).isEqualTo(fee);
    }

    @Test
    void h30_should_keep_the_stake_that_the_chain_says_for_each_contract() {
        FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), new Address(0, Int256.ZERO), false);
        Address contract = new Address(0, Int256.fromHex("0a".repeat(32)));
        ClientContractState rich = new ClientContractState(
                ContractState.NORMAL, Nanoton.ofTon("90"), Nanoton.ofTon("7"), 3, FakeTonChain.EMPTY_SECRET_HASH);

        chain.setClient(contract, rich);
        chain.change(config -> config.withVersions(config.version() + 1, config.paramsVersion()));

        assertThat(chain.client(contract).stake()).isEqualTo(Nanoton.ofTon("7"));
    }
}
