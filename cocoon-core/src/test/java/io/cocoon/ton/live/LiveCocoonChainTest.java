package io.cocoon.ton.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.RootState;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveCocoonChainTest {

    private static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");
    private static final Address ROOT = new Address(0, Int256.fromHex("05".repeat(32)));
    private static final Address CLIENT = new Address(0, Int256.fromHex("0c".repeat(32)));
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final LiveCocoonChain.Settings QUICK =
            new LiveCocoonChain.Settings(Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofHours(1));

    private final Accounts accounts = new Accounts();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);

    @AfterEach
    void end() throws InterruptedException {
        timer.shutdownNow();
        assertThat(timer.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    private static Cell cell(JsonNode holder) throws Exception {
        return BagOfCells.read(Bytes.fromHex(holder.get("boc_hex").asText()));
    }

    private static Cell root(int version) throws Exception {
        Cell data = cell(VECTORS.get("root_states").get(0));
        var in = data.beginParse();
        CellBuilder other = new CellBuilder().storeAddress(in.loadAddress());
        in.loadUint(32);
        return other.storeUint(version, 32).storeSlice(in).build();
    }

    private static Cell client() throws Exception {
        for (JsonNode sample : VECTORS.get("storage_samples")) {
            if (sample.get("contract").asText().equals("client")) {
                return cell(sample);
            }
        }
        throw new AssertionError("no client contract in the vectors");
    }

    private LiveCocoonChain open() {
        return LiveCocoonChain.open(accounts, ROOT, QUICK, Clock.systemUTC(), timer)
                .toCompletableFuture()
                .join();
    }

    @Test
    void should_follow_the_root_contract_and_tell_who_listens() throws Exception {
        accounts.put(ROOT, root(5));
        List<Integer> versions = new CopyOnWriteArrayList<>();
        try (LiveCocoonChain live = open()) {
            assertThat(live.root().version()).isEqualTo(5);
            Runnable stop = live.onRootChange(newer -> versions.add(newer.version()));
            accounts.put(ROOT, root(6));
            await().atMost(SOON).until(() -> versions.equals(List.of(6)));
            stop.run();
            accounts.put(ROOT, root(7));
            await().atMost(SOON).until(() -> live.root().version() == 7);

            assertThat(versions).containsExactly(6);
        }
    }

    @Test
    void h25_should_keep_the_old_root_state_when_the_new_one_cannot_be_read() throws Exception {
        accounts.put(ROOT, root(5));
        try (LiveCocoonChain live = open()) {
            RootState known = live.root();
            accounts.put(ROOT, new CellBuilder().storeUint(1, 7).build());
            int looks = accounts.looks.get();
            await().atMost(SOON).until(() -> accounts.looks.get() > looks + 5);
            assertThat(live.root()).isEqualTo(known);
            accounts.put(ROOT, root(8));
            await().atMost(SOON).until(() -> live.root().version() == 8);
        }
    }

    @Test
    void should_never_go_back_to_an_older_root_state() throws Exception {
        accounts.put(ROOT, root(5));
        try (LiveCocoonChain live = open()) {
            accounts.put(ROOT, root(4));
            int looks = accounts.looks.get();
            await().atMost(SOON).until(() -> accounts.looks.get() > looks + 5);

            assertThat(live.root().version()).isEqualTo(5);
        }
    }

    @Test
    void should_say_that_an_account_is_no_root_contract() {
        assertThatThrownBy(this::open)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ChainException.class)
                .hasMessageContaining("no root contract")
                .hasMessageContaining("check the address");
    }

    @Test
    void should_know_nothing_of_a_contract_until_it_was_read_and_then_what_the_chain_says() throws Exception {
        accounts.put(ROOT, root(5));
        try (LiveCocoonChain live = open()) {
            assertThat(live.client(CLIENT)).isEqualTo(ClientContractState.UNKNOWN);
            accounts.put(CLIENT, client());
            live.refresh(CLIENT).toCompletableFuture().get(30, TimeUnit.SECONDS);

            assertThat(live.client(CLIENT).balance()).isEqualTo(new Nanoton(20_000_000_001L));
            accounts.remove(CLIENT);
            await().atMost(SOON).until(() -> live.client(CLIENT).equals(ClientContractState.UNKNOWN));
        }
    }

    @Test
    void should_keep_what_it_knows_while_the_chain_is_away_and_say_so_to_who_asks() throws Exception {
        accounts.put(ROOT, root(5));
        accounts.put(CLIENT, client());
        try (LiveCocoonChain live = open()) {
            live.refresh(CLIENT).toCompletableFuture().get(30, TimeUnit.SECONDS);
            ClientContractState known = live.client(CLIENT);
            accounts.away = true;

            assertThatThrownBy(() -> live.refresh(CLIENT).toCompletableFuture().join())
                    .hasCauseInstanceOf(ChainException.class);
            assertThat(live.client(CLIENT)).isEqualTo(known);
            assertThat(live.root().version()).isEqualTo(5);
        }
    }
}
