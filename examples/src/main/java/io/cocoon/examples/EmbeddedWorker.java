package io.cocoon.examples;

import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.transport.Transport;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerRuntimeBuilder;
import io.cocoon.worker.http.HttpEngine;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

// A worker inside an application, with an engine of the application's own.
//
//     examples/run EmbeddedWorker                      a network in this JVM, one question, and the end
//     examples/run EmbeddedWorker --fake-ton fake-ton-config.json --proxy 127.0.0.1:11001
//                                                      serves the clients of that proxy until it is stopped
//     examples/run EmbeddedWorker --fake-ton … --proxy … --upstream http://127.0.0.1:8000
//                                                      the same with a model server behind it

/** See the comment above. */
@Command(
        name = "EmbeddedWorker",
        mixinStandardHelpOptions = true,
        description = "Runs a worker with an engine of its own, or in front of a model server.")
final class EmbeddedWorker implements Callable<Integer> {

    private static final String LOCAL_MODEL = "Qwen/Qwen3-8B@abc123def456:" + "0".repeat(64);

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Option(names = "--owner", defaultValue = NetworkOptions.LOCAL_OWNER, description = "Whom proxies pay.")
    private String owner = NetworkOptions.LOCAL_OWNER;

    @Option(names = "--model", description = "Full name, base@commit:hash.")
    private String model = LOCAL_MODEL;

    @Option(names = "--coefficient", defaultValue = "1000", description = "Price factor, 1000 stands for 1.0.")
    private int coefficient = 1000;

    @Option(names = "--max-active", defaultValue = "60", description = "Requests at once (${DEFAULT-VALUE}).")
    private int maxActive = 60;

    @Option(names = "--upstream", description = "An OpenAI-compatible server instead of the engine of this example.")
    private @Nullable URI upstream;

    public static void main(String[] args) {
        System.exit(NetworkOptions.run(new EmbeddedWorker(), args));
    }

    /** The engine: answers in capital letters, a word at a time. All of it. */
    private static InferenceEngine shouting() {
        return ChatEngine.of((request, out) -> {
            for (String word : request.lastUserText().toUpperCase(Locale.ROOT).split("(?<= )")) {
                if (!out.emit(word)) {
                    return; // nobody listens any more
                }
            }
        });
    }

    @Override
    public Integer call() throws Exception {
        return network.fakeTon == null ? inThisJvm() : serve();
    }

    private static int inThisJvm() {
        try (TestNetwork local =
                        TestNetwork.builder().engine(EmbeddedWorker::shouting).start();
                CocoonClient cocoon = local.newClient()) {
            System.out.println(cocoon.chat(local.model())
                    .user("does anybody hear me?")
                    .send()
                    .text());
        }
        return 0;
    }

    private int serve() throws InterruptedException {
        URI server = upstream;
        SecureRandom random = new SecureRandom();
        try (FakeTonChain chain = network.chain();
                Transport transport = Transport.builder().build()) {
            WorkerRuntimeBuilder builder = WorkerRuntime.builder()
                    .chain(chain)
                    .owner(Address.parse(owner))
                    .model(model)
                    .coefficient(coefficient)
                    .maxActiveRequests(maxActive)
                    .engine(
                            server == null
                                    ? shouting()
                                    : HttpEngine.builder().baseUrl(server).build());
            network.throughRouter()
                    .ifPresentOrElse(
                            router -> builder.viaRouter(transport, router),
                            () -> builder.direct(transport, network.tls(network.policy(), random)));
            if (network.proxy != null) {
                builder.proxies(List.of(NetworkOptions.hostPort(network.proxy)));
            }
            try (WorkerRuntime worker = builder.build()) {
                worker.start();
                System.out.println("Serving " + model + "; stop with Ctrl-C.");
                CountDownLatch stopped = new CountDownLatch(1);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    worker.drain(Duration.ofSeconds(10)).join();
                    stopped.countDown();
                }));
                stopped.await();
            }
        }
        return 0;
    }
}
