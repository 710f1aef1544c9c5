package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ClientParams;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client of a real network: what its contract says, and when it is looked at. */
class ClientOnChainTest {

    private final FakeChain chain = new FakeChain(false, false);
    private final TestProxy proxy = new TestProxy(chain, builder -> {});

    @AfterEach
    void close() {
        proxy.close();
    }

    private void contract(String stake, Int256 secretHash) {
        chain.clients.put(
                proxy.clientContract("someone"),
                new ClientContractState(
                        ContractState.NORMAL, Nanoton.ofTon("10"), Nanoton.ofTon(stake), 0, secretHash));
    }

    private FakeConnection.Reply hello(FakeConnection client) {
        String owner = TestProxy.owner("someone").toText(false);
        return client.ask(new ClientToProxy.ConnectToProxy(new ClientParams(3, owner, false, 0, 4), 0));
    }

    private static ConnectionAuth auth(FakeConnection.Reply reply) {
        return ((ProxyToClient.ConnectedToProxy) TestProxy.done(reply)).auth();
    }

    private FakeConnection ready() {
        FakeConnection client = proxy.dialAsClient();
        TestProxy.done(hello(client));
        TestProxy.done(client.ask(new ClientToProxy.AuthorizeWithProxyShort(Bytes.utf8("sesame"))));
        return client;
    }

    @Test
    void should_see_a_secret_that_was_set_a_moment_before_the_first_contact() {
        chain.look = new CompletableFuture<>();
        contract("1", Int256.ZERO);
        FakeConnection.Reply reply = hello(proxy.dialAsClient());
        assertThat(reply.isDone()).isFalse();

        contract("1", TestHashes.of("sesame"));
        chain.look.complete(null);
        assertThat(((ConnectionAuth.Short) auth(reply)).secretHash()).isEqualTo(TestHashes.of("sesame"));
    }

    @Test
    void should_answer_with_what_it_knows_when_the_chain_is_slow() {
        chain.look = new CompletableFuture<>();
        contract("1", Int256.ZERO);
        FakeConnection.Reply reply = hello(proxy.dialAsClient());
        proxy.time.advance(ClientHandshake.LOOK.minusMillis(1));
        assertThat(reply.isDone()).isFalse();
        proxy.time.advance(Duration.ofMillis(1));
        assertThat(auth(reply)).isInstanceOf(ConnectionAuth.Long.class);
    }

    @Test
    void should_answer_with_what_it_knows_when_the_chain_cannot_be_read() {
        chain.look = new CompletableFuture<>();
        contract("1", TestHashes.of("sesame"));
        FakeConnection.Reply reply = hello(proxy.dialAsClient());
        chain.look.completeExceptionally(new IllegalStateException("away"));
        assertThat(auth(reply)).isInstanceOf(ConnectionAuth.Short.class);
    }

    @Test
    void should_refuse_a_second_step_before_the_first_is_answered() {
        chain.look = new CompletableFuture<>();
        FakeConnection client = proxy.dialAsClient();
        hello(client);
        FakeConnection.Reply second = client.ask(new ClientToProxy.AuthorizeWithProxyShort(Bytes.utf8("sesame")));
        assertThat(second.text).contains("the first step is not answered yet");
        assertThat(client.isClosed()).isTrue();
        chain.look.complete(null);
        assertThat(client.isClosed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"4, true", "1, false"})
    void h42_should_count_the_stake_of_the_contract_from_the_first_request_on(String stake, boolean isEnough) {
        contract(stake, TestHashes.of("sesame"));
        FakeConnection client = ready();
        // A price of 2 nanotons: 1 TON stands for 500 million tokens.
        client.tell(TestProxy.query(proxy.newRequestId(), TestProxy.MODEL, 1, 1_000_000_000, 30));
        ProxyToClient.QueryAnswerErrorEx refusal = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(refusal.error().contains("balance")).isEqualTo(!isEnough);
    }

    @ParameterizedTest
    @CsvSource({"7200, true", "7201, false"})
    void should_admit_nothing_on_what_the_chain_said_too_long_ago(long seconds, boolean admits) {
        contract("1", TestHashes.of("sesame"));
        FakeConnection client = ready();
        chain.seenAt = proxy.time.clock().instant().minusSeconds(seconds);
        client.tell(TestProxy.query(proxy.newRequestId()));
        ProxyToClient.QueryAnswerErrorEx refusal = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(refusal.error().contains("the chain was last seen")).isEqualTo(!admits);
    }

    @Test
    void h50_should_end_a_long_authorisation_that_the_chain_never_confirms() {
        contract("1", Int256.ZERO);
        FakeConnection client = proxy.dialAsClient();
        TestProxy.done(hello(client));
        client.ask(new ClientToProxy.AuthorizeWithProxyLong());
        proxy.time.advance(ProxyLimits.DEFAULT.chainConfirmation().minusMillis(1));
        assertThat(client.isClosed()).isFalse();
        assertThat(proxy.server.core().clients().waitingNonces()).isEqualTo(1);
        proxy.time.advance(Duration.ofMillis(1));
        assertThat(client.isClosed()).isTrue();
        proxy.time.run();
        assertThat(proxy.server.core().clients().waitingNonces()).isZero();
    }
}
