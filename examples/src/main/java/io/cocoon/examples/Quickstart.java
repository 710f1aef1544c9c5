package io.cocoon.examples;

import io.cocoon.client.Bill;
import io.cocoon.client.Channel;
import io.cocoon.client.ChannelSettings;
import io.cocoon.client.CocoonClient;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

// The whole network in this JVM: opens a payment channel, asks one question, streams the answer, prints the bill and
// what
// was checked, closes the channel and shows the money back.
//
//     mvn -q -Pquickstart -pl examples -am package
//     java -jar examples/target/cocoon.jar quickstart "Why is the sky blue?"
//     java -jar examples/target/cocoon.jar quickstart --interactive      keeps chatting: /bill, /exit
//     java -jar examples/target/cocoon.jar quickstart --explain          every message on the chain
//     java -jar examples/target/cocoon.jar quickstart --upstream http://127.0.0.1:8000 --model Qwen/Qwen3-8B
//
// Needs nothing but a JDK and Maven: the worker runs a very small model of our own in this JVM. With --model-folder it
// runs
// one of yours, with --upstream it asks a model server of yours (vLLM, SGLang, Ollama, …).

/** See the comment above. */
@Command(
        name = "Quickstart",
        mixinStandardHelpOptions = true,
        description = "Starts a network in this JVM, asks one question, pays for it and takes the rest back.")
public final class Quickstart implements Callable<Integer> {

    /** Far above the main network's prices, so that one answer is worth a payout. */
    private static final Nanoton PER_TOKEN = Nanoton.ofTon("0.004");

    private static final Nanoton WORKER_FEE = Nanoton.ofTon("0.0038");
    private static final Nanoton DEPOSIT = Nanoton.ofTon("25");
    /** More than the five messages of closing cost. */
    private static final Nanoton FEES = Nanoton.ofTon("0.1");

    private static final int SETTLED_WITHIN = 60;

    private final InputStream in;

    private static final String QUESTION = "What is Cocoon?";

    @Parameters(arity = "0..1", description = "What to ask; by default: " + QUESTION)
    private @Nullable String question;

    @Option(
            names = "--interactive",
            description = "Keep chatting in one channel until /exit or the end of the input; /bill shows what it cost.")
    private boolean interactive;

    @Option(
            names = "--explain",
            description = "Print every message on the chain, with amounts, and pay the worker out.")
    private boolean explain;

    @Option(
            names = "--upstream",
            description = "An OpenAI-compatible server that answers, such as http://127.0.0.1:8000")
    private @Nullable URI upstream;

    @Option(
            names = "--model-folder",
            description =
                    "A model folder as Hugging Face lays them out; the built-in engine loads it into this JVM's heap.")
    private @Nullable Path modelFolder;

    @Option(
            names = "--model",
            defaultValue = "cocoon/demonstration",
            description = "The model's name; with --upstream, its name there.")
    private String model = "";

    /** Reads what is asked from the process's input. */
    public Quickstart() {
        this(System.in);
    }

    Quickstart(InputStream in) {
        this.in = in;
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final Instant began = Instant.now();

    public static void main(String[] args) {
        int code = Running.run(new Quickstart(), args);
        if (code != Running.FINE) {
            throw new IllegalStateException("Quickstart ended with code " + code);
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Says how far it is, and since when it runs. */
    private void progress(String text) {
        out().println("[%4.1f s] %s"
                .formatted(Duration.between(began, Instant.now()).toMillis() / 1000.0, text));
        out().flush();
    }

    @Override
    public Integer call() throws Exception {
        out().println("SIMULATED: no hardware is attested here, and the money is this chain's own.");
        if (upstream == null && modelFolder == null) {
            out().println(
                            "The worker runs a model of 2.7 million parameters, made for this demonstration: expect little.");
        }
        progress("starting a network in this JVM: a TON chain with real contracts, a proxy, a worker, a key manager");
        try (TestNetwork network = TestNetwork.builder()
                .model(model)
                .prices(PER_TOKEN, WORKER_FEE)
                .clientStake(DEPOSIT)
                .narrate(this::narrate)
                .engine(this::engine)
                .start()) {
            converse(network);
        }
        return Running.FINE;
    }

    private void converse(TestNetwork network) throws Exception {
        ChannelSettings settings =
                network.channelSettings().firstDeposit(DEPOSIT).onPlan(plan -> narrate(plan.toString()));
        try (CocoonClient cocoon = network.clientBuilder().channels(settings).build()) {
            progress("the network is up; a channel with a deposit of " + DEPOSIT + " is opened");
            cocoon.models();
            progress("the channel is open");
            Dialogue dialogue = new Dialogue(
                    cocoon, network.model(), chat -> chat.maxTokens(160).maxPriceFactor(1), out());
            Bill bill = null;
            if (question != null || !interactive) {
                String asked = question == null ? QUESTION : question;
                out().println("\n> " + asked + "\n");
                bill = dialogue.ask(asked);
            }
            if (interactive) {
                out().println();
                dialogue.talk(new Lines(in));
            } else {
                out().println("\n--- bill\n" + bill);
            }
            dialogue.attestation().ifPresent(seen -> out().println("\n--- attestation\n" + seen));
            out().println("--- money");
            settle(network, cocoon, dialogue);
        }
    }

    /** Ends as everything should: the worker has its pay, the client has the rest back. */
    private void settle(TestNetwork network, CocoonClient cocoon, Dialogue dialogue) throws Exception {
        if (explain) {
            awaitSignedPayment(network.workers().get(0), dialogue.adjustedTokens());
            out().println("worker: " + network.workers().get(0).payOutNow().get(SETTLED_WITHIN, TimeUnit.SECONDS));
        }
        Nanoton before = balance(cocoon);
        Nanoton deposited = Nanoton.ZERO;
        for (Channel channel : cocoon.channels().all()) {
            out().println(channel);
            progress("closing it");
            deposited = deposited.plus(channel.deposited());
            out().println(channel.close().get(SETTLED_WITHIN, TimeUnit.SECONDS));
        }
        Nanoton back = deposited.minus(dialogue.total());
        until(() -> balance(cocoon).compareTo(before.plus(back).minus(FEES)) >= 0);
        out().println("The client's wallet has " + balance(cocoon) + " again, of 50 TON at first: " + dialogue.total()
                + " went for " + (interactive ? "the answers" : "the answer")
                + ", the rest is fees and the contract's rent.");
        progress("done. Next: "
                + (interactive
                        ? "your own application, README, 'The smallest program'; other commands: java -jar examples/target/cocoon.jar --help"
                        : "java -jar examples/target/cocoon.jar quickstart --interactive"));
    }

    private static Nanoton balance(CocoonClient cocoon) {
        return cocoon.channels().walletBalance().orElse(Nanoton.ZERO);
    }

    /** The proxy signs what is saved on the chain, and the worker asks for it from time to time. */
    private static void awaitSignedPayment(WorkerRuntime worker, long tokens) throws InterruptedException {
        until(() -> worker.status().accounts().stream()
                        .mapToLong(account -> account.earned().tokens())
                        .sum()
                >= tokens);
    }

    private static void until(BooleanSupplier wanted) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(SETTLED_WITHIN);
        while (!wanted.getAsBoolean()) {
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException("the chain did not settle within " + SETTLED_WITHIN
                        + " s; run it with --explain to see what is missing");
            }
            Thread.sleep(50);
        }
    }

    private void narrate(String line) {
        if (explain) {
            out().println(line);
        }
    }

    private InferenceEngine engine() {
        URI server = upstream;
        if (server != null) {
            return HttpEngine.builder().baseUrl(server).build();
        }
        Path folder = modelFolder;
        if (folder != null && !Files.exists(folder)) {
            throw new IllegalArgumentException("--model-folder " + folder
                    + " does not exist; wanted a model folder as Hugging Face lays them out, or a GGUF file");
        }
        try {
            return folder == null
                    ? DemonstrationModel.load()
                    : BuiltInEngine.builder().progress(out()::println).load(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the model was not loaded: " + e.getMessage(), e);
        }
    }
}
