package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ProofOfWork;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Many peers at once, and peers that do nothing. In full with {@code -Dcocoon.scale=full}. */
@Isolated
@Timeout(300)
class TestNetworkScaleTest {

    private static final boolean FULL = "full".equals(System.getProperty("cocoon.scale"));
    private static final int CLIENTS = FULL ? 1_000 : 50;
    private static final int WORKERS = FULL ? 1_000 : 10;
    private static final int REQUESTS = FULL ? 500 : 100;
    private static final String MUCH = "much ".repeat(1 << 12);

    /** Answers with megabytes if asked for much, else at once. */
    private static InferenceEngine engine() {
        return ChatEngine.of((request, out) -> {
            int pieces = request.lastUserText().equals("much") ? 1_000 : 3;
            for (int i = 0; i < pieces && out.emit(pieces > 3 ? MUCH : "word "); i++) {
                out.usage(1, 0, i + 1, 0);
            }
        });
    }

    @Test
    void should_serve_many_clients_and_workers_at_once() {
        ExecutorService work = Executors.newFixedThreadPool(8);
        ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
        List<CocoonClient> clients = new ArrayList<>();
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .proofOfWork(0)
                        .workers(WORKERS)
                        .engine(TestNetworkScaleTest::engine)
                        .start();
                Transport sockets = Transport.builder().build()) {
            List<CompletableFuture<ChatReply>> replies = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                CocoonClient client = network.clientBuilder()
                        .transport(sockets)
                        .executor(work)
                        .scheduler(timers)
                        .build();
                clients.add(client);
                replies.add(client.chat(network.model()).user("Hello").async().send());
            }
            for (CompletableFuture<ChatReply> reply : replies) {
                assertThat(reply.orTimeout(200, TimeUnit.SECONDS).join().text()).isEqualTo("word word word ");
            }
            assertThat(network.proxies().get(0).status().clients()).hasSize(CLIENTS);
            assertThat(network.proxies().get(0).status().workers()).hasSize(WORKERS);
            clients.forEach(CocoonClient::close);
        } finally {
            work.shutdownNow();
            timers.shutdownNow();
        }
    }

    @Test
    void should_not_be_disturbed_by_a_slow_reader_and_silent_peers() throws IOException {
        SecureRandom random = new SecureRandom();
        RaTls tls = RaTls.builder()
                .identity(CertificateIdentity.simulatedTdx(Clock.systemUTC(), random))
                .policy(SimulatedEvidence.policy())
                .build();
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .workers(2)
                        .engine(TestNetworkScaleTest::engine)
                        .start();
                Transport sockets = Transport.builder().build();
                CocoonClient slow = network.newClient();
                CocoonClient client = network.newClient();
                ChatStream unread = slow.chat(network.model()).user("much").stream()) {
            ProxyServer proxy = network.proxies().get(0);
            List<Socket> silent = new ArrayList<>();
            for (InetSocketAddress port : List.of(proxy.clientAddress(), proxy.workerAddress())) {
                for (int i = 0; i < 20; i++) {
                    silent.add(new Socket(port.getAddress(), port.getPort()));
                    silent.add(afterProofOfWork(port));
                    sockets.dial(
                                    DialTarget.direct(port.getAddress().getHostAddress(), port.getPort(), tls),
                                    new Silent())
                            .orTimeout(60, TimeUnit.SECONDS)
                            .join();
                }
            }
            List<CompletableFuture<ChatReply>> replies = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                replies.add(client.chat(network.model()).user("Hello").async().send());
            }
            for (CompletableFuture<ChatReply> reply : replies) {
                assertThat(reply.orTimeout(60, TimeUnit.SECONDS).join().text()).isEqualTo("word word word ");
            }
            assertThat(unread.attempts()).isNotEmpty();
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    private static Socket afterProofOfWork(InetSocketAddress port) throws IOException {
        Socket socket = new Socket(port.getAddress(), port.getPort());
        byte[] wire = new byte[ProofOfWork.CHALLENGE_BYTES];
        new DataInputStream(socket.getInputStream()).readFully(wire);
        ProofOfWork.Challenge challenge = ProofOfWork.Challenge.parse(Bytes.wrapUnshared(wire));
        long nonce = ProofOfWork.solve(challenge, Long.MAX_VALUE, () -> false).orElseThrow();
        socket.getOutputStream().write(ProofOfWork.response(nonce));
        return socket;
    }

    /** Says hello and nothing else. */
    private static final class Silent implements ConnectionHandler {
        @Override
        public void connected(Connection connection) {}

        @Override
        public void message(Connection connection, Bytes message) {}

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {}

        @Override
        public void closed(Connection connection, CloseReason reason) {}
    }
}
