package io.cocoon.examples;

import io.cocoon.client.Bill;
import io.cocoon.client.Channel;
import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

// The whole network in this JVM: opens a payment channel, asks one question, streams the answer, prints the bill and
// what was
// checked, closes the channel and shows the money back. With --explain: every message on the chain.
//
//     mvn -q -Pquickstart -pl examples -am package
//     mvn -q -Pquickstart -pl examples -am package -Dcocoon.args="'Why is the sky blue?'"
//     mvn -q -Pquickstart -pl examples -am package -Dcocoon.args=--explain
//     mvn -q -Pquickstart -pl examples -am package -Dcocoon.args="--upstream http://127.0.0.1:8000 --model
// Qwen/Qwen3-8B"
//
// Needs nothing but a JDK and Maven: the worker runs a very small model of our own in this JVM. With --model-folder it
// runs one
// of yours, with --upstream it asks a model server of yours (vLLM, SGLang, Ollama, …).

/** See the comment above. */
@Command(
        name = "Quickstart",
        mixinStandardHelpOptions = true,
        description = "Starts a network in this JVM, asks one question, pays for it and takes the rest back.")
final class Quickstart implements Callable<Integer> {

    /** Far above the main network's prices, so that one answer is worth a payout. */
    private static final Nanoton PER_TOKEN = Nanoton.ofTon("0.004");

    private static final Nanoton WORKER_FEE = Nanoton.ofTon("0.0038");
    private static final Nanoton DEPOSIT = Nanoton.ofTon("25");
    /** More than the five messages of closing cost. */
    private static final Nanoton FEES = Nanoton.ofTon("0.1");

    private static final int SETTLED_WITHIN = 60;

    @Parameters(arity = "0..1", defaultValue = "What is Cocoon?", description = "What to ask.")
    private String question = "";

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

    public static void main(String[] args) {
        int code = new CommandLine(new Quickstart()).execute(args);
        if (code != 0) {
            throw new IllegalStateException("Quickstart ended with code " + code);
        }
    }

    @Override
    public Integer call() throws Exception {
        System.out.println(
                "Starting a network in this JVM: a TON chain with real contracts, a proxy, a worker, a key manager.");
        System.out.println("SIMULATED: no hardware is attested here, and the money is this chain's own.");
        if (upstream == null && modelFolder == null) {
            System.out.println(
                    "The worker runs a model of 2.6 million parameters, made for this demonstration: expect little.");
        }
        try (TestNetwork network = TestNetwork.builder()
                .model(model)
                .prices(PER_TOKEN, WORKER_FEE)
                .clientStake(DEPOSIT)
                .narrate(this::narrate)
                .engine(this::engine)
                .start()) {
            ask(network);
        }
        return 0;
    }

    private void ask(TestNetwork network) throws Exception {
        ChannelSettings settings =
                network.channelSettings().firstDeposit(DEPOSIT).onPlan(plan -> narrate(plan.toString()));
        try (CocoonClient cocoon = network.clientBuilder().channels(settings).build()) {
            System.out.println(
                    "\nA channel with a deposit of " + DEPOSIT + " is opened; then:\n\n> " + question + "\n");
            Bill bill;
            try (ChatStream stream =
                    cocoon.chat(network.model()).user(question).maxTokens(160).maxPriceFactor(1).stream()) {
                StringBuilder answer = new StringBuilder();
                for (ChatChunk chunk : stream) {
                    // With --explain the chain's lines come in between, so the answer is printed whole.
                    answer.append(chunk.text());
                    System.out.print(explain ? "" : chunk.text());
                    System.out.flush();
                }
                bill = stream.bill();
                System.out.println((explain ? "\n" + answer : "") + "\n\n--- bill\n" + bill);
                System.out.println("\n--- attestation\n" + stream.attestation());
            }
            System.out.println("\n--- money");
            settle(network, cocoon, bill);
        }
    }

    /** Ends as everything should: the worker has its pay, the client has the rest back. */
    private void settle(TestNetwork network, CocoonClient cocoon, Bill bill) throws Exception {
        if (explain) {
            awaitSignedPayment(network.workers().get(0), bill);
            System.out.println("worker: " + network.workers().get(0).payOutNow().get(SETTLED_WITHIN, TimeUnit.SECONDS));
        }
        Nanoton before = balance(cocoon);
        for (Channel channel : cocoon.channels().all()) {
            System.out.println(channel);
            System.out.println(channel.close().get(SETTLED_WITHIN, TimeUnit.SECONDS));
        }
        Nanoton back = DEPOSIT.minus(bill.total());
        until(() -> balance(cocoon).compareTo(before.plus(back).minus(FEES)) >= 0);
        System.out.println("The client's wallet has " + balance(cocoon) + " again, of 50 TON at first: " + bill.total()
                + " went for the answer, the rest is fees and the contract's rent.");
        if (!explain) {
            System.out.println("Every message on the chain, with amounts: -Dcocoon.args=--explain");
        }
    }

    private static Nanoton balance(CocoonClient cocoon) {
        return cocoon.channels().walletBalance().orElse(Nanoton.ZERO);
    }

    /** The proxy signs what is saved on the chain, and the worker asks for it from time to time. */
    private static void awaitSignedPayment(WorkerRuntime worker, Bill bill) throws InterruptedException {
        until(() -> worker.status().accounts().stream()
                        .mapToLong(account -> account.earned().tokens())
                        .sum()
                >= bill.adjusted().totalTokensUsed());
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
            System.out.println(line);
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
                    : BuiltInEngine.builder().progress(System.out::println).load(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the model was not loaded: " + e.getMessage(), e);
        }
    }
}
