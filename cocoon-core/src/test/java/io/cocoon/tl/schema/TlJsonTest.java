package io.cocoon.tl.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Int256;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Configuration files and the exact form. Wire dossier 8.1. */
class TlJsonTest {

    private final TlJson old = new TlJson(TlSchema.of(Generation.DECEMBER_2025));
    private final TlJson current = new TlJson(TlSchema.of(Generation.APRIL_2026));

    @Test
    void numbers_may_be_strings_and_bools_may_be_numbers() {
        TlNode node = current.fromConfig(
                "workerRunner.config",
                "{\"is_test\": 1, \"is_testnet\": \"0\", \"http_port\": \"12000\", \"coefficient\": 1000}");
        assertThat(node.get("is_test")).isEqualTo(true);
        assertThat(node.get("is_testnet")).isEqualTo(false);
        assertThat(node.get("http_port")).isEqualTo(12000);
        assertThat(node.get("coefficient")).isEqualTo(1000);
    }

    @Test
    void missing_and_null_members_are_zero_and_unknown_ones_are_ignored() {
        TlNode node = current.fromConfig(
                "clientRunner.config",
                "{\"is_test\": null, \"secret_string\": null, \"no_such_member\": {\"a\": [1]}}");
        assertThat(node.get("is_test")).isEqualTo(false);
        assertThat(node.get("secret_string")).isEqualTo("");
        assertThat(node.get("http_port")).isEqualTo(0);
        assertThat(node.get("root_contract_address")).isEqualTo("");
    }

    @Test
    void an_int256_is_base64_of_exactly_32_bytes() {
        byte[] key = new byte[32];
        key[0] = 7;
        String text = Base64.getEncoder().encodeToString(key);
        TlNode node = current.fromConfig("workerRunner.config", "{\"node_wallet_key\": \"" + text + "\"}");
        assertThat(node.get("node_wallet_key")).isEqualTo(Int256.of(key));
        assertThatThrownBy(() -> current.fromConfig("workerRunner.config", "{\"node_wallet_key\": \"AAAA\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("$.node_wallet_key: Base64 of 32 bytes is wanted, got a JSON STRING");
    }

    @Test
    void a_fake_root_contract_of_either_generation_is_read() {
        String json = "{\"registered_proxies\": [{\"seqno\": 1, \"address\": \"127.0.0.1:11001 127.0.0.1:11002\"}],"
                + " \"registered_public_keys\": [{\"key_type\": 1, \"expire_at\": \"1800000000\"}],"
                + " \"key_manager_address\": \"127.0.0.1:13001\", \"price_per_token\": \"20\"}";
        TlNode before = old.fromConfig("rootConfig.pseudo", json);
        TlNode after = current.fromConfig("rootConfig.pseudo", json);
        TlNode proxy = new TlNode(
                "rootConfig.registeredProxy", Map.of("seqno", 1, "address", "127.0.0.1:11001 127.0.0.1:11002"));
        for (TlNode node : List.of(before, after)) {
            assertThat(node.get("registered_proxies")).isEqualTo(List.of(proxy));
            assertThat(node.get("price_per_token")).isEqualTo(20);
        }
        assertThat(before.get("key_manager_address")).isNull();
        assertThat(after.get("key_manager_address")).isEqualTo("127.0.0.1:13001");
        TlNode key = new TlNode(
                "rootConfig.registeredPublicKey",
                Map.of("public_key", Int256.ZERO, "key_type", 1, "expire_at", 1_800_000_000));
        assertThat(after.get("registered_public_keys")).isEqualTo(List.of(key));
    }

    @Test
    void a_number_out_of_range_names_its_member() {
        assertThatThrownBy(() -> current.fromConfig("workerRunner.config", "{\"http_port\": 4294967296}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("$.http_port: a decimal integer in range is wanted");
    }

    @Test
    void a_refusal_never_quotes_the_file() {
        String json = "{\"node_wallet_key\": \"SECRETSECRET\", }";
        assertThatThrownBy(() -> current.fromConfig("workerRunner.config", json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("SECRET")
                .hasNoCause();
    }

    @Test
    void json_that_nests_too_deep_is_refused() {
        String deep = "{\"a\":".repeat(1000) + "0" + "}".repeat(1000);
        assertThatThrownBy(() -> current.fromConfig("workerRunner.config", deep))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_exact_form_wants_every_field() {
        assertThatThrownBy(() -> current.fromJson("{\"@type\": \"tcp.ping\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("$.id: a string is wanted, got nothing");
    }

    @Test
    void a_tree_with_a_field_that_its_flags_exclude_is_not_written() {
        TlNode wrong =
                new TlNode("client.params", Map.of("flags", 0, "client_owner_address", "a", "min_proto_version", 1));
        assertThatThrownBy(() -> TlSchema.of(Generation.APRIL_2026).encode(wrong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[min_proto_version]");
    }
}
