package io.cocoon.ton.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.chain.ChainException;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TonNetworkTest {

    private static final Address ROOT = new Address(0, Int256.fromHex("05".repeat(32)));
    private static final LiveCocoonChain.Settings QUICK =
            new LiveCocoonChain.Settings(Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofHours(1));

    private final Accounts accounts = new Accounts();

    private TonNetwork open() throws ChainException {
        return TonNetwork.over(accounts, ROOT, QUICK, Clock.systemUTC());
    }

    private void deploy() throws Exception {
        accounts.put(
                ROOT,
                BagOfCells.read(Bytes.fromHex(TestData.json("vectors/ton-vectors.json")
                        .get("root_states")
                        .get(0)
                        .get("boc_hex")
                        .asText())));
    }

    @Test
    void should_read_the_registry_through_an_access() throws Exception {
        deploy();
        try (TonNetwork network = open()) {
            assertThat(network.cocoon().root().root()).isEqualTo(ROOT);
            assertThat(network.access()).isSameAs(accounts);
            assertThat(network.toString()).contains(ROOT.toText(true)).contains("a test");
        }
    }

    @Test
    void should_try_again_while_the_chain_is_away() throws Exception {
        deploy();
        accounts.awayFor(2);
        try (TonNetwork network = open()) {
            assertThat(network.cocoon().root().root()).isEqualTo(ROOT);
        }
    }

    @Test
    void should_say_at_once_that_an_account_is_no_root_contract() {
        assertThatThrownBy(this::open)
                .isInstanceOf(ChainException.class)
                .hasMessageContaining(ROOT.toString())
                .hasMessageContaining("check the address");
        assertThat(accounts.looks.get()).isOne();
    }
}
