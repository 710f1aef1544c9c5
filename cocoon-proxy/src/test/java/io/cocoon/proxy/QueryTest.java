package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeConnection;
import io.cocoon.keymanager.NetworkKeys;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {

    private final TestProxy proxy = new TestProxy();

    @AfterEach
    void close() {
        proxy.assertNothingLeft();
        proxy.close();
    }

    private static final TokensUsed USED = TestProxy.tokens(3, 7);

    private void assertBilled(long tokens) {
        assertThat(proxy.ledger
                        .totals(Ledger.Side.CLIENT, proxy.clientContract("client owner"))
                        .max())
                .isEqualTo(tokens);
        assertThat(proxy.ledger
                        .totals(Ledger.Side.WORKER, proxy.workerContract("worker owner"))
                        .max())
                .isEqualTo(tokens);
    }

    @Test
    void should_forward_a_request_untouched_with_nineteen_twentieths_of_its_time() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        ProxyToWorker.RunQueryEx given = TestProxy.take(worker);
        assertThat(given.query()).isEqualTo(TestProxy.request());
        assertThat(given.timeout()).isEqualTo(28.5);
        assertThat(given.coefficient()).isEqualTo(1000);
        assertThat(given.flags()).isEqualTo(3);
        assertThat(given.privateKey()).isEqualTo(Int256.ZERO);
        TestProxy.answer(worker, given.requestId(), USED);
    }

    @Test
    void should_stamp_the_head_and_leave_its_other_headers_and_its_payload() throws Exception {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), USED);
        ProxyToClient.QueryAnswerEx answer = client.next(ProxyToClient.QueryAnswerEx.class);
        HttpResponse response = TlReader.readWhole(answer.answer(), HttpResponse::readBoxed);
        assertThat(response.headers().stream().map(header -> header.name()))
                .containsExactly("content-type", "X-Cocoon-Proxy-Start", "X-Cocoon-Proxy-End");
        assertThat(response.headers().get(1).value()).isEqualTo("1800000000.000000");
        assertThat(response.payload()).isEqualTo(Bytes.utf8("{}"));
    }

    @Test
    void should_bill_both_sides_alike_and_tell_them_in_order() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        Int256 id = proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        TestProxy.answer(worker, leg, USED);
        ProxyToWorker.WorkerRequestPayment earned = worker.next(ProxyToWorker.WorkerRequestPayment.class);
        assertThat(earned.requestId()).isEqualTo(leg);
        assertThat(earned.requestTokens()).isEqualTo(10);
        assertThat(earned.maxTokens()).isEqualTo(10);
        assertThat(earned.dbTokens())
                .as("nobody is told of what is not written")
                .isEqualTo(10);
        assertThat(earned.requestClientOwner())
                .isEqualTo(TestProxy.owner("client owner").toText(false));
        assertThat(TestProxy.there(
                                client.next(ProxyToClient.QueryAnswerEx.class).finalInfo())
                        .tokensUsed())
                .isEqualTo(USED);
        ProxyToClient.ClientRequestPayment owed = client.next(ProxyToClient.ClientRequestPayment.class);
        assertThat(owed.requestId()).isEqualTo(id);
        assertThat(owed.requestTokens()).isEqualTo(10);
        assertBilled(10);
    }

    @Test
    void should_move_totals_to_the_database_and_to_signatures_by_and_by() throws Exception {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), USED);
        proxy.time.advance(Duration.ofSeconds(1));
        ProxyToClient.PaymentStatus status =
                (ProxyToClient.PaymentStatus) TestProxy.done(client.ask(new ClientToProxy.UpdatePaymentStatus()));
        assertThat(status.dbTokens()).isEqualTo(10);
        assertThat(signedTokens(status)).isZero();
        proxy.time.advance(ProxyLimits.DEFAULT.chainCommit());
        assertThat(signedTokens((ProxyToClient.PaymentStatus)
                        TestProxy.done(client.ask(new ClientToProxy.UpdatePaymentStatus()))))
                .isEqualTo(10);
        ProxyToWorker.PaymentStatus earned =
                (ProxyToWorker.PaymentStatus) TestProxy.done(worker.ask(new WorkerToProxy.UpdatePaymentStatus()));
        assertThat(earned.maxTokens()).isEqualTo(10);
    }

    private long signedTokens(ProxyToClient.PaymentStatus status) throws PaymentException {
        return SignedPayments.check(
                ((SignedPayment.Signed) status.signedPayment()).data(),
                SignedPayments.Kind.CLIENT_CHARGE,
                proxy.clientContract("client owner"),
                TestProxy.KEY.publicKey());
    }

    @Test
    void should_pass_parts_on_as_they_come() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        worker.tell(new WorkerToProxy.QueryAnswerEx(leg, TestProxy.head(""), 0, null));
        client.next(ProxyToClient.QueryAnswerEx.class);
        worker.tell(new WorkerToProxy.QueryAnswerPartEx(leg, Bytes.utf8("one"), 0, null));
        assertThat(client.next(ProxyToClient.QueryAnswerPartEx.class).answer()).isEqualTo(Bytes.utf8("one"));
        worker.tell(new WorkerToProxy.QueryAnswerPartEx(leg, Bytes.empty(), 1, TestProxy.info(USED)));
        assertThat(client.next(ProxyToClient.QueryAnswerPartEx.class).flags()).isEqualTo(1);
        assertBilled(10);
    }

    @Test
    void should_add_debug_texts_where_they_were_asked_for() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        client.tell(new ClientToProxy.RunQueryEx(
                "m", TestProxy.request(), 4000, 100, 30, proxy.newRequestId(), 0, 1, true, Int256.ZERO));
        ProxyToWorker.RunQueryEx given = TestProxy.take(worker);
        assertThat(given.enableDebug()).isTrue();
        worker.tell(new WorkerToProxy.QueryAnswerEx(
                given.requestId(),
                TestProxy.head("{}"),
                1,
                new io.cocoon.protocol.WorkerFinalInfo(3, USED, "{\"w\":1}", 1.5, 2.5)));
        var info =
                TestProxy.there(client.next(ProxyToClient.QueryAnswerEx.class).finalInfo());
        assertThat(info.flags()).isEqualTo(3);
        assertThat(info.workerDebug()).isEqualTo("{\"w\":1}");
        assertThat(info.proxyDebug())
                .isEqualTo("{\"answer_receive_end_at\":1800000000.000000,\"answer_receive_start_at\":1800000000.000000,"
                        + "\"start_time\":1800000000.000000,\"type\":\"proxy_stats\"}");
        assertThat(info.workerStartTime()).isEqualTo(1.5);
    }

    // ---- Refusals ----

    private ProxyToClient.QueryAnswerErrorEx refused(FakeConnection client, ClientToProxy.RunQueryEx query) {
        client.tell(query);
        ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(error.requestId()).isEqualTo(query.requestId());
        assertThat(error.flags()).isEqualTo(1);
        assertThat(client.sent).isEmpty();
        return error;
    }

    @Test
    void should_refuse_an_unknown_model() {
        ProxyToClient.QueryAnswerErrorEx error =
                refused(proxy.client(4), TestProxy.query(proxy.newRequestId(), "no/such", 4000, 100, 30));
        assertThat(error.errorCode()).isEqualTo(621);
        assertThat(error.error()).isEqualTo("unknown model no/such");
        assertThat(TestProxy.there(error.finalInfo()).workerStartTime()).isEqualTo(1.8e9);
    }

    @Test
    void should_say_what_a_dearer_worker_would_cost() {
        proxy.worker("worker owner", "m", 5000, 5, 4);
        ProxyToClient.QueryAnswerErrorEx error = refused(proxy.client(4), TestProxy.query(proxy.newRequestId()));
        assertThat(error.errorCode()).isEqualTo(651);
        assertThat(error.error()).isEqualTo("can run this query with coefficient=5000");
    }

    @Test
    void should_refuse_when_every_worker_is_disabled_or_full() {
        FakeConnection worker = proxy.worker("worker owner", "m", 1000, 1, 4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        assertThat(refused(client, TestProxy.query(proxy.newRequestId())).error())
                .isEqualTo("no ready workers for modelm");
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), USED);
        client.sent.clear();
        worker.tell(new WorkerToProxy.EnabledDisabled(1));
        assertThat(refused(client, TestProxy.query(proxy.newRequestId())).errorCode())
                .isEqualTo(651);
        worker.tell(new WorkerToProxy.EnabledDisabled(0));
        proxy.ask(client);
        worker.sent.removeIf(ProxyToWorker.WorkerRequestPayment.class::isInstance);
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), USED);
    }

    @Test
    void should_refuse_a_client_that_knows_a_newer_configuration() {
        ClientToProxy.RunQueryEx query = new ClientToProxy.RunQueryEx(
                "m", TestProxy.request(), 4000, 100, 30, proxy.newRequestId(), 1000, 1, false, Int256.ZERO);
        ProxyToClient.QueryAnswerErrorEx error = refused(proxy.client(4), query);
        assertThat(error.errorCode()).isEqualTo(602);
        assertThat(error.error()).isEqualTo("active config version is too low");
    }

    @Test
    void should_refuse_more_tokens_than_the_stake_covers() {
        proxy.worker(4);
        FakeConnection client = proxy.client(4);
        assertThat(refused(client, TestProxy.query(proxy.newRequestId(), "m", 4000, 500_000_001, 30)))
                .satisfies(error -> assertThat(error.errorCode()).isEqualTo(602))
                .satisfies(error -> assertThat(error.error()).startsWith("client balance is too low: max_tokens="));
        assertThat(refused(client, TestProxy.query(proxy.newRequestId(), "m", 4000, 499_000_000, 30)))
                .satisfies(error -> assertThat(error.errorCode()).isEqualTo(651))
                .satisfies(error -> assertThat(error.error()).isEqualTo("balance is too low"));
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 4000, 30",
        "-2147483648, 4000, 30",
        "100, -1, 30",
        "100, 4000, -1",
        "100, 4000, 0",
        "100, 4000, NaN",
        "100, 4000, Infinity",
        "100, 4000, 1e300"
    })
    void h10_should_refuse_values_outside_sane_ranges(int maxTokens, int maxCoefficient, double timeout) {
        proxy.worker(4);
        ProxyToClient.QueryAnswerErrorEx error = refused(
                proxy.client(4), TestProxy.query(proxy.newRequestId(), "m", maxCoefficient, maxTokens, timeout));
        assertThat(error.errorCode()).isEqualTo(621);
        assertThat(error.error()).contains("out of range");
    }

    @Test
    void should_refuse_what_is_no_request() {
        proxy.worker(4);
        ClientToProxy.RunQueryEx query = new ClientToProxy.RunQueryEx(
                "m", Bytes.utf8("GET / HTTP/1.1"), 4000, 100, 30, proxy.newRequestId(), 0, 1, false, Int256.ZERO);
        ProxyToClient.QueryAnswerErrorEx error = refused(proxy.client(4), query);
        assertThat(error.errorCode()).isZero();
        assertThat(error.error()).startsWith("proxy: received incorrect request: ");
    }

    @Test
    void should_drop_queries_before_the_handshake_is_complete() {
        FakeConnection client = proxy.dialAsClient();
        client.tell(TestProxy.query(proxy.newRequestId()));
        assertThat(client.sent).isEmpty();
        assertThat(client.isClosed()).isFalse();
    }

    @Test
    void should_refuse_a_request_id_that_is_in_use() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        Int256 id = proxy.ask(client);
        client.tell(TestProxy.query(id));
        assertThat(client.isClosed()).isTrue();
        proxy.time.run();
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), USED);
        assertBilled(10);
    }

    @Test
    void h14_should_refuse_a_request_that_fits_into_no_frame_on_the_other_side() {
        FakeConnection worker = proxy.worker(4);
        worker.frameLimit = 60;
        ProxyToClient.QueryAnswerErrorEx error = refused(proxy.client(4), TestProxy.query(proxy.newRequestId()));
        assertThat(error.error()).contains("too large");
    }

    @Test
    void h14_should_fail_a_query_whose_answer_fits_into_no_frame_and_cancel_it() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        client.frameLimit = 500;
        worker.tell(new WorkerToProxy.QueryAnswerEx(leg, TestProxy.head("x".repeat(600)), 0, null));
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error()).contains("too large");
        assertThat(worker.next(ProxyToWorker.CancelQuery.class).requestId()).isEqualTo(leg);
    }

    // ---- Errors ----

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void h2_should_raise_its_own_errors_in_the_new_form_for_new_clients(int version) {
        FakeConnection client = proxy.client(version);
        client.tell(TestProxy.query(proxy.newRequestId()));
        ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(error.flags()).isEqualTo(1);
        assertThat(TestProxy.there(error.finalInfo()).flags()).isEqualTo(version >= 2 ? 2 : 0);
    }

    @Test
    void h2_should_raise_its_own_errors_in_the_old_form_for_old_clients() {
        FakeConnection client = proxy.client(0);
        client.tell(TestProxy.query(proxy.newRequestId()));
        assertThat(client.next(ProxyToClient.QueryAnswerError.class).errorCode())
                .isEqualTo(621);
    }

    @Test
    void h3_should_always_send_a_final_info_with_an_error() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        worker.tell(new WorkerToProxy.QueryAnswerErrorEx(TestProxy.take(worker).requestId(), 0, "x", 0, null));
        ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(error.flags()).isEqualTo(1);
        assertThat(error.finalInfo()).isNotNull();
    }

    @Test
    void h6_should_bill_nothing_for_a_failed_request() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        worker.tell(new WorkerToProxy.QueryAnswerErrorEx(leg, 0, "broken", 1, TestProxy.info(USED)));
        ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(error.error()).isEqualTo("broken");
        assertThat(TestProxy.there(error.finalInfo()).tokensUsed().totalTokensUsed())
                .isZero();
        assertThat(TestProxy.there(error.finalInfo()).workerStartTime()).isEqualTo(1.5);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isZero();
        assertBilled(0);
    }

    @ParameterizedTest
    @CsvSource({"-1, 7, 6", "3, -7, -4", "3, 7, 11", "3, 7, 9", "9223372036854775807, 1, -9223372036854775808"})
    void h7_should_bill_nothing_and_drop_the_worker_when_usage_is_impossible(long prompt, long completion, long total) {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), new TokensUsed(prompt, 0, completion, 0, total));
        ProxyToClient.QueryAnswerEx answer = client.next(ProxyToClient.QueryAnswerEx.class);
        assertThat(TestProxy.there(answer.finalInfo()).tokensUsed()).isEqualTo(TestProxy.tokens(0, 0));
        assertThat(worker.isClosed()).isTrue();
        assertBilled(0);
    }

    @Test
    void h7_should_bill_at_most_what_the_worker_s_own_coefficient_gives() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        ProxyToWorker.RunQueryEx given = TestProxy.take(worker);
        assertThat(given.coefficient()).isEqualTo(1000);
        long announced = 100 + TestProxy.request().length();
        TestProxy.answer(worker, given.requestId(), TestProxy.tokens(5, 1_000_000));
        assertThat(TestProxy.there(
                                client.next(ProxyToClient.QueryAnswerEx.class).finalInfo())
                        .tokensUsed())
                .isEqualTo(TestProxy.tokens(5, announced - 5));
        assertBilled(announced);
    }

    @Test
    void h16_should_bill_at_most_what_was_reserved() {
        FakeConnection worker = proxy.worker("worker owner", TestProxy.MODEL, 4000, 5, 4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        long reserved = proxy.ledger.reserved(proxy.clientContract("client owner"));
        assertThat(reserved).isEqualTo(4 * (100 + TestProxy.request().length()));
        TestProxy.answer(worker, TestProxy.take(worker).requestId(), TestProxy.tokens(5, 1_000_000));
        TokensUsed bill = TestProxy.there(
                        client.next(ProxyToClient.QueryAnswerEx.class).finalInfo())
                .tokensUsed();
        assertThat(bill).isEqualTo(TestProxy.tokens(5, reserved - 5));
        assertThat(worker.isClosed()).isFalse();
        assertBilled(reserved);
    }

    @Test
    void h8_should_survive_malformed_workers_and_close_only_them() {
        FakeConnection other = proxy.worker("worker 2", "m", 1000, 5, 4);
        for (Bytes bytes : new Bytes[] {
            Bytes.fromHex("e874e51c"), Bytes.fromHex("3910b7b3"), Bytes.fromHex("b092f06affffff"), Bytes.fromHex("00")
        }) {
            FakeConnection worker = proxy.worker(4);
            worker.tell(bytes);
            assertThat(worker.isClosed()).as(bytes.toHex()).isTrue();
        }
        FakeConnection worker = proxy.worker(4);
        worker.tell(new WorkerToProxy.NewCoefficient(-5));
        assertThat(worker.isClosed()).isTrue();
        assertThat(other.isClosed()).isFalse();
    }

    @Test
    void should_close_a_client_that_sends_a_malformed_query() {
        FakeConnection client = proxy.client(4);
        client.tell(TestProxy.query(proxy.newRequestId()).toBytes().concat(Bytes.fromHex("00000000")));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void should_ignore_messages_that_it_does_not_know() {
        FakeConnection client = proxy.client(4);
        FakeConnection worker = proxy.worker(4);
        client.tell(Bytes.fromHex("0011223344"));
        worker.tell(Bytes.fromHex("0011223344"));
        assertThat(client.isClosed()).isFalse();
        assertThat(worker.isClosed()).isFalse();
    }

    @Test
    void h8_should_fail_a_query_whose_head_is_no_http_response() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        worker.tell(new WorkerToProxy.QueryAnswerEx(
                TestProxy.take(worker).requestId(), Bytes.utf8("HTTP"), 1, TestProxy.info(USED)));
        ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(error.errorCode()).isEqualTo(621);
        assertThat(error.error()).startsWith("received malformed answer from worker: ");
        assertThat(worker.isClosed()).isTrue();
    }

    @Test
    void should_fail_a_query_whose_parts_come_out_of_order() {
        FakeConnection client = proxy.client(4);
        FakeConnection worker = proxy.worker(4);
        proxy.ask(client);
        worker.tell(new WorkerToProxy.QueryAnswerPartEx(TestProxy.take(worker).requestId(), Bytes.utf8("x"), 0, null));
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error()).isEqualTo("out of order answer parts");

        FakeConnection second = proxy.worker("worker 2", "m2", 1000, 5, 4);
        client.sent.clear();
        client.tell(TestProxy.query(proxy.newRequestId(), "m2", 4000, 100, 30));
        Int256 leg = TestProxy.take(second).requestId();
        second.tell(new WorkerToProxy.QueryAnswerEx(leg, TestProxy.head(""), 0, null));
        second.tell(new WorkerToProxy.QueryAnswerEx(leg, TestProxy.head(""), 0, null));
        client.next(ProxyToClient.QueryAnswerEx.class);
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error()).isEqualTo("out of order answer parts");
    }

    @Test
    void h26_should_take_an_answer_only_from_the_worker_that_has_the_query() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        FakeConnection thief = proxy.worker("thief", "m", 1000, 5, 4);
        TestProxy.answer(thief, leg, USED);
        assertThat(client.sent).isEmpty();
        TestProxy.answer(worker, leg, USED);
        client.next(ProxyToClient.QueryAnswerEx.class);
        assertBilled(10);
    }

    // ---- Retries ----

    @Test
    void h18_should_try_another_worker_when_one_is_overloaded() {
        FakeConnection one = proxy.worker("worker 1", "m", 1000, 5, 4);
        FakeConnection two = proxy.worker("worker 2", "m", 1000, 5, 4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        FakeConnection busy = one.sent.isEmpty() ? two : one;
        FakeConnection free = busy == one ? two : one;
        busy.tell(new WorkerToProxy.QueryAnswerErrorEx(
                TestProxy.take(busy).requestId(), 602, "too many active queries", 1, TestProxy.info(USED)));
        assertThat(client.sent).isEmpty();
        TestProxy.answer(free, TestProxy.take(free).requestId(), USED);
        client.next(ProxyToClient.QueryAnswerEx.class);
        assertThat(proxy.server.status().totals().retried()).isEqualTo(1);
    }

    @Test
    void h18_should_not_repeat_what_would_fail_everywhere() {
        FakeConnection one = proxy.worker("worker 1", "m", 1000, 5, 4);
        FakeConnection two = proxy.worker("worker 2", "m", 1000, 5, 4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        FakeConnection worker = one.sent.isEmpty() ? two : one;
        worker.tell(new WorkerToProxy.QueryAnswerErrorEx(
                TestProxy.take(worker).requestId(), 621, "worker: invalid http request: x", 1, TestProxy.info(USED)));
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                .isEqualTo(621);
    }

    @Test
    void h17_should_move_a_query_when_its_worker_leaves_before_the_first_byte() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        FakeConnection second = proxy.worker("worker 2", "m", 1000, 5, 4);
        worker.drop();
        proxy.time.run();
        TestProxy.answer(second, TestProxy.take(second).requestId(), USED);
        client.next(ProxyToClient.QueryAnswerEx.class);
    }

    @Test
    void h17_should_fail_a_query_at_once_when_its_worker_leaves_and_nobody_else_can() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        worker.drop();
        proxy.time.run();
        assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                .isEqualTo(651);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isZero();
    }

    @Test
    void h17_should_not_repeat_a_query_of_which_something_was_passed_on() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        worker.tell(new WorkerToProxy.QueryAnswerEx(TestProxy.take(worker).requestId(), TestProxy.head(""), 0, null));
        FakeConnection second = proxy.worker("worker 2", "m", 1000, 5, 4);
        worker.drop();
        proxy.time.run();
        client.next(ProxyToClient.QueryAnswerEx.class);
        client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(second.sent).isEmpty();
    }

    // ---- Cancelling and deadlines ----

    @Test
    void h17_should_cancel_for_the_client_and_bill_the_usage_so_far() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        Int256 id = proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        worker.tell(new WorkerToProxy.QueryAnswerEx(leg, TestProxy.head(""), 0, null));
        client.next(ProxyToClient.QueryAnswerEx.class);

        client.tell(new ClientToProxy.CancelQuery(id));
        assertThat(worker.next(ProxyToWorker.CancelQuery.class).requestId()).isEqualTo(leg);
        worker.tell(new WorkerToProxy.QueryAnswerPartEx(leg, Bytes.empty(), 1, TestProxy.info(USED)));
        assertThat(TestProxy.there(client.next(ProxyToClient.QueryAnswerPartEx.class)
                                .finalInfo())
                        .tokensUsed())
                .isEqualTo(USED);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isEqualTo(10);
        assertBilled(10);
    }

    @Test
    void h17_should_go_on_when_the_worker_does_not_know_how_to_cancel() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        Int256 id = proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        client.tell(new ClientToProxy.CancelQuery(id));
        client.tell(new ClientToProxy.CancelQuery(id));
        client.tell(new ClientToProxy.CancelQuery(proxy.newRequestId()));
        assertThat(worker.sent).hasSize(1);
        TestProxy.answer(worker, leg, USED);
        client.next(ProxyToClient.QueryAnswerEx.class);
        assertBilled(10);
    }

    @Test
    void h17_should_cancel_when_the_client_leaves_and_bill_what_was_used() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        client.drop();
        proxy.time.run();
        worker.next(ProxyToWorker.CancelQuery.class);
        TestProxy.answer(worker, leg, USED);
        assertThat(worker.next(ProxyToWorker.WorkerRequestPayment.class).requestTokens())
                .isEqualTo(10);
        assertBilled(10);
    }

    @Test
    void h17_should_end_the_query_of_a_client_that_left_even_if_the_worker_never_answers() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        TestProxy.take(worker);
        client.drop();
        proxy.time.advance(Duration.ofSeconds(36));
        assertThat(proxy.server.core().runningQueries()).isZero();
        assertBilled(0);
    }

    @Test
    void should_report_the_deadline_at_once_and_bill_what_the_worker_then_states() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        proxy.time.advance(Duration.ofMillis(29_999));
        assertThat(client.sent).isEmpty();
        proxy.time.advance(Duration.ofMillis(1));
        ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(error.errorCode()).isEqualTo(652);
        assertThat(error.error()).isEqualTo("timeout in proxy");
        worker.next(ProxyToWorker.CancelQuery.class);
        TestProxy.answer(worker, leg, USED);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isEqualTo(10);
        assertThat(client.sent).isEmpty();
        assertBilled(10);
    }

    @Test
    void should_end_a_query_without_a_bill_when_the_grace_after_its_deadline_is_over() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection client = proxy.client(4);
        proxy.ask(client);
        Int256 leg = TestProxy.take(worker).requestId();
        proxy.time.advance(Duration.ofSeconds(35));
        client.next(ProxyToClient.QueryAnswerErrorEx.class);
        assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                .isZero();
        TestProxy.answer(worker, leg, USED);
        assertThat(client.sent).isEmpty();
        assertBilled(0);
    }

    // ---- Bounds ----

    @Test
    void should_close_only_the_client_that_does_not_read() {
        FakeConnection worker = proxy.worker(4);
        FakeConnection slow = proxy.client(4);
        FakeConnection quick = proxy.client("client owner", 4);
        proxy.ask(slow);
        Int256 first = TestProxy.take(worker).requestId();
        proxy.ask(quick);
        Int256 second = TestProxy.take(worker).requestId();
        slow.pending = ProxyLimits.DEFAULT.maxPendingBytes() + 1;
        worker.tell(new WorkerToProxy.QueryAnswerEx(first, TestProxy.head(""), 0, null));
        assertThat(slow.isClosed()).isTrue();
        assertThat(slow.closeDetail()).contains("does not read");
        proxy.time.run();
        worker.next(ProxyToWorker.CancelQuery.class);
        worker.tell(new WorkerToProxy.QueryAnswerPartEx(first, Bytes.empty(), 1, TestProxy.info(USED)));
        TestProxy.answer(worker, second, USED);
        quick.next(ProxyToClient.QueryAnswerEx.class);
        assertBilled(20);
    }

    @Test
    void should_bound_running_queries_and_held_bytes() {
        try (TestProxy small = TestProxy.withLimits(limits -> limits.runningQueries(2, 1))) {
            small.worker(4);
            FakeConnection one = small.client(4);
            FakeConnection two = small.client(4);
            small.ask(one);
            small.ask(one);
            assertThat(one.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                    .isEqualTo(602);
            small.ask(two);
            FakeConnection three = small.client(4);
            small.ask(three);
            assertThat(three.next(ProxyToClient.QueryAnswerErrorEx.class).error())
                    .contains("full");
        }
        try (TestProxy small = TestProxy.withLimits(limits -> limits.bytes(100, 1 << 26))) {
            FakeConnection worker = small.worker(4);
            FakeConnection client = small.client(4);
            small.ask(client);
            small.ask(client);
            assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error())
                    .contains("full");
            worker.tell(
                    new WorkerToProxy.QueryAnswerEx(TestProxy.take(worker).requestId(), TestProxy.head(""), 0, null));
            small.ask(client);
            TestProxy.take(worker);
        }
    }

    // ---- Encrypted requests ----

    @Test
    void should_hand_the_private_half_to_a_worker_that_can_decrypt_and_to_no_other() {
        Int256 publicKey = TestHashes.of("public");
        Int256 privateKey = TestHashes.of("private");
        NetworkKeys keys = wanted -> wanted.equals(publicKey) ? Optional.of(privateKey) : Optional.empty();
        try (TestProxy encrypting = TestProxy.with(builder -> builder.networkKeys(keys))) {
            FakeConnection old = encrypting.worker("old", "m", 1000, 5, 2);
            FakeConnection client = encrypting.client(4);
            client.tell(encrypted(encrypting.newRequestId(), publicKey));
            assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).error())
                    .isEqualTo("no ready workers for modelm");
            FakeConnection worker = encrypting.worker(3);
            client.tell(encrypted(encrypting.newRequestId(), publicKey));
            assertThat(TestProxy.take(worker).privateKey()).isEqualTo(privateKey);
            assertThat(old.sent).isEmpty();
            client.tell(encrypted(encrypting.newRequestId(), TestHashes.of("another")));
            ProxyToClient.QueryAnswerErrorEx error = client.next(ProxyToClient.QueryAnswerErrorEx.class);
            assertThat(error.errorCode()).isEqualTo(602);
            assertThat(error.error()).startsWith("unknown public key ");
        }
    }

    private static ClientToProxy.RunQueryEx encrypted(Int256 id, Int256 publicKey) {
        return new ClientToProxy.RunQueryEx("m", TestProxy.request(), 4000, 100, 30, id, 0, 3, false, publicKey);
    }
}
