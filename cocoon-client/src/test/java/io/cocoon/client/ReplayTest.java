package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlReader;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries that the reference client was recorded with are made again by this client. */
class ReplayTest {

    @ParameterizedTest
    @ValueSource(strings = {"query", "stream-ndjson", "tools", "response-format", "unknown-model"})
    void should_send_the_recorded_query(String scenario) throws Exception {
        ClientToProxy.RunQueryEx recorded = recorded("captures-2026/session-any/" + scenario + ".frames.jsonl");
        io.cocoon.protocol.HttpRequest http =
                TlReader.readWhole(recorded.query(), io.cocoon.protocol.HttpRequest::readBoxed);
        Map<String, String> headers = new LinkedHashMap<>();
        http.headers().forEach(header -> headers.put(header.name(), header.value()));
        headers.remove("Content-Length");
        try (Setup setup = Setup.withProxies(1)) {
            CocoonClient cocoon = setup.client(b -> b.deadlines(Setup.QUICK.withTotal(Duration.ofSeconds(120))));

            cocoon.http("POST", http.url(), headers, http.payload().toByteArray())
                    .close();

            ClientToProxy.RunQueryEx sent =
                    (ClientToProxy.RunQueryEx) setup.proxy().runs.remove().message;
            assertThat(sent.modelName()).isEqualTo(recorded.modelName());
            assertThat(sent.maxTokens()).isEqualTo(recorded.maxTokens());
            assertThat(sent.maxCoefficient()).isEqualTo(recorded.maxCoefficient());
            assertThat(sent.timeout()).isEqualTo(recorded.timeout());
            assertThat(sent.flags()).isEqualTo(recorded.flags());
            assertThat(sent.publicKey()).isEqualTo(recorded.publicKey());
            io.cocoon.protocol.HttpRequest ours =
                    TlReader.readWhole(sent.query(), io.cocoon.protocol.HttpRequest::readBoxed);
            assertThat(ours.payload().toUtf8()).isEqualTo(http.payload().toUtf8());
            // The program that made the request is not named to the network (hazard H15).
            assertThat(ours.headers())
                    .containsExactlyInAnyOrderElementsOf(http.headers().stream()
                            .filter(header -> !header.name().equals("User-Agent"))
                            .toList());
        }
    }

    private static ClientToProxy.RunQueryEx recorded(String file) throws Exception {
        for (JsonNode line : TestData.jsonLines(file)) {
            JsonNode data = line.path("tl").path("data").path("tl");
            if (line.path("link").asText().startsWith("client-socks")
                    && data.path("_").asText().equals("client.runQueryEx")) {
                Bytes frame = Bytes.fromHex(line.get("hex").asText());
                // Length and number of the frame, then the packet's constructor, then a string of four-byte length.
                int length = frame.intLeAt(12) >>> 8;
                return (ClientToProxy.RunQueryEx)
                        TlReader.readWhole(frame.slice(16, length), ClientToProxy::readMessage);
            }
        }
        throw new IllegalArgumentException("no query in " + file);
    }
}
