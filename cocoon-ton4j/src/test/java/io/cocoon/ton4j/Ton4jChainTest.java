package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
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
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ton.ton4j.toncenter.TonCenter;

/** ton4j's client of TON Center behind our interface, with a server on a socket. */
@Timeout(120)
class Ton4jChainTest {

    private static final Instant NOW = Instant.parse("2026-07-01T00:00:00Z");
    private static final Address ACCOUNT = new Address(0, Int256.fromHex("11".repeat(32)));
    private static final String BLOCK = "{\"workchain\":-1,\"shard\":\"-9223372036854775808\",\"seqno\":100}";

    private final MockWebServer server = new MockWebServer();
    private final Map<String, MockResponse> answers = new ConcurrentHashMap<>();
    private Ton4jChain chain;

    @BeforeEach
    void start() throws IOException {
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                List<String> path = request.getUrl().pathSegments();
                return answers.getOrDefault(path.get(path.size() - 1), error(404, "no such method"));
            }
        });
        server.start(InetAddress.getLoopbackAddress(), 0);
        TonCenter client = TonCenter.builder()
                .endpoint("http://127.0.0.1:" + server.getPort() + "/api/v2")
                .readTimeout(Duration.ofSeconds(30))
                .build();
        chain = Ton4jChain.of(client, true, Duration.ofMinutes(1), Clock.fixed(NOW, ZoneOffset.UTC));
        answer("getMasterchainInfo", "{\"last\":" + BLOCK + "}");
        answer("getBlockHeader", "{\"id\":" + BLOCK + ",\"gen_utime\":" + NOW.getEpochSecond() + "}");
    }

    @AfterEach
    void stop() {
        chain.close();
        server.close();
    }

    private void answer(String method, String result) {
        answers.put(
                method,
                new MockResponse.Builder()
                        .body("{\"ok\":true,\"result\":" + result + "}")
                        .build());
    }

    private static MockResponse error(int code, String text) {
        return new MockResponse.Builder()
                .code(code)
                .body("{\"ok\":false,\"error\":\"" + text + "\",\"code\":" + code + "}")
                .build();
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

    private static String base64(Cell cell) {
        return Base64.getEncoder().encodeToString(BagOfCells.write(cell).toByteArray());
    }

    private static Cell transaction(long lt, TransactionId previous) {
        return new CellBuilder()
                .storeUint(0b0111, 4)
                .storeInt256(ACCOUNT.hash())
                .storeUint(lt, 64)
                .storeInt256(previous.hash())
                .storeUint(previous.lt(), 64)
                .storeUint(NOW.getEpochSecond(), 32)
                .storeUint(0, 15 + 4)
                .storeRef(new CellBuilder().storeUint(0, 2).build())
                .storeCoins(new Nanoton(7))
                .storeBit(false)
                .storeRef(Cell.EMPTY)
                .storeRef(new CellBuilder().storeUint(0b0001, 4).build())
                .build();
    }

    private static List<Cell> history(int count) {
        List<Cell> cells = new ArrayList<>();
        TransactionId previous = TransactionId.NONE;
        for (int i = 1; i <= count; i++) {
            cells.add(transaction(10L * i, previous));
            previous = new TransactionId(10L * i, cells.get(i - 1).hash());
        }
        return cells;
    }

    private void answerTransactions(List<Cell> newestFirst) {
        answer(
                "getTransactions",
                newestFirst.stream()
                        .map(cell -> "{\"data\":\"" + base64(cell) + "\"}")
                        .collect(Collectors.joining(",", "[", "]")));
    }

    @Test
    void should_say_that_nothing_is_proven() {
        assertThat(chain.isProven()).isFalse();
        assertThat(chain.describe()).contains("ton4j's client of TON Center", "trusts its server");
    }

    @Test
    void should_read_the_head() throws Exception {
        assertThat(get(chain.head())).isEqualTo(new Head(100, NOW));
    }

    @Test
    void should_refuse_a_block_that_is_too_old() {
        answer("getBlockHeader", "{\"id\":" + BLOCK + ",\"gen_utime\":" + (NOW.getEpochSecond() - 61) + "}");
        assertThat(failure(chain.head()).reason()).isEqualTo(Reason.STALE);
    }

    @Test
    void should_read_an_account() throws Exception {
        Cell code = new CellBuilder().storeUint(5, 8).build();
        Int256 hash = Int256.fromHex("33".repeat(32));
        answer(
                "getAddressInformation",
                "{\"balance\":\"1500000000\",\"code\":\"" + base64(code) + "\",\"data\":\"" + base64(Cell.EMPTY)
                        + "\",\"frozen_hash\":\"\",\"sync_utime\":" + NOW.getEpochSecond() + ",\"block_id\":" + BLOCK
                        + ",\"last_transaction_id\":{\"lt\":\"30\",\"hash\":\""
                        + Base64.getEncoder().encodeToString(hash.toByteArray()) + "\"}}");

        AccountState state = get(chain.account(ACCOUNT));

        assertThat(state.status()).isEqualTo(Status.ACTIVE);
        assertThat(state.balance()).isEqualTo(Nanoton.ofTon("1.5"));
        assertThat(state.code()).contains(code);
        assertThat(state.last()).isEqualTo(new TransactionId(30, hash));
        assertThat(state.at()).isEqualTo(new Head(100, NOW));
    }

    @Test
    void should_refuse_an_account_with_parts_missing_or_not_valid() {
        answer("getAddressInformation", "{\"balance\":\"1\"}");
        assertThat(failure(chain.account(ACCOUNT)).reason()).isEqualTo(Reason.WRONG_ANSWER);
        answer(
                "getAddressInformation",
                "{\"balance\":\"1\",\"code\":\"AAAA\",\"sync_utime\":" + NOW.getEpochSecond() + ",\"block_id\":" + BLOCK
                        + ",\"last_transaction_id\":{\"lt\":\"0\",\"hash\":\""
                        + Base64.getEncoder().encodeToString(new byte[32]) + "\"}}");
        assertThat(failure(chain.account(ACCOUNT)).reason()).isEqualTo(Reason.WRONG_ANSWER);
    }

    @Test
    void should_read_transactions_and_refuse_a_gap() throws Exception {
        List<Cell> history = history(3);
        TransactionId newest = new TransactionId(30, history.get(2).hash());
        List<Cell> newestFirst = new ArrayList<>(history);
        Collections.reverse(newestFirst);
        answerTransactions(newestFirst);
        assertThat(get(chain.transactions(ACCOUNT, TransactionId.NONE, newest, 2)))
                .extracting(Transaction::id)
                .extracting(TransactionId::lt)
                .containsExactly(10L, 20L);

        answerTransactions(List.of(newestFirst.get(0), newestFirst.get(2)));
        ChainException failure = failure(chain.transactions(ACCOUNT, TransactionId.NONE, newest, 2));
        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
        assertThat(failure).hasMessageContaining("wanted transaction 20");
    }

    @Test
    void should_tell_missing_history_from_a_server_that_is_away() {
        TransactionId newest = new TransactionId(30, Int256.fromHex("33".repeat(32)));
        answers.put("getTransactions", error(500, "LITE_SERVER_UNKNOWN: lt not in db"));
        assertThat(failure(chain.transactions(ACCOUNT, TransactionId.NONE, newest, 2))
                        .reason())
                .isEqualTo(Reason.HISTORY_MISSING);
        answers.put("getTransactions", error(503, "busy"));
        assertThat(failure(chain.transactions(ACCOUNT, TransactionId.NONE, newest, 2))
                        .reason())
                .isEqualTo(Reason.UNREACHABLE);
        answers.put(
                "getMasterchainInfo", new MockResponse.Builder().body("<html>").build());
        assertThat(failure(chain.head()).reason()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void should_send_and_say_when_a_message_is_refused() throws Exception {
        answer("sendBoc", "{\"@type\":\"ok\"}");
        get(chain.send(Cell.EMPTY));

        answers.put("sendBoc", error(500, "LITE_SERVER_UNKNOWN: cannot apply external message to current state"));
        ChainException failure = failure(chain.send(Cell.EMPTY));
        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failure).hasMessageContaining("cannot apply external message");
    }

    @Test
    void should_survive_the_errors_that_ton4j_throws_and_end_what_is_open_when_closed() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        ChainSource odd = new ChainSource() {
            @Override
            public String name() {
                return "a client that fails";
            }

            @Override
            public Head head() {
                throw new Error("as ton4j does");
            }

            @Override
            public AccountState account(Address address) throws Exception {
                entered.countDown();
                new CountDownLatch(1).await();
                throw new IllegalStateException();
            }

            @Override
            public List<Cell> transactions(Address address, TransactionId from, TransactionId after) {
                return List.of();
            }

            @Override
            public void send(Cell externalMessage) {}
        };
        Ton4jChain other = new Ton4jChain(odd, true, Duration.ofMinutes(1), Clock.systemUTC());

        assertThat(failure(other.head())).hasMessageContaining("as ton4j does");
        CompletableFuture<AccountState> blocked = other.account(ACCOUNT).toCompletableFuture();
        CompletableFuture<Head> behind = other.head().toCompletableFuture();
        entered.await();
        other.close();

        assertThat(failure(blocked).reason()).isEqualTo(Reason.CLOSED);
        assertThat(failure(behind).reason()).isEqualTo(Reason.CLOSED);
        assertThat(failure(other.head()).reason()).isEqualTo(Reason.CLOSED);
    }
}
