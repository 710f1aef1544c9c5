package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every mistake in settings, requests and handshakes is told in words: what was seen, what was wanted, what to do. */
class MistakesTest {

    private static final Setup SHARED = Setup.withProxies(0);
    private static final CocoonClient COCOON = SHARED.client();

    private Setup setup = Setup.withProxies(0);

    @TempDir
    private Path folder;

    @AfterAll
    static void closeShared() {
        SHARED.close();
    }

    @AfterEach
    void close() {
        setup.close();
    }

    private static Arguments says(ThrowingCallable mistake, String... words) {
        return Arguments.of(mistake, words);
    }

    static Stream<Arguments> mistakesInSettings() {
        ClientBuilder builder = CocoonClient.builder();
        Duration second = Duration.ofSeconds(1);
        return Stream.of(
                says(() -> builder.secret("short"), "22 characters", "this has 5"),
                says(() -> builder.spendingLimit(Nanoton.ZERO, Duration.ZERO), "in a time above zero", "PT0S"),
                says(() -> builder.proxies(65), "1 to 64", "65"),
                says(() -> builder.maxAttempts(0), "1 to 10", "got 0"),
                says(() -> new Deadlines(second, second, second, Duration.ZERO), "'total'", "above zero"),
                says(() -> Wallet.ofNodeKey("not base64!", "0:" + "00".repeat(32)), "this is not base64"),
                says(() -> Wallet.ofNodeKey("AAAA", "0:" + "00".repeat(32)), "32 bytes, got 3 bytes"),
                says(
                        () -> ChannelSettings.in(Path.of("x"), Nanoton.ofTon("1"))
                                .patience(Duration.ofSeconds(-1)),
                        "patience is 0 or more"),
                says(
                        () -> ChannelSettings.in(Path.of("x"), Nanoton.ofTon("1"))
                                .firstDeposit(new Nanoton(-1)),
                        "amounts are 0 or more"));
    }

    static Stream<Arguments> mistakesInRequests() {
        ChatRequest chat = COCOON.chat("m");
        return Stream.of(
                says(
                        () -> COCOON.chat("m@1234567:ab"),
                        "base name",
                        "'m@1234567:ab'",
                        "leave out everything from the '@'"),
                says(() -> COCOON.chat(" "), "base name", "models()"),
                says(() -> chat.maxTokens(0), "maxTokens is at least 1, got 0"),
                says(() -> chat.maxPriceFactor(1001), "maxPriceFactor is 0.0 to 1000.0, got 1001.0"),
                says(() -> chat.temperature(Double.NaN), "temperature", "NaN"),
                says(() -> chat.member("stream", "true"), "'stream' has a method of its own", "http()"),
                says(() -> chat.member("user", "{private"), "no JSON: see line 1, column"),
                says(() -> chat.member("user", ""), "the member 'user' is empty"),
                says(COCOON.chat("m")::send, "at least one message", "user(…)"),
                says(
                        () -> COCOON.chat("m")
                                .user("?")
                                .maxTokens(2_000_000_000)
                                .member("n", "4")
                                .send(),
                        "maxTokens times n is 8000000000",
                        "ask for fewer"),
                says(COCOON::channels, "opens and closes no channels", "channels(ChannelSettings.in(…))"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource({"mistakesInSettings", "mistakesInRequests"})
    void should_say_what_is_wrong_where_it_is_written(ThrowingCallable mistake, String[] words) {
        Throwable failure = catchThrowable(mistake);
        assertThat(failure).isInstanceOfAny(CocoonException.Configuration.class, IllegalArgumentException.class);
        assertThat(failure).hasMessageContainingAll(words);
        assertThat(failure.getMessage()).as("what a user wrote may be private").doesNotContain("private");
        if (failure instanceof CocoonException explained) {
            assertThat(explained.nextStep()).isNotBlank();
        }
    }

    private CocoonException.Configuration refused(UnaryOperator<ClientBuilder> how) {
        Throwable failure = catchThrowable(() -> setup.client(how));
        assertThat(failure).isInstanceOf(CocoonException.Configuration.class);
        return (CocoonException.Configuration) failure;
    }

    @Test
    void should_say_what_channels_need() {
        ChannelSettings channels = ChannelSettings.in(folder, Nanoton.ofTon("5"));

        assertThat(refused(builder -> builder.channels(channels)))
                .hasMessageContaining("no access to a chain to pay on");
        assertThat(catchThrowable(() -> ChannelRecovery.open(
                        Network.of(setup.chain), Wallet.ofAddress(Setup.CLIENT), ChannelRecovery.Settings.DEFAULT)))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContaining("no access to a chain");
    }

    @Test
    void should_ask_how_proxies_have_to_prove_themselves() {
        assertThat(catchThrowable(() -> CocoonClient.builder()
                        .network(Network.of(FakeTonChain.of(FakeTonConfig.defaults(), Setup.ROOT, false)))
                        .wallet(Wallet.ofAddress(Setup.CLIENT))
                        .emptySecretSoThatAnyoneCanSpend()
                        .build()))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContaining("attestation policy");
    }

    @Test
    void should_say_that_the_root_contract_lists_no_proxy() {
        CocoonClient cocoon = setup.client(b -> b.deadlines(Setup.QUICK.withConnect(Duration.ofMillis(50))));

        assertThat(catchThrowable(() -> cocoon.chat("m").user("?").send()))
                .isInstanceOf(CocoonException.Capacity.class)
                .hasMessageContaining("no usable proxy in root contract version")
                .hasMessageContaining("registered: 0");
    }

    @Test
    void should_say_that_the_executor_is_full() {
        setup = Setup.withProxies(1);
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        CocoonClient cocoon = setup.client(b -> b.executor(full));

        assertThat(cocoon.chat("m").user("?").async().send())
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(CocoonException.Capacity.class)
                .withMessageContaining("takes no more requests");
    }

    private static ProxyParams params(ProxyParams p, int flags, boolean test, int version) {
        return new ProxyParams(flags, p.proxyPublicKey(), p.proxyOwnerAddress(), p.proxyScAddress(), test, version);
    }

    private static ProxyToClient.ConnectedToProxy with(ProxyToClient.ConnectedToProxy hello, ProxyParams params) {
        return new ProxyToClient.ConnectedToProxy(params, hello.clientScAddress(), hello.auth(), hello.signedPayment());
    }

    static Stream<Arguments> badHellos() {
        return Stream.of(
                hello(
                        hello -> with(hello, params(hello.params(), 0, true, 0)),
                        "does not say whether it is on a test network"),
                hello(
                        hello -> with(hello, params(hello.params(), 3, false, 4)),
                        "is on a real network, this client is not"),
                hello(
                        hello -> with(hello, params(hello.params(), 3, true, 99)),
                        "chose protocol version 99, offered were 1 to 4"),
                hello(
                        hello -> new ProxyToClient.ConnectedToProxy(
                                hello.params(), "nowhere", hello.auth(), hello.signedPayment()),
                        "names its client contract with no valid address"),
                hello(
                        hello -> new ProxyToClient.ConnectedToProxy(
                                hello.params(), "0:" + "77".repeat(32), hello.auth(), hello.signedPayment()),
                        "client contract"),
                hello(
                        hello -> new ProxyToClient.ConnectedToProxy(
                                hello.params(),
                                hello.clientScAddress(),
                                new ConnectionAuth.Short(Handshake.sha256(io.cocoon.tl.Bytes.empty()), 0),
                                hello.signedPayment()),
                        "sha256 mismatch"));
    }

    private static Arguments hello(UnaryOperator<ProxyToClient.ConnectedToProxy> lie, String words) {
        return Arguments.of(lie, words);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("badHellos")
    void should_say_what_is_wrong_with_a_proxys_introduction(
            UnaryOperator<ProxyToClient.ConnectedToProxy> lie, String words) {
        setup = Setup.withProxies(1);
        setup.proxy().hello = lie;
        if (words.startsWith("sha256")) {
            setup.proxy().knownSecretHash = Int256.fromHex("55".repeat(32));
        }
        CocoonClient cocoon = setup.client();

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Optional<String> problem = cocoon.connections().get(0).problem();
            assertThat(problem).hasValueSatisfying(text -> assertThat(text).contains("10.0.0.1:11002", words));
        });
    }

    static Stream<Arguments> badAuthorisations() {
        SignedPayment none = new SignedPayment.Empty();
        return Stream.of(
                Arguments.of(new ProxyToClient.AuthorizationWithProxyFailed(7, "not today"), "error 7: not today"),
                Arguments.of(new ProxyToClient.PaymentStatus(none, 0, 0), "sent a malformed handshake"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("badAuthorisations")
    void should_say_what_a_proxy_answered_to_the_authorisation(TlObject answer, String words) {
        setup = Setup.withProxies(1);
        setup.proxy().authorisation = Optional.of(answer);
        CocoonClient cocoon = setup.client();

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(cocoon.connections().get(0).problem())
                        .hasValueSatisfying(text -> assertThat(text).contains("10.0.0.1:11002", words)));
    }

    @Test
    void should_keep_away_from_a_proxy_that_states_impossible_totals_and_keep_the_evidence() {
        setup = Setup.withProxies(1);
        setup.proxy().authorisation =
                Optional.of(new ProxyToClient.AuthorizationWithProxySuccess(new SignedPayment.Empty(), 9, 5));
        CocoonClient cocoon = setup.client(b -> b.deadlines(Setup.QUICK.withConnect(Duration.ofSeconds(2))));

        assertThat(catchThrowable(() -> cocoon.chat("m").user("?").send()))
                .isInstanceOf(CocoonException.class)
                .hasMessageContaining("10.0.0.1:11002");
        assertThat(cocoon.disputes())
                .isNotEmpty()
                .allSatisfy(dispute -> assertThat(dispute.claim()).contains("5", "9"));
    }

    private static Arguments answer(Consumer<FakeProxy.Run> script, String words) {
        return Arguments.of(script, words);
    }

    private static FakeProxy.Run events(FakeProxy.Run run, String... events) {
        run.head(200, "text/event-stream");
        for (String event : events) {
            run.part("data: " + event + "\n\n");
        }
        return run;
    }

    static Stream<Arguments> badAnswers() {
        String calls = IntStream.rangeClosed(0, 1024)
                .mapToObj(i -> "{\"index\":" + i + "}")
                .collect(Collectors.joining(",", "{\"choices\":[{\"delta\":{\"tool_calls\":[", "]}}]}"));
        return Stream.of(
                answer(run -> events(run, "{broken").end(FakeProxy.TOKENS), "is not the JSON that was expected"),
                answer(run -> events(run, "nothing").end(FakeProxy.TOKENS), "is not the JSON that was expected"),
                answer(run -> events(run, calls).end(FakeProxy.TOKENS), "more than 1024 tool calls"),
                answer(run -> run.part("{}"), "a part before the head"),
                answer(run -> run.head(200, "text/event-stream").head(200, "text/event-stream"), "a second head"),
                answer(run -> run.head(99, "text/event-stream"), "an HTTP status of 99"),
                answer(run -> run.failEx(ErrorCodes.CANCELLED, "stopped"), "stopped"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("badAnswers")
    void should_say_what_is_wrong_with_an_answer(Consumer<FakeProxy.Run> script, String words) {
        setup = Setup.withProxies(1);
        setup.proxy().script = script;
        CocoonClient cocoon = setup.client(b -> b.maxAttempts(1));

        Throwable failure = catchThrowable(() -> {
            try (ChatStream stream = cocoon.chat("m").user("?").stream()) {
                stream.forEach(chunk -> {});
            }
        });
        assertThat(failure).isInstanceOf(CocoonException.class).hasMessageContaining(words);
        assertThat(((CocoonException) failure).nextStep()).isNotBlank();
    }

    @Test
    void should_say_that_a_plain_answer_is_empty() {
        setup = Setup.withProxies(1);
        setup.proxy().script = run -> run.head(200, "application/json").end(FakeProxy.TOKENS);
        CocoonClient cocoon = setup.client(b -> b.maxAttempts(1));

        assertThat(catchThrowable(() -> cocoon.chat("m").user("?").send()))
                .isInstanceOf(CocoonException.class)
                .hasMessageContaining("10.0.0.1:11002");
    }

    @Test
    void should_say_what_the_model_server_said_within_a_stream() {
        setup = Setup.withProxies(1);
        setup.proxy().script = run ->
                events(run, "{\"error\":{\"message\":\"out of memory\"}}").end(FakeProxy.TOKENS);
        CocoonClient cocoon = setup.client(b -> b.maxAttempts(1));

        Throwable failure = catchThrowable(() -> {
            try (ChatStream stream = cocoon.chat("m").user("?").stream()) {
                stream.forEach(chunk -> {});
            }
        });
        assertThat(failure).isInstanceOf(CocoonException.Upstream.class);
        assertThat(((CocoonException.Upstream) failure).detail()).contains("out of memory");
    }

    /** Sends parts of 12 MiB, each when the reader has taken the one before: more at once would be a reader that is too slow. */
    private static void sendAsItIsRead(FakeProxy.Run run, int parts, Thread reader) {
        Bytes part = Bytes.wrapUnshared("1".repeat(12 << 20).getBytes(StandardCharsets.US_ASCII));
        Thread sender = new Thread(() -> {
            for (int i = 0; i < parts; i++) {
                await().until(() -> EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING)
                        .contains(reader.getState()));
                CountDownLatch arrived = new CountDownLatch(1);
                run.part(part).connection.eventLoop().execute(arrived::countDown);
                await().until(() -> arrived.getCount() == 0);
            }
        });
        sender.setDaemon(true);
        sender.start();
    }

    @Test
    void should_say_that_a_document_of_a_stream_is_too_large() {
        setup = Setup.withProxies(1);
        Thread reader = Thread.currentThread();
        setup.proxy().script = run -> sendAsItIsRead(run.head(200, "text/event-stream"), 2, reader);
        CocoonClient cocoon = setup.client(b -> b.maxAttempts(1));

        try (ChatStream stream = cocoon.chat("m").user("?").stream()) {
            assertThat(catchThrowable(() -> stream.iterator().next()))
                    .isInstanceOf(CocoonException.Protocol.class)
                    .hasMessageContainingAll("more than 16777216 bytes", "maxTokens");
        }
    }

    @Test
    void should_say_that_a_plain_answer_is_too_large() {
        setup = Setup.withProxies(1);
        Thread reader = Thread.currentThread();
        setup.proxy().script = run -> sendAsItIsRead(run.head(200, "application/json"), 6, reader);
        CocoonClient cocoon = setup.client(b -> b.maxAttempts(1));

        assertThat(catchThrowable(() -> cocoon.chat("m").user("?").send()))
                .isInstanceOf(CocoonException.Protocol.class)
                .hasMessageContainingAll("more than 67108864 bytes", "stream it");
    }

    @Test
    void should_say_that_no_proxy_tells_its_models() {
        setup = Setup.withProxies(1);
        setup.proxy().tellsModels = false;

        assertThat(catchThrowable(() -> setup.client().models()))
                .isInstanceOf(CocoonException.class)
                .hasMessageContainingAll("10.0.0.1:11002", "not now");
    }

    @Test
    void should_say_that_the_caller_was_interrupted() {
        setup = Setup.withProxies(1);
        CocoonClient cocoon = setup.client();
        Thread.currentThread().interrupt();

        Throwable failure = catchThrowable(cocoon::models);
        assertThat(Thread.interrupted()).as("the thread is still interrupted").isTrue();
        assertThat(failure).isInstanceOf(CocoonException.Cancelled.class).hasMessageContaining("was interrupted");
    }

    @Test
    void should_say_that_a_proxy_took_too_long_to_introduce_itself() {
        assertThat(Failures.ofHandshake("10.0.0.1:11002", new TimeoutException()))
                .isInstanceOf(CocoonException.Deadline.class)
                .hasMessageContaining("10.0.0.1:11002 did not answer the handshake in time");
    }

    @Test
    void should_say_that_a_stream_has_ended() {
        setup = Setup.withProxies(1);
        setup.proxy().script = run -> events(run, "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}")
                .end(FakeProxy.TOKENS)
                .pay(FakeProxy.TOKENS.totalTokensUsed());
        try (ChatStream stream = setup.client().chat("m").user("?").stream()) {
            Iterator<ChatChunk> chunks = stream.iterator();
            chunks.next();

            assertThat(catchThrowable(chunks::next)).hasMessageContaining("the stream has ended");
        }
    }

    @Test
    void should_say_that_the_client_is_closed() {
        setup = Setup.withProxies(1);
        CocoonClient cocoon = setup.client();
        cocoon.close();

        assertThat(catchThrowable(() -> cocoon.chat("m").user("?").send()))
                .isInstanceOf(CocoonException.Cancelled.class)
                .hasMessageContaining("closed")
                .hasMessageContaining("build another one");
    }
}
