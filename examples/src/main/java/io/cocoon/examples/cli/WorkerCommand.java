package io.cocoon.examples.cli;

import io.cocoon.client.Bill;
import io.cocoon.client.CocoonClient;
import io.cocoon.examples.Dialogue;
import io.cocoon.examples.Running;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.SecureChannelProvider;
import io.cocoon.transport.Transport;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.ModelName;
import io.cocoon.worker.WorkerPayouts;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerRuntimeBuilder;
import io.cocoon.worker.WorkerStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            "  cocoon worker --network test --model big=models/Qwen3-4B --model small=models/Qwen3-0.6B",
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
    private static final int MOST_PROXIES = 16;
    private static final int SHORT_HASH = 16;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description =
                    "Full name, base@commit:hash, as the root contract lists it. Required on the main network."
                            + " NAME=PATH loads it from there; several times for several models, each with a worker of its own.")
    private List<String> models = List.of();

    @Option(
            names = "--may-change-to",
            paramLabel = "NAME=PATH",
            description =
                    "A model that the page's order, or any proxy, may make this worker change to while it serves; may come several"
                            + " times. Both the old and the new one need their memory then.")
    private List<String> mayChangeTo = List.of();

    @Mixin
    private PageOptions page = new PageOptions();

    @Option(
            names = "--price-factor",
            defaultValue = "1.0",
            description = "Times the network's list price (${DEFAULT-VALUE}).")
    private double priceFactor = 1.0;

    @Option(
            names = "--max-active",
            defaultValue = "60",
            description = "Requests at once, for each model (${DEFAULT-VALUE}).")
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
        check();
        List<ServedModels.Model> loaded = ServedModels.load(models, engine, out);
        try {
            if (network.isTest()) {
                onTestNetwork(loaded, out);
            } else {
                serve(loaded, out);
            }
        } finally {
            loaded.forEach(model -> model.engine().close());
        }
        return Running.FINE;
    }

    /** Looks at everything that can be wrong before minutes go into loading a model. */
    private void check() throws IOException {
        page.check();
        ServedModels.loader(mayChangeTo, models, engine, spec.commandLine().getOut());
        if (network.isTest() && (page.isWanted() || !mayChangeTo.isEmpty())) {
            throw new IllegalArgumentException(
                    "--page and --may-change-to are for a worker that goes on; with --network test it ends after its answers");
        }
        if (machineDescription != null) {
            WorkerRuntime.builder().machineDescription(machineDescription);
        }
        if (network.isFile()) {
            network.file().close();
        } else if (!network.isTest()) {
            if (models.isEmpty()) {
                throw new IllegalArgumentException(
                        "--model is missing: the full name, base@commit:hash, as the root contract lists it");
            }
            network.requireKey();
        }
    }

    // ---- a try

    private void onTestNetwork(List<ServedModels.Model> loaded, PrintWriter out) throws Exception {
        Map<String, InferenceEngine> named = new LinkedHashMap<>();
        for (ServedModels.Model model : loaded) {
            String name = model.name().map(full -> new ModelName(full).base()).orElse(OpenNetwork.DEMONSTRATION);
            named.put(name, model.engine());
        }
        Nanoton deposit = Nanoton.ofTon("25");
        try (OpenNetwork open = OpenNetwork.open(
                        network,
                        out,
                        test -> serveAll(test, named)
                                .prices(TEST_PRICE, TEST_FEE)
                                .clientStake(deposit));
                CocoonClient cocoon = open.test().orElseThrow().newClient()) {
            WorkerRuntime worker = open.test().orElseThrow().workers().get(0);
            String question = "What is Cocoon?";
            long tokens = 0;
            Nanoton paid = Nanoton.ZERO;
            for (String name : named.keySet()) {
                out.println("A client asks" + (named.size() == 1 ? "" : " " + name) + ": " + question + "\n");
                Bill bill =
                        new Dialogue(cocoon, name, chat -> chat.maxTokens(160).maxPriceFactor(1), out).ask(question);
                out.println();
                tokens += bill.adjusted().totalTokensUsed();
                paid = paid.plus(bill.total());
            }
            out.println("The client pays " + paid + " at " + TEST_PRICE + " a token; of that are yours "
                    + TEST_FEE.times(tokens) + ". Waiting for the proxy's signature.");
            out.flush();
            awaitSigned(worker, tokens);
            // Workers of one owner have one contract at a proxy, so one of them cashes in for all.
            out.println("Payout through the contracts: " + worker.payOutNow().get(SETTLED_WITHIN, TimeUnit.SECONDS));
            print(
                    open.test().orElseThrow().workers().stream()
                            .map(WorkerRuntime::status)
                            .toList(),
                    out);
        }
    }

    private static TestNetwork.Builder serveAll(TestNetwork.Builder test, Map<String, InferenceEngine> named) {
        boolean first = true;
        for (Map.Entry<String, InferenceEngine> each : named.entrySet()) {
            if (first) {
                test.model(each.getKey()).engine(each::getValue);
            } else {
                test.alsoServe(each.getKey(), each::getValue);
            }
            first = false;
        }
        return test;
    }

    private static void awaitSigned(WorkerRuntime worker, long tokens) throws InterruptedException {
        for (int i = 0; i < SETTLED_WITHIN * 20; i++) {
            long signed = worker.status().accounts().stream()
                    .mapToLong(account -> account.earned().tokens())
                    .sum();
            if (signed >= tokens) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new IllegalStateException("the proxy signed nothing within " + SETTLED_WITHIN + " s");
    }

    // ---- in earnest

    private void serve(List<ServedModels.Model> loaded, PrintWriter out) throws Exception {
        SecureRandom random = new SecureRandom();
        KeyFile key = network.isFile() ? network.key().orElse(null) : network.requireKey();
        try (OpenNetwork open = OpenNetwork.open(network, out);
                Transport transport = Transport.builder().build()) {
            List<WorkerRuntimeBuilder> builders = new ArrayList<>();
            for (ServedModels.Model model : loaded) {
                builders.add(builder(open, key, model, builders.isEmpty(), loaded.size(), out));
            }
            if (network.throughRouter().isPresent()) {
                builders.forEach(builder ->
                        builder.viaRouter(transport, network.throughRouter().get()));
                run(builders, out);
            } else if (network.isFile()) {
                SecureChannelProvider tls = network.tls(network.policy(), random);
                builders.forEach(builder -> builder.direct(transport, tls));
                run(builders, out);
            } else {
                try (Guest guest = Guest.open(random)) {
                    builders.forEach(builder -> builder.ownImageHash(guest.imageHash())
                            .attested(transport, guest.identity(), guest.collateral()));
                    run(builders, out);
                }
            }
        }
    }

    private WorkerRuntimeBuilder builder(
            OpenNetwork open,
            @Nullable KeyFile key,
            ServedModels.Model model,
            boolean first,
            int served,
            PrintWriter out)
            throws Exception {
        String full = model.name().orElse(LOCAL_MODEL);
        WorkerRuntimeBuilder builder = WorkerRuntime.builder()
                .chain(open.contracts())
                .owner(key == null ? Address.parse(NetworkOptions.LOCAL_OWNER) : key.owner())
                .model(full)
                .coefficient(Math.toIntExact(Math.round(priceFactor * 1000)))
                .maxActiveRequests(maxActive)
                .engine(model.engine())
                .onAlarm(text -> out.println("ALARM: " + text));
        if (network.proxy != null) {
            builder.proxies(List.of(NetworkOptions.hostPort("--proxy", network.proxy)));
        } else if (served > 1) {
            // Only the first one cashes in, so it has to know what all have earned wherever they are.
            builder.proxiesFromRoot(Math.max(
                    1, Math.min(MOST_PROXIES, open.contracts().root().proxies().size())));
        }
        ServedModels.loader(mayChangeTo, models, engine, out).ifPresent(builder::onModelChange);
        if (machineDescription != null) {
            builder.machineDescription(machineDescription).protocolVersions(4, 4);
        }
        if (imageHash != null) {
            builder.ownImageHash(Int256.fromHex(imageHash));
        }
        if (key != null && open.access().isPresent()) {
            if (first) {
                builder.state(network.folder("worker"))
                        .payouts(WorkerPayouts.through(open.requireAccess(), open.wallet(key)));
            } else {
                String hash = new ModelName(full).hash().toHex();
                builder.state(network.folder("worker-" + hash.substring(0, SHORT_HASH)));
            }
        }
        return builder;
    }

    private void run(List<WorkerRuntimeBuilder> builders, PrintWriter out) throws Exception {
        try (Workers workers = Workers.start(builders);
                PageOptions.Open pages = page.open(workers.pages(), out)) {
            workers.status().forEach(status -> out.println("Serving " + status.model() + "; stop with Ctrl-C."));
            out.flush();
            try {
                Stopping.until(seconds, statusSeconds, () -> print(workers.status(), out));
            } finally {
                out.println("Ending: running answers are finished first.");
                out.flush();
                workers.drain(DRAIN);
                print(workers.status(), out);
            }
        }
    }

    private static void print(List<WorkerStatus> all, PrintWriter out) {
        for (WorkerStatus status : all) {
            if (all.size() > 1) {
                out.println(status.model().base() + ":");
            }
            print(status, out);
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
