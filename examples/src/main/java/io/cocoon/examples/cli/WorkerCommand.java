package io.cocoon.examples.cli;

import io.cocoon.client.Bill;
import io.cocoon.client.CocoonClient;
import io.cocoon.examples.Dialogue;
import io.cocoon.examples.Running;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.Transport;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.WorkerPayouts;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerRuntimeBuilder;
import io.cocoon.worker.WorkerStatus;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a model, and is paid for it. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        subcommands = EstimateCommand.class,
        description = {
            "Serves a model to the network and is paid for it, until it is stopped.",
            "On the main network it has to run inside a TDX machine whose image the root contract lists, or behind a router that"
                    + " does. On --network test it answers one question, is paid for it, and ends."
        },
        footer = {
            "",
            "  cocoon worker --network test --model-folder models/Qwen3-0.6B",
            "  cocoon worker estimate --model-folder models/Qwen3-0.6B",
            "  cocoon worker --key-file node.key --model Qwen/Qwen3-8B@COMMIT:HASH --upstream http://127.0.0.1:8000"
        })
final class WorkerCommand implements Callable<Integer> {

    private static final String LOCAL_MODEL = "demo/words@local:" + "0".repeat(64);
    private static final Duration DRAIN = Duration.ofSeconds(20);
    /** Far above the main network's, so that one answer is worth a payout. */
    private static final Nanoton TEST_PRICE = Nanoton.ofTon("0.004");

    private static final Nanoton TEST_FEE = Nanoton.ofTon("0.0038");
    private static final int SETTLED_WITHIN = 60;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "Full name, base@commit:hash, as the root contract lists it. Required on the main network.")
    private @Nullable String model;

    @Option(
            names = "--price-factor",
            defaultValue = "1.0",
            description = "Times the network's list price (${DEFAULT-VALUE}).")
    private double priceFactor = 1.0;

    @Option(names = "--max-active", defaultValue = "60", description = "Requests at once (${DEFAULT-VALUE}).")
    private int maxActive = 60;

    @Option(
            names = "--image-hash",
            paramLabel = "HEX",
            description = "With --router: the image that the router's machine proves.")
    private @Nullable String imageHash;

    @Option(
            names = "--machine-description",
            paramLabel = "JSON",
            description =
                    "An object that proxies and their operators get to see, such as {\"gpu\":\"H100\"}; nothing by default."
                            + " Only proxies of protocol 4 are used then.")
    private @Nullable String machineDescription;

    @Option(
            names = "--status-seconds",
            defaultValue = "60",
            description = "Print the status this often (${DEFAULT-VALUE}).")
    private int statusSeconds = 60;

    @Option(names = "--for", paramLabel = "SECONDS", description = "End by itself after so long.")
    private @Nullable Integer seconds;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        InferenceEngine loaded = engine.load(out);
        try {
            if (network.isTest()) {
                onTestNetwork(loaded, out);
            } else {
                serve(loaded, out);
            }
        } finally {
            loaded.close();
        }
        return Running.FINE;
    }

    // ---- a try

    private void onTestNetwork(InferenceEngine loaded, PrintWriter out) throws Exception {
        String name = model == null ? OpenNetwork.DEMONSTRATION : baseOf(model);
        Nanoton deposit = Nanoton.ofTon("25");
        try (OpenNetwork open = OpenNetwork.open(
                        network,
                        out,
                        test -> test.model(name)
                                .engine(() -> loaded)
                                .prices(TEST_PRICE, TEST_FEE)
                                .clientStake(deposit));
                CocoonClient cocoon = open.test().orElseThrow().newClient()) {
            WorkerRuntime worker = open.test().orElseThrow().workers().get(0);
            String question = "What is Cocoon?";
            out.println("A client asks: " + question + "\n");
            Bill bill = new Dialogue(cocoon, name, chat -> chat.maxTokens(160).maxPriceFactor(1), out).ask(question);
            out.println("\nThe client pays " + bill.total() + " at " + TEST_PRICE + " a token; of that are yours "
                    + TEST_FEE.times(bill.adjusted().totalTokensUsed()) + ". Waiting for the proxy's signature.");
            out.flush();
            awaitSigned(worker, bill);
            out.println("Payout through the contracts: " + worker.payOutNow().get(SETTLED_WITHIN, TimeUnit.SECONDS));
            print(worker.status(), out);
        }
    }

    private static String baseOf(String fullName) {
        int at = fullName.indexOf('@');
        return at < 0 ? fullName : fullName.substring(0, at);
    }

    private static void awaitSigned(WorkerRuntime worker, Bill bill) throws InterruptedException {
        for (int i = 0; i < SETTLED_WITHIN * 20; i++) {
            long signed = worker.status().accounts().stream()
                    .mapToLong(account -> account.earned().tokens())
                    .sum();
            if (signed >= bill.adjusted().totalTokensUsed()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new IllegalStateException("the proxy signed nothing within " + SETTLED_WITHIN + " s");
    }

    // ---- in earnest

    private void serve(InferenceEngine loaded, PrintWriter out) throws Exception {
        SecureRandom random = new SecureRandom();
        String full = network.isFile() && model == null ? LOCAL_MODEL : model;
        if (full == null) {
            throw new IllegalArgumentException(
                    "--model is missing: the full name, base@commit:hash, as the root contract lists it");
        }
        KeyFile key = network.isFile() ? network.key().orElse(null) : network.requireKey();
        Address owner = key == null ? Address.parse(NetworkOptions.LOCAL_OWNER) : key.owner();
        try (OpenNetwork open = OpenNetwork.open(network, out);
                Transport transport = Transport.builder().build()) {
            WorkerRuntimeBuilder builder = WorkerRuntime.builder()
                    .chain(open.contracts())
                    .owner(owner)
                    .model(full)
                    .coefficient(Math.toIntExact(Math.round(priceFactor * 1000)))
                    .maxActiveRequests(maxActive)
                    .engine(loaded)
                    .onAlarm(text -> out.println("ALARM: " + text));
            if (network.proxy != null) {
                builder.proxies(List.of(NetworkOptions.hostPort("--proxy", network.proxy)));
            }
            if (machineDescription != null) {
                builder.machineDescription(machineDescription).protocolVersions(4, 4);
            }
            if (imageHash != null) {
                builder.ownImageHash(Int256.fromHex(imageHash));
            }
            if (key != null && open.access().isPresent()) {
                builder.state(network.folder("worker"))
                        .payouts(WorkerPayouts.through(open.requireAccess(), open.wallet(key)));
            }
            if (network.throughRouter().isPresent()) {
                builder.viaRouter(transport, network.throughRouter().get());
                run(builder, out);
            } else if (network.isFile()) {
                builder.direct(transport, network.tls(network.policy(), random));
                run(builder, out);
            } else {
                try (Guest guest = Guest.open(random)) {
                    builder.ownImageHash(guest.imageHash()).attested(transport, guest.identity(), guest.collateral());
                    run(builder, out);
                }
            }
        }
    }

    private void run(WorkerRuntimeBuilder builder, PrintWriter out) throws Exception {
        try (WorkerRuntime worker = builder.build()) {
            worker.start();
            out.println("Serving " + worker.status().model() + "; stop with Ctrl-C.");
            out.flush();
            try {
                Stopping.until(seconds, statusSeconds, () -> print(worker.status(), out));
            } finally {
                out.println("Ending: running answers are finished first.");
                out.flush();
                worker.drain(DRAIN).join();
                print(worker.status(), out);
            }
        }
    }

    private static void print(WorkerStatus status, PrintWriter out) {
        out.println(status.activeQueries() + " running, " + status.completed() + " answered, " + status.failed()
                + " failed, " + status.cancelled() + " cancelled"
                + (status.disabledBecause().isEmpty() ? "" : "; takes nothing: " + status.disabledBecause()));
        for (WorkerStatus.Proxy proxy : status.proxies()) {
            out.println("  proxy " + proxy.address().map(Object::toString).orElse("(none)") + ": " + proxy.state()
                    + (proxy.lastProblem().isEmpty() ? "" : "; last problem: " + proxy.lastProblem()));
        }
        for (WorkerStatus.Account account : status.accounts()) {
            out.println("  earned " + account.earned().value() + ", paid "
                    + account.paid().value() + ", waiting "
                    + account.waiting().value() + " by contract " + account.contract()
                    + (account.problem().isEmpty() ? "" : "; " + account.problem()));
        }
        out.flush();
    }
}
