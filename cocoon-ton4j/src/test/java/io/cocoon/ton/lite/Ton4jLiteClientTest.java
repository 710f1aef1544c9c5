package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.PlainWallet;
import io.cocoon.ton4j.Ton4jChain;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ton.ton4j.adnl.AdnlLiteClient;
import org.ton.ton4j.adnl.globalconfig.LiteServerId;
import org.ton.ton4j.adnl.globalconfig.LiteServers;
import org.ton.ton4j.adnl.globalconfig.TonGlobalConfig;

/** ton4j's lite client behind our interface, with the core's test liteserver on a socket; and our own client beside it. */
@Timeout(180)
class Ton4jLiteClientTest {

    private static final int GET_INFO_EXT = 0x70a671df;
    private static final int INFO_EXT = 0xa8cce0f5;
    private static final Instant BEGIN = Instant.parse("2026-07-01T00:00:00Z");

    private final TestChain world = new TestChain(6, 3, true, true, BEGIN);
    private final TestAnswers answers = new TestAnswers(world);
    private final TestLiteServer server = new TestLiteServer(1, withTime(answers));
    private final Clock clock = Clock.fixed(BEGIN, ZoneOffset.UTC);
    private AdnlLiteClient client;
    private Ton4jChain chain;

    /** ton4j asks for the newest block with its time, which our own client never does. */
    private Function<Bytes, Bytes> withTime(TestAnswers usual) {
        return function -> {
            if (function.intLeAt(0) != GET_INFO_EXT) {
                return usual.apply(function);
            }
            TlWriter out =
                    new TlWriter().writeInt(INFO_EXT).writeInt(0).writeInt(1).writeLong(7);
            BlockId.write(out, world.block(usual.head).id());
            return out.writeInt((int) BEGIN.getEpochSecond())
                    .writeInt((int) BEGIN.getEpochSecond())
                    .writeInt256(Int256.ZERO)
                    .writeInt(-1)
                    .writeInt256(world.block(0).id().rootHash())
                    .writeInt256(Int256.ZERO)
                    .seal();
        };
    }

    @BeforeEach
    void connect() throws Exception {
        InetSocketAddress address = server.address().address();
        LiteServers entry = LiteServers.builder()
                .ip(ByteBuffer.wrap(address.getAddress().getAddress()).getInt())
                .port(address.getPort())
                .id(LiteServerId.builder()
                        .type("pub.ed25519")
                        .key(Base64.getEncoder()
                                .encodeToString(server.key.publicKey().toByteArray()))
                        .build())
                .build();
        client = AdnlLiteClient.builder()
                .globalConfig(TonGlobalConfig.builder()
                        .liteservers(new LiteServers[] {entry})
                        .build())
                .maxRetries(3)
                .queryTimeout(30)
                .build();
        chain = Ton4jChain.of(client, true, Duration.ofMinutes(1), clock);
    }

    @AfterEach
    void disconnect() {
        chain.close();
        client.close();
        server.close();
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(120, TimeUnit.SECONDS);
    }

    private static ChainException failure(CompletionStage<?> stage) {
        ExecutionException thrown = catchThrowableOfType(ExecutionException.class, () -> get(stage));
        if (thrown != null && thrown.getCause() instanceof ChainException cause) {
            return cause;
        }
        throw new AssertionError("wanted a ChainException, got " + thrown, thrown);
    }

    private TonChain ours() {
        return new LiteClient(
                LiteClientSettings.of(world.config(0, List.of()).withLiteServers(List.of(server.address())), true)
                        .withClock(clock));
    }

    @Test
    void should_read_the_head() throws Exception {
        assertThat(chain.describe()).contains("ton4j's lite client", "nothing is proven");
        assertThat(get(chain.head()).seqno()).isEqualTo(3);
    }

    @Test
    void should_read_the_account_that_our_own_client_proves() throws Exception {
        try (TonChain proven = ours()) {
            AccountState wanted = get(proven.account(TestChain.ACTIVE));
            AccountState state = get(chain.account(TestChain.ACTIVE));
            assertThat(state.status()).isEqualTo(AccountState.Status.ACTIVE);
            assertThat(state.code()).isEqualTo(wanted.code());
            assertThat(state.data()).isEqualTo(wanted.data());
            assertThat(state.balance()).isEqualTo(wanted.balance());
            assertThat(state.last()).isEqualTo(wanted.last());
        }
    }

    @Test
    void should_read_an_account_that_does_not_exist() throws Exception {
        AccountState state = get(chain.account(TestChain.ABSENT));
        assertThat(state.status()).isEqualTo(AccountState.Status.NONE);
        assertThat(state.last()).isEqualTo(TransactionId.NONE);
    }

    @Test
    void should_read_the_transactions_that_our_own_client_proves() throws Exception {
        TransactionId newest = get(chain.account(TestChain.ACTIVE)).last();
        try (TonChain proven = ours()) {
            List<Transaction> wanted = get(proven.transactions(TestChain.ACTIVE, TransactionId.NONE, newest, 100));
            assertThat(get(chain.transactions(TestChain.ACTIVE, TransactionId.NONE, newest, 100)))
                    .extracting(Transaction::id)
                    .isEqualTo(wanted.stream().map(Transaction::id).toList());
        }
    }

    @Test
    void should_refuse_a_state_that_is_not_the_one_in_the_proof() {
        answers.accountLie = account -> new LiteAnswer.Account(
                account.at(),
                account.shardBlock(),
                account.shardProof(),
                account.proof(),
                BagOfCells.write(Cell.EMPTY));
        ChainException failure = failure(chain.account(TestChain.ACTIVE));
        assertThat(failure.reason()).isEqualTo(Reason.WRONG_ANSWER);
    }

    @Test
    void should_send_a_signed_message_with_the_same_body_though_ton4j_writes_it_anew() throws Exception {
        PlainWallet wallet = PlainWallet.v3r2(Ed25519Key.fromSeed(Int256.fromHex("22".repeat(32))), Optional.empty());
        Order order = new Order(Int256.ZERO, TestChain.ACTIVE, Nanoton.ofTon("1"), Optional.empty(), Optional.empty());
        Cell message = wallet.sign(1, BEGIN, List.of(order), false).message();

        get(chain.send(message));

        Message sent = MessageCodec.read(BagOfCells.read(answers.sent.get(0)));
        assertThat(sent.destination()).contains(wallet.address());
        assertThat(sent.body()).isEqualTo(MessageCodec.read(message).body());

        answers.sendStatus = 2;
        assertThat(failure(chain.send(message)).reason()).isEqualTo(Reason.REFUSED);
    }
}
