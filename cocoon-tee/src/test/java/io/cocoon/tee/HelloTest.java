package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.SecureChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first messages, byte for byte: ours, and those of recorded C++ programs. TEE dossier 4.1; RFC 8446 4.1. */
class HelloTest {

    private static final PeerPolicy ANY = AcceptUnattestedPeers.because("a test of the first messages");
    private static final int PROOF_OF_WORK_RESPONSE_BYTES = 12;

    /** A ClientHello or a ServerHello, taken apart. */
    private record Hello(byte[] session, List<Integer> suites, Map<Integer, byte[]> extensions) {}

    private static Hello read(byte[] record, int type) {
        ByteBuffer in = ByteBuffer.wrap(record);
        assertThat(in.get()).isEqualTo((byte) 22);
        in.getShort();
        int end = in.getShort() + in.position();
        assertThat(in.get()).isEqualTo((byte) type);
        in.position(in.position() + 3 + 2 + 32);
        byte[] session = take(in, in.get() & 0xff);
        List<Integer> suites = new ArrayList<>();
        ByteBuffer offered = ByteBuffer.wrap(take(in, type == 1 ? in.getShort() : 2));
        while (offered.hasRemaining()) {
            suites.add(offered.getShort() & 0xffff);
        }
        take(in, type == 1 ? in.get() : 1);
        Map<Integer, byte[]> extensions = new TreeMap<>();
        assertThat(in.getShort() + in.position()).isEqualTo(end);
        while (in.position() < end) {
            extensions.put(in.getShort() & 0xffff, take(in, in.getShort()));
        }
        return new Hello(session, suites, extensions);
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private static byte[] ourClientHello() throws IOException {
        SecureChannel client = Handshakes.tls(Handshakes.simulated(), ANY).newClientChannel();
        client.start();
        return Handshakes.output(client);
    }

    @Test
    void should_offer_tls_1_3_and_nothing_that_the_network_does_not_use() throws IOException {
        Hello hello = read(ourClientHello(), 1);

        assertThat(hello.suites()).startsWith(0x1301, 0x1302).doesNotContain(0x1303);
        assertThat(hello.extensions().get(43)).containsExactly(2, 3, 4);
        assertThat(hello.extensions().get(13)).containsExactly(0, 2, 8, 7);
        // server_name, ALPN, pre_shared_key, early_data
        assertThat(hello.extensions()).doesNotContainKeys(0, 16, 41, 42);
    }

    @Test
    void should_offer_no_resumption_on_a_second_connection_to_the_same_server() throws IOException {
        RaTls clientSide = Handshakes.tls(Handshakes.simulated(), ANY);
        RaTls serverSide = Handshakes.tls(Handshakes.simulated(), ANY);
        assertThat(new Handshakes.Pair(clientSide, serverSide).client.isReady()).isTrue();
        SecureChannel second = clientSide.newClientChannel();
        second.start();

        assertThat(read(Handshakes.output(second), 1).extensions()).doesNotContainKeys(41, 42);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "captures/session-direct-tls/pow-and-tls-open-client.raw.jsonl",
                "captures-2026/session-direct-tls/tdx-pow-and-tls-open-client.raw.jsonl"
            })
    void should_answer_the_recorded_client_hello_of_the_reference_as_its_server_did(String recording)
            throws IOException {
        byte[] hello = recorded(recording, "c2s")
                .sliceFrom(PROOF_OF_WORK_RESPONSE_BYTES)
                .toByteArray();
        Hello offered = read(hello, 1);
        assertThat(offered.extensions()).containsKey(51).doesNotContainKeys(0, 16, 41, 42);
        Hello theirs = read(recorded(recording, "s2c").toByteArray(), 2);
        SecureChannel server = Handshakes.tls(Handshakes.simulated(), ANY).newServerChannel();
        server.start();

        server.receive(hello, 0, hello.length);

        byte[] flight = Handshakes.output(server);
        Hello ours = read(flight, 2);
        assertThat(ours.session()).isEqualTo(offered.session());
        assertThat(offered.suites()).containsAll(ours.suites());
        assertThat(ours.extensions().keySet()).isEqualTo(theirs.extensions().keySet());
        assertThat(ours.extensions().get(43)).containsExactly(3, 4);
        assertThat(ours.extensions().get(51)).startsWith(0, 0x1d, 0, 32);
        assertThat(recordTypes(flight)).startsWith(22).endsWith(23).isSubsetOf(22, 20, 23);
        assertThat(recordTypes(recorded(recording, "s2c").toByteArray())).startsWith(22, 20, 23);
        assertThat(server.isReady()).isFalse();
    }

    /** Returns the first data in a direction, without the challenge of the proof of work. */
    private static Bytes recorded(String recording, String direction) {
        for (JsonNode line : TestData.jsonLines(recording)) {
            if (line.path("dir").asText().equals(direction) && line.path("n").asInt() > 24) {
                return Bytes.fromHex(line.path("hex").asText());
            }
        }
        throw new AssertionError("nothing " + direction + " in " + recording);
    }

    private static List<Integer> recordTypes(byte[] records) {
        List<Integer> types = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(records);
        while (in.hasRemaining()) {
            types.add((int) in.get());
            in.getShort();
            take(in, in.getShort());
        }
        return types;
    }

    @Test
    void should_say_that_plain_http_is_not_tls() throws IOException {
        SecureChannel server = Handshakes.tls(Handshakes.simulated(), ANY).newServerChannel();
        server.start();
        byte[] request = "GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> server.receive(request, 0, request.length))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not speak TLS")
                .hasMessageContaining("0x47")
                .hasMessageContaining("plain HTTP")
                .hasMessageContaining("wanted TLS 1.3")
                .hasMessageContaining("use the address and port");
    }

    @Test
    void should_refuse_every_truncated_hello_or_wait_for_the_rest() throws IOException {
        byte[] hello = ourClientHello();
        for (int length = 1; length < hello.length; length++) {
            SecureChannel server = Handshakes.tls(Handshakes.simulated(), ANY).newServerChannel();
            server.start();
            server.receive(hello, 0, length);
            assertThat(Handshakes.output(server))
                    .as("answer to %d bytes", length)
                    .isEmpty();
            server.close();
        }
    }
}
