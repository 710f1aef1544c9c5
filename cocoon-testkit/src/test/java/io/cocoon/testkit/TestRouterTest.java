package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerRecord;
import io.cocoon.transport.Transport;
import io.cocoon.worker.ChatEngine;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every role behind a router, as in the reference's deployment. */
@Timeout(180)
@Isolated("looks at the threads of the whole process")
class TestRouterTest {

    @ParameterizedTest
    @EnumSource
    void h23_should_serve_roles_behind_routers_and_say_who_vouches(PeerRecord.Generation generation) {
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .behindRouters(generation)
                        .start();
                CocoonClient client = network.newClient()) {
            ChatReply reply = client.chat(network.model()).user("Behind?").send();
            assertThat(reply.text()).contains("Behind?");
            assertThat(reply.encrypted()).isTrue();
            assertThat(reply.attestation().identity().source()).isEqualTo(PeerIdentity.Source.ROUTER);
            assertThat(reply.attestation().identity().kind()).isEqualTo(PeerIdentity.Kind.SIMULATED);
            assertThat(reply.attestation().isAttested()).isFalse();
            assertThat(reply.attestation().toString()).contains("SIMULATED").contains("as a router said");
        }
    }

    @Test
    void should_pass_pieces_on_at_once() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .behindRouters(PeerRecord.Generation.SECOND)
                        .engine(() -> Engines.waiting(latch))
                        .start();
                CocoonClient client = network.newClient();
                ChatStream stream = client.chat(network.model()).user("Go").stream()) {
            assertThat(stream.iterator().next()).isNotNull();
            latch.countDown();
            stream.forEach(piece -> {});
            assertThat(stream.text()).isEqualTo("first second");
        }
    }

    @Test
    void should_carry_a_megabyte_both_ways() {
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .behindRouters(PeerRecord.Generation.SECOND)
                        .engine(() -> ChatEngine.of((request, out) -> {
                            out.emit(request.lastUserText());
                            out.usage(1, 0, 1, 0);
                        }))
                        .start();
                CocoonClient client = network.newClient()) {
            String much = "0123456789abcdef".repeat(1 << 16);
            assertThat(client.chat(network.model()).user(much).send().text()).isEqualTo(much);
        }
    }

    @Test
    void should_say_over_socks_that_the_target_refuses() throws IOException {
        int nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = free.getLocalPort();
        }
        byte[] request = {5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (nobody >> 8), (byte) nobody};
        try (TestRouter router = TestRouter.start(PeerRecord.Generation.SECOND);
                Socket socket = new Socket()) {
            socket.connect(router.socksAddress());
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertThat(in.readNBytes(4)).containsExactly(5, 0, 5, 5);
        }
    }

    @Test
    void should_leave_no_thread() {
        TestRouter router = TestRouter.start(PeerRecord.Generation.FIRST);
        router.reverse(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), 0);
        router.close();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("cocoon-test-router")));
    }

    @Test
    void h23_should_take_a_router_only_from_this_host() {
        InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
        try (Transport transport = Transport.builder().build()) {
            assertThatThrownBy(() -> transport.listen(everywhere, ListenMode.behindRouter(), peer -> {
                        throw new IllegalStateException("nobody connects");
                    }))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
