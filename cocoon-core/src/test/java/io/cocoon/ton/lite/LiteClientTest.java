package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.AccountState.Status;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The lite client against servers on real sockets: honest ones, behind ones, broken ones, liars. */
class LiteClientTest {

    private static final Instant BEGIN = Instant.parse("2026-07-01T00:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> lies = new CopyOnWriteArrayList<>();
    private final TestChain chain = new TestChain(1, 13, true, true, BEGIN);
    private Instant now = BEGIN.plusSeconds(13);
    private Duration queryTimeout = LONG;
    private Duration headAge = Duration.ofSeconds(20);

    @AfterEach
    void closeAll() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private TestLiteServer server(TestAnswers answers) {
        TestLiteServer server = new TestLiteServer(opened.size() + 1, answers);
        opened.add(server);
        return server;
    }

    private LiteClientSettings settings(TestChain of, int init, List<TestLiteServer> servers) {
        GlobalConfig config = of.config(init, List.of())
                .withLiteServers(servers.stream().map(TestLiteServer::address).toList());
        return LiteClientSettings.of(config, true)
                .withTimes(headAge, queryTimeout, LONG.multipliedBy(2), LONG.multipliedBy(10), Duration.ofMillis(50))
                .withOnLie((server, lie) -> lies.add(lie))
                .withClock(Clock.fixed(now, ZoneOffset.UTC));
    }

    private LiteClient client(LiteClientSettings settings) {
        LiteClient client = new LiteClient(settings);
        opened.add(client);
        return client;
    }

    private LiteClient client(TestLiteServer... servers) {
        return client(settings(chain, 0, List.of(servers)));
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static ChainException failure(CompletionStage<?> stage) {
        try {
            Object value = get(stage);
            throw new AssertionError("wanted a failure, got " + value);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ChainException failure) {
                return failure;
            }
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void should_prove_the_way_from_the_zero_state_in_both_forms_of_signatures(boolean simplex, boolean shuffle)
            throws Exception {
        TestChain other = new TestChain(5, 13, simplex, shuffle, BEGIN);
        LiteClient client = client(settings(other, 0, List.of(server(new TestAnswers(other)))));

        assertThat(get(client.head())).isEqualTo(new Head(13, BEGIN.plusSeconds(13)));
        assertThat(lies).isEmpty();
    }

    @Test
    void should_begin_at_an_init_block_that_is_no_key_block() throws Exception {
        LiteClient client = client(settings(chain, 7, List.of(server(new TestAnswers(chain)))));

        assertThat(get(client.head()).seqno()).isEqualTo(13);
    }

    @Test
    void should_read_the_header_when_the_newest_block_is_the_trusted_one() throws Exception {
        TestAnswers answers = new TestAnswers(chain);
        answers.head = 10;
        LiteClient client = client(settings(chain, 10, List.of(server(answers))));

        assertThat(get(client.head())).isEqualTo(new Head(10, BEGIN.plusSeconds(10)));
    }

    @Test
    void should_read_an_active_account() throws Exception {
        LiteClient client = client(server(new TestAnswers(chain)));

        AccountState state = get(client.account(TestChain.ACTIVE));

        assertThat(state.status()).isEqualTo(Status.ACTIVE);
        assertThat(state.balance()).isEqualTo(new Nanoton(13));
        assertThat(state.code())
                .contains(new CellBuilder().storeUint(0xc0de, 16).build());
        assertThat(state.data())
                .contains(new CellBuilder().storeUint(0xda7a, 16).build());
        assertThat(state.last()).isEqualTo(chain.transactionId(TestChain.lastTransaction(13)));
        assertThat(state.at()).isEqualTo(new Head(13, BEGIN.plusSeconds(13)));
    }

    @Test
    void should_tell_an_account_without_code_from_one_that_is_not_there() throws Exception {
        LiteClient client = client(server(new TestAnswers(chain)));

        assertThat(get(client.account(TestChain.PLAIN)).status()).isEqualTo(Status.UNINITIALIZED);
        AccountState absent = get(client.account(TestChain.ABSENT));
        assertThat(absent.status()).isEqualTo(Status.NONE);
        assertThat(absent.last()).isEqualTo(TransactionId.NONE);
    }

    @Test
    void should_read_an_account_of_the_masterchain() throws Exception {
        LiteClient client = client(server(new TestAnswers(chain)));

        assertThat(get(client.account(TestChain.CONFIG)).balance()).isEqualTo(new Nanoton(13));
    }

    @Test
    void should_say_what_it_is() {
        LiteClient client = client(server(new TestAnswers(chain)));

        assertThat(client.isProven()).isTrue();
        assertThat(client.isTestnet()).isTrue();
        assertThat(client.describe()).contains("1 liteservers").contains("(-1,8000000000000000,0)");
    }

    // ---- Transactions ----

    @Test
    void should_return_all_transactions_after_a_known_one_the_oldest_first() throws Exception {
        LiteClient client = client(server(new TestAnswers(chain)));

        List<Transaction> found =
                get(client.transactions(TestChain.ACTIVE, chain.transactionId(3), chain.transactionId(50), 1000));

        assertThat(found)
                .extracting(Transaction::id)
                .isEqualTo(java.util.stream.IntStream.rangeClosed(4, 50)
                        .mapToObj(chain::transactionId)
                        .toList());
        Transaction first = found.get(0);
        assertThat(first.previous()).isEqualTo(chain.transactionId(3));
        assertThat(first.time()).isEqualTo(Instant.ofEpochSecond(1_700_000_004L));
        assertThat(first.fees()).isEqualTo(new Nanoton(33));
        assertThat(first.outcome()).isEqualTo(new Transaction.Outcome(true, true, 1007, 0, false));
        Message in = first.in().orElseThrow();
        assertThat(in.kind()).isEqualTo(Message.Kind.INTERNAL);
        assertThat(in.source()).contains(TestChain.PLAIN);
        assertThat(in.value()).isEqualTo(new Nanoton(1004));
        assertThat(in.body()).isEqualTo(new CellBuilder().storeUint(4, 32).build());
        assertThat(first.out()).hasSize(1);
        assertThat(first.out().get(0).kind()).isEqualTo(Message.Kind.EXTERNAL_OUT);
        assertThat(first.out().get(0).body())
                .isEqualTo(new CellBuilder().storeUint(0xb0d7, 16).build());
        assertThat(found.get(2).outcome().succeeded()).isTrue();
    }

    @Test
    void should_return_the_oldest_of_more_than_the_limit_from_the_first_that_ever_was() throws Exception {
        LiteClient client = client(server(new TestAnswers(chain)));

        List<Transaction> found =
                get(client.transactions(TestChain.ACTIVE, TransactionId.NONE, chain.transactionId(40), 5));

        assertThat(found)
                .extracting(Transaction::id)
                .isEqualTo(java.util.stream.IntStream.range(0, 5)
                        .mapToObj(chain::transactionId)
                        .toList());
    }

    @Test
    void should_return_nothing_when_nothing_is_new() throws Exception {
        LiteClient client = client(server(new TestAnswers(chain)));
        TransactionId last = chain.transactionId(40);

        assertThat(get(client.transactions(TestChain.ACTIVE, last, last, 5))).isEmpty();
        assertThatThrownBy(() -> client.transactions(TestChain.ACTIVE, last, last, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void h28_should_go_on_at_another_server_where_the_history_of_one_ends() throws Exception {
        TestAnswers young = new TestAnswers(chain);
        young.oldestTransaction = 30;
        TestAnswers archive = new TestAnswers(chain);
        LiteClient client = client(server(young), server(archive));

        List<Transaction> found =
                get(client.transactions(TestChain.ACTIVE, TransactionId.NONE, chain.transactionId(50), 1000));

        assertThat(found).hasSize(51);
        assertThat(young.pages).hasValue(3);
        assertThat(archive.pages).hasValue(2);
    }

    @Test
    void should_say_that_history_is_missing_when_nobody_has_it() {
        TestAnswers young = new TestAnswers(chain);
        young.oldestTransaction = 30;
        LiteClient client = client(server(young));

        ChainException failure =
                failure(client.transactions(TestChain.ACTIVE, chain.transactionId(20), chain.transactionId(50), 1000));

        assertThat(failure.reason()).isEqualTo(Reason.HISTORY_MISSING);
        assertThat(failure).hasMessageContaining("lt not in db");
        assertThat(lies).isEmpty();
    }

    // ---- Sending ----

    @Test
    void should_hand_a_message_on() throws Exception {
        TestAnswers answers = new TestAnswers(chain);
        Cell message = new CellBuilder().storeUint(0x8800, 16).build();

        get(client(server(answers)).send(message));

        assertThat(answers.sent).containsExactly(BagOfCells.write(message));
    }

    @Test
    void should_try_the_next_server_before_a_message_counts_as_refused() throws Exception {
        TestAnswers refuses = new TestAnswers(chain);
        refuses.sendStatus = -1;
        TestAnswers takes = new TestAnswers(chain);

        get(client(server(refuses), server(takes)).send(Cell.EMPTY));
        ChainException failure = failure(client(server(refuses)).send(Cell.EMPTY));

        assertThat(takes.sent).hasSize(1);
        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failure).hasMessageContaining("cannot apply external message");
    }

    // ---- Servers that are behind ----

    @Test
    void should_say_that_everybody_is_behind() {
        now = BEGIN.plusSeconds(13 + 21);

        ChainException failure = failure(client(server(new TestAnswers(chain))).head());

        assertThat(failure.reason()).isEqualTo(Reason.STALE);
        assertThat(failure).hasMessageContaining("21 s behind our clock").hasMessageContaining("20 s");
    }

    @Test
    void should_not_believe_a_block_from_the_future() {
        now = BEGIN.plusSeconds(13 - 21);

        assertThat(failure(client(server(new TestAnswers(chain))).head())).hasMessageContaining("ahead of our clock");
    }

    @Test
    void should_pass_over_a_server_that_is_40_blocks_behind_and_never_go_back() throws Exception {
        TestChain long_ = new TestChain(3, 52, true, true, BEGIN);
        now = BEGIN.plusSeconds(52);
        TestAnswers behind = new TestAnswers(long_);
        behind.head = 12;
        TestAnswers fresh = new TestAnswers(long_);
        TestLiteServer freshServer = server(fresh);
        LiteClient client = client(settings(long_, 0, List.of(server(behind), freshServer)));

        assertThat(get(client.head()).seqno()).isEqualTo(52);
        assertThat(get(client.account(TestChain.ACTIVE)).balance()).isEqualTo(new Nanoton(52));

        fresh.head = 12;
        assertThat(get(client.head()).seqno()).isEqualTo(52);
        assertThat(failure(client.account(TestChain.ACTIVE)).reason()).isEqualTo(Reason.STALE);
        assertThat(lies).isEmpty();
    }

    @Test
    void should_follow_the_chain_as_it_grows() throws Exception {
        TestAnswers answers = new TestAnswers(chain);
        answers.head = 9;
        LiteClient client = client(server(answers));

        assertThat(get(client.head()).seqno()).isEqualTo(9);
        answers.head = 13;
        assertThat(get(client.head()).seqno()).isEqualTo(13);
        assertThat(get(client.account(TestChain.ACTIVE)).at().seqno()).isEqualTo(13);
    }

    // ---- Where proofs begin ----

    @Test
    void should_begin_the_next_start_at_the_saved_key_block(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("trusted");
        TestAnswers answers = new TestAnswers(chain);
        TestLiteServer server = server(answers);
        LiteClientSettings settings = settings(chain, 0, List.of(server)).withTrustedBlockFile(file);
        try (LiteClient first = new LiteClient(settings)) {
            assertThat(get(first.head()).seqno()).isEqualTo(13);
        }
        assertThat(answers.proofSteps).hasValue(3);

        assertThat(get(client(settings).head()).seqno()).isEqualTo(13);

        assertThat(answers.proofSteps).hasValue(4);
    }

    @Test
    void should_not_begin_at_the_key_block_of_another_network_or_at_nonsense(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("trusted");
        TestChain other = new TestChain(99, 13, true, true, BEGIN);
        TrustedBlocks foreign = new TrustedBlocks(file, other.block(0).id().rootHash());
        foreign.save(other.block(10).id());
        TrustedBlocks own = new TrustedBlocks(file, chain.block(0).id().rootHash());

        assertThat(foreign.load()).contains(other.block(10).id());
        assertThat(own.load()).isEmpty();
        for (String content : List.of("", "a b c d", "x".repeat(2000), "\n\n")) {
            Files.writeString(file, content);
            assertThat(own.load()).isEmpty();
        }
    }

    // ---- Broken servers ----

    @ParameterizedTest
    @EnumSource(names = {"SILENT", "CUT", "GARBAGE", "OVERSIZED", "BAD_CHECKSUM", "NO_MESSAGE", "TALKATIVE_HANDSHAKE"})
    void should_ask_the_next_server_when_one_breaks(TestLiteServer.Fault fault) throws Exception {
        queryTimeout = fault == TestLiteServer.Fault.SILENT ? Duration.ofMillis(300) : LONG;
        TestLiteServer broken = server(new TestAnswers(chain));
        broken.fault = fault;
        LiteClient client = client(broken, server(new TestAnswers(chain)));
        // The honest one is slower than 300 ms at times; who asks again is answered.
        Head head = null;
        for (int i = 0; head == null && i < 50; i++) {
            try {
                head = get(client.head());
            } catch (ExecutionException e) {
                assertThat(e.getCause()).isInstanceOf(ChainException.class);
            }
        }

        assertThat(head).isEqualTo(new Head(13, BEGIN.plusSeconds(13)));
        boolean network = fault == TestLiteServer.Fault.SILENT || fault == TestLiteServer.Fault.CUT;
        assertThat(lies).hasSize(network ? 0 : 1);
    }

    @Test
    void should_say_what_became_of_every_server_when_none_answers() throws Exception {
        TestLiteServer gone = server(new TestAnswers(chain));
        TestLiteServer impostor = server(new TestAnswers(chain));
        LiteServerAddress wrongKey = new LiteServerAddress(
                impostor.address().address(),
                io.cocoon.crypto.Ed25519Key.fromSeed(TestChain.hash("ee")).publicKey());
        gone.close();
        GlobalConfig config = chain.config(0, List.of()).withLiteServers(List.of(gone.address(), wrongKey));
        LiteClientSettings settings = LiteClientSettings.of(config, false);

        ChainException failure = failure(client(settings).head());

        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure)
                .hasMessageContaining(gone.address() + ": no connection")
                .hasMessageContaining(wrongKey + ": the server closed during the handshake");
    }

    @Test
    void should_connect_again_after_the_connection_went_away() throws Exception {
        TestLiteServer server = server(new TestAnswers(chain));
        LiteClient client = client(server);
        get(client.head());

        server.drop();

        await().atMost(LONG).ignoreExceptions().until(() -> get(client.head()).seqno() == 13);
        await().atMost(LONG).until(() -> {
            get(client.head());
            return server.connections.get() >= 2;
        });
    }

    @Test
    void should_set_a_liar_aside_report_it_and_not_ask_it_again() throws Exception {
        TestAnswers lying = new TestAnswers(chain);
        lying.accountLie = answer -> new LiteAnswer.Account(
                answer.at(),
                answer.shardBlock(),
                answer.shardProof(),
                answer.proof(),
                BagOfCells.write(TestChain.account(TestChain.ACTIVE, 1_000_000)));
        TestLiteServer liar = server(lying);
        LiteClient client = client(liar, server(new TestAnswers(chain)));

        assertThat(get(client.account(TestChain.ACTIVE)).balance()).isEqualTo(new Nanoton(13));
        int asked = liar.queries.get();
        assertThat(get(client.account(TestChain.ACTIVE)).balance()).isEqualTo(new Nanoton(13));

        assertThat(liar.queries).hasValue(asked);
        assertThat(lies).singleElement().asString().startsWith("ACCOUNT: account 0:1111");
    }

    @Test
    void should_fail_when_everybody_lies_and_stay_so() {
        TestAnswers lying = new TestAnswers(chain);
        lying.infoLie = info -> new LiteAnswer.MasterchainInfo(info.last(), TestChain.hash("01"));
        LiteClient client = client(server(lying));

        ChainException first = failure(client.head());
        ChainException second = failure(client.head());

        assertThat(first.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(first).hasMessageContaining("NETWORK: ");
        assertThat(second.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(second).hasMessageContaining("set aside");
    }

    // ---- Many at once, the end ----

    @Test
    void should_ask_once_for_the_head_however_many_want_it() throws Exception {
        TestAnswers answers = new TestAnswers(chain);
        CountDownLatch gate = new CountDownLatch(1);
        answers.beforeInfo = () -> {
            try {
                assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        LiteClient client = client(server(answers));
        List<CompletableFuture<Head>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(client.head().toCompletableFuture());
        }
        all.get(7).cancel(false);
        // All of them are there before the only answer comes.
        CompletableFuture<List<Transaction>> after = client.transactions(
                        TestChain.ACTIVE, TransactionId.NONE, TransactionId.NONE, 1)
                .toCompletableFuture();
        assertThat(get(after)).isEmpty();
        gate.countDown();

        for (int i = 0; i < 50; i++) {
            if (i != 7) {
                assertThat(get(all.get(i)).seqno()).isEqualTo(13);
            }
        }
        assertThat(all.get(7)).isCancelled();
        assertThat(answers.infos).hasValue(1);
    }

    @Test
    void should_fail_what_is_under_way_when_it_is_closed_and_everything_after() throws Exception {
        TestLiteServer silent = server(new TestAnswers(chain));
        silent.fault = TestLiteServer.Fault.SILENT;
        LiteClient client = client(silent);
        CompletionStage<Head> waiting = client.head();
        await().atMost(LONG).until(() -> silent.queries.get() == 1);

        client.close();

        assertThat(failure(waiting).reason()).isEqualTo(Reason.CLOSED);
        assertThat(failure(client.account(new Address(0, TestChain.hash("01")))).reason())
                .isEqualTo(Reason.CLOSED);
    }

    @Test
    void should_end_at_the_deadline_however_many_servers_are_left() {
        TestLiteServer silent = server(new TestAnswers(chain));
        silent.fault = TestLiteServer.Fault.NO_HANDSHAKE;
        LiteClient client = client(
                settings(chain, 0, List.of(silent)).withTimes(headAge, LONG, Duration.ofMillis(200), LONG, LONG));

        ChainException failure = failure(client.head());

        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure).hasMessageContaining("not done within PT0.2S");
    }

    // ---- Lies about the head ----

    @Test
    void should_refuse_another_block_of_a_number_that_is_proven() throws Exception {
        TestAnswers answers = new TestAnswers(chain);
        LiteClient client = client(server(answers));
        get(client.head());

        answers.infoLie = info -> new LiteAnswer.MasterchainInfo(
                BlockId.masterchain(13, TestChain.hash("0f"), TestChain.hash("0f")), info.zeroState());

        assertThat(failure(client.head())).hasMessageContaining("FORK: ");
    }

    @Test
    void should_refuse_a_newest_block_outside_the_masterchain() {
        TestAnswers answers = new TestAnswers(chain);
        answers.infoLie = info ->
                new LiteAnswer.MasterchainInfo(chain.shards.get(13).get(0).id(), info.zeroState());

        assertThat(failure(client(server(answers)).head())).hasMessageContaining("MASTERCHAIN: ");
    }

    @Test
    void should_refuse_proofs_that_do_not_lead_from_what_is_trusted_to_what_was_asked_for() throws Exception {
        BlockId zero = chain.block(0).id();
        BlockId target = chain.block(13).id();
        List<LiteAnswer.BlockProof> wrong = List.of(
                new LiteAnswer.BlockProof(true, zero, target, List.of()),
                new LiteAnswer.BlockProof(false, zero, zero, List.of()),
                new LiteAnswer.BlockProof(true, zero, target, List.of(chain.forward(5, 10), chain.forward(10, 13))),
                new LiteAnswer.BlockProof(true, zero, target, List.of(chain.forward(0, 5), chain.forward(10, 13))),
                new LiteAnswer.BlockProof(true, zero, chain.block(5).id(), List.of(chain.forward(0, 5))),
                new LiteAnswer.BlockProof(false, zero, target, List.of(chain.forward(0, 5))),
                new LiteAnswer.BlockProof(false, target, chain.block(5).id(), List.of(chain.forward(0, 5))),
                new LiteAnswer.BlockProof(false, zero, zero, List.of(chain.forward(0, 5), chain.back(5, 0))));
        for (LiteAnswer.BlockProof proof : wrong) {
            TestAnswers answers = new TestAnswers(chain);
            AtomicBoolean told = new AtomicBoolean();
            // Told once: a lie that is believed leads to the truth, and to no failure.
            answers.proofLie = right -> told.compareAndSet(false, true) ? proof : right;
            assertThat(failure(client(server(answers)).head()).reason()).isEqualTo(Reason.WRONG_ANSWER);
        }
        assertThat(lies).hasSize(wrong.size());
        assertThat(lies.subList(0, 7)).allMatch(lie -> lie.startsWith("LINK: "));
    }

    @Test
    void should_refuse_a_proof_that_leads_away_from_its_end() throws Exception {
        TestAnswers answers = new TestAnswers(chain);
        LiteAnswer.BlockProof away = new LiteAnswer.BlockProof(
                false, chain.block(7).id(), chain.block(5).id(), List.of(chain.back(7, 5)));
        AtomicBoolean told = new AtomicBoolean();
        answers.proofLie = right -> told.compareAndSet(false, true) ? away : right;

        assertThat(failure(client(settings(chain, 7, List.of(server(answers)))).head()))
                .hasMessageContaining("LINK: ");
    }

    @Test
    void should_ask_the_next_server_when_one_has_lost_blocks() throws Exception {
        TestAnswers loses = new TestAnswers(chain);
        loses.head = 11;
        TestAnswers other = new TestAnswers(chain);
        LiteClient client = client(server(loses), server(other));
        assertThat(get(client.head()).seqno()).isEqualTo(11);

        loses.head = 10;

        assertThat(get(client.head()).seqno()).isEqualTo(13);
        assertThat(lies).isEmpty();
    }

    @Test
    void should_take_an_empty_list_of_transactions_for_missing_history() {
        TestAnswers answers = new TestAnswers(chain);
        answers.transactionsLie = right -> new LiteAnswer.Transactions(List.of(), Bytes.empty());

        ChainException failure = failure(client(server(answers))
                .transactions(TestChain.ACTIVE, chain.transactionId(20), chain.transactionId(50), 10));

        assertThat(failure.reason()).isEqualTo(Reason.HISTORY_MISSING);
        assertThat(lies).isEmpty();
    }

    @Test
    void should_refuse_the_header_of_another_block() {
        TestAnswers answers = new TestAnswers(chain);
        answers.head = 10;
        answers.headerLie = header -> new LiteAnswer.Header(
                header.id(), TestChain.headerProof(chain.block(11).root()));
        LiteClient client = client(settings(chain, 10, List.of(server(answers))));

        assertThat(failure(client.head())).hasMessageContaining("BLOCK_HASH: ");
    }

    @Test
    void should_refuse_answers_that_are_another_type_or_too_long() {
        TestAnswers answers = new TestAnswers(chain);
        TestLiteServer other =
                new TestLiteServer(200, function -> answers.apply(function).concat(Bytes.fromHex("00000000")));
        opened.add(other);

        assertThat(failure(client(other).head()).reason()).isEqualTo(Reason.WRONG_ANSWER);
    }
}
