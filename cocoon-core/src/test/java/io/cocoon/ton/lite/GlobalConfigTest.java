package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobalConfigTest {

    private static final String KEY = Base64.getEncoder()
            .encodeToString(
                    Ed25519Key.fromSeed(TestChain.hash("01")).publicKey().toByteArray());

    private static String hash(String pair) {
        return Base64.getEncoder().encodeToString(TestChain.hash(pair).toByteArray());
    }

    private static String block(int seqno) {
        return """
                {"workchain": -1, "shard": -9223372036854775808, "seqno": %d, "root_hash": "%s", "file_hash": "%s"}""".formatted(seqno, hash("0a"), hash("0b"));
    }

    private static String config() {
        return """
                {"@type": "config.global", "dht": {"k": 6},
                 "liteservers": [{"ip": 84478511, "port": 19949, "id": {"@type": "pub.ed25519", "key": "%s"}},
                                 {"ip": -2018147130, "port": 53560, "id": {"@type": "pub.ed25519", "key": "%s"}}],
                 "validator": {"@type": "validator.config.global", "zero_state": %s, "init_block": %s,
                               "hardforks": [%s]}}""".formatted(KEY, KEY, block(0), block(4711), block(815));
    }

    @Test
    void should_read_the_form_that_networks_publish() {
        GlobalConfig config = GlobalConfig.parse(config());

        assertThat(config.liteServers())
                .extracting(LiteServerAddress::toString)
                .containsExactly("5.9.10.47:19949", "135.181.132.198:53560");
        assertThat(config.liteServers().get(0).key())
                .isEqualTo(Ed25519Key.fromSeed(TestChain.hash("01")).publicKey());
        assertThat(config.zeroState()).isEqualTo(BlockId.masterchain(0, TestChain.hash("0a"), TestChain.hash("0b")));
        assertThat(config.initBlock().seqno()).isEqualTo(4711);
        assertThat(config.hardForks()).extracting(BlockId::seqno).isEqualTo(List.of(815));
    }

    @Test
    void should_begin_at_the_zero_state_without_an_init_block() {
        GlobalConfig config = GlobalConfig.parse("{\"validator\": {\"zero_state\": %s}}".formatted(block(0)));

        assertThat(config.initBlock()).isEqualTo(config.zeroState());
        assertThat(config.liteServers()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"seqno\": 0, | \"seqno\": 1, | has number 0, not 1",
                "\"seqno\": 4711 | \"seqno\": -4711 | validator.init_block.seqno",
                "\"port\": 19949 | \"port\": 0 | liteservers.port",
                "\"ip\": 84478511 | \"ip\": \"5.9.10.47\" | liteservers.ip",
                "\"workchain\": -1 | \"workchain\": 0 | zero_state.workchain",
                "\"shard\": -9223372036854775808 | \"shard\": 1 | zero_state.shard",
                "\"root_hash\": \" | \"root_hash\": \"A | root_hash: wanted 32 bytes",
                "\"hardforks\": [ | \"hardforks\": 5, \"x\": [ | hardforks: wanted an array",
                "\"key\": \" | \"key\": \"AAAA | liteservers.id.key",
                "{\"@type\": \"config.global\" | {{ | no JSON"
            })
    void should_name_what_is_wrong(String right, String wrong, String message) {
        assertThat(config()).contains(right);

        assertThatThrownBy(() -> GlobalConfig.parse(config().replace(right, wrong)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void should_refuse_a_liteserver_key_that_no_secret_can_be_agreed_on_with() {
        String zeros = Base64.getEncoder().encodeToString(new byte[32]);

        assertThatThrownBy(() -> GlobalConfig.parse(config().replace(KEY, zeros)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is no Ed25519 key");
    }
}
