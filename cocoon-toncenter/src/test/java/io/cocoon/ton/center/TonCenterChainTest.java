package io.cocoon.ton.center;

import static io.cocoon.ton.center.TestChain.ACCOUNT;
import static io.cocoon.ton.center.TestChain.NOW;
import static io.cocoon.ton.center.TestChain.OTHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.AccountState.Status;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TonCenterChainTest {

    private FakeCenter server;
    private TonCenterChain chain;

    @BeforeEach
    void start() throws IOException {
        server = new FakeCenter();
        chain = server.open();
    }

    @AfterEach
    void stop() {
        chain.close();
        server.close();
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static ChainException failure(CompletionStage<?> stage) {
        ExecutionException thrown = catchThrowableOfType(ExecutionException.class, () -> get(stage));
        if (thrown != null && thrown.getCause() instanceof ChainException cause) {
            return cause;
        }
        throw new AssertionError("wanted a ChainException, got " + thrown, thrown);
    }

    private static MockResponse stalled() {
        return new MockResponse.Builder()
                .code(200)
                .body("{\"ok\":true}")
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build();
    }

    private void reopen(TonCenterSettings settings) {
        chain.close();
        chain = new TonCenterChain(settings);
    }

    @Test
    void should_say_that_it_trusts_its_server() {
        assertThat(chain.isProven()).isFalse();
        assertThat(chain.describe()).contains("nothing is proven", "trusts its server 127.0.0.1");
        assertThat(chain.isTestnet()).isTrue();
    }

    @Test
    void should_read_the_head() throws Exception {
        assertThat(get(chain.head())).isEqualTo(new Head(100, NOW));

        HttpUrl header = server.requests("getBlockHeader").get(0).getUrl();
        assertThat(header.queryParameter("workchain")).isEqualTo("-1");
        assertThat(header.queryParameter("shard")).isEqualTo("-9223372036854775808");
        assertThat(header.queryParameter("seqno")).isEqualTo("100");
    }

    @Test
    void should_not_ask_for_the_header_of_a_head_that_it_knows() throws Exception {
        get(chain.head());
        get(chain.head());

        assertThat(server.requests("getMasterchainInfo")).hasSize(2);
        assertThat(server.requests("getBlockHeader")).hasSize(1);
    }

    @Test
    void should_never_let_the_head_go_back() throws Exception {
        get(chain.head());
        server.seqno = 99;
        assertThat(get(chain.head()).seqno()).isEqualTo(100);

        server.seqno = 102;
        assertThat(get(chain.head()).seqno()).isEqualTo(102);
    }

    @Test
    void should_refuse_a_server_that_is_behind_and_one_that_is_ahead_of_the_clock() {
        server.headTime = NOW.getEpochSecond() - 61;
        ChainException behind = failure(chain.head());
        assertThat(behind.reason()).isEqualTo(Reason.STALE);
        assertThat(behind).hasMessageContaining("61 s ago").hasMessageContaining("at most PT1M");

        server.headTime = NOW.getEpochSecond() + 61;
        assertThat(failure(chain.head()).reason()).isEqualTo(Reason.WRONG_ANSWER);
    }

    @Test
    void should_refuse_a_server_of_the_other_network_before_anything_is_sent() {
        server.globalId = -239;

        ChainException failure = failure(chain.send(Cell.EMPTY));

        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(failure).hasMessageContaining("network with id -239, wanted the test network");
        assertThat(server.requests("sendBoc")).isEmpty();
    }

    @Test
    void should_take_a_private_network_for_what_the_setting_says() throws Exception {
        server.globalId = 77;
        assertThat(get(chain.head()).seqno()).isEqualTo(100);
    }

    @Test
    void should_read_an_active_account() throws Exception {
        List<Cell> history = TestChain.history(ACCOUNT, 3);
        Cell code = new CellBuilder().storeUint(5, 8).build();
        server.account.put("code", FakeCenter.base64(code));
        server.account.set(
                "last_transaction_id", FakeCenter.id(30, history.get(2).hash().toByteArray()));

        AccountState state = get(chain.account(ACCOUNT));

        assertThat(state.address()).isEqualTo(ACCOUNT);
        assertThat(state.status()).isEqualTo(Status.ACTIVE);
        assertThat(state.balance()).isEqualTo(Nanoton.ofTon("1.5"));
        assertThat(state.code()).contains(code);
        assertThat(state.data()).contains(Cell.EMPTY);
        assertThat(state.last()).isEqualTo(TestChain.id(history, 3));
        assertThat(state.at()).isEqualTo(new Head(101, NOW.minusSeconds(2)));
        assertThat(server.requests("getAddressInformation").get(0).getUrl().queryParameter("address"))
                .isEqualTo(ACCOUNT.toText(true, true));
    }

    @Test
    void should_read_accounts_that_are_not_active() throws Exception {
        ObjectNode account = server.account;
        account.put("code", "").put("data", "").put("state", "uninitialized");
        assertThat(get(chain.account(ACCOUNT)).status()).isEqualTo(Status.UNINITIALIZED);

        account.put("balance", 0);
        assertThat(get(chain.account(ACCOUNT)).status()).isEqualTo(Status.NONE);

        account.put("balance", "-1");
        assertThat(get(chain.account(ACCOUNT)).balance()).isEqualTo(Nanoton.ZERO);

        account.put("balance", 5).put("state", "frozen");
        assertThat(get(chain.account(ACCOUNT)).status()).isEqualTo(Status.FROZEN);
    }

    @Test
    void should_refuse_an_account_at_a_block_that_is_too_old() {
        server.account.put("sync_utime", NOW.getEpochSecond() - 100);
        assertThat(failure(chain.account(ACCOUNT)).reason()).isEqualTo(Reason.STALE);
    }

    @Test
    void should_read_the_transactions_of_several_pages_the_oldest_first() throws Exception {
        server.history = TestChain.history(ACCOUNT, 40);

        List<Transaction> all =
                get(chain.transactions(ACCOUNT, TransactionId.NONE, TestChain.id(server.history, 40), 100));

        assertThat(all).hasSize(40);
        assertThat(all.get(0).id()).isEqualTo(TestChain.id(server.history, 1));
        assertThat(all.get(39).id()).isEqualTo(TestChain.id(server.history, 40));
        assertThat(all.get(39).fees()).isEqualTo(new Nanoton(7));
        assertThat(server.requests("getTransactions")).hasSize(40 / TonCenterChain.PAGE);
    }

    @Test
    void should_return_the_oldest_after_a_known_one_when_there_are_more_than_wanted() throws Exception {
        server.history = TestChain.history(ACCOUNT, 20);

        List<Transaction> some =
                get(chain.transactions(ACCOUNT, TestChain.id(server.history, 5), TestChain.id(server.history, 20), 3));

        assertThat(some)
                .extracting(Transaction::id)
                .containsExactly(
                        TestChain.id(server.history, 6),
                        TestChain.id(server.history, 7),
                        TestChain.id(server.history, 8));
    }

    @Test
    void should_ask_nothing_when_the_newest_is_known() throws Exception {
        TransactionId id = TestChain.id(TestChain.history(ACCOUNT, 2), 2);
        assertThat(get(chain.transactions(ACCOUNT, id, id, 5))).isEmpty();
        assertThat(server.requests("getTransactions")).isEmpty();
    }

    @Test
    void should_read_a_long_history() throws Exception {
        server.history = TestChain.history(ACCOUNT, 600);
        assertThat(get(chain.transactions(ACCOUNT, TransactionId.NONE, TestChain.id(server.history, 600), 600)))
                .hasSize(600);
    }

    @Test
    void should_refuse_a_transaction_with_another_hash() {
        List<Cell> history = TestChain.history(ACCOUNT, 3);
        Cell forged = TestChain.transaction(ACCOUNT, 30, TransactionId.NONE);
        server.next("getTransactions", FakeCenter.ok(FakeCenter.transactions(List.of(forged))));

        ChainException failure = failure(chain.transactions(ACCOUNT, TransactionId.NONE, TestChain.id(history, 3), 5));

        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(failure)
                .hasMessageContaining("wanted transaction 30")
                .hasMessageContaining("got one with hash " + forged.hash().toHex());
    }

    @Test
    void should_refuse_a_history_with_one_left_out() {
        List<Cell> history = TestChain.history(ACCOUNT, 3);
        server.next("getTransactions", FakeCenter.ok(FakeCenter.transactions(List.of(history.get(2), history.get(0)))));

        ChainException failure = failure(chain.transactions(ACCOUNT, TransactionId.NONE, TestChain.id(history, 3), 5));

        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(failure).hasMessageContaining("wanted transaction 20");
    }

    @Test
    void should_refuse_a_history_that_leads_past_the_known_transaction() {
        List<Cell> history = TestChain.history(ACCOUNT, 3);
        server.history = history;
        TransactionId stranger = new TransactionId(15, history.get(0).hash());

        ChainException failure = failure(chain.transactions(ACCOUNT, stranger, TestChain.id(history, 3), 5));

        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(failure).hasMessageContaining("lead from 20").hasMessageContaining("and not to 15");
    }

    @Test
    void should_refuse_another_accounts_transaction() {
        List<Cell> history = TestChain.history(OTHER, 1);
        server.history = history;

        ChainException failure = failure(chain.transactions(ACCOUNT, TransactionId.NONE, TestChain.id(history, 1), 5));

        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(failure)
                .hasMessageContaining("wanted transaction 10")
                .hasMessageContaining(OTHER.hash().toHex());
    }

    @Test
    void should_ask_servers_with_the_whole_history_when_one_has_too_little() throws Exception {
        server.history = TestChain.history(ACCOUNT, 2);
        server.next(
                "getTransactions", FakeCenter.error(500, "LITE_SERVER_UNKNOWN: cannot locate transaction in block"));

        assertThat(get(chain.transactions(ACCOUNT, TransactionId.NONE, TestChain.id(server.history, 2), 5)))
                .hasSize(2);

        assertThat(server.requests("getTransactions"))
                .extracting(request -> request.getUrl().queryParameter("archival"))
                .containsExactly("false", "true");
    }

    @Test
    void should_say_that_history_is_missing_when_nobody_has_it() {
        TransactionId unknown = TestChain.id(TestChain.history(ACCOUNT, 2), 2);
        ChainException failure = failure(chain.transactions(ACCOUNT, TransactionId.NONE, unknown, 5));
        assertThat(failure.reason()).isEqualTo(Reason.HISTORY_MISSING);
        assertThat(failure).hasMessageContaining("it has no transaction 20");
    }

    @Test
    void should_send_a_message_as_a_bag_of_cells() throws Exception {
        Cell message = new CellBuilder().storeUint(0x88, 8).build();

        get(chain.send(message));

        Bytes body = Bytes.utf8(server.requests("sendBoc").get(0).getBody().utf8());
        String boc = new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(body.toByteArray())
                .get("boc")
                .textValue();
        assertThat(BagOfCells.read(Bytes.copyOf(Base64.getDecoder().decode(boc))))
                .isEqualTo(message);
    }

    @Test
    void should_send_once_and_say_so_when_the_network_refuses_the_message() {
        server.next(
                "sendBoc",
                FakeCenter.error(500, "LITE_SERVER_UNKNOWN: cannot apply external message to current state"));

        ChainException failure = failure(chain.send(Cell.EMPTY));

        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failure).hasMessageContaining("cannot apply external message");
        assertThat(server.requests("sendBoc")).hasSize(1);
    }

    @Test
    void should_never_send_again_by_itself() {
        MockResponse lost = new MockResponse.Builder()
                .onResponseStart(new SocketEffect.CloseSocket())
                .build();
        server.next(
                "sendBoc",
                lost,
                FakeCenter.error(503, "busy"),
                FakeCenter.error(429, "Ratelimit exceed"),
                FakeCenter.error(422, "Validation error"));

        ChainException broken = failure(chain.send(Cell.EMPTY));
        assertThat(broken.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(broken).hasMessageContaining("it may have been taken");
        assertThat(failure(chain.send(Cell.EMPTY)))
                .hasMessageContaining("busy")
                .hasMessageContaining("may have been taken");
        assertThat(failure(chain.send(Cell.EMPTY))).hasMessageContaining("it was not taken; send it again then");
        assertThat(failure(chain.send(Cell.EMPTY)).reason()).isEqualTo(Reason.REFUSED);
        assertThat(server.requests("sendBoc")).hasSize(4);
    }

    @Test
    void should_read_again_after_5xx_a_lost_connection_and_too_many_requests() throws Exception {
        server.next(
                "getMasterchainInfo",
                FakeCenter.error(503, "busy"),
                FakeCenter.answer(502, "<html>bad gateway</html>"),
                new MockResponse.Builder()
                        .onResponseStart(new SocketEffect.CloseSocket())
                        .build(),
                new MockResponse.Builder()
                        .code(429)
                        .addHeader("Retry-After", "1")
                        .body("{\"ok\":false,\"error\":\"Ratelimit exceed\",\"code\":429}")
                        .build());

        assertThat(get(chain.head()).seqno()).isEqualTo(100);
        assertThat(server.requests("getMasterchainInfo")).hasSize(5);
    }

    @Test
    void should_give_up_at_the_deadline_and_say_what_was_seen() {
        reopen(server.settings().withTimes(Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofMinutes(1)));
        MockResponse[] busy = new MockResponse[20];
        java.util.Arrays.fill(busy, FakeCenter.error(503, "all liteservers are busy"));
        server.next("getMasterchainInfo", busy);

        ChainException failure = failure(chain.head());

        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure)
                .hasMessageContaining("could not get the newest block from TON Center at 127.0.0.1")
                .hasMessageContaining("no answer within PT1S")
                .hasMessageContaining("all liteservers are busy");
    }

    @Test
    void should_not_wait_for_a_server_that_asks_for_more_patience_than_the_deadline_has() {
        reopen(server.settings().withTimes(Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofMinutes(1)));
        server.next(
                "getMasterchainInfo",
                new MockResponse.Builder()
                        .code(429)
                        .addHeader("Retry-After", "3600")
                        .build());

        assertThat(failure(chain.head())).hasMessageContaining("come back in PT1H");
        // Others are held back too.
        assertThat(failure(chain.account(ACCOUNT))).hasMessageContaining("0 requests");
        assertThat(server.requests("getMasterchainInfo")).hasSize(1);
    }

    @Test
    void should_end_a_request_that_takes_too_long_and_ask_again() throws Exception {
        reopen(server.settings().withTimes(Duration.ofMillis(300), Duration.ofSeconds(60), Duration.ofMinutes(1)));
        server.next("getMasterchainInfo", stalled());
        assertThat(get(chain.head()).seqno()).isEqualTo(100);
        assertThat(server.requests("getMasterchainInfo").size()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void should_refuse_an_answer_that_is_too_large() {
        String large = "{\"ok\":true,\"result\":\"" + "x".repeat(HttpQuestions.MAX_ANSWER_BYTES) + "\"}";
        server.next(
                "getMasterchainInfo",
                FakeCenter.answer(200, large),
                new MockResponse.Builder().code(200).chunkedBody(large, 1 << 16).build());

        for (int i = 0; i < 2; i++) {
            ChainException failure = failure(chain.head());
            assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
            assertThat(failure).hasMessageContaining("more than 16777216 bytes");
        }
    }

    @Test
    void should_refuse_garbage_redirects_and_compression_at_once() {
        ObjectNode string = JsonNodeFactory.instance.objectNode().put("last", "x");
        List<MockResponse> answers = List.of(
                FakeCenter.answer(200, "<html>hello</html>"),
                FakeCenter.answer(200, "[]"),
                FakeCenter.answer(200, "{\"ok\":true}"),
                FakeCenter.answer(200, "{\"ok\":true,\"ok\":true}"),
                FakeCenter.ok(string),
                FakeCenter.answer(404, "no such page"),
                new MockResponse.Builder()
                        .code(302)
                        .addHeader("Location", "https://example.com/")
                        .build(),
                new MockResponse.Builder()
                        .code(200)
                        .addHeader("Content-Encoding", "gzip")
                        .body("x")
                        .build());
        server.next("getMasterchainInfo", answers.toArray(MockResponse[]::new));
        for (int i = 0; i < answers.size(); i++) {
            assertThat(failure(chain.head()).reason()).as("answer %d", i).isEqualTo(Reason.WRONG_ANSWER);
        }
        assertThat(server.requests("getMasterchainInfo")).hasSize(answers.size());
    }

    @Test
    void should_send_the_key_and_never_show_it() throws Exception {
        get(chain.head());
        assertThat(server.requests("getMasterchainInfo").get(0).getHeaders().get("X-API-Key"))
                .isEqualTo("key-of-a-test");

        server.next("getMasterchainInfo", FakeCenter.error(401, "unknown key key-of-a-test\nINFO all is well"));
        ChainException failure = failure(chain.head());

        assertThat(failure)
                .hasMessageContaining("unknown key (the API key) INFO all is well")
                .hasMessageContaining("check the API key");
        assertThat(failure.getMessage()).doesNotContain("key-of-a-test").doesNotContain("\n");
        assertThat(server.settings().toString()).doesNotContain("key-of-a-test");
        assertThat(chain.describe()).doesNotContain("key-of-a-test");
    }

    @Test
    void should_refuse_settings_that_would_betray_the_key_or_make_no_sense() {
        assertThatThrownBy(() -> TonCenterSettings.of(URI.create("http://toncenter.example/api/v2/"), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wanted an https address");
        assertThatThrownBy(() -> TonCenterSettings.of(URI.create("https://a.example/?api_key=secret"), false))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("secret");
        assertThatThrownBy(() -> TonCenterSettings.mainnet().withApiKey("two\nlines"))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("two");
        assertThatThrownBy(() -> TonCenterSettings.mainnet().withSpacing(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(TonCenterSettings.testnetServer().testnet()).isTrue();
        assertThat(TonCenterSettings.mainnet().testnet()).isFalse();
    }

    @Test
    void should_fail_what_is_open_and_what_comes_later_when_closed() {
        server.next("getMasterchainInfo", stalled());
        CompletableFuture<Head> open = chain.head().toCompletableFuture();

        chain.close();
        chain.close();

        assertThat(failure(open).reason()).isEqualTo(Reason.CLOSED);
        assertThat(failure(chain.account(ACCOUNT)).reason()).isEqualTo(Reason.CLOSED);
    }

    @Test
    void should_bound_how_many_questions_wait() {
        reopen(server.settings().withSpacing(Duration.ofHours(1)));
        List<CompletionStage<Head>> open = new ArrayList<>();
        for (int i = 0; i <= HttpQuestions.MAX_OPEN; i++) {
            open.add(chain.head());
        }
        assertThat(failure(chain.head())).hasMessageContaining("1000 questions wait already");
        chain.close();
        assertThat(failure(open.get(HttpQuestions.MAX_OPEN - 1)).reason()).isEqualTo(Reason.CLOSED);
    }

    @Test
    void should_read_both_forms_of_retry_after() {
        Instant now = Instant.parse("2026-07-01T00:00:00Z");
        assertThat(Question.retryAfter("7", now)).isEqualTo(Duration.ofSeconds(7));
        assertThat(Question.retryAfter("Wed, 01 Jul 2026 00:00:09 GMT", now)).isEqualTo(Duration.ofSeconds(9));
        assertThat(Question.retryAfter("Wed, 01 Jul 2020 00:00:09 GMT", now)).isEqualTo(Duration.ZERO);
        assertThat(Question.retryAfter("999999999", now)).isEqualTo(Duration.ofHours(1));
        assertThat(Question.retryAfter("soon", now)).isEqualTo(Question.UNSTATED_RETRY_AFTER);
        assertThat(Question.retryAfter(null, now)).isEqualTo(Question.UNSTATED_RETRY_AFTER);
    }

    @Test
    void should_space_requests_and_hold_all_back_while_the_server_wants_none() {
        RequestGate gate = new RequestGate(10);
        assertThat(gate.book(100)).isZero();
        assertThat(gate.book(100)).isEqualTo(10);
        assertThat(gate.book(105)).isEqualTo(15);
        assertThat(gate.book(500)).isZero();

        gate.closeUntil(600);
        assertThat(gate.isOpen(510)).isFalse();
        assertThat(gate.book(520)).isEqualTo(80);
        assertThat(gate.book(520)).isEqualTo(90);
        assertThat(gate.isOpen(600)).isTrue();
    }
}
