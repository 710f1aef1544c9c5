package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeConnection;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerFinalInfo;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every client version with every worker version. */
class VersionMatrixTest {

    private static final TokensUsed USED = TestProxy.tokens(2, 3);
    private static final TokensUsed NONE = TestProxy.tokens(0, 0);

    static Stream<Arguments> versions() {
        return IntStream.rangeClosed(0, 4)
                .boxed()
                .flatMap(client -> IntStream.rangeClosed(0, 4).mapToObj(worker -> Arguments.of(client, worker)));
    }

    /** One query between a client and a worker of given versions. */
    private static final class Exchange implements AutoCloseable {
        final TestProxy proxy = new TestProxy();
        final int clientVersion;
        final int workerVersion;
        final FakeConnection client;
        final FakeConnection worker;
        final Int256 id;
        final Int256 leg;

        Exchange(int clientVersion, int workerVersion) {
            this.clientVersion = clientVersion;
            this.workerVersion = workerVersion;
            worker = proxy.worker(workerVersion);
            client = proxy.client(clientVersion);
            id = proxy.newRequestId();
            ClientToProxy.RunQueryEx query = TestProxy.query(id);
            client.tell(
                    clientVersion == 0
                            ? new ClientToProxy.RunQuery(
                                    query.modelName(),
                                    query.query(),
                                    query.maxCoefficient(),
                                    query.maxTokens(),
                                    query.timeout(),
                                    id,
                                    0)
                            : query);
            leg = given();
        }

        private Int256 given() {
            if (workerVersion == 0) {
                return worker.next(ProxyToWorker.RunQuery.class).requestId();
            }
            ProxyToWorker.RunQueryEx query = worker.next(ProxyToWorker.RunQueryEx.class);
            assertThat(query.flags()).isEqualTo(workerVersion >= 3 ? 3 : 1);
            return query.requestId();
        }

        private @Nullable WorkerFinalInfo info(boolean last) {
            return last ? new WorkerFinalInfo(workerVersion >= 2 ? 2 : 0, USED, "", 1.5, 2.5) : null;
        }

        void head(boolean last) {
            Bytes head = TestProxy.head("");
            worker.tell(
                    workerVersion == 0
                            ? new WorkerToProxy.QueryAnswer(head, last, leg, last ? USED : NONE)
                            : new WorkerToProxy.QueryAnswerEx(leg, head, last ? 1 : 0, info(last)));
        }

        void part(String text, boolean last) {
            Bytes part = Bytes.utf8(text);
            worker.tell(
                    workerVersion == 0
                            ? new WorkerToProxy.QueryAnswerPart(part, last, leg, last ? USED : NONE)
                            : new WorkerToProxy.QueryAnswerPartEx(leg, part, last ? 1 : 0, info(last)));
        }

        void error(boolean afterHead) {
            TlObject error;
            if (workerVersion > 0) {
                error = new WorkerToProxy.QueryAnswerErrorEx(leg, 621, "no", 1, info(true));
            } else if (afterHead) {
                error = new WorkerToProxy.QueryAnswerPartError(621, "no", leg, USED);
            } else {
                error = new WorkerToProxy.QueryAnswerError(621, "no", leg, USED);
            }
            worker.tell(error);
        }

        void expectPiece(boolean head, boolean last) {
            TokensUsed tokens;
            if (clientVersion == 0) {
                if (head) {
                    ProxyToClient.QueryAnswer answer = client.next(ProxyToClient.QueryAnswer.class);
                    assertThat(answer.isCompleted()).isEqualTo(last);
                    assertThat(answer.requestId()).isEqualTo(id);
                    tokens = answer.requestTokensUsed();
                } else {
                    ProxyToClient.QueryAnswerPart part = client.next(ProxyToClient.QueryAnswerPart.class);
                    assertThat(part.isCompleted()).isEqualTo(last);
                    tokens = part.requestTokensUsed();
                }
                assertThat(tokens).isEqualTo(last ? USED : NONE);
                return;
            }
            var info = head
                    ? client.next(ProxyToClient.QueryAnswerEx.class).finalInfo()
                    : client.next(ProxyToClient.QueryAnswerPartEx.class).finalInfo();
            assertThat(info != null).isEqualTo(last);
            if (info != null) {
                assertThat(info.tokensUsed()).isEqualTo(USED);
                assertThat(info.flags()).isEqualTo(clientVersion >= 2 ? 2 : 0);
                assertThat(info.workerStartTime()).isEqualTo(workerVersion >= 2 ? 1.5 : 0);
            }
        }

        void expectError(boolean afterHead) {
            if (clientVersion > 0) {
                assertThat(client.next(ProxyToClient.QueryAnswerErrorEx.class).errorCode())
                        .isEqualTo(621);
            } else if (afterHead) {
                assertThat(client.next(ProxyToClient.QueryAnswerPartError.class).error())
                        .isEqualTo("no");
            } else {
                assertThat(client.next(ProxyToClient.QueryAnswerError.class).error())
                        .isEqualTo("no");
            }
        }

        void expectPayments(long tokens) {
            assertThat(client.next(ProxyToClient.ClientRequestPayment.class).requestTokens())
                    .isEqualTo(tokens);
            assertThat(worker.next(ProxyToWorker.WorkerRequestPayment.class).requestTokens())
                    .isEqualTo(tokens);
            assertThat(client.sent).isEmpty();
            proxy.assertNothingLeft();
        }

        @Override
        public void close() {
            proxy.close();
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void should_translate_an_answer_in_one_piece(int client, int worker) {
        try (Exchange exchange = new Exchange(client, worker)) {
            exchange.head(true);
            exchange.expectPiece(true, true);
            exchange.expectPayments(5);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void should_translate_a_stream(int client, int worker) {
        try (Exchange exchange = new Exchange(client, worker)) {
            exchange.head(false);
            exchange.part("one", false);
            exchange.part("", true);
            exchange.expectPiece(true, false);
            exchange.expectPiece(false, false);
            exchange.expectPiece(false, true);
            exchange.expectPayments(5);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void should_translate_an_error_before_and_after_the_head(int client, int worker) {
        try (Exchange exchange = new Exchange(client, worker)) {
            exchange.error(false);
            exchange.expectError(false);
            exchange.expectPayments(0);
        }
        try (Exchange exchange = new Exchange(client, worker)) {
            exchange.head(false);
            exchange.expectPiece(true, false);
            exchange.error(true);
            exchange.expectError(true);
            exchange.expectPayments(0);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void should_translate_a_cancelled_stream_with_its_bill(int client, int worker) {
        try (Exchange exchange = new Exchange(client, worker)) {
            exchange.head(false);
            exchange.client.tell(new ClientToProxy.CancelQuery(exchange.id));
            exchange.worker.next(ProxyToWorker.CancelQuery.class);
            exchange.part("", true);
            exchange.expectPiece(true, false);
            exchange.expectPiece(false, true);
            exchange.expectPayments(5);
        }
    }
}
