package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProofOfWorkTest {

    private static final JsonNode VECTORS =
            TestData.json("vectors/wire-vectors.json").get("pow");

    @Test
    void h1_should_find_the_smallest_nonce_of_the_vectors() throws Exception {
        for (JsonNode vector : VECTORS.get("valid")) {
            Bytes wire = Bytes.fromHex(vector.get("challenge_hex").asText());
            ProofOfWork.Challenge challenge = ProofOfWork.Challenge.parse(wire);
            long nonce = ProofOfWork.solve(challenge, 1L << 22, () -> false).orElseThrow();

            assertThat(nonce).isEqualTo(vector.get("smallest_nonce").asLong());
            assertThat(Bytes.wrapUnshared(ProofOfWork.response(nonce)).toHex())
                    .isEqualTo(vector.get("response_hex").asText());
            assertThat(Bytes.wrapUnshared(challenge.toByteArray())).isEqualTo(wire);
            assertThat(ProofOfWork.zeros(
                            Bytes.fromHex(vector.get("sha256_hex").asText()).toByteArray()))
                    .isEqualTo(vector.get("measured_zero_bits").asInt());
        }
    }

    @Test
    void h1_should_refuse_responses_of_the_usual_reading() throws Exception {
        for (JsonNode vector : VECTORS.get("invalid")) {
            ProofOfWork.Challenge challenge = new ProofOfWork.Challenge(
                    vector.get("difficulty_bits").asInt(),
                    Bytes.fromHex(vector.get("salt_hex").asText()));
            long nonce = ProofOfWork.parseResponse(
                    Bytes.fromHex(vector.get("response_hex").asText()));

            assertThat(ProofOfWork.verify(challenge, nonce)).isFalse();
        }
    }

    @Test
    void should_accept_every_response_that_a_router_accepted() throws Exception {
        int count = 0;
        for (String generation : new String[] {"captures", "captures-2026"}) {
            for (String name : TestData.list(generation + "/pow", ".jsonl")) {
                for (JsonNode line : TestData.jsonLines(name)) {
                    ProofOfWork.Challenge challenge = ProofOfWork.Challenge.parse(
                            Bytes.fromHex(line.get("challenge_hex").asText()));
                    long nonce = ProofOfWork.parseResponse(
                            Bytes.fromHex(line.get("response_hex").asText()));
                    assertThat(ProofOfWork.verify(challenge, nonce)).isTrue();
                    count++;
                }
            }
        }
        assertThat(count).isPositive();
    }

    @Test
    void should_stop_solving_when_cancelled() {
        AtomicInteger asked = new AtomicInteger();

        assertThat(ProofOfWork.solve(hard(), Long.MAX_VALUE, () -> asked.incrementAndGet() > 3))
                .isEmpty();
    }

    @Test
    void should_stop_solving_when_interrupted() {
        Thread.currentThread().interrupt();
        try {
            assertThat(ProofOfWork.solve(hard(), Long.MAX_VALUE, () -> false)).isEmpty();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void should_refuse_wrong_magic_numbers_and_lengths() {
        assertThatThrownBy(() -> ProofOfWork.Challenge.parse(Bytes.wrapUnshared(new byte[24])))
                .isInstanceOf(ConnectionClosedException.class);
        assertThatThrownBy(() -> ProofOfWork.parseResponse(Bytes.fromHex("19738201")))
                .isInstanceOf(ConnectionClosedException.class)
                .hasMessageContaining("4 bytes");
        assertThatThrownBy(() -> ProofOfWork.parseResponse(Bytes.empty()))
                .isInstanceOf(ConnectionClosedException.class);
    }

    private static ProofOfWork.Challenge hard() {
        return new ProofOfWork.Challenge(64, Bytes.wrapUnshared(new byte[16]));
    }
}
