package io.cocoon.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import io.cocoon.client.ClientObserver;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.FinishedRequest;
import io.cocoon.client.Network;
import io.cocoon.langchain4j.CocoonChatModel;
import io.cocoon.micrometer.ClientGauges;
import io.cocoon.micrometer.FlightRecorderEvents;
import io.cocoon.testkit.TestNetwork;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What the starter makes of properties. */
@Timeout(180)
class CocoonAutoConfigurationTest {

    private static final String ADDRESS = "wallet.address=0:" + "1".repeat(64);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    CocoonAutoConfiguration.class,
                    CocoonRequestMetersAutoConfiguration.class,
                    CocoonHealthAutoConfiguration.class,
                    CocoonMetricsAutoConfiguration.class,
                    CocoonLangChain4jAutoConfiguration.class));

    private ApplicationContextRunner on(TestNetwork network) {
        return runner.withBean(Network.class, () -> Network.of(network.contracts()))
                .withBean(
                        CocoonClientCustomizer.class,
                        () -> builder -> builder.simulatedAttestation().emptySecretSoThatAnyoneCanSpend())
                .withPropertyValues("cocoon." + ADDRESS);
    }

    private static FailureAnalysis analysed(@Nullable Throwable failure) {
        FailureAnalysis analysis =
                new CocoonFailureAnalyzer().analyze(Objects.requireNonNull(failure, "the context started"));
        assertThat(analysis).isNotNull();
        return Objects.requireNonNull(analysis);
    }

    @Test
    void should_make_a_client_that_answers_is_healthy_and_closes_with_the_context() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            AtomicReference<CocoonClient> kept = new AtomicReference<>();
            on(network).run(context -> {
                CocoonClient client = context.getBean(CocoonClient.class);
                kept.set(client);
                assertThat(client.chat(network.model()).user("Hello?").send().text())
                        .contains("Hello?");
                Health health = Objects.requireNonNull(
                        context.getBean(CocoonHealthIndicator.class).health());
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(health.getDetails()).containsKey("root.proxies");
                SimpleMeterRegistry meters = new SimpleMeterRegistry();
                context.getBean(ClientGauges.class).bindTo(meters);
                assertThat(meters.get("cocoon.spent").gauge().value()).isPositive();
                assertThat(meters.get("cocoon.disputes").gauge().value()).isZero();
                assertThat(context).doesNotHaveBean(ChatModel.class);
            });
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> Objects.requireNonNull(kept.get()).models())
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void should_be_down_and_say_why_when_no_proxy_is_there() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            network.proxies().forEach(proxy -> proxy.close());
            on(network).withPropertyValues("cocoon.deadlines.connect=300ms").run(context -> {
                Health health = Objects.requireNonNull(
                        context.getBean(CocoonHealthIndicator.class).health());
                assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                assertThat(health.getDetails()).anySatisfy((check, seen) -> {
                    assertThat(check).startsWith("proxy ");
                    assertThat(String.valueOf(seen)).startsWith("FAILED");
                });
            });
        }
    }

    @Test
    void should_meter_requests_and_tell_observers_of_the_application() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        BlockingQueue<FinishedRequest> finished = new LinkedBlockingQueue<>();
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            on(network)
                    .withBean(MeterRegistry.class, () -> meters)
                    .withBean("mine", ClientObserver.class, () -> finished::add)
                    .run(context -> {
                        context.getBean(CocoonClient.class)
                                .chat(network.model())
                                .user("Hello?")
                                .send();
                        assertThat(finished.poll(30, TimeUnit.SECONDS)).isNotNull();
                        assertThat(context).hasSingleBean(FlightRecorderEvents.class);
                    });
        }
        // The context has closed the client, which waits for its observers.
        assertThat(meters.get("cocoon.requests").timer().count()).isEqualTo(1);
    }

    @Test
    void should_add_models_when_one_is_named() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            on(network).withPropertyValues("cocoon.model=" + network.model()).run(context -> {
                assertThat(context.getBean(ChatModel.class).chat("Hello?")).contains("Hello?");
                assertThat(context).hasSingleBean(StreamingChatModel.class);
            });
        }
    }

    @Test
    void should_do_without_langchain4j_micrometer_and_health() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            on(network)
                    .withClassLoader(
                            new FilteredClassLoader(CocoonChatModel.class, ClientGauges.class, HealthIndicator.class))
                    .withPropertyValues("cocoon.model=" + network.model())
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(CocoonClient.class)
                            .doesNotHaveBean("cocoonHealthIndicator")
                            .doesNotHaveBean("cocoonClientGauges")
                            .doesNotHaveBean("cocoonChatModel"));
        }
    }

    @Test
    void should_leave_the_applications_own_client_alone() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            runner.withBean("own", CocoonClient.class, network::newClient)
                    .run(context -> assertThat(context).hasNotFailed().hasSingleBean(CocoonClient.class));
        }
    }

    @Test
    void should_say_in_words_that_no_wallet_is_set() {
        runner.withPropertyValues("cocoon.network.kind=mainnet").run(context -> {
            FailureAnalysis analysis = analysed(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("no wallet is set");
            assertThat(analysis.getAction()).contains("cocoon.wallet.node-key");
        });
    }

    @Test
    void should_say_in_words_that_no_network_is_chosen() {
        runner.withPropertyValues("cocoon." + ADDRESS).run(context -> {
            FailureAnalysis analysis = analysed(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("no network is chosen");
            assertThat(analysis.getAction()).contains("cocoon.network.kind");
        });
    }

    @Test
    void should_refuse_a_wrong_amount_by_the_name_of_its_property() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            on(network).withPropertyValues("cocoon.spending.limit=lots").run(context -> {
                FailureAnalysis analysis = analysed(context.getStartupFailure());
                assertThat(analysis.getDescription())
                        .contains("cocoon.spending.limit")
                        .contains("lots");
            });
        }
    }

    @Test
    void should_never_print_a_secret() {
        String key = "c2VjcmV0LW5vZGUta2V5";
        runner.withPropertyValues(
                        "cocoon.network.kind=mainnet",
                        "cocoon.secret=a-long-secret-of-many-characters",
                        "cocoon.wallet.owner=0:" + "1".repeat(64),
                        "cocoon.wallet.node-key=" + key)
                .run(context -> {
                    FailureAnalysis analysis = analysed(context.getStartupFailure());
                    assertThat(analysis.getDescription() + analysis.getAction()).doesNotContain(key);
                    assertThat(String.valueOf(context.getStartupFailure())).doesNotContain(key);
                });
        CocoonProperties.Wallet wallet = new CocoonProperties.Wallet(null, key, "owner");
        assertThat(wallet.toString()).doesNotContain(key).contains("nodeKey=set");
    }

    @Test
    void should_be_switched_off_by_a_property() {
        runner.withPropertyValues("cocoon.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CocoonClient.class));
    }
}
