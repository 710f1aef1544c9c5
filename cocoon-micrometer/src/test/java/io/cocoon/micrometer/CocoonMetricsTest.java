package io.cocoon.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.FinishedRequest;
import io.cocoon.testkit.TestNetwork;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CocoonMetricsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void should_count_and_time_what_becomes_of_requests() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient cocoon = network.clientBuilder()
                        .observer(new CocoonMetrics(registry))
                        .build()) {
            cocoon.chat(network.model()).user("Hello?").send();
            assertThatThrownBy(() -> cocoon.chat("nobody/serves-this").user("x").send())
                    .isInstanceOf(CocoonException.class);
            await().atMost(PATIENCE)
                    .until(() -> registry.find("cocoon.requests").timers().size() == 2);

            Timer answered = registry.get("cocoon.requests")
                    .tags("model", network.model(), "outcome", "answered")
                    .timer();
            assertThat(answered.count()).isEqualTo(1);
            assertThat(registry.get("cocoon.requests.first").timer().count()).isEqualTo(1);
            assertThat(registry.get("cocoon.requests")
                            .tags("model", "other", "outcome", "configuration")
                            .timer()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("cocoon.charged")
                            .tags("model", network.model())
                            .counter()
                            .count())
                    .isEqualTo(cocoon.spent().value())
                    .isPositive();
            assertThat(registry.get("cocoon.tokens")
                            .tags("kind", "completion")
                            .counter()
                            .count())
                    .isPositive();
        }
    }

    @Test
    void should_show_what_a_client_has_spent_and_what_its_channels_hold() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (TestNetwork network = TestNetwork.start();
                CocoonClient cocoon = network.clientBuilder()
                        .channels(network.channelSettings())
                        .build()) {
            new ClientGauges(cocoon).bindTo(registry);
            cocoon.chat(network.model()).user("Hello?").send();

            assertThat(registry.get("cocoon.spent").gauge().value()).isPositive();
            assertThat(registry.get("cocoon.disputes").gauge().value()).isZero();
            await().atMost(PATIENCE)
                    .until(() -> registry.get("cocoon.channels.balance").gauge().value() > 0);
        }
    }

    @Test
    void should_not_let_made_up_names_fill_the_registry_or_take_the_place_of_real_ones() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        CocoonMetrics metrics = new CocoonMetrics(registry);
        for (int i = 0; i < 1000; i++) {
            metrics.finished(request("made-up-" + i, 404));
        }
        assertThat(registry.find("cocoon.requests").timers()).hasSize(1);
        for (int i = 0; i < 1000; i++) {
            metrics.finished(request("model-" + i));
        }

        assertThat(registry.find("cocoon.requests").timers()).hasSize(CocoonMetrics.MOST_MODELS + 2);
        assertThat(registry.get("cocoon.requests")
                        .tags("model", "other")
                        .timer()
                        .count())
                .isEqualTo(1000 - CocoonMetrics.MOST_MODELS);
    }

    @Test
    void should_leave_an_event_in_a_flight_recording(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("requests.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.cocoon.Request");
            recording.start();
            new FlightRecorderEvents().finished(request("m"));
            recording.stop();
            recording.dump(file);
        }

        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("io.cocoon.Request"))
                .toList();

        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.getString("model")).isEqualTo("m");
            assertThat(event.getString("outcome")).isEqualTo("answered");
            assertThat(event.getDuration("elapsed")).isEqualTo(Duration.ofMillis(20));
            assertThat(event.getDuration("firstByte")).isEqualTo(Duration.ofMillis(5));
        });
    }

    private static FinishedRequest request(String model) {
        return request(model, 200);
    }

    private static FinishedRequest request(String model, int status) {
        return new FinishedRequest(
                "00".repeat(16),
                model,
                "/v1/chat/completions",
                Optional.of("127.0.0.1:11002"),
                Instant.EPOCH,
                Duration.ofMillis(20),
                Optional.of(Duration.ofMillis(5)),
                Optional.empty(),
                Optional.empty(),
                status,
                List.of());
    }
}
