package io.cocoon.ton.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.lite.GlobalConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PublishedServersTest {

    private static final String SERVER = """
            {"ip": 84478511, "port": 19949,
             "id": {"@type": "pub.ed25519", "key": "n4VDnSCUuSpjnCyUk9e3QOOd6o0ItSWYbTnW3Wnn8wk="}}""";
    private static final String MAIN_NETWORK = "F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=";
    private static final String OTHER_NETWORK = "gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg=";

    @TempDir
    private Path folder;

    private HttpServer publisher;
    private volatile String answer = "";
    private volatile int status = 200;

    @BeforeEach
    void begin() throws IOException {
        publisher = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        publisher.createContext("/", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        publisher.start();
    }

    @AfterEach
    void end() {
        publisher.stop(0);
    }

    private static String config(String zeroState, String servers) {
        return """
                {"liteservers": [%s],
                 "validator": {
                   "zero_state": {"workchain": -1, "shard": -9223372036854775808, "seqno": 0, "root_hash": "%s",
                                  "file_hash": "XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24="},
                   "init_block": {"workchain": -1, "shard": -9223372036854775808, "seqno": 99, "root_hash": "%s",
                                  "file_hash": "XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24="}}}""".formatted(servers, zeroState, MAIN_NETWORK);
    }

    private GlobalConfig servers() throws ChainException {
        URI where = URI.create("http://127.0.0.1:" + publisher.getAddress().getPort() + "/config");
        return new PublishedServers(where, folder.resolve("servers.json"), Duration.ofSeconds(20))
                .of(GlobalConfig.mainnet());
    }

    @Test
    void should_take_the_servers_and_nothing_else() throws ChainException {
        answer = config(MAIN_NETWORK, SERVER);

        GlobalConfig found = servers();
        assertThat(found.liteServers()).singleElement().hasToString("5.9.10.47:19949");
        // The block that proofs begin at stays the one that is built in, whatever the publisher says.
        assertThat(found)
                .usingRecursiveComparison()
                .ignoringFields("liteServers")
                .isEqualTo(GlobalConfig.mainnet());
    }

    @Test
    void should_go_on_with_the_last_list_when_the_publisher_is_away() throws ChainException {
        answer = config(MAIN_NETWORK, SERVER);
        servers();
        status = 503;

        assertThat(servers().liteServers()).hasSize(1);
    }

    @Test
    void should_say_what_was_tried_when_there_is_no_list_at_all() {
        status = 503;

        assertThatThrownBy(this::servers)
                .isInstanceOf(ChainException.class)
                .hasMessageContaining("/config")
                .hasMessageContaining("503")
                .hasMessageContaining("name liteservers of your own");
    }

    @Test
    void should_refuse_the_list_of_another_network() {
        answer = config(OTHER_NETWORK, SERVER);

        assertThatThrownBy(this::servers).hasMessageContaining("another network");
    }

    @Test
    void should_refuse_a_list_without_servers_one_that_is_too_long_and_one_that_is_none() {
        answer = config(MAIN_NETWORK, "");
        assertThatThrownBy(this::servers).hasMessageContaining("names no liteserver");
        answer = " ".repeat(GlobalConfig.MAX_CHARS + 1);
        assertThatThrownBy(this::servers).hasMessageContaining("more than");
        answer = "<html>";
        assertThatThrownBy(this::servers).hasMessageContaining("no JSON");
    }
}
