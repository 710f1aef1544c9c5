package io.cocoon.examples.cli;

import io.cocoon.client.Bill;
import io.cocoon.client.Channel;
import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatRequest;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.ModelOffer;
import io.cocoon.examples.Dialogue;
import io.cocoon.examples.Lines;
import io.cocoon.examples.Running;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks, over a network that exists. */
@Command(
        name = "chat",
        mixinStandardHelpOptions = true,
        description =
                "Asks a model and streams its answer; opens a payment channel if there is none. Without a question, lines are"
                        + " asked one after another.",
        footer = {
            "",
            "  cocoon chat --network test \"What is Cocoon?\"",
            "  cocoon chat --limit 20 --key-file node.key --model Qwen/Qwen3-32B"
        })
final class ChatCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private ClientOptions client = new ClientOptions();

    @Parameters(arity = "0..1", paramLabel = "QUESTION", description = "What to ask; without it, lines of the input.")
    private @Nullable String question;

    @Option(names = "--model", description = "Base name of a model; by default the first that the network serves.")
    private @Nullable String model;

    @Option(names = "--models", description = "Only list the models that are served, with prices.")
    private boolean models;

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told before the dialogue.")
    private @Nullable String system;

    @Option(names = "--max-tokens", defaultValue = "400", description = "Of an answer, at most (${DEFAULT-VALUE}).")
    private int maxTokens = 400;

    @Option(
            names = "--max-price-factor",
            defaultValue = "1.5",
            description = "The dearest worker to take, in list prices (${DEFAULT-VALUE}).")
    private double maxPriceFactor = 1.5;

    @Option(
            names = "--whole",
            description = "Wait for the whole answer: C++ workers drop streams of server-sent events.")
    private boolean whole;

    @Option(names = "--report", description = "Print every check of the proxy's evidence.")
    private boolean report;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        client.check(ClientOptions.Use.SPEND);
        try (OpenNetwork network = OpenNetwork.open(client.network, out);
                CocoonClient cocoon =
                        client.client(network, ClientOptions.Use.SPEND, out).build()) {
            String asked = model;
            if (models || asked == null) {
                List<ModelOffer> offers = cocoon.models();
                if (models) {
                    offers.forEach(out::println);
                }
                if (offers.isEmpty()) {
                    spec.commandLine().getErr().println("no worker serves any model now; try again later");
                    return Running.FAILED;
                }
                if (models) {
                    return Running.FINE;
                }
                asked = offers.get(0).name();
                out.println("Model: " + asked);
            }
            if (whole) {
                return whole(cocoon, asked, out);
            }
            Dialogue dialogue = new Dialogue(cocoon, asked, this::options, out);
            if (question != null) {
                Bill bill = dialogue.ask(question);
                out.println("\n--- bill\n" + bill);
            } else {
                dialogue.talk(new Lines(System.in));
                out.println(dialogue.total() + " went for answers.");
            }
            dialogue.attestation().ifPresent(seen -> out.println(report ? seen : firstLine(seen.toString())));
            afterwards(cocoon, network, out);
        }
        return Running.FINE;
    }

    private ChatRequest options(ChatRequest request) {
        request.maxTokens(maxTokens).maxPriceFactor(maxPriceFactor);
        return system == null ? request : request.system(system);
    }

    private int whole(CocoonClient cocoon, String asked, PrintWriter out) {
        if (question == null) {
            throw new IllegalArgumentException("--whole answers one question; give it as an argument");
        }
        ChatReply reply = options(cocoon.chat(asked)).user(question).send();
        out.println(reply.text() + "\n\n--- bill\n" + reply.bill());
        out.println(report ? reply.attestation() : firstLine(reply.attestation().toString()));
        return Running.FINE;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private static void afterwards(CocoonClient cocoon, OpenNetwork network, PrintWriter out) {
        if (network.access().isEmpty()) {
            return;
        }
        for (Channel channel : cocoon.channels().all()) {
            out.println(channel);
        }
        out.println(
                network.test().isPresent()
                        ? "This network ends now, and its money with it."
                        : "The channel stays open for the next time; 'cocoon channel close' takes everything back.");
    }
}
